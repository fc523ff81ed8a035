"""A correction of the registry is proposed to headquarters: with what stands there now, the reason and a photo."""

from app.actions.attachments import keep_picture
from app.actions.desk import Asked, Desk, DeskAction, Recorded, find_order
from app.offline_db.blob_queue import QueuedBlob
from core.corrections import value_in
from core.judging import typed_serial
from core.operations.propose_correction import ProposeCorrection
from core.refusals import Refusal
from core.rows.units import CorrectionField


class CorrectionAsked(Asked, frozen=True, kw_only=True):
    """Which unit and field, what should stand there ("" nothing; days like 2026-03-17) and why; a picture's path."""

    serial: str
    field: CorrectionField
    new: str
    reason: str
    photo: str | None = None
    order_id: str | None = None


def run(asked: CorrectionAsked, desk: Desk) -> Recorded:
    """Propose it; the old value is the registry's of this moment."""
    serial = typed_serial(asked.serial)
    with desk.store.reading() as rows:
        order = find_order(rows, asked.order_id) if asked.order_id else None
        _, unit = rows.look_up(serial)
    if unit is None:
        raise Refusal("unit_not_registered", serial=serial)
    photo = keep_picture(asked.photo, desk) if asked.photo else None
    args = ProposeCorrection(
        order_id=order.id if order else None,
        model=unit.model,
        serial=serial,
        field=asked.field,
        old=value_in(unit, asked.field),
        new=asked.new.strip(),
        reason=asked.reason,
        photo_sha256=photo.sha256 if photo else None,
    )
    order_id = order.id if order else None
    blobs = [QueuedBlob(photo.sha256, photo.size, "photo", order_id, photo.media_type)] if photo else []
    return desk.store.record("propose_correction", args, desk.person_id, blobs=blobs)


ACTION = DeskAction("propose_correction", CorrectionAsked, run)
