"""What an approval is about: the hash of exactly that, and which decision still stands for it."""

import hashlib
from collections.abc import Iterable

import msgspec

from core.rows.access import Rows
from core.rows.orders import ApprovalDecision, ApprovalKind, ApprovalRequest, OrderUnit


def subject_hash(rows: Rows, order_id: str, kind: ApprovalKind, days_over: int, amount_fen: int) -> str:
    """The hash of exactly what a decision is about: the kind, the sum, the days and the identified units."""
    units = [(u.model, u.serial, u.verdict_id) for u in rows.find(OrderUnit, order_id=order_id)]
    return hashlib.sha256(msgspec.json.encode([kind, days_over, amount_fen, units])).hexdigest()


def hash_now(rows: Rows, request: ApprovalRequest) -> str:
    """The hash of what the request is about as it is now; it differs from the one asked when that was edited since."""
    return subject_hash(rows, request.order_id, request.kind, request.days_over, request.amount_fen)


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
