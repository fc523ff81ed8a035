"""The customer signs what the repair costs before work: nothing, an amount, or "goodwill, or pay ¥X"."""

from typing import Annotated

from msgspec import Meta

from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Fen, Hash, Id, Name, Operation
from core.operations.orders import check_open, order_of
from core.refusals import Refusal
from core.rows.orders import FeeLine, Quotation
from core.work_order import STATION


class SignQuotation(Args, frozen=True, kw_only=True):
    """The lines shown, their sum, what stays to pay if goodwill is granted (fen), and the signature's blob."""

    order_id: Id
    lines: Annotated[tuple[FeeLine, ...], Meta(max_length=60)]
    total_fen: Fen
    if_goodwill_fen: Fen | None = None
    price_list: Code
    signed_by: Name
    signature_sha256: Hash | None = None


def check(args: SignQuotation, operation: Operation, rows: Rows) -> None:
    """The sum must be the lines' sum, and a signature must be there."""
    check_open(rows, args.order_id, operation)
    if args.signature_sha256 is None:
        raise Refusal("signature_missing")
    if sum(line.amount_fen for line in args.lines) != args.total_fen:
        raise Refusal("quotation_sum_wrong")


def replay(args: SignQuotation, operation: Operation, rows: Rows) -> None:
    """Store the quotation; a newer one stands beside the older."""
    order = order_of(rows, args.order_id)
    rows.put(
        Quotation(
            id=derive(operation.id, "quotation"),
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            lines=args.lines,
            total_fen=args.total_fen,
            if_goodwill_fen=args.if_goodwill_fen,
            price_list=args.price_list,
            signed_by=args.signed_by,
            signature_sha256=args.signature_sha256,
            signed_at=operation.made_at,
        )
    )


ACTION = Action("sign_quotation", SignQuotation, STATION, Nature.FACT, replay, check)
