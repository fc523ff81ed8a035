"""The branch decides a request; the decision names the hash of what was decided."""

from core.ids import derive
from core.operations.ask_approval import subject_hash
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


def _request(rows: Rows, args: DecideApproval) -> ApprovalRequest:
    request = rows.get(ApprovalRequest, args.request_id)
    if request is None or request.order_id != args.order_id:
        raise Refusal("approval_unknown")
    return request


def check(args: DecideApproval, operation: Operation, rows: Rows) -> None:
    """Decided once, by somebody else, about what still stands; a refusal gives its reason."""
    check_move(rows, args.order_id, "decide_approval", operation)
    request = _request(rows, args)
    if rows.find(ApprovalDecision, request_id=request.id):
        raise Refusal("approval_decided")
    if request.asked_by == operation.user:
        raise Refusal("approval_own")
    now = subject_hash(rows, request.order_id, request.kind, request.days_over, request.amount_fen)
    if args.subject_hash != request.subject_hash or now != request.subject_hash:
        raise Refusal("approval_outdated")
    if not args.approved and not args.reason.strip():
        raise Refusal("reason_missing")


def replay(args: DecideApproval, operation: Operation, rows: Rows) -> None:
    """Store the decision; a waiting order goes on where it was."""
    order = order_of(rows, args.order_id)
    request = _request(rows, args)
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
    if order.state is State.WAITING_APPROVAL:
        move(rows, order, "decide_approval")


ACTION = Action("decide_approval", DecideApproval, roles_for("decide_approval"), Nature.DECISION, replay, check)
