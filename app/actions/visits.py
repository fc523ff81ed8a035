"""A booked visit did not happen; a photo of the closed door is kept where there is one."""

from datetime import datetime
from typing import Literal

from app.actions.attachments import keep_picture, record_attachment
from app.actions.desk import Desk, DeskAction, OrderAsked, Recorded, find_order
from core.operations.miss_visit import MissVisit


class MissAsked(OrderAsked, frozen=True, kw_only=True):
    """Whose doing it was, when somebody was there (now when absent), and a photo's path."""

    missed_by: Literal["customer", "technician"]
    at: datetime | None = None
    reason: str = ""
    photo: str | None = None


def run(asked: MissAsked, desk: Desk) -> Recorded:
    """Record the missed visit with its evidence."""
    with desk.store.reading() as rows:
        order_id = find_order(rows, asked.order_id).id
    photo = keep_picture(asked.photo, desk) if asked.photo else None
    args = MissVisit(
        order_id=order_id,
        missed_by=asked.missed_by,
        at=asked.at,
        reason=asked.reason,
        evidence_sha256=photo.sha256 if photo else None,
    )
    blobs = [photo.queued("photo", order_id)] if photo else []
    recorded = desk.store.record("miss_visit", args, desk.person_id, blobs=blobs)
    if photo:
        record_attachment(order_id, "photo", photo, desk)
    return recorded


ACTION = DeskAction("miss_visit", MissAsked, run)
