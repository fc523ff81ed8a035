"""What the technician found at the unit that the warranty depends on: misuse, opened by others, a dealer's stock."""

from typing import Annotated

from msgspec import Meta

from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Hash, Id, Operation, OptionalText
from core.operations.orders import change, check_open, unit_of
from core.refusals import Refusal
from core.warranty import Exclusion, Holder
from core.work_order import STATION


class RecordFindings(Args, frozen=True, kw_only=True):
    """All that was found, in the place of what was recorded before; what ends the cover is shown and described."""

    order_id: Id
    unit_id: Id
    exclusions: Annotated[tuple[Exclusion, ...], Meta(max_length=3)] = ()
    held_by: Holder = Holder.CUSTOMER
    finding: OptionalText = ""
    photo_sha256: Hash | None = None


def check(args: RecordFindings, operation: Operation, rows: Rows) -> None:
    """Nobody loses a warranty without a photo and words that say why."""
    check_open(rows, args.order_id, operation)
    unit_of(rows, args.order_id, args.unit_id)
    if not args.exclusions:
        return
    if args.photo_sha256 is None:
        raise Refusal("finding_photo_missing")
    if not args.finding.strip():
        raise Refusal("reason_missing")


def replay(args: RecordFindings, operation: Operation, rows: Rows) -> None:
    """Store it on the unit; the verdict must be judged again."""
    change(
        rows,
        unit_of(rows, args.order_id, args.unit_id),
        exclusions=tuple(dict.fromkeys(found.value for found in args.exclusions)) or None,
        held_by=args.held_by.value,
        finding=args.finding or None,
        finding_photo=args.photo_sha256,
        verdict_id=None,
    )


ACTION = Action("record_findings", RecordFindings, STATION, Nature.FACT, replay, check)
