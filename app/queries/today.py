"""The page of today: a person's open orders by time, what holds each up, and what was refused or contradicts."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, or_, select

from app.offline_db.store import LocalRows
from app.queries.order_board import OPEN
from app.queries.orders import ORDERS, PEOPLE
from app.queries.sync_issues import ConflictLine, ParkedLine, sync_issues
from app.queries.ticking import Ticking, Told, told
from core.work_order import AT_WORK, HOLDS, State

LIMIT = 300
_LAST = datetime.max.replace(tzinfo=UTC)
#: Open, and with the station: not given back, not taken back.
_HERE = OPEN - {State.DECLINED, State.RECALLED, State.AT_BRANCH}
_WAIT_ACTIONS = {"wait_for_parts", "wait_for_customer", "ask_approval"}

_QUESTIONS = {"ask_approval", "ask_back", "answer_question", "decide_approval"}


class TodayFilter(NamedTuple):
    """Who looks: a technician sees own and free orders; ``day`` are the day's ends (UTC)."""

    place_id: str
    technician_id: str | None
    day: tuple[datetime, datetime]
    now: datetime


class TodayLine(NamedTuple):
    """One order of the day. ``blocks`` is a code (an order's state, or a word of its own), ``why`` a person's words."""

    id: str
    number: str
    state: str
    visit_from: datetime | None
    visit_to: datetime | None
    customer: str
    address: str
    unit: str
    fault: str
    technician: str
    reminders: int
    urgency: int
    escalated_to: str | None
    blocks: str
    why: str
    ticking: Ticking | None


class Today(NamedTuple):
    """What needs the person first, then the day's orders."""

    parked: tuple[ParkedLine, ...]
    conflicts: tuple[ConflictLine, ...]
    lines: list[TodayLine]
    visits: int
    late: int


def today(rows: LocalRows, wanted: TodayFilter) -> Today:
    """Everything of the day; visits of later days are not among it."""
    ids = list(rows.connection.execute(_ids(wanted)).scalars())
    names = _names(rows.connection)
    lines = [_line(one, names) for one in told(rows, ids, wanted.now).values()]
    lines.sort(key=lambda line: _place(line, wanted))
    issues = sync_issues(rows.connection)
    late = sum(line.ticking is not None and line.ticking.tone(wanted.now) == "bad" for line in lines)
    begin, end = wanted.day
    visits = sum(line.visit_from is not None and begin <= line.visit_from < end for line in lines)
    return Today(issues.parked, issues.conflicts, lines, visits, late)


def _ids(wanted: TodayFilter) -> Select[Any]:
    """Open orders of the place that are the person's or nobody's, but those booked for later days."""
    mine = or_(ORDERS.c.technician_id.is_(None), ORDERS.c.technician_id == wanted.technician_id)
    conditions = [
        ORDERS.c.station_id == wanted.place_id,
        ORDERS.c.state.in_([state.value for state in _HERE]),
        or_(ORDERS.c.visit_from.is_(None), ORDERS.c.visit_from < wanted.day[1]),
        *([mine] if wanted.technician_id else []),
    ]
    found = select(ORDERS.c.id).where(*conditions)
    return found.order_by(ORDERS.c.due_at.asc().nulls_last(), ORDERS.c.id).limit(LIMIT)


def _names(connection: Connection) -> dict[str, str]:
    return {row[0]: row[1] for row in connection.execute(select(PEOPLE.c.id, PEOPLE.c.name))}


def _line(one: Told, names: dict[str, str]) -> TodayLine:
    order = one.order
    blocks, why = _blocks(one)
    return TodayLine(
        id=order.id,
        number=order.number,
        state=order.state.value,
        visit_from=order.visit_from,
        visit_to=order.visit_to,
        customer=order.customer_name,
        address=order.customer_address,
        unit=order.reported_model or order.product_class,
        fault=order.fault_report,
        technician=names.get(order.technician_id or "", ""),
        reminders=order.reminders,
        urgency=order.urgency,
        escalated_to=order.escalated_to,
        blocks=blocks,
        why=why,
        ticking=one.ticking,
    )


def _blocks(one: Told) -> tuple[str, str]:
    """What the order waits for, and what was said when it began to."""
    order = one.order
    if order.state is State.WAITING_APPROVAL and (question := _question(one)) is not None:
        return "asked_back", question
    if order.state in HOLDS:
        said = [entry.detail.get("reason", "") for entry in one.entries if entry.action in _WAIT_ACTIONS]
        return order.state.value, said[-1] if said else ""
    if order.state is State.OFFERED_STATION:
        return "answer", ""
    if order.technician_id is None:
        return "technician", ""
    if order.state is State.ACCEPTED and order.visit_from is None and order.service_type.value == "on_site":
        return "call", ""
    return ("finish", "") if order.state is State.REPAIRED else ("", "")


def _question(one: Told) -> str | None:
    """With what the request was sent back, as long as nobody has answered."""
    last = [entry for entry in one.entries if entry.action in _QUESTIONS]
    return last[-1].detail.get("reason", "") if last and last[-1].action == "ask_back" else None


def _place(line: TodayLine, wanted: TodayFilter) -> tuple[int, datetime, str]:
    """At work first, then visits of today by their time, then by the clock; what waits comes last."""
    if line.state in {state.value for state in AT_WORK}:
        return 0, line.visit_from or wanted.now, line.id
    if line.state in {state.value for state in HOLDS}:
        return 3, line.ticking.clock.due if line.ticking else _LAST, line.id
    if line.visit_from is not None:
        return 1, line.visit_from, line.id
    return 1, line.ticking.clock.due if line.ticking else _LAST, line.id
