"""A completed order is opened again by the lead: within a few days, and before money has moved."""

from core.ends import REOPEN_DAYS
from core.judging import local_day
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation, Text
from core.operations.orders import check_move, move, order_of
from core.refusals import Refusal
from core.rows.settlement import Claim, StatementLine
from core.work_order import roles_for


class ReopenOrder(Args, frozen=True, kw_only=True):
    """Which order and why."""

    order_id: Id
    reason: Text


def check(args: ReopenOrder, operation: Operation, rows: Rows) -> None:
    """Not too late, and the claim neither verified nor in a statement."""
    order = check_move(rows, args.order_id, "reopen_order", operation)
    if order.completed_at is not None:
        ended = local_day(rows, order.station_id, order.completed_at)
        days = (local_day(rows, order.station_id, operation.made_at) - ended).days
        if days > REOPEN_DAYS:
            raise Refusal("reopen_late", days=days, limit=REOPEN_DAYS)
    moved = any(claim.state != "open" for claim in rows.find(Claim, order_id=order.id))
    if moved or rows.find(StatementLine, order_id=order.id):
        raise Refusal("claim_in_statement")


def replay(args: ReopenOrder, operation: Operation, rows: Rows) -> None:
    """Work goes on; what was recorded stays."""
    move(rows, order_of(rows, args.order_id), "reopen_order", completed_at=None, ended_as=None)


ACTION = Action("reopen_order", ReopenOrder, roles_for("reopen_order"), Nature.DECISION, replay, check)
