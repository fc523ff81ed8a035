"""The branch takes an order back from a station."""

from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation, Text
from core.operations.orders import check_move, move, order_of
from core.work_order import roles_for


class RecallOrder(Args, frozen=True, kw_only=True):
    """Which order and why."""

    order_id: Id
    reason: Text


def check(args: RecallOrder, operation: Operation, rows: Rows) -> None:
    """Work must not have begun."""
    check_move(rows, args.order_id, "recall_order", operation)


def replay(args: RecallOrder, operation: Operation, rows: Rows) -> None:
    """The order is at the branch again, with no station."""
    move(rows, order_of(rows, args.order_id), "recall_order", station_id=None, technician_id=None)


ACTION = Action("recall_order", RecallOrder, roles_for("recall_order"), Nature.DECISION, replay, check)
