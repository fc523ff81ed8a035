"""The branch takes an order that HQ offered to it."""

from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation
from core.operations.orders import check_move, move, order_of
from core.work_order import roles_for


class AcceptAtBranch(Args, frozen=True, kw_only=True):
    """Which order."""

    order_id: Id


def check(args: AcceptAtBranch, operation: Operation, rows: Rows) -> None:
    """The order must stand at this branch's door."""
    check_move(rows, args.order_id, "accept_at_branch", operation)


def replay(args: AcceptAtBranch, operation: Operation, rows: Rows) -> None:
    """Move the order."""
    move(rows, order_of(rows, args.order_id), "accept_at_branch")


ACTION = Action("accept_at_branch", AcceptAtBranch, roles_for("accept_at_branch"), Nature.DECISION, replay, check)
