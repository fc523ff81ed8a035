"""Old parts go back to their supplier in batches, and the supplier answers; one operation per part.

A batch holds parts of several branches, and an operation changes rows of one: so a batch is its number.
"""

from typing import Annotated, Literal

from msgspec import Meta

from core.ids import derive
from core.operations.grade_old_part import old_part_of, received_here
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Id, Operation
from core.operations.orders import change
from core.refusals import Refusal
from core.roles import Role
from core.rows.parts import Condition, LocationKind, OldPart, StockMove

_CLERK = (Role.WAREHOUSE_CLERK,)


class SendToSupplier(Args, frozen=True, kw_only=True):
    """Which old part, the batch's number, and the supplier's name."""

    old_part_id: Id
    batch: Code
    supplier: Annotated[str, Meta(max_length=80)] = ""


class SupplierAnswered(Args, frozen=True, kw_only=True):
    """What the supplier says of the part: credits it, replaces it, or refuses it."""

    old_part_id: Id
    answer: Literal["accepted", "replaced", "refused"]


def check_send(args: SendToSupplier, operation: Operation, rows: Rows) -> None:
    """The part must lie here, be graded for its supplier, and not have gone already."""
    old = received_here(rows, args.old_part_id, operation)
    if old.sent_at is not None:
        raise Refusal("old_part_sent")
    if old.grade != "supplier":
        raise Refusal("old_part_not_for_supplier")


def replay_send(args: SendToSupplier, operation: Operation, rows: Rows) -> None:
    """The part leaves the warehouse, once."""
    old = old_part_of(rows, args.old_part_id)
    if old.sent_at is None:
        change(rows, old, batch=args.batch, sent_at=operation.made_at)
        rows.put(_move(old, args, operation))


def _move(old: OldPart, args: SendToSupplier, operation: Operation) -> StockMove:
    return StockMove(
        id=derive(operation.id, "move"),
        branch_id=old.branch_id,
        station_id=old.station_id,
        part_id=old.part_id,
        quantity=1,
        condition=Condition.DEFECTIVE,
        from_location=f"{LocationKind.WAREHOUSE}:{old.warehouse_id}",
        to_location=f"{LocationKind.SUPPLIER}:{args.supplier}",
        serial=old.serial,
        order_id=old.order_id,
        reason="send_to_supplier",
        moved_by=operation.user,
        moved_at=operation.made_at,
    )


def check_answered(args: SupplierAnswered, operation: Operation, rows: Rows) -> None:
    """The part must have been sent from here."""
    if received_here(rows, args.old_part_id, operation).sent_at is None:
        raise Refusal("old_part_not_sent")


def replay_answered(args: SupplierAnswered, operation: Operation, rows: Rows) -> None:
    """The last answer stands, whichever is heard of first."""
    old = old_part_of(rows, args.old_part_id)
    if old.answered_at is None or old.answered_at <= operation.made_at:
        change(rows, old, answer=args.answer, answered_at=operation.made_at)


ACTION = Action("send_to_supplier", SendToSupplier, _CLERK, Nature.FACT, replay_send, check_send)
ANSWERED = Action("supplier_answered", SupplierAnswered, _CLERK, Nature.FACT, replay_answered, check_answered)
