"""An order is cancelled before work has begun; who bears a visit that was made in vain is said with it."""

from typing import Literal

from core.ends import MAKER, was_visited
from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation, Text
from core.operations.orders import check_move, move, order_of
from core.refusals import Refusal
from core.rows.jobs import OrderEnd
from core.work_order import State, roles_for


class CancelOrder(Args, frozen=True, kw_only=True):
    """Which order and why; after a visit in vain, who bears it (the branch's word is its approval)."""

    order_id: Id
    reason: Text
    visit_payer: Literal["customer", "maker", "station"] | None = None


def check(args: CancelOrder, operation: Operation, rows: Rows) -> None:
    """Work must not be going on; a visit that nobody made costs nobody anything."""
    order = check_move(rows, args.order_id, "cancel_order", operation)
    if args.visit_payer is not None and not was_visited(order, rows):
        raise Refusal("no_visit_made")


def replay(args: CancelOrder, operation: Operation, rows: Rows) -> None:
    """Move the order and keep the reason as its result; a visit the maker bears is claimed."""
    order = order_of(rows, args.order_id)
    if args.visit_payer is not None:
        rows.put(
            OrderEnd(
                id=derive(operation.id, "end"),
                branch_id=order.branch_id,
                station_id=order.station_id,
                order_id=order.id,
                end=State.CANCELLED,
                payer=args.visit_payer,
                made_by=operation.user,
                made_at=operation.made_at,
            )
        )
    ended = {"completed_at": operation.made_at} if args.visit_payer == MAKER else {}
    move(rows, order, "cancel_order", result=args.reason, **ended)


ACTION = Action("cancel_order", CancelOrder, roles_for("cancel_order"), Nature.DECISION, replay, check)
