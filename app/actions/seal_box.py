"""A box is sealed with its list as it stands, and given to a carrier under a scanned number."""

from app.actions.desk import Asked, Desk, DeskAction, Recorded
from app.actions.pack_old_part import find_number
from core.boxes import manifest_hash
from core.identifiers import box_id, fold
from core.operations.boxes import box_being_packed, line_of, packed_in
from core.operations.seal_box import SealBox, ShipBox
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.boxes import Box


class SealAsked(Asked, frozen=True, kw_only=True):
    """The box's number, when it is not the one being packed."""

    number: str | None = None


class ShipAsked(Asked, frozen=True, kw_only=True):
    """The box's number, the waybill's as scanned, and the carrier's name."""

    number: str
    carrier_number: str
    carrier: str = ""


def _box(rows: Rows, number: str | None, place_id: str) -> Box:
    box = rows.get(Box, box_id(find_number(number))) if number else box_being_packed(rows, place_id)
    if box is None:
        raise Refusal("box_empty", number=number or "—")
    return box


def run(asked: SealAsked, desk: Desk) -> Recorded:
    """Record the list."""
    with desk.store.reading() as rows:
        box = _box(rows, asked.number, desk.place_id)
        lines = tuple(line_of(old) for old in packed_in(rows, box))
    args = SealBox(number=box.number, lines=lines, list_sha256=manifest_hash(lines))
    return desk.store.record("seal_box", args, desk.person_id)


def run_ship(asked: ShipAsked, desk: Desk) -> Recorded:
    """Record the carrier's number; raises Refusal ``carrier_number_wrong`` for a code of our own or none."""
    carrier_number = fold(asked.carrier_number).upper()
    if not 5 <= len(carrier_number) <= 40 or carrier_number.startswith("FX-") or " " in carrier_number:
        raise Refusal("carrier_number_wrong", number=carrier_number[:40])
    args = ShipBox(number=find_number(asked.number), carrier_number=carrier_number, carrier=asked.carrier.strip())
    return desk.store.record("ship_box", args, desk.person_id)


ACTION = DeskAction("seal_box", SealAsked, run)
SHIP = DeskAction("ship_box", ShipAsked, run_ship)
