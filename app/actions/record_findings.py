"""What was found at the unit that its warranty depends on: recorded with the photo that shows it."""

from app.actions.attachments import keep_picture, record_attachment
from app.actions.desk import Desk, DeskAction, OrderAsked, Recorded, find_order, find_unit
from core.operations.record_findings import RecordFindings
from core.warranty import Exclusion, Holder


class FindingsAsked(OrderAsked, frozen=True, kw_only=True):
    """All that was found; ``photo`` is the path of a picture, which what ends the cover needs."""

    unit_id: str | None = None
    exclusions: tuple[Exclusion, ...] = ()
    held_by: Holder = Holder.CUSTOMER
    finding: str = ""
    photo: str | None = None


def run(asked: FindingsAsked, desk: Desk) -> Recorded:
    """Record them; a photo that was recorded before stays when none is given."""
    with desk.store.reading() as rows:
        order = find_order(rows, asked.order_id)
        unit = find_unit(rows, order, asked.unit_id)
    photo = keep_picture(asked.photo, desk) if asked.photo else None
    args = RecordFindings(
        order_id=order.id,
        unit_id=unit.id,
        exclusions=asked.exclusions,
        held_by=asked.held_by,
        finding=asked.finding,
        photo_sha256=photo.sha256 if photo else (unit.finding_photo if asked.exclusions else None),
    )
    blobs = [photo.queued("photo", order.id)] if photo else []
    recorded = desk.store.record("record_findings", args, desk.person_id, blobs=blobs)
    if photo:  # after the finding: what is refused leaves no photo behind
        record_attachment(order.id, "photo", photo, desk)
    return recorded


ACTION = DeskAction("record_findings", FindingsAsked, run)
