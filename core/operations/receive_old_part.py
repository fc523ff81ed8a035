"""The warehouse clerk receives an old part: the duty is written off and the station's parts account credited."""

from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.old_parts import BACK, Receipt, take_in
from core.operations.operation import Code, Id, Operation
from core.refusals import Refusal
from core.roles import Role
from core.rows.parts import OldPart, OldPartState


class ReceiveOldPart(Args, frozen=True, kw_only=True):
    """Which old part, what the clerk found (ok | wrong_part | wrong_serial | damaged) and its grade."""

    old_part_id: Id
    finding: Code = "ok"
    grade: Code | None = None


def check(args: ReceiveOldPart, operation: Operation, rows: Rows) -> None:
    """The part must be tagged, expected at this warehouse, and not received before."""
    old = rows.get(OldPart, args.old_part_id)
    if old is None or old.warehouse_id != operation.place:
        raise Refusal("old_part_unknown")
    if old.state in BACK:
        raise Refusal("old_part_received")
    if old.state is not OldPartState.TAGGED:
        raise Refusal("old_part_not_tagged")


def replay(args: ReceiveOldPart, operation: Operation, rows: Rows) -> None:
    """Receipt and stock move; when it is what was expected, the write-off and the credit, one to one.

    When somebody else has received it meanwhile HQ opens a task, but nothing moves twice.
    """
    old = rows.get(OldPart, args.old_part_id)
    if old is None:
        raise Refusal("old_part_unknown")
    found = (operation.user, operation.made_at, args.finding, args.grade)
    take_in(rows, old, Receipt(operation.id, operation.place, *found))


ACTION = Action("receive_old_part", ReceiveOldPart, (Role.WAREHOUSE_CLERK,), Nature.FACT, replay, check)
