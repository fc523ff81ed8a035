"""A refund is proposed: by a remedy of the verdict, with the price paid and a certificate; HQ pays it."""

from datetime import date

from core.ends import certificate_for, deduction, remedy_of, verdict_of
from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.loaners import lent
from core.operations.operation import Code, Fen, Id, Operation, OptionalText
from core.operations.orders import check_move, move, order_of, unit_of
from core.refusals import Refusal
from core.rows.jobs import OrderEnd
from core.warranty import RemedyKind
from core.work_order import State, roles_for

#: An exchange that is owed becomes a refund when no like model is to be had, or the customer refuses it.
_OWED = frozenset({RemedyKind.REFUND, RemedyKind.EXCHANGE})


class ProposeRefund(Args, frozen=True, kw_only=True):
    """The remedy's rule, the price on the invoice and what is deducted for use (fen), as judged on ``day``.

    Only a customer who refuses a like model that is to be had pays for the use.
    """

    order_id: Id
    unit_id: Id
    rule: Code
    price_fen: Fen
    like_model_refused: bool = False
    deduction_fen: Fen = 0
    day: date
    note: OptionalText = ""
    preview_fen: Fen | None = None
    tariff: Code | None = None


def owed(args: ProposeRefund, rows: Rows) -> int:
    """What is deducted by the rules (fen); raises Refusal ``remedy_not_open``."""
    verdict = verdict_of(unit_of(rows, args.order_id, args.unit_id), rows)
    remedy = remedy_of(verdict, args.rule, _OWED)
    if verdict is None or remedy.kind is RemedyKind.REFUND or not args.like_model_refused:
        return 0
    return deduction(verdict, args.price_fen, args.day)


def check(args: ProposeRefund, operation: Operation, rows: Rows) -> None:
    """A remedy must be open, the unit found faulty, and the sum the rules' own."""
    check_move(rows, args.order_id, "propose_refund", operation)
    if args.deduction_fen != owed(args, rows):
        raise Refusal("refund_sum_wrong")
    if args.price_fen == 0:
        raise Refusal("price_missing")
    if certificate_for(args.order_id, rows, State.REFUND_PROPOSED, args.unit_id) is None:
        raise Refusal("certificate_missing")
    if lent(rows, args.order_id):
        raise Refusal("loaner_not_back")


def replay(args: ProposeRefund, operation: Operation, rows: Rows) -> None:
    """Keep the proposal; the order has ended for the station."""
    order = order_of(rows, args.order_id)
    unit = unit_of(rows, args.order_id, args.unit_id)
    certificate = certificate_for(order.id, rows, State.REFUND_PROPOSED, unit.id)
    rows.put(
        OrderEnd(
            id=derive(operation.id, "end"),
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            unit_id=unit.id,
            end=State.REFUND_PROPOSED,
            note=args.note,
            certificate_id=certificate.id if certificate else None,
            rule=args.rule,
            old_serial=unit.serial,
            price_fen=args.price_fen,
            deduction_fen=args.deduction_fen,
            like_model_refused=args.like_model_refused,
            made_by=operation.user,
            made_at=operation.made_at,
        )
    )
    move(rows, order, "propose_refund", completed_at=operation.made_at)


ACTION = Action("propose_refund", ProposeRefund, roles_for("propose_refund"), Nature.DECISION, replay, check)
