"""The board of whoever gives orders out: a branch to its stations, a lead to technicians; with the load of each."""

from collections import Counter as Tally
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select

from app.offline_db.schema import ROW_TABLES
from app.offline_db.store import LocalRows
from app.queries import suggestions
from app.queries.order_board import OPEN
from app.queries.orders import ORDERS
from app.queries.ticking import Ticking, Told, told
from core.dispatch import Ranking
from core.dispatching import Counts, technicians_of
from core.roles import PlaceKind
from core.rows.orders import TimelineEntry, WorkOrder
from core.rows.people import Person, Place
from core.work_order import State

S = State
MOST = 3_000
"""Open orders that are read; a branch with more sees those due first."""
_GAVE_BACK = ("decline_order", "expire_offer")
_LOOK_BACK = timedelta(days=30)
_BRANCH_GIVES = frozenset({S.OFFERED_BRANCH, S.AT_BRANCH, S.DECLINED, S.RECALLED})
_LEAD_GIVES = frozenset({S.ACCEPTED, S.SCHEDULED})
ENTRIES = ROW_TABLES[TimelineEntry]


class BoardLine(NamedTuple):
    """An open order; ``to_give`` when it waits here to be given out. ``reason`` is why it came back, if it did."""

    id: str
    number: str
    state: str
    product_class: str
    unit: str
    address: str
    fault: str
    holder: str
    reminders: int
    urgency: int
    escalated_to: str | None
    reason: str
    to_give: bool
    late: bool
    ticking: Ticking | None


class LoadLine(NamedTuple):
    """A station or technician. ``excluded`` tells why nothing is given to them at all, whatever the order."""

    id: str
    code: str
    name: str
    open: int
    today: int
    unanswered: int
    late: int
    reminders: int
    gave_back: int
    fixed: int
    finished: int
    excluded: tuple[str, ...]


class DispatchBoard(NamedTuple):
    """The orders, those to be given out first, and everybody's load."""

    lines: list[BoardLine]
    loads: list[LoadLine]


def branch_board(rows: LocalRows, branch_id: str, now: datetime) -> DispatchBoard:
    """The board of a branch."""
    stations = rows.find(Place, branch_id=branch_id, kind=PlaceKind.STATION)
    names = {place.id: place.name for place in stations}
    found = _open(rows, now, ORDERS.c.branch_id == branch_id)
    lines = [_line(one, names.get(one.order.station_id or "", ""), _is_the_branchs, now) for one in found]
    counted = suggestions.counts(rows, "station_id", branch_id, now)
    back = _gave_back(rows, branch_id, now)
    loads = [
        _load(_Who(place.id, place.code, place.name, _closed(place)), found, lambda o: o.station_id, counted, now)
        for place in stations
    ]
    return DispatchBoard(_sorted(lines), _by_need(load._replace(gave_back=back.get(load.id, 0)) for load in loads))


def lead_board(rows: LocalRows, station_id: str, branch_id: str, now: datetime) -> DispatchBoard:
    """The board of a station's lead."""
    people = technicians_of(rows, station_id)
    names = {person.id: person.name for person in people}
    found = _open(rows, now, ORDERS.c.station_id == station_id, OPEN - {S.DECLINED, S.RECALLED, S.AT_BRANCH})
    lines = [_line(one, names.get(one.order.technician_id or "", ""), _is_the_leads, now) for one in found]
    counted = suggestions.counts(rows, "technician_id", branch_id, now)
    loads = [
        _load(_Who(one.id, one.login, one.name, _away(one)), found, lambda o: o.technician_id, counted, now)
        for one in people
    ]
    return DispatchBoard(_sorted(lines), _by_need(loads))


def station_candidates(rows: LocalRows, order_id: str, now: datetime) -> Ranking:
    """The stations for an order of the board."""
    order = rows.get(WorkOrder, order_id)
    return Ranking((), ()) if order is None else suggestions.stations(rows, order, now)


