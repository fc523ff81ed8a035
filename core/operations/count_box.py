"""The clerk counts a box without seeing its list: opened, piece by piece, closed; any number of clerks at once."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from core.identifiers import is_tag
from core.ids import derive
from core.operations.add_attachment import MAX_BLOB
from core.operations.boxes import box_here, box_of, put_box
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Hash, Id, Operation
from core.refusals import Refusal
from core.roles import Role
from core.rows.boxes import Box, BoxCount

_CLERK = (Role.WAREHOUSE_CLERK,)
Grade = Literal["refurbish", "scrap", "supplier"]


class OpenBox(Args, frozen=True, kw_only=True):
    """The box's number."""

    number: Code


class CountOldPart(Args, frozen=True, kw_only=True):
    """One piece: its tag, or part (and serial number) when the tag cannot be read; what the clerk read of it besides.

    ``finding`` ok | damaged is all the clerk says: what is wrong, missing or over follows from the list.
    """

    number: Code
    tag: Code | None = None
    part_id: Code | None = None
    serial: Code | None = None
    finding: Literal["ok", "damaged"] = "ok"
    grade: Grade | None = None
    next_place: Code | None = None
    photo_sha256: Hash | None = None
    photo_bytes: Annotated[int, Meta(ge=1, le=MAX_BLOB)] | None = None


class UncountOldPart(Args, frozen=True, kw_only=True):
    """The count that was a mistake."""

    number: Code
    count_id: Id


def check_open(args: OpenBox, operation: Operation, rows: Rows) -> None:
    """The box must go to this warehouse."""
    box_here(rows, args.number, operation)


def replay_open(args: OpenBox, operation: Operation, rows: Rows) -> None:
    """The count begins with whoever opened the box first."""
    _opened(rows, box_of(rows, args.number), operation)


def _opened(rows: Rows, box: Box, operation: Operation) -> Box:
    if box.opened_at is not None and box.opened_at <= operation.made_at:
        return box
    return put_box(rows, box, opened_at=operation.made_at, opened_by=operation.user)


def check_count(args: CountOldPart, operation: Operation, rows: Rows) -> None:
    """The box must go to this warehouse, and the piece be told by something."""
    box_here(rows, args.number, operation)
    if args.tag is None and args.part_id is None:
        raise Refusal("count_empty")
    if args.tag is not None and not is_tag(args.tag):
        raise Refusal("old_part_tag_wrong", tag=args.tag)


def replay_count(args: CountOldPart, operation: Operation, rows: Rows) -> None:
    """Keep the count beside the others: nothing is replaced, and nothing is received before the list has its say."""
    box = _opened(rows, box_of(rows, args.number), operation)
    rows.put(
        BoxCount(
            id=derive(operation.id, "count"),
            branch_id=box.branch_id,
            station_id=box.station_id,
            warehouse_id=box.warehouse_id,
            box_id=box.id,
            tag=args.tag,
            part_id=args.part_id,
            serial=args.serial,
            finding=args.finding,
            grade=args.grade,
            next_place=args.next_place,
            photo_sha256=args.photo_sha256,
            photo_bytes=args.photo_bytes,
            counted_by=operation.user,
            counted_at=operation.made_at,
        )
    )
    _told_anew(rows, box)


def _told_anew(rows: Rows, box: Box) -> None:
    """A count that is heard of after the box was closed changes its differences."""
    if box.closed_at is not None:
        put_box(rows, box)


def check_uncount(args: UncountOldPart, operation: Operation, rows: Rows) -> None:
    """The count must be of this box, and the box not closed: what was received by it then stays received."""
    box = box_here(rows, args.number, operation)
    count = rows.get(BoxCount, args.count_id)
    if count is None or count.box_id != box.id:
        raise Refusal("count_unknown")
    if box.closed_at is not None:
        raise Refusal("box_closed", number=box.number)


def replay_uncount(args: UncountOldPart, operation: Operation, rows: Rows) -> None:
    """The count stays, and counts no more; after the box was closed it does."""
    box, count = box_of(rows, args.number), rows.get(BoxCount, args.count_id)
    if count is None:
        raise Refusal("count_unknown")
    if box.closed_at is None:
        rows.put(msgspec.structs.replace(count, voided=True))


def check_close(args: OpenBox, operation: Operation, rows: Rows) -> None:
    """Somebody must have opened the box; that another clerk has closed it meanwhile is no matter."""
    box = box_here(rows, args.number, operation)
    if box.opened_at is None:
        raise Refusal("box_not_opened", number=box.number)


def replay_close(args: OpenBox, operation: Operation, rows: Rows) -> None:
    """The count ends, and with the list the differences stand; the first to close it closed it."""
    box = _opened(rows, box_of(rows, args.number), operation)
    if box.closed_at is None or operation.made_at < box.closed_at:
        put_box(rows, box, closed_at=operation.made_at, closed_by=operation.user)


OPEN = Action("open_box", OpenBox, _CLERK, Nature.FACT, replay_open, check_open)
ACTION = Action("count_old_part", CountOldPart, _CLERK, Nature.FACT, replay_count, check_count)
UNCOUNT = Action("uncount_old_part", UncountOldPart, _CLERK, Nature.FACT, replay_uncount, check_uncount)
CLOSE = Action("close_count", OpenBox, _CLERK, Nature.FACT, replay_close, check_close)
