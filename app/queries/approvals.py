"""Requests to the branch: the queue, what was decided, and the history a decision rests on."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, or_, select

from app.offline_db.schema import ROW_TABLES
from app.offline_db.store import LocalRows
from app.queries.ahead import Ahead
from app.queries.order_board import OPEN
from app.queries.orders import ORDERS
from core.approval_rules import check_may_decide
from core.approvals import hash_now, is_edited, standing
from core.judging import local_day
from core.operations.deputies import DECIDE
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.orders import (
    ApprovalDecision,
    ApprovalLevel,
    ApprovalQuestion,
    ApprovalRequest,
    Attachment,
    OrderUnit,
    UnitVerdict,
    WorkOrder,
)
from core.rows.people import Deputy, Person, Place
from core.warranty import Verdict

REQUESTS, DECISIONS = ROW_TABLES[ApprovalRequest], ROW_TABLES[ApprovalDecision]
_MOST_DECIDED = 60
RECENT = timedelta(days=90)
MOST_REPAIRS = 10


class Decided(NamedTuple):
    """The branch's answer."""

    approved: bool
    reason: str
    by: str
    at: datetime


class Round(NamedTuple):
    """A question about a request and its answer, while there is one."""

    question: str
    by: str
    at: datetime
    answer: str | None
    answered_by: str
    answered_at: datetime | None


class RequestLine(NamedTuple):
    """One request; ``subject_hash`` names exactly what is decided: the request as it stands now. Money in fen.

    ``edited`` tells that what was asked has been edited since; ``older`` is an answer for an older version. ``level``
    decides it, until ``answer_by``; ``barred`` is why the person who looks may not.
    """

    id: str
    order_id: str
    order_number: str
    kind: str
    rule: str
    days_over: int
    amount_fen: int
    reason: str
    photo_sha256: str | None
    photo_bytes: int
    subject_hash: str
    asked_by: str
    asked_at: datetime
    station_id: str
    station: str
    customer: str
    model: str
    serial: str
    decided: Decided | None
    level: ApprovalLevel
    answer_by: datetime | None
    escalations: int
    barred: Refusal | None = None
    edited: bool = False
    older: Decided | None = None
    rounds: tuple[Round, ...] = ()
    asked_back: bool = False  # the last question is open: it lies with who asked


class EarlierRepair(NamedTuple):
    """A finished order of the same unit."""

    order_id: str
    number: str
    day: date
    fault: str


class RequestDetail(NamedTuple):
    """What else a manager looks at before deciding: the unit's verdict and repairs, the station's requests."""

    verdict: Verdict | None
    fault: str
    repairs: tuple[EarlierRepair, ...]
    asked: int
    granted: int
    refused: int
    granted_fen: int


def requests(rows: LocalRows, person_id: str, day: date) -> list[RequestLine]:
    """The requests as ``person_id`` sees them: undecided ones first, the oldest at the top; then the newest first.

    All that are undecided or whose orders are open, and the newest of the others.
    """
    names = _names(rows)
    ahead = Ahead(rows)
    asked = ahead.fetch(ApprovalRequest, "id", _wanted(rows.connection))
    orders = {one.order_id for one in asked}
    ahead.fetch(WorkOrder, "id", orders)
    ahead.fetch(OrderUnit, "order_id", orders)
    ahead.fetch(Attachment, "order_id", orders)
    ids = {one.id for one in asked}
    ahead.fetch(ApprovalDecision, "request_id", ids)
    ahead.fetch(ApprovalQuestion, "request_id", ids)
    lines = [_line(ahead, one, list(ahead.find(ApprovalDecision, request_id=one.id)), names) for one in asked]
    undecided = [line._replace(barred=_barred(rows, line.id, person_id, day)) for line in lines if line.decided is None]
    waiting = sorted(undecided, key=lambda line: line.asked_at)
    decided = sorted(
        (line for line in lines if line.decided), key=lambda line: line.decided.at if line.decided else line.asked_at
    )
    return [*waiting, *reversed(decided)]


def _wanted(connection: Connection) -> set[str]:
    """What may still be decided, and the newest; an order that has ended needs no second decision."""
    answered = REQUESTS.outerjoin(DECISIONS, DECISIONS.c.request_id == REQUESTS.c.id)
    joined = answered.outerjoin(ORDERS, ORDERS.c.id == REQUESTS.c.order_id)
    live = or_(DECISIONS.c.id.is_(None), ORDERS.c.state.in_([state.value for state in OPEN]))
    newest = select(REQUESTS.c.id).order_by(REQUESTS.c.asked_at.desc(), REQUESTS.c.id.desc()).limit(_MOST_DECIDED)
    found = set(connection.execute(select(REQUESTS.c.id).select_from(joined).where(live)).scalars())
    return found.union(connection.execute(newest).scalars())


def request_line(rows: Rows, request: ApprovalRequest, person_id: str, day: date) -> RequestLine:
    """One request as the person sees it."""
    line = _line(rows, request, list(rows.find(ApprovalDecision, request_id=request.id)), _names(rows))
    return line if line.decided else line._replace(barred=_barred(rows, request.id, person_id, day))


class _Names(NamedTuple):
    """Of people and places, by id."""

    people: dict[str, str]
    places: dict[str, str]

    def of(self, person_id: str | None) -> str:
        """A person's name; what headquarters wrote stands as it is."""
        known = self.people.get(person_id or "")
        return known or (person_id if person_id and person_id.startswith("HQ") else "")


def _names(rows: Rows) -> _Names:
    people = {person.id: person.name for person in rows.find(Person)}
    return _Names(people, {place.id: place.name for place in rows.find(Place)})


