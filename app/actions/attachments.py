"""Photos, invoices and signatures of an order: kept encrypted, then recorded; they travel as blobs."""

import base64
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from app.actions.desk import Desk, DeskAction, OrderAsked, Recorded, find_order
from app.actions.thumbnails import thumbnail_of
from app.offline_db.blob_queue import THUMBNAIL, QueuedBlob
from app.offline_db.blobs import BlobRef
from core.operations.add_attachment import MAX_BLOB, AddAttachment
from core.refusals import Refusal

#: First bytes of the media types that are taken.
MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"%PDF-": "application/pdf"}


class Kept(NamedTuple):
    """A kept blob: its SHA-256, bytes and media type; a picture's thumbnail is kept beside it."""

    sha256: str
    size: int
    media_type: str
    thumbnail: BlobRef | None = None

    def queued(self, kind: str, order_id: str) -> QueuedBlob:
        """The blob on its way to HQ."""
        return QueuedBlob(self.sha256, self.size, kind, order_id, self.media_type)

    def all_queued(self, kind: str, order_id: str) -> list[QueuedBlob]:
        """The blob and its thumbnail."""
        queued = [self.queued(kind, order_id)]
        if self.thumbnail is not None:
            queued.append(QueuedBlob(*self.thumbnail, THUMBNAIL, order_id, "image/jpeg"))
        return queued


class AttachmentAsked(OrderAsked, frozen=True, kw_only=True):
    """A file's path or a pasted picture (base64), and what it is: photo | invoice | label | signature."""

    file: str = ""
    picture: str | None = None
    kind: str = "photo"
    taken_at: datetime | None = None


def keep_picture(path: str, desk: Desk) -> Kept:
    """Keep the file; raises Refusal when it can't be read, is too large, or is no picture."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BLOB + 1)
    except FileNotFoundError as error:
        raise Refusal("file_missing", file=path) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise Refusal("file_unreadable", file=path, problem=getattr(error, "strerror", None) or "not text") from error
    return keep_bytes(data, desk, Path(path).name)


def keep_bytes(data: bytes, desk: Desk, name: str = "base64") -> Kept:
    """Keep the bytes of a picture or PDF; a HEIC or other picture is kept as the JPEG that every station can show.

    Raises Refusal ``file_too_large``, ``picture_unknown``, ``picture_damaged``, ``picture_too_large``, ``picture_raw``.
    """
    if len(data) > MAX_BLOB:
        raise Refusal("file_too_large", file=name, limit=MAX_BLOB // 1024 // 1024)
    media_type = next((kind for magic, kind in MAGIC.items() if data.startswith(magic)), None)
    if media_type is None:
        from app.scanner.opening import as_jpeg  # Pillow and libheif: loaded with the first such picture

        data, media_type = as_jpeg(data, name), "image/jpeg"
    thumbnail = thumbnail_of(data)
    kept = desk.blobs.put(thumbnail) if thumbnail else None
    return Kept(desk.blobs.put(data).sha256, len(data), media_type, kept)


def record_attachment(order_id: str, kind: str, kept: Kept, desk: Desk, taken_at: datetime | None = None) -> Recorded:
    """Record a kept blob as the order's."""
    args = AddAttachment(
        order_id=order_id,
        kind=kind,
        sha256=kept.sha256,
        bytes=kept.size,
        media_type=kept.media_type,
        taken_at=taken_at.replace(microsecond=0) if taken_at else None,
        thumbnail_sha256=kept.thumbnail.sha256 if kept.thumbnail else None,
        thumbnail_bytes=kept.thumbnail.size if kept.thumbnail else None,
    )
    return desk.store.record("add_attachment", args, desk.person_id, blobs=kept.all_queued(kind, order_id))


def run(asked: AttachmentAsked, desk: Desk) -> Recorded:
    """Keep the file and record it."""
    with desk.store.reading() as rows:
        order_id = find_order(rows, asked.order_id).id
    if not (asked.picture or asked.file):
        raise Refusal("arguments_invalid", action="add_attachment", problem="a file or a picture is missing")
    kept = keep_bytes(from_base64(asked.picture), desk) if asked.picture else keep_picture(asked.file, desk)
    return record_attachment(order_id, asked.kind, kept, desk, asked.taken_at)


def from_base64(text: str) -> bytes:
    """The bytes of a pasted picture; raises Refusal ``picture_unknown``."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Refusal("picture_unknown", file="base64") from error


ACTION = DeskAction("add_attachment", AttachmentAsked, run)
