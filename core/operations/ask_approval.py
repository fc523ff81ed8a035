"""The station asks the branch for what the rules do not give: goodwill, a cost over the limit, an exchange."""

from typing import Annotated

from msgspec import Meta

from core.approval_rules import due
from core.approvals import subject_hash
from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Fen, Hash, Id, Operation, Text
from core.operations.orders import check_move, move, order_of
from core.reference import approval_rules
from core.rows.orders import ApprovalKind, ApprovalRequest
from core.work_order import roles_for

__all__ = ["ACTION", "AskApproval", "subject_hash"]


class AskApproval(Args, frozen=True, kw_only=True):
    """What is asked, by which rule, for how many days over and how much (fen), and why; a photo where asked."""

    order_id: Id
    kind: ApprovalKind
    rule: Code
    days_over: Annotated[int, Meta(ge=0, le=36_500)] = 0
    amount_fen: Fen = 0
    reason: Text
    photo_sha256: Hash | None = None


def check(args: AskApproval, operation: Operation, rows: Rows) -> None:
    """Approval is asked while the unit is at work: before parts are used and before the customer signs."""
    check_move(rows, args.order_id, "ask_approval", operation)


def replay(args: AskApproval, operation: Operation, rows: Rows) -> None:
    """Store the request for the level that decides it; the order waits."""
    order = order_of(rows, args.order_id)
    decides = due(approval_rules(rows), args.kind, args.amount_fen, args.days_over, operation.made_at)
    rows.put(
        ApprovalRequest(
            id=derive(operation.id, "request"),
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            kind=args.kind,
            rule=args.rule,
            days_over=args.days_over,
            amount_fen=args.amount_fen,
            reason=args.reason,
            photo_sha256=args.photo_sha256,
            subject_hash=subject_hash(rows, order.id, args.kind, args.days_over, args.amount_fen),
            asked_by=operation.user,
            asked_at=operation.made_at,
            level=decides.level,
            answer_by=decides.answer_by,
        )
    )
    move(rows, order, "ask_approval")


ACTION = Action("ask_approval", AskApproval, roles_for("ask_approval"), Nature.DECISION, replay, check)
