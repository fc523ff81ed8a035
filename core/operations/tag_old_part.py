"""The old part gets its serial and its printed tag."""

from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Id, Operation
from core.operations.orders import change, check_mine
from core.refusals import Refusal
from core.rows.parts import OldPart, OldPartState
from core.rows.reference import Part
from core.work_order import STATION


class TagOldPart(Args, frozen=True, kw_only=True):
    """Which old part; its serial, or that it bears none."""

    order_id: Id
    old_part_id: Id
    serial: Code | None = None
    no_serial: bool = False


def _old_part(rows: Rows, args: TagOldPart) -> OldPart:
    old = rows.get(OldPart, args.old_part_id)
    if old is None or old.order_id != args.order_id:
        raise Refusal("old_part_unknown")
    return old


def check(args: TagOldPart, operation: Operation, rows: Rows) -> None:
    """A serialised part needs its serial, or the statement that it has none."""
    check_mine(rows, args.order_id, operation)
    old = _old_part(rows, args)
    part = rows.get(Part, old.part_id)
    if part is not None and part.serialised and not args.serial and not args.no_serial:
        raise Refusal("old_part_serial_missing")
    if old.state not in (OldPartState.TO_TAG, OldPartState.TAGGED):
        raise Refusal("old_part_received")


def replay(args: TagOldPart, operation: Operation, rows: Rows) -> None:
    """Store the serial; a part already on its way keeps its state."""
    old = _old_part(rows, args)
    tagged = OldPartState.TAGGED if old.state is OldPartState.TO_TAG else old.state
    change(rows, old, serial=args.serial, no_serial=args.no_serial, state=tagged, tagged_at=operation.made_at)


ACTION = Action("tag_old_part", TagOldPart, STATION, Nature.FACT, replay, check)
