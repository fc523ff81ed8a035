"""The station gives an order back to the branch, with a reason."""

from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation, Text
from core.operations.orders import check_move, move, order_of
from core.work_order import roles_for


class DeclineOrder(Args, frozen=True, kw_only=True):
    """Which order and why."""

    order_id: Id
    reason: Text


def check(args: DeclineOrder, operation: Operation, rows: Rows) -> None:
    """Work must not have begun."""
    check_move(rows, args.order_id, "decline_order", operation)


def replay(args: DeclineOrder, operation: Operation, rows: Rows) -> None:
    """Back to the branch; the station still sees its declined order until it is given to another."""
    move(rows, order_of(rows, args.order_id), "decline_order", decline_reason=args.reason, technician_id=None)


ACTION = Action("decline_order", DeclineOrder, roles_for("decline_order"), Nature.DECISION, replay, check)
