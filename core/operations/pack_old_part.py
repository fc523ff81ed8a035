"""An old part is put into a box of its station, or taken out of it again."""

from core.boxes import state_of
from core.operations.boxes import box_of, check_room, own_box, put_box
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.old_parts import BACK
from core.operations.operation import Code, Id, Operation
from core.operations.orders import change
from core.refusals import Refusal
from core.rows.boxes import Box, BoxState
from core.rows.parts import OldPart, OldPartState
from core.work_order import STATION


class PackOldPart(Args, frozen=True, kw_only=True):
    """Which old part, and the number of the box."""

    old_part_id: Id
    number: Code


def _old_part(rows: Rows, args: PackOldPart) -> OldPart:
    old = rows.get(OldPart, args.old_part_id)
    if old is None:
        raise Refusal("old_part_unknown")
    return old


def _check_box(args: PackOldPart, operation: Operation, rows: Rows) -> Box:
    box = own_box(rows, args.number, operation)
    if box.state is not BoxState.OPEN:
        raise Refusal("box_sealed", number=box.number)
    return box


def check_pack(args: PackOldPart, operation: Operation, rows: Rows) -> None:
    """The part must be tagged, this station's, still here and in no other box; the box must be open and have room."""
    box = _check_box(args, operation, rows)
    old = _old_part(rows, args)
    if old.station_id != operation.place or old.warehouse_id != box.warehouse_id:
        raise Refusal("old_part_unknown")
    if old.state in BACK:
        raise Refusal("old_part_received")
    if old.state is not OldPartState.TAGGED:
        raise Refusal("old_part_not_tagged")
    other = rows.get(Box, old.box_id) if old.box_id else None
    if other is not None and state_of(other) is not BoxState.CLOSED:
        raise Refusal("old_part_packed", number=other.number)
    check_room(rows, box)


def check_unpack(args: PackOldPart, operation: Operation, rows: Rows) -> None:
    """The part must lie in that box, and the box be open."""
    box = _check_box(args, operation, rows)
    if _old_part(rows, args).box_id != box.id:
        raise Refusal("old_part_not_in_box", number=box.number)


def replay_pack(args: PackOldPart, operation: Operation, rows: Rows) -> None:
    """The part lies in the box, unless it was moved later; a box that nobody knew begins with it."""
    box = box_of(rows, args.number)
    if rows.get(Box, box.id) is None:
        put_box(rows, box)
    _lay(args, operation, rows, box.id)


def replay_unpack(args: PackOldPart, operation: Operation, rows: Rows) -> None:
    """The part lies in no box, unless it was moved later."""
    _lay(args, operation, rows, None)


def _lay(args: PackOldPart, operation: Operation, rows: Rows, where: str | None) -> None:
    old = _old_part(rows, args)
    if old.packed_at is None or old.packed_at <= operation.made_at:
        change(rows, old, box_id=where, packed_at=operation.made_at)


ACTION = Action("pack_old_part", PackOldPart, STATION, Nature.FACT, replay_pack, check_pack)
UNPACK = Action("unpack_old_part", PackOldPart, STATION, Nature.FACT, replay_unpack, check_unpack)
