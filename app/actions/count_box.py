"""The clerk counts a box blind: opens it by its code, scans piece after piece, closes it."""

from typing import Literal

import msgspec

from app.actions.attachments import Kept, from_base64, keep_bytes, keep_picture
from app.actions.desk import Asked, Desk, DeskAction, Recorded
from app.actions.pack_old_part import find_number
from app.offline_db.blob_queue import QueuedBlob
from core.identifiers import box_id, fold, fold_serial, parse_old_part
from core.operations.count_box import CountOldPart, Grade, OpenBox, UncountOldPart
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.boxes import BoxCount


class BoxAsked(Asked, frozen=True, kw_only=True):
    """The box's number, as scanned or typed."""

    number: str


class CountAsked(BoxAsked, frozen=True, kw_only=True):
    """The tag, or part and serial number where it can't be read; a photo as a file's path or base64."""

    tag: str | None = None
    part_id: str | None = None
    serial: str | None = None
    finding: Literal["ok", "damaged"] = "ok"
    grade: Grade | None = None
    next_place: str | None = None
    photo: str | None = None
    picture: str | None = None


class UncountAsked(BoxAsked, frozen=True, kw_only=True):
    """The count that was a mistake."""

    count_id: str


def run_open(asked: BoxAsked, desk: Desk) -> Recorded:
    """Record that the box was opened."""
    return desk.store.record("open_box", OpenBox(number=find_number(asked.number)), desk.person_id)


def run(asked: CountAsked, desk: Desk) -> Recorded:
    """Record one piece; raises Refusal ``count_twice`` when nothing new is told of a piece that was counted already."""
    number, tag = find_number(asked.number), _tag(asked.tag)
    args = CountOldPart(
        number=number,
        tag=tag,
        part_id=fold(asked.part_id).upper() or None if asked.part_id else None,
        serial=fold_serial(asked.serial) or None if asked.serial else None,
        finding=asked.finding,
        grade=asked.grade,
        next_place=asked.next_place or None,
    )
    with desk.store.reading() as rows:
        if not (asked.photo or asked.picture) and _is_known(rows, args):
            raise Refusal("count_twice")
    kept = _photo(asked, desk)
    if kept is None:
        return desk.store.record("count_old_part", args, desk.person_id)
    args = msgspec.structs.replace(args, photo_sha256=kept.sha256, photo_bytes=kept.size)
    queued = QueuedBlob(kept.sha256, kept.size, "photo", None, kept.media_type)
    return desk.store.record("count_old_part", args, desk.person_id, blobs=[queued])


def _tag(text: str | None) -> str | None:
    """The tag in the text; raises Refusal ``old_part_tag_wrong`` when it is none."""
    if not text:
        return None
    tag = parse_old_part(text)
    if tag is None:
        raise Refusal("old_part_tag_wrong", tag=text[:40])
    return tag


def _is_known(rows: Rows, args: CountOldPart) -> bool:
    told = ("tag", "part_id", "serial", "finding", "grade", "next_place")
    if args.tag is None and args.serial is None:
        return False  # nothing tells two such pieces apart: each scan is one
    counts = [one for one in rows.find(BoxCount, box_id=box_id(args.number)) if not one.voided]
    return any(all(getattr(args, name) in (None, getattr(one, name)) for name in told) for one in counts)


def _photo(asked: CountAsked, desk: Desk) -> Kept | None:
    if asked.picture:
        return keep_bytes(from_base64(asked.picture), desk)
    return keep_picture(asked.photo, desk) if asked.photo else None


def run_uncount(asked: UncountAsked, desk: Desk) -> Recorded:
    """Record that a count was a mistake."""
    args = UncountOldPart(number=find_number(asked.number), count_id=asked.count_id)
    return desk.store.record("uncount_old_part", args, desk.person_id)


def run_close(asked: BoxAsked, desk: Desk) -> Recorded:
    """Record that everything in the box was counted."""
    return desk.store.record("close_count", OpenBox(number=find_number(asked.number)), desk.person_id)


OPEN = DeskAction("open_box", BoxAsked, run_open)
ACTION = DeskAction("count_old_part", CountAsked, run)
UNCOUNT = DeskAction("uncount_old_part", UncountAsked, run_uncount)
CLOSE = DeskAction("close_count", BoxAsked, run_close)
