"""Requests that wait, headquarters' own decisions, and the way upward when nobody answers in time."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from core.approval_rules import Due, next_due
from core.approvals import hash_now, send_back, standing
from core.ids import derive
from core.operations.decide_approval import check_undecided
from core.reference import approval_rules
from core.refusals import Refusal
from core.roles import PlaceKind
from core.rows.access import Rows
from core.rows.orders import (
    ApprovalDecision,
    ApprovalLevel,
    ApprovalQuestion,
    ApprovalRequest,
    TimelineEntry,
    WorkOrder,
)
from core.rows.people import Place
from core.work_order import State, apply
from hq.approvals.repository import waiting_orders
from hq.feed import Work, work
from hq.store import Store


class WaitingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request that nobody has decided; money in fen. ``subject_hash`` names exactly what is decided."""

    id: str
    branch: str
    station: str
    order: str
    kind: str
    level: str
    amount_fen: int
    days_over: int
    reason: str
    asked_at: datetime
    answer_by: datetime | None
    subject_hash: str
    question: str = ""  # with what it was sent back, until that is answered


def waiting(store: Store, level: ApprovalLevel | None = None) -> list[WaitingRequest]:
    """What waits in all branches (only of ``level`` where given), the longest waiting first."""
    with work(store) as doing:
        places = {place.id: place for place in doing.reference().find(Place)}
        found = [
            _line(rows, places, request) for rows, request in _open(doing) if level is None or request.level is level
        ]
    return sorted(found, key=lambda line: (line.asked_at, line.id))


def _open(doing: Work) -> Iterator[tuple[Rows, ApprovalRequest]]:
    """The undecided requests of orders that wait, with the rows of their branch, for looking only."""
    for branch_id, orders in waiting_orders(doing.connection).items():
        rows = doing.view(branch_id)
        for order_id in orders:
            decisions = rows.find(ApprovalDecision, order_id=order_id)
            for request in rows.find(ApprovalRequest, order_id=order_id):
                if standing(rows, request, decisions)[0] is None:
                    yield rows, request


def _line(rows: Rows, places: dict[str, Place], request: ApprovalRequest) -> WaitingRequest:
    order = rows.get(WorkOrder, request.order_id)
    question = rows.get(ApprovalQuestion, request.question_id) if request.question_id else None
    branch, station = places.get(request.branch_id), places.get(request.station_id or "")
    return WaitingRequest(
        id=request.id,
        branch=branch.code if branch else "",
        station=station.code if station else "",
        order=order.number if order else "",
        kind=request.kind.value,
        level=request.level.value,
        amount_fen=request.amount_fen,
        days_over=request.days_over,
        reason=request.reason,
        asked_at=request.asked_at,
        answer_by=request.answer_by,
        subject_hash=hash_now(rows, request),
        question=question.question if question else "",
    )


def decide(
    store: Store,
    request_id: str,
    *,
    approved: bool,
    reason: str,
    by: str,
    at: datetime,
    subject_hash: str | None = None,
) -> ApprovalDecision:
    """Headquarters' answer, by the person or system ``by``; the same answer again changes nothing.

    Raises Refusal ``approval_unknown``, ``approval_decided``, ``approval_outdated``, ``reason_missing``.
    """
    with work(store) as doing:
        rows, request = _request(doing, request_id)
        current, _older = standing(rows, request, rows.find(ApprovalDecision, request_id=request.id))
        if current is not None:
            if current.approved is approved and current.decided_by == _name(by):
                return current
            raise Refusal("approval_decided")
        if subject_hash not in (None, hash_now(rows, request)):
            raise Refusal("approval_outdated")
        if not approved and not reason.strip():
            raise Refusal("reason_missing")
        return answer(rows, request, approved=approved, reason=reason, by=by, at=at)


