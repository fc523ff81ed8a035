"""The branch gives an order back to HQ, with a reason."""

from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation, Text
from core.operations.orders import check_move, move, order_of
from core.work_order import roles_for


class DeclineAtBranch(Args, frozen=True, kw_only=True):
    """Which order and why."""

    order_id: Id
    reason: Text


def check(args: DeclineAtBranch, operation: Operation, rows: Rows) -> None:
    """HQ must have offered it, and the branch not have taken it."""
    check_move(rows, args.order_id, "decline_at_branch", operation)


def replay(args: DeclineAtBranch, operation: Operation, rows: Rows) -> None:
    """Back at HQ; the branch still sees it until HQ has found another way."""
    move(rows, order_of(rows, args.order_id), "decline_at_branch", decline_reason=args.reason)


ACTION = Action("decline_at_branch", DeclineAtBranch, roles_for("decline_at_branch"), Nature.DECISION, replay, check)