def technician_candidates(rows: LocalRows, order_id: str, now: datetime) -> Ranking:
    """The technicians of the order's station."""
    order = rows.get(WorkOrder, order_id)
    station = rows.get(Place, order.station_id) if order and order.station_id else None
    if order is None or station is None:
        return Ranking((), ())
    return suggestions.technicians(rows, order, station, now)


def _by_need(loads: Iterable[LoadLine]) -> list[LoadLine]:
    """Whoever is late or has most to do stands on top."""
    return sorted(loads, key=lambda load: (-load.late, -load.today, load.code))


class _Who(NamedTuple):
    id: str
    code: str
    name: str
    excluded: tuple[str, ...]


def _closed(place: Place) -> tuple[str, ...]:
    return tuple(code for code, holds in (("inactive", not place.active), ("frozen", place.frozen)) if holds)


def _away(person: Person) -> tuple[str, ...]:
    reasons = (("inactive", not person.active), ("reexamination", person.reexamination))
    return tuple(code for code, holds in reasons if holds)


def _open(rows: LocalRows, now: datetime, whose: object, states: Collection[State] = OPEN) -> list[Told]:
    wanted = select(ORDERS.c.id).where(whose, ORDERS.c.state.in_([state.value for state in states]))  # type: ignore[arg-type]
    ids = rows.connection.execute(wanted.order_by(ORDERS.c.due_at.asc().nulls_last(), ORDERS.c.id).limit(MOST))
    return list(told(rows, list(ids.scalars()), now).values())


def _is_the_branchs(order: WorkOrder) -> bool:
    return order.state in _BRANCH_GIVES


def _is_the_leads(order: WorkOrder) -> bool:
    return order.state in _LEAD_GIVES and order.technician_id is None


def _line(one: Told, holder: str, to_give: Callable[[WorkOrder], bool], now: datetime) -> BoardLine:
    order = one.order
    return BoardLine(
        id=order.id,
        number=order.number,
        state=order.state.value,
        product_class=order.product_class,
        unit=order.reported_model or order.product_class,
        address=order.customer_address,
        fault=order.fault_report,
        holder=holder,
        reminders=order.reminders,
        urgency=order.urgency,
        escalated_to=order.escalated_to,
        reason=order.decline_reason or "" if order.state in (S.DECLINED, S.NEW) else "",
        to_give=to_give(order),
        late=_is_late(one, now),
        ticking=one.ticking,
    )


def _is_late(one: Told, now: datetime) -> bool:
    return one.ticking is not None and one.ticking.tone(now) == "bad"


def _sorted(lines: list[BoardLine]) -> list[BoardLine]:
    """To be given out first; then the more urgent, and those with less time."""
    far = 10**9

    def left(line: BoardLine) -> int:
        return line.ticking.clock.left if line.ticking and not line.ticking.clock.paused else far

    return sorted(lines, key=lambda line: (not line.to_give, -line.urgency, left(line), line.id))


def _load(
    who: _Who, found: list[Told], holder: Callable[[WorkOrder], str | None], counted: Counts, now: datetime
) -> LoadLine:
    own = [one for one in found if holder(one.order) == who.id and one.order.state is not S.DECLINED]
    return LoadLine(
        id=who.id,
        code=who.code,
        name=who.name,
        open=len(own),
        today=counted.load.get(who.id, 0),
        unanswered=sum(one.order.state is S.OFFERED_STATION for one in own),
        late=sum(_is_late(one, now) for one in own),
        reminders=sum(one.order.reminders > 0 for one in own),
        gave_back=0,
        fixed=counted.fixed.get(who.id, 0),
        finished=counted.finished.get(who.id, 0),
        excluded=who.excluded,
    )


def _gave_back(rows: LocalRows, branch_id: str, now: datetime) -> dict[str, int]:
    """How many orders each station gave back, or let lie, in the last days."""
    wanted = (ENTRIES.c.branch_id == branch_id, ENTRIES.c.action.in_(_GAVE_BACK), ENTRIES.c.at >= now - _LOOK_BACK)
    statement = select(ENTRIES.c.station_id, func.count()).where(*wanted).group_by(ENTRIES.c.station_id)
    return Tally({row[0]: row[1] for row in rows.connection.execute(statement) if row[0]})
