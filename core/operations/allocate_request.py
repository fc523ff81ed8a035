"""The branch decides what it gives for a station's request from its own stock, and what it refuses."""

from collections import Counter
from typing import Annotated

import msgspec
from msgspec import Meta

from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Id, Operation, OptionalText
from core.operations.request_parts import request_of
from core.parts.books import progress_of, successors_of
from core.parts.shipping import Source
from core.parts.supersession import may_stand_for
from core.parts_ledger import location
from core.refusals import Refusal
from core.rows.bounds import PiecesOrNone
from core.rows.parts import LocationKind
from core.rows.supply import Allocation, PartRequest
from core.work_order import BRANCH


class AllocatedLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is given for one line, of which part (None: the one asked for), and what is refused with its reason."""

    line_id: Id
    quantity: PiecesOrNone = 0
    refused: PiecesOrNone = 0
    part_id: Code | None = None
    reason: OptionalText = ""


class AllocateRequest(Args, frozen=True, kw_only=True):
    """Which request, line by line."""

    request_id: Id
    lines: Annotated[tuple[AllocatedLine, ...], Meta(min_length=1, max_length=100)]


def check_lines(rows: Rows, request: PartRequest, lines: tuple[AllocatedLine, ...]) -> None:
    """Refuse what the request does not leave open, another part than asked for, and a refusal without reason."""
    if request.state != "open":
        raise Refusal("part_request_closed")
    open_lines = {one.line.id: one for one in progress_of(rows, request.id)}
    wanted: Counter[str] = Counter()
    for line in lines:
        known = open_lines.get(line.line_id)
        wanted[line.line_id] += line.quantity + line.refused
        if known is None or line.quantity + line.refused < 1:
            raise Refusal("part_request_unknown")
        if wanted[line.line_id] > known.to_allocate:
            raise Refusal("allocation_too_much", part=known.line.part_id, open=known.to_allocate)
        if line.refused and not line.reason.strip():
            raise Refusal("reason_missing")
        asked = known.line.part_id
        if line.part_id is not None and not may_stand_for(line.part_id, asked, successors_of(rows, asked)):
            raise Refusal("part_no_substitute", part=line.part_id, asked=asked)


def put_allocations(
    rows: Rows, request: PartRequest, lines: tuple[AllocatedLine, ...], at: str, source: Source
) -> None:
    """Store one allocation per line, from the location ``at``."""
    asked = {one.line.id: one.line.part_id for one in progress_of(rows, request.id)}
    for number, line in enumerate(lines):
        rows.put(
            Allocation(
                id=derive(source.id, f"allocation {number}"),
                branch_id=request.branch_id,
                station_id=request.station_id,
                request_id=request.id,
                line_id=line.line_id,
                part_id=line.part_id or asked.get(line.line_id, ""),
                quantity=line.quantity,
                refused=line.refused,
                reason=line.reason,
                source=at,
                made_by=source.by,
                made_at=source.at,
            )
        )


def check(args: AllocateRequest, operation: Operation, rows: Rows) -> None:
    """The request must be one of the branch's stations and leave that much open."""
    request = request_of(rows, args.request_id)
    if request.branch_id != operation.place:
        raise Refusal("not_your_place")
    check_lines(rows, request, args.lines)


def replay(args: AllocateRequest, operation: Operation, rows: Rows) -> None:
    """Store the decision."""
    source = Source(operation.id, operation.user, operation.made_at)
    at = location(LocationKind.BRANCH, operation.place)
    put_allocations(rows, request_of(rows, args.request_id), args.lines, at, source)


ACTION = Action("allocate_request", AllocateRequest, BRANCH, Nature.DECISION, replay, check)
