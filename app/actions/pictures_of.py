"""Photos and signatures that belong to what is being recorded: kept first, recorded as the order's afterwards."""

from collections.abc import Iterable

from app.actions.attachments import Kept, from_base64, keep_bytes, keep_picture, record_attachment
from app.actions.desk import Desk
from core.refusals import Refusal


def kept_signature(png: str | None, file: str | None, desk: Desk) -> Kept | None:
    """A signature given as base64 of a picture, or as a file; None when there is none."""
    if png:
        return keep_bytes(from_base64(png), desk)
    return keep_picture(file, desk) if file else None


def needed_signature(png: str | None, file: str | None, desk: Desk) -> Kept:
    """The same; raises Refusal ``signature_missing`` when there is none."""
    kept = kept_signature(png, file, desk)
    if kept is None:
        raise Refusal("signature_missing")
    return kept


def kept_photos(files: Iterable[str], desk: Desk) -> list[Kept]:
    """Photos by their files' paths."""
    return [keep_picture(file, desk) for file in files if file.strip()]


def record_all(order_id: str, kind: str, pictures: Iterable[Kept], desk: Desk) -> None:
    """Record kept pictures as the order's, after what they belong to: what is refused leaves none behind."""
    for kept in pictures:
        record_attachment(order_id, kind, kept, desk)
