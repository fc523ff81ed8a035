"""The customer signs what the repair costs, before work; the signature is kept as a picture."""

from app.actions.attachments import from_base64, keep_bytes, keep_picture, record_attachment
from app.actions.desk import Desk, DeskAction, OrderAsked, Recorded, find_order
from app.actions.pricing import quotation
from core.operations.sign_quotation import SignQuotation
from core.refusals import Refusal


class SignatureAsked(OrderAsked, frozen=True, kw_only=True):
    """Who signed, the signature (a file's path, or base64 of a PNG), and part numbers still to be put in."""

    signed_by: str
    signature: str | None = None
    signature_png: str | None = None
    parts: tuple[str, ...] = ()


def run(asked: SignatureAsked, desk: Desk) -> Recorded:
    """Price the order as it stands and record what was signed."""
    with desk.store.reading() as rows:
        order = find_order(rows, asked.order_id)
        priced = quotation(order, rows, desk.today(rows), parts=asked.parts)
    if asked.signature:
        kept = keep_picture(asked.signature, desk)
    elif asked.signature_png:
        kept = keep_bytes(from_base64(asked.signature_png), desk)
    else:
        raise Refusal("signature_missing")
    args = SignQuotation(
        order_id=order.id,
        lines=priced.lines,
        total_fen=priced.total_fen,
        if_goodwill_fen=priced.if_goodwill_fen,
        price_list=priced.price_list,
        signed_by=asked.signed_by,
        signature_sha256=kept.sha256,
    )
    recorded = desk.store.record(
        "sign_quotation",
        args,
        desk.person_id,
        versions={"price_list": priced.price_list},
        blobs=[kept.queued("signature", order.id)],
    )
    record_attachment(order.id, "signature", kept, desk)
    return recorded


ACTION = DeskAction("sign_quotation", SignatureAsked, run)