def ask_back(
    store: Store, request_id: str, *, question: str, by: str, at: datetime, subject_hash: str | None = None
) -> ApprovalQuestion:
    """Headquarters sends a request back with a question; the same question again changes nothing.

    Raises Refusal ``approval_unknown``, ``approval_decided``, ``approval_asked_back``, ``approval_outdated``,
    ``reason_missing``.
    """
    with work(store) as doing:
        rows, request = _request(doing, request_id)
        check_undecided(rows, request)
        open_one = rows.get(ApprovalQuestion, request.question_id) if request.question_id else None
        if open_one is not None:
            if (open_one.question, open_one.asked_by) == (question, _name(by)):
                return open_one
            raise Refusal("approval_asked_back")
        if subject_hash not in (None, hash_now(rows, request)):
            raise Refusal("approval_outdated")
        if not question.strip():
            raise Refusal("reason_missing")
        question_id = derive(request.id, f"question/headquarters/{request.revision}")
        asked = send_back(rows, request, question_id, question, _name(by), at)
        entry = _entry(request, "ask_back", f"question/{request.revision}", at, _name(by))
        rows.put(msgspec.structs.replace(entry, detail=entry.detail | {"reason": question}))
        return asked


def answer(
    rows: Rows, request: ApprovalRequest, *, approved: bool, reason: str, by: str, at: datetime
) -> ApprovalDecision:
    """Write headquarters' decision about the request as it stands now; a waiting order goes on."""
    stands = hash_now(rows, request)
    decision = ApprovalDecision(
        id=derive(request.id, f"decision/headquarters/{stands}"),
        branch_id=request.branch_id,
        station_id=request.station_id,
        request_id=request.id,
        order_id=request.order_id,
        approved=approved,
        reason=reason,
        subject_hash=stands,
        decided_by=_name(by),
        decided_at=at,
    )
    rows.put(decision)
    _go_on(rows, request)
    rows.put(_entry(request, "decide_approval", "headquarters", at, _name(by)))
    return decision


def _name(by: str) -> str:
    """How a decision of headquarters names its maker: no id of a person."""
    return f"HQ · {by}"


def _request(doing: Work, request_id: str) -> tuple[Rows, ApprovalRequest]:
    for branch in doing.reference().find(Place, kind=PlaceKind.BRANCH):
        request = doing.view(branch.id).get(ApprovalRequest, request_id)
        if request is not None:
            return doing.rows(branch.id), request
    raise Refusal("approval_unknown")


def _go_on(rows: Rows, request: ApprovalRequest) -> None:
    order = rows.get(WorkOrder, request.order_id)
    if order is not None and order.state is State.WAITING_APPROVAL:
        state, held_from = apply(order.state, order.held_from, "decide_approval")
        rows.put(msgspec.structs.replace(order, state=state, held_from=held_from))


def escalate(store: Store, at: datetime) -> int:
    """Take every request that nobody answered in time one level up; returns how many. Again changes nothing."""
    with work(store) as doing:
        rules = approval_rules(doing.reference())
        late = [(request, due) for _rows, request in _open(doing) if (due := next_due(rules, request, at)) is not None]
        for request, due in late:
            raise_up(doing.rows(request.branch_id), request, due, at)
    return len(late)


def raise_up(rows: Rows, request: ApprovalRequest, due: Due, at: datetime) -> None:
    """Take a request that nobody answered in time to the level that decides it now."""
    raised = msgspec.structs.replace(
        request, level=due.level, answer_by=due.answer_by, escalations=request.escalations + 1
    )
    rows.put(raised)
    rows.put(_entry(raised, "approval_escalated", f"escalated/{due.level}", at, "HQ"))


def _entry(request: ApprovalRequest, action: str, source: str, at: datetime, by: str) -> TimelineEntry:
    return TimelineEntry(
        id=derive(request.id, f"timeline/{source}"),
        branch_id=request.branch_id,
        station_id=request.station_id,
        order_id=request.order_id,
        action=action,
        person_id=None,
        person_name=by,
        at=at,
        detail={"level": request.level.value},
    )
