"""An old part goes into the box that is being packed, by its scanned tag, or out of it again."""

from app.actions.desk import Asked, Desk, DeskAction, Recorded
from app.actions.receive_old_part import find_old_part
from core.identifiers import box_number, parse_box
from core.ids import new_id
from core.operations.boxes import box_being_packed
from core.operations.pack_old_part import PackOldPart
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.boxes import Box
from core.rows.people import Place


class PackAsked(Asked, frozen=True, kw_only=True):
    """The tag's code or id; the box's number, when it is not the one being packed."""

    tag: str
    number: str | None = None


def find_number(text: str) -> str:
    """The box's number in a scanned or typed text; raises Refusal ``box_unknown``, ``box_number_wrong``."""
    number = parse_box(text)
    if number is None:
        raise Refusal("box_unknown", number=text[:60])
    return number


def new_number(rows: Rows, place_id: str) -> str:
    """A number for a new box of the station; raises Refusal ``not_your_place`` where no boxes are packed."""
    station = rows.get(Place, place_id)
    if station is None:
        raise Refusal("not_your_place")
    return box_number(station.code, new_id())


def run(asked: PackAsked, desk: Desk) -> Recorded:
    """Record it; the first part of a box begins it."""
    with desk.store.reading() as rows:
        old = find_old_part(rows, asked.tag)
        packing = box_being_packed(rows, desk.place_id) if asked.number is None else None
        number = find_number(asked.number) if asked.number else packing.number if packing else None
        number = number or new_number(rows, desk.place_id)
    return desk.store.record("pack_old_part", PackOldPart(old_part_id=old.id, number=number), desk.person_id)


def run_unpack(asked: PackAsked, desk: Desk) -> Recorded:
    """Record that it was taken out of the box it lies in."""
    with desk.store.reading() as rows:
        old = find_old_part(rows, asked.tag)
        box = rows.get(Box, old.box_id) if old.box_id else None
    if box is None:
        raise Refusal("old_part_not_in_box", number=asked.number or "—")
    return desk.store.record("unpack_old_part", PackOldPart(old_part_id=old.id, number=box.number), desk.person_id)


ACTION = DeskAction("pack_old_part", PackAsked, run)
UNPACK = DeskAction("unpack_old_part", PackAsked, run_unpack)
