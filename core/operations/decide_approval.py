"""Whoever decides at its level answers a request; the decision names the hash of what was decided.

A decision about an older version is kept and read as such at both ends; it moves nothing.
"""

from datetime import timedelta

from core.approval_rules import check_may_decide
from core.approvals import hash_now, standing
from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Hash, Id, Operation, OptionalText
from core.operations.orders import check_move, move, order_of
from core.refusals import Refusal
from core.rows.orders import ApprovalDecision, ApprovalRequest
from core.work_order import State, roles_for


class DecideApproval(Args, frozen=True, kw_only=True):
    """Which request, yes or no, why, and the hash of what the person saw."""

    order_id: Id
    request_id: Id
    approved: bool
    reason: OptionalText = ""
    subject_hash: Hash


def request_of(rows: Rows, order_id: str, request_id: str) -> ApprovalRequest:
    """The order's request; raises Refusal ``approval_unknown``."""
    request = rows.get(ApprovalRequest, request_id)
    if request is None or request.order_id != order_id:
        raise Refusal("approval_unknown")
    return request


def check_undecided(rows: Rows, request: ApprovalRequest) -> None:
    """Raises Refusal ``approval_decided`` when there is an answer to what stands now."""
    if standing(rows, request, rows.find(ApprovalDecision, request_id=request.id))[0] is not None:
        raise Refusal("approval_decided")


def check_decider(rows: Rows, request: ApprovalRequest, operation: Operation) -> None:
    """An undecided request of somebody else, which this person may decide on that day."""
    check_undecided(rows, request)
    if request.asked_by == operation.user:
        raise Refusal("approval_own")
    day = (operation.made_at + timedelta(minutes=operation.utc_offset_minutes)).date()
    check_may_decide(rows, request, operation.user, day)


def check(args: DecideApproval, operation: Operation, rows: Rows) -> None:
    """Decided once, by somebody else, about what still stands; a refusal gives its reason."""
    check_move(rows, args.order_id, "decide_approval", operation)
    request = request_of(rows, args.order_id, args.request_id)
    check_decider(rows, request, operation)
    if not args.approved and not args.reason.strip():
        raise Refusal("reason_missing")
    if args.subject_hash != hash_now(rows, request):
        raise Refusal("approval_outdated")


def replay(args: DecideApproval, operation: Operation, rows: Rows) -> None:
    """Store the decision; a waiting order goes on where it was, unless what was decided is not what stands."""
    order = order_of(rows, args.order_id)
    request = request_of(rows, args.order_id, args.request_id)
    rows.put(
        ApprovalDecision(
            id=derive(operation.id, "decision"),
            branch_id=order.branch_id,
            station_id=order.station_id,
            request_id=request.id,
            order_id=order.id,
            approved=args.approved,
            reason=args.reason,
            subject_hash=args.subject_hash,
            decided_by=operation.user,
            decided_at=operation.made_at,
        )
    )
    if order.state is State.WAITING_APPROVAL and args.subject_hash == hash_now(rows, request):
        move(rows, order, "decide_approval")


ACTION = Action(
    "decide_approval",
    DecideApproval,
    roles_for("decide_approval"),
    Nature.DECISION,
    replay,
    check,
    kept=frozenset({"approval_outdated"}),
)
