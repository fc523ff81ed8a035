"""A part bought near by: the receipt's photo is kept and travels to HQ with the purchase."""

from app.actions.attachments import from_base64, keep_bytes, keep_picture
from app.actions.desk import Asked, Desk, DeskAction, Recorded, find_order
from app.offline_db.blob_queue import QueuedBlob
from core.money import parse_yuan
from core.operations.buy_locally import BuyLocally
from core.refusals import Refusal

#: What the blob is to the queue.
RECEIPT = "receipt"


class PurchaseAsked(Asked, frozen=True, kw_only=True):
    """Which part, how many, the price of one (yuan), from whom, and a photo of the receipt: a file or base64."""

    part_id: str
    price: str
    vendor: str
    quantity: int = 1
    file: str = ""
    picture: str | None = None
    order_id: str | None = None


def run(asked: PurchaseAsked, desk: Desk) -> Recorded:
    """Keep the photo and record the purchase."""
    if not (asked.file or asked.picture):
        raise Refusal("receipt_photo_missing")
    try:
        price = parse_yuan(asked.price)
    except ValueError as error:
        raise Refusal("arguments_invalid", action="buy_locally", problem=str(error)) from error
    with desk.store.reading() as rows:
        order_id = find_order(rows, asked.order_id).id if asked.order_id else None
    kept = keep_bytes(from_base64(asked.picture), desk) if asked.picture else keep_picture(asked.file, desk)
    args = BuyLocally(
        part_id=asked.part_id.strip().upper(),
        quantity=asked.quantity,
        price_fen=price,
        vendor=asked.vendor.strip(),
        photo_sha256=kept.sha256,
        photo_bytes=kept.size,
        media_type=kept.media_type,
        order_id=order_id,
    )
    blob = QueuedBlob(kept.sha256, kept.size, RECEIPT, order_id, kept.media_type)
    return desk.store.record("buy_locally", args, desk.person_id, blobs=[blob])


ACTION = DeskAction("buy_locally", PurchaseAsked, run)