def _barred(rows: Rows, request_id: str, person_id: str, day: date) -> Refusal | None:
    request = rows.get(ApprovalRequest, request_id)
    if request is not None:
        try:
            check_may_decide(rows, request, person_id, day)
        except Refusal as refusal:
            return refusal
    return None


def _line(rows: Rows, asked: ApprovalRequest, answers: list[ApprovalDecision], names: _Names) -> RequestLine:
    current, older = standing(rows, asked, answers)
    order = rows.get(WorkOrder, asked.order_id)
    units = rows.find(OrderUnit, order_id=asked.order_id)
    unit = units[0] if units else None
    return RequestLine(
        id=asked.id,
        order_id=asked.order_id,
        order_number=order.number if order else "",
        kind=asked.kind.value,
        rule=asked.rule,
        days_over=asked.days_over,
        amount_fen=asked.amount_fen,
        reason=asked.reason,
        photo_sha256=asked.photo_sha256,
        photo_bytes=_bytes(rows, asked),
        subject_hash=hash_now(rows, asked),
        asked_by=names.of(asked.asked_by),
        asked_at=asked.asked_at,
        station_id=asked.station_id or "",
        station=names.places.get(asked.station_id or "", ""),
        customer=order.customer_name if order else "",
        model=(unit.model if unit else None) or (order.reported_model if order else None) or "",
        serial=(unit.serial if unit else None) or "",
        decided=_decided(current, names),
        level=asked.level,
        answer_by=asked.answer_by,
        escalations=asked.escalations,
        edited=is_edited(rows, asked),
        older=_decided(older, names),
        rounds=_rounds(rows, asked, names),
        asked_back=asked.question_id is not None,
    )


def _rounds(rows: Rows, asked: ApprovalRequest, names: _Names) -> tuple[Round, ...]:
    found = sorted(rows.find(ApprovalQuestion, request_id=asked.id), key=lambda one: (one.asked_at, one.id))
    return tuple(
        Round(
            one.question, names.of(one.asked_by), one.asked_at, one.answer, names.of(one.answered_by), one.answered_at
        )
        for one in found
    )


def _bytes(rows: Rows, asked: ApprovalRequest) -> int:
    """How large the photo is, as the order's attachments tell; 0 when there is none."""
    found = rows.find(Attachment, order_id=asked.order_id, sha256=asked.photo_sha256) if asked.photo_sha256 else []
    return found[0].bytes if found else 0


def _decided(answer: ApprovalDecision | None, names: _Names) -> Decided | None:
    if answer is None:
        return None
    return Decided(answer.approved, answer.reason, names.of(answer.decided_by), answer.decided_at)


def detail(rows: Rows, line: RequestLine, now: datetime) -> RequestDetail:
    """What a decision about ``line`` rests on; the station's requests are those of the last 90 days."""
    order = rows.get(WorkOrder, line.order_id)
    units = rows.find(OrderUnit, order_id=line.order_id)
    stored = rows.get(UnitVerdict, units[0].verdict_id) if units and units[0].verdict_id else None
    others = [
        one
        for one in rows.find(ApprovalRequest, station_id=line.station_id)
        if one.id != line.id and one.asked_at >= now - RECENT
    ]
    answers = {one.request_id: one.approved for one in rows.find(ApprovalDecision, station_id=line.station_id)}
    granted = [one for one in others if answers.get(one.id) is True]
    return RequestDetail(
        verdict=stored.verdict if stored else None,
        fault=order.fault_report if order else "",
        repairs=_repairs(rows, line),
        asked=len(others),
        granted=len(granted),
        refused=sum(answers.get(one.id) is False for one in others),
        granted_fen=sum(one.amount_fen for one in granted),
    )


def _repairs(rows: Rows, line: RequestLine) -> tuple[EarlierRepair, ...]:
    found = []
    for unit in rows.find(OrderUnit, serial=line.serial)[: MOST_REPAIRS * 2] if line.serial else ():
        order = rows.get(WorkOrder, unit.order_id)
        if order is not None and order.id != line.order_id and order.completed_at is not None:
            day = local_day(rows, order.station_id, order.completed_at)
            found.append(EarlierRepair(order.id, order.number, day, order.fault_report))
    return tuple(sorted(found, key=lambda one: one.day, reverse=True)[:MOST_REPAIRS])


class DeputyLine(NamedTuple):
    """Who stands in for whom, both days included."""

    id: str
    away: str
    deputy: str
    first_day: date
    last_day: date
    is_mine: bool


class DeputyDesk(NamedTuple):
    """The deputyships of the place that are not over, and the colleagues one could name."""

    lines: tuple[DeputyLine, ...]
    colleagues: tuple[tuple[str, str], ...]


def deputies(rows: Rows, person_id: str, day: date) -> DeputyDesk:
    """What a person sees who wants to name a deputy on ``day``: colleagues as (id, name) who decide here too."""
    me = rows.get(Person, person_id)
    here = rows.find(Person, place_id=me.place_id) if me else ()
    names = {person.id: person.name for person in here}
    found = [
        DeputyLine(
            one.id,
            names.get(one.person_id, ""),
            names.get(one.deputy_id, ""),
            one.first_day,
            one.last_day,
            one.person_id == person_id,
        )
        for one in (rows.find(Deputy, place_id=me.place_id) if me else ())
        if one.last_day >= day
    ]
    colleagues = [(one.id, one.name) for one in here if one.id != person_id and one.active and set(one.roles) & DECIDE]
    return DeputyDesk(tuple(sorted(found, key=lambda line: (line.first_day, line.id))), tuple(colleagues))
