"""The unit goes back unrepaired: the customer refuses the quotation, or it cannot be mended."""

from core.ends import UNREPAIRED
from core.ids import derive
from core.operations.custody import Tracking, hand_back, held
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.loaners import lent
from core.operations.operation import Code, Fen, Id, Name, Operation, OptionalText
from core.operations.orders import check_move, move, order_of
from core.refusals import Refusal
from core.rows.jobs import OrderEnd
from core.work_order import State, roles_for


class ReturnUnrepaired(Args, frozen=True, kw_only=True):
    """Why (a code of ``core.ends.UNREPAIRED``), to whom the unit goes, and what the customer pays (fen)."""

    order_id: Id
    reason: Code
    note: OptionalText = ""
    to_name: Name
    carrier: Code | None = None
    tracking: Tracking | None = None
    customer_fen: Fen = 0
    preview_fen: Fen | None = None
    tariff: Code | None = None


def check(args: ReturnUnrepaired, operation: Operation, rows: Rows) -> None:
    """The reason must be in the table; the station's loaner must be back."""
    check_move(rows, args.order_id, "return_unrepaired", operation)
    if args.reason not in UNREPAIRED:
        raise Refusal("reason_unknown", reason=args.reason)
    if lent(rows, args.order_id):
        raise Refusal("loaner_not_back")


def replay(args: ReturnUnrepaired, operation: Operation, rows: Rows) -> None:
    """What is in the shop goes back, and the order has ended."""
    order = order_of(rows, args.order_id)
    for one in held(rows, order.id):
        hand_back(rows, one, operation, args.to_name, operation.made_at, args.carrier, args.tracking)
    rows.put(
        OrderEnd(
            id=derive(operation.id, "end"),
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            end=State.RETURNED_UNREPAIRED,
            reason=args.reason,
            note=args.note,
            payer=UNREPAIRED[args.reason],
            customer_fen=args.customer_fen,
            made_by=operation.user,
            made_at=operation.made_at,
        )
    )
    move(rows, order, "return_unrepaired", completed_at=operation.made_at, result=args.note or order.result)


ACTION = Action("return_unrepaired", ReturnUnrepaired, roles_for("return_unrepaired"), Nature.DECISION, replay, check)
