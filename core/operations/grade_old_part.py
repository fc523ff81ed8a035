"""The clerk says what becomes of a received old part, and where it lies until then."""

from core.operations.count_box import Grade
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.old_parts import BACK, graded
from core.operations.operation import Code, Id, Operation
from core.refusals import Refusal
from core.roles import Role
from core.rows.parts import OldPart


class GradeOldPart(Args, frozen=True, kw_only=True):
    """Which old part, its grade, and the shelf or workshop it goes to."""

    old_part_id: Id
    grade: Grade
    next_place: Code | None = None


def old_part_of(rows: Rows, old_part_id: str) -> OldPart:
    """The old part; raises Refusal ``old_part_unknown``."""
    old = rows.get(OldPart, old_part_id)
    if old is None:
        raise Refusal("old_part_unknown")
    return old


def received_here(rows: Rows, old_part_id: str, operation: Operation) -> OldPart:
    """The old part, when it lies in this warehouse; raises ``old_part_unknown``, ``old_part_not_received``."""
    old = old_part_of(rows, old_part_id)
    if old.warehouse_id != operation.place:
        raise Refusal("old_part_unknown")
    if old.state not in BACK:
        raise Refusal("old_part_not_received")
    return old


def check(args: GradeOldPart, operation: Operation, rows: Rows) -> None:
    """The part must have been received here, and not have gone on to its supplier."""
    if received_here(rows, args.old_part_id, operation).sent_at is not None:
        raise Refusal("old_part_sent")


def replay(args: GradeOldPart, operation: Operation, rows: Rows) -> None:
    """Store the grade, unless a later one is known."""
    rows.put(graded(old_part_of(rows, args.old_part_id), args.grade, args.next_place, operation.made_at))


ACTION = Action("grade_old_part", GradeOldPart, (Role.WAREHOUSE_CLERK,), Nature.FACT, replay, check)
