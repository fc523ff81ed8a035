"""A box is closed for good with the list of what is in it, and handed to a carrier."""

from typing import Annotated

from msgspec import Meta

from core.boxes import MOST_PARTS, manifest_hash
from core.operations.boxes import box_of, own_box, put_box
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Hash, Operation
from core.refusals import Refusal
from core.rows.boxes import BoxLine
from core.work_order import STATION


class SealBox(Args, frozen=True, kw_only=True):
    """The box's number, its list as the person saw it, and the list's hash: what was sealed stands in the operation."""

    number: Code
    lines: Annotated[tuple[BoxLine, ...], Meta(max_length=MOST_PARTS)]
    list_sha256: Hash


class ShipBox(Args, frozen=True, kw_only=True):
    """The box's number, the carrier and the number of its waybill."""

    number: Code
    carrier_number: Code
    carrier: Annotated[str, Meta(max_length=40)] = ""


def check_seal(args: SealBox, operation: Operation, rows: Rows) -> None:
    """The box must be this station's, open, and hold something; the hash must be the list's."""
    box = own_box(rows, args.number, operation)
    if box.sealed_at is not None:
        raise Refusal("box_sealed", number=box.number)
    if not args.lines:
        raise Refusal("box_empty", number=box.number)
    if args.list_sha256 != manifest_hash(args.lines):
        raise Refusal("box_list_wrong", number=box.number)


def replay_seal(args: SealBox, operation: Operation, rows: Rows) -> None:
    """The list is fixed; a box is sealed once, and a second list changes nothing."""
    box = box_of(rows, args.number)
    if box.sealed_at is None:
        told = {"manifest": args.lines, "manifest_sha256": manifest_hash(args.lines)}
        put_box(rows, box, sealed_at=operation.made_at, sealed_by=operation.user, **told)


def check_ship(args: ShipBox, operation: Operation, rows: Rows) -> None:
    """The box must be this station's and sealed."""
    box = own_box(rows, args.number, operation)
    if box.sealed_at is None:
        raise Refusal("box_not_sealed", number=box.number)


def replay_ship(args: ShipBox, operation: Operation, rows: Rows) -> None:
    """The carrier has it; a number given later corrects one given before."""
    box = box_of(rows, args.number)
    if box.shipped_at is None or box.shipped_at <= operation.made_at:
        carrier = {"carrier": args.carrier or None, "carrier_number": args.carrier_number}
        put_box(rows, box, shipped_at=operation.made_at, **carrier)


ACTION = Action("seal_box", SealBox, STATION, Nature.FACT, replay_seal, check_seal)
SHIP = Action("ship_box", ShipBox, STATION, Nature.FACT, replay_ship, check_ship)
