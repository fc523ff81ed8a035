"""What the operations on boxes share: finding or beginning the box, its state and differences, the usual checks."""

from typing import Any

import msgspec

from core.boxes import MOST_PARTS, differences, pieces, state_of
from core.identifiers import box_id, parse_box, station_of_box
from core.judging import local_day
from core.operations.kernel import Rows
from core.operations.operation import Operation
from core.refusals import Refusal
from core.roles import PlaceKind
from core.rows.boxes import Box, BoxCount, BoxLine, BoxState
from core.rows.parts import OldPart
from core.rows.people import Place


def box_of(rows: Rows, number: str) -> Box:
    """The box with that number, begun when nobody has said anything of it here yet: whose it is its number tells.

    Raises Refusal ``box_unknown`` for a number that is no box's.
    """
    if parse_box(number) != number:
        raise Refusal("box_unknown", number=number)
    found = rows.get(Box, box_id(number))
    if found is not None:
        return found
    stations = [one for one in rows.find(Place, code=station_of_box(number)) if one.kind is PlaceKind.STATION]
    if not stations:
        raise Refusal("box_unknown", number=number)
    return Box(
        id=box_id(number),
        branch_id=stations[0].branch_id,
        station_id=stations[0].id,
        warehouse_id=stations[0].warehouse_id,
        number=number,
    )


def own_box(rows: Rows, number: str, operation: Operation) -> Box:
    """The box, when the operation is its station's; raises Refusal ``box_unknown`` and ``not_your_place``."""
    box = box_of(rows, number)
    if box.station_id != operation.place:
        raise Refusal("not_your_place")
    return box


def box_here(rows: Rows, number: str, operation: Operation) -> Box:
    """The box, when it goes to the operation's warehouse; raises Refusal ``box_unknown``, ``box_elsewhere``."""
    box = box_of(rows, number)
    if box.warehouse_id != operation.place:
        raise Refusal("box_elsewhere", number=number)
    return box


def put_box(rows: Rows, box: Box, **changes: Any) -> Box:
    """Store the box with ``changes`` and what follows from them: its state, and once both ends spoke, differences."""
    box = msgspec.structs.replace(box, **changes)
    box = msgspec.structs.replace(box, state=state_of(box))
    if box.closed_at is not None and box.opened_at is not None:
        counts = rows.find(BoxCount, box_id=box.id)
        arrived_on = local_day(rows, box.station_id, box.opened_at)
        counted = [piece for piece in pieces(box.manifest, counts, arrived_on) if piece.counted is not None]
        found = differences(box.manifest, counts, arrived_on) if box.sealed_at is not None else ()
        box = msgspec.structs.replace(box, counted=len(counted), differences=found)
    rows.put(box)
    return box


def line_of(old: OldPart) -> BoxLine:
    """The old part as a box's list has it."""
    return BoxLine(
        old_part_id=old.id,
        tag=old.tag,
        part_id=old.part_id,
        serial=old.serial,
        no_serial=old.no_serial,
        due_on=old.due_on,
    )


def packed_in(rows: Rows, box: Box) -> list[OldPart]:
    """The old parts that were packed into the box and not taken out again, by tag."""
    return sorted(rows.find(OldPart, box_id=box.id), key=lambda old: old.tag)


def box_being_packed(rows: Rows, place_id: str) -> Box | None:
    """The station's open box that something was put into last; None when the next part begins one."""
    boxes = [box for box in rows.find(Box, state=BoxState.OPEN) if box.station_id == place_id]
    return max(boxes, key=lambda box: (_last_packed(rows, box), box.id), default=None)


def _last_packed(rows: Rows, box: Box) -> str:
    return max((old.packed_at.isoformat() for old in packed_in(rows, box) if old.packed_at), default="")


def check_room(rows: Rows, box: Box) -> None:
    """Refuse (``box_full``) what would make the box too heavy."""
    if len(rows.find(OldPart, box_id=box.id)) >= MOST_PARTS:
        raise Refusal("box_full", number=box.number, limit=MOST_PARTS)
