"""The page of orders: filters with counts by the role of who looks, and the lines of one filter."""

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, or_, select

from app.queries.orders import ORDERS, OrderLine, lines_of
from core.work_order import AT_WORK, ENDED, HOLDS, State

S = State
LIMIT = 500
"""Lines that are fetched; nobody reads more, and typing narrows them."""
_FEW = 5_000


class BoardFilter(NamedTuple):
    """Which filter, who looks (a technician sees own and free orders), and the day's ends (UTC).

    ``found`` are the orders that what was typed leaves; None while nothing is typed.
    """

    chip: str
    side: str
    technician_id: str | None
    day: tuple[datetime, datetime]
    now: datetime
    found: Collection[str] | None = None


class Board(NamedTuple):
    """The lines, how many there are in all, and the count of every filter."""

    lines: list[OrderLine]
    total: int
    counts: dict[str, int]
    open_count: int


_TO_DISPATCH = frozenset({S.OFFERED_BRANCH, S.AT_BRANCH, S.DECLINED, S.RECALLED})
_AT_STATION = frozenset({S.ACCEPTED, S.SCHEDULED}) | AT_WORK | {S.REPAIRED}
OPEN = frozenset(State) - ENDED
STATES: dict[str, frozenset[State]] = {
    "to_dispatch": _TO_DISPATCH,
    "offered": frozenset({S.OFFERED_STATION}),
    "to_visit": frozenset({S.ACCEPTED, S.SCHEDULED}),
    "in_repair": AT_WORK | {S.REPAIRED},
    "at_station": _AT_STATION,
    "waiting": HOLDS,
    "finished": ENDED,
    "all": frozenset(State),
}
CHIPS: dict[str, tuple[str, ...]] = {
    "station": ("today", "offered", "to_visit", "in_repair", "waiting", "finished", "all"),
    "branch": ("to_dispatch", "offered", "at_station", "waiting", "overdue", "reminders", "finished", "all"),
    "": ("today", "in_repair", "waiting", "finished", "all"),
}
_EVERYBODYS = ("finished", "all")


def board(connection: Connection, wanted: BoardFilter) -> Board:
    """The filter's lines, those due first on top, and all counts."""
    counts = {chip: _count(connection, wanted._replace(chip=chip)) for chip in CHIPS[wanted.side]}
    still_open = connection.execute(select(func.count()).where(_in(OPEN))).scalar_one()
    if wanted.found is None:
        return Board(_first(connection, wanted), counts[wanted.chip], counts, still_open)
    ids, total = _found(connection, wanted, wanted.found)
    return Board(_lines(connection, ids, wanted.chip), total, counts, still_open)


def _first(connection: Connection, wanted: BoardFilter) -> list[OrderLine]:
    """Ids first, then what is shown of them: the joins are made for the fetched lines alone."""
    ids = select(ORDERS.c.id).where(*_conditions(wanted)).order_by(*_order(wanted.chip)).limit(LIMIT)
    return _lines(connection, ids, wanted.chip)


def _lines(connection: Connection, ids: Any, chip: str) -> list[OrderLine]:
    statement = lines_of().where(ORDERS.c.id.in_(ids)).order_by(*_order(chip))
    return [OrderLine(*row) for row in connection.execute(statement)]


def _found(connection: Connection, wanted: BoardFilter, found: Collection[str]) -> tuple[list[str], int]:
    """The first of the filter's orders among those found, in the filter's order, and how many there are."""
    ids = select(ORDERS.c.id).where(*_conditions(wanted))
    if len(found) <= _FEW:
        every = list(connection.execute(ids.where(ORDERS.c.id.in_(found)).order_by(*_order(wanted.chip))).scalars())
        return every[:LIMIT], len(every)
    kept = frozenset(found)
    total = len(kept) if wanted.chip == "all" else len(kept.intersection(connection.execute(ids).scalars()))
    ordered = connection.execute(ids.order_by(*_order(wanted.chip)), execution_options={"stream_results": True})
    return list(islice((one for one in ordered.scalars() if one in kept), LIMIT)), total


def _order(chip: str) -> tuple[Any, ...]:
    if chip in _EVERYBODYS:
        return ORDERS.c.reported_at.desc(), ORDERS.c.id.desc()
    return ORDERS.c.due_at.asc().nulls_last(), ORDERS.c.reported_at.desc(), ORDERS.c.id


def _count(connection: Connection, wanted: BoardFilter) -> int:
    statement = select(func.count()).select_from(ORDERS).where(*_conditions(wanted))
    return connection.execute(statement).scalar_one()


def _in(states: Collection[State]) -> Any:
    return ORDERS.c.state.in_([state.value for state in states])


def _conditions(wanted: BoardFilter) -> list[Any]:
    conditions = [_of_chip(wanted)] if wanted.chip != "all" else []
    if wanted.technician_id and wanted.chip not in _EVERYBODYS:
        conditions.append(or_(ORDERS.c.technician_id.is_(None), ORDERS.c.technician_id == wanted.technician_id))
    return conditions


def _of_chip(wanted: BoardFilter) -> Any:
    """Today: visits of the day, what is overdue or due on it, and new offers."""
    runs = and_(_in(OPEN), ORDERS.c.paused_at.is_(None))
    overdue = and_(runs, ORDERS.c.due_at < wanted.now)
    if wanted.chip == "overdue":
        return overdue
    if wanted.chip == "reminders":
        return and_(_in(OPEN), ORDERS.c.reminders > 0)
    if wanted.chip == "finished":  # most orders: read in a row this way, not one by one by the state's index
        return ORDERS.c.state.not_in([state.value for state in OPEN])
    if wanted.chip != "today":
        return _in(STATES[wanted.chip])
    begin, end = wanted.day
    visits = and_(_in(OPEN), ORDERS.c.visit_from >= begin, ORDERS.c.visit_from < end)
    due = and_(runs, ORDERS.c.due_at < end)
    return or_(_in({S.OFFERED_STATION}), visits, due)


def day_ends(now: datetime, utc_offset_minutes: int) -> tuple[datetime, datetime]:
    """When the place's calendar day begins and ends, as UTC moments."""
    offset = timedelta(minutes=utc_offset_minutes)
    here = now + offset
    begin = here.replace(hour=0, minute=0, second=0, microsecond=0) - offset
    return begin, begin + timedelta(days=1)
