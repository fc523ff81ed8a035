"""An order is cancelled before work has begun."""

from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation, Text
from core.operations.orders import check_move, move, order_of
from core.work_order import roles_for


class CancelOrder(Args, frozen=True, kw_only=True):
    """Which order and why."""

    order_id: Id
    reason: Text


def check(args: CancelOrder, operation: Operation, rows: Rows) -> None:
    """Work must not have begun."""
    check_move(rows, args.order_id, "cancel_order", operation)


def replay(args: CancelOrder, operation: Operation, rows: Rows) -> None:
    """Move the order and keep the reason as its result."""
    move(rows, order_of(rows, args.order_id), "cancel_order", result=args.reason)


ACTION = Action("cancel_order", CancelOrder, roles_for("cancel_order"), Nature.DECISION, replay, check)
