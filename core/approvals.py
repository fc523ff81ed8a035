"""What an approval is about: the hash of exactly that, and which decision still stands for it."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

import msgspec

from core.rows.access import Rows
from core.rows.orders import ApprovalDecision, ApprovalKind, ApprovalQuestion, ApprovalRequest, OrderUnit


def subject_hash(
    rows: Rows, order_id: str, kind: ApprovalKind, days_over: int, amount_fen: int, revision: int = 0
) -> str:
    """The hash of exactly what a decision is about: the kind, the sum, the days and the identified units.

    A request that went up again with an answer is another thing to decide (``revision`` counts the answers).
    """
    units = [(u.model, u.serial, u.verdict_id) for u in rows.find(OrderUnit, order_id=order_id)]
    again = [revision] if revision else []
    return hashlib.sha256(msgspec.json.encode([kind, days_over, amount_fen, units, *again])).hexdigest()


def hash_now(rows: Rows, request: ApprovalRequest) -> str:
    """The hash of what the request is about as it is now; it differs from the one asked when that was edited since."""
    one = request
    return subject_hash(rows, one.order_id, one.kind, one.days_over, one.amount_fen, one.revision)


def send_back(
    rows: Rows, request: ApprovalRequest, question_id: str, question: str, by: str, at: datetime
) -> ApprovalQuestion:
    """Write the question and send the request back; whoever decides has no clock meanwhile."""
    asked = ApprovalQuestion(
        id=question_id,
        branch_id=request.branch_id,
        station_id=request.station_id,
        request_id=request.id,
        order_id=request.order_id,
        question=question,
        subject_hash=hash_now(rows, request),
        asked_by=by,
        asked_at=at,
    )
    rows.put(asked)
    rows.put(msgspec.structs.replace(request, question_id=question_id, answer_by=None))
    return asked


def is_edited(rows: Rows, request: ApprovalRequest) -> bool:
    """Whether what was asked has been edited since."""
    return hash_now(rows, request) != request.subject_hash


def standing(
    rows: Rows, request: ApprovalRequest, decisions: Iterable[ApprovalDecision]
) -> tuple[ApprovalDecision | None, ApprovalDecision | None]:
    """The request's decision about what stands now, and the newest one about an older version of it."""
    now = hash_now(rows, request)
    mine = sorted((one for one in decisions if one.request_id == request.id), key=lambda one: (one.decided_at, one.id))
    current = next((one for one in mine if one.subject_hash == now), None)
    older = next((one for one in reversed(mine) if one.subject_hash != now), None)
    return current, older
