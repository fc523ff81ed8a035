"""The warehouse clerk receives an old part: the duty is written off and the station's parts account credited."""

from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Id, Operation
from core.operations.orders import change
from core.refusals import Refusal
from core.roles import Role
from core.rows.parts import AccountEntry, Condition, LocationKind, OldPart, OldPartState, StockMove
from core.rows.reference import Part


class ReceiveOldPart(Args, frozen=True, kw_only=True):
    """Which old part, what the clerk found (ok | wrong_part | wrong_serial | damaged) and its grade."""

    old_part_id: Id
    finding: Code = "ok"
    grade: Code | None = None


#: Findings that write the duty off; the others leave a difference to settle.
WRITES_OFF = frozenset({"ok", "late"})


def check(args: ReceiveOldPart, operation: Operation, rows: Rows) -> None:
    """The part must be tagged, expected at this warehouse, and not received before."""
    old = rows.get(OldPart, args.old_part_id)
    if old is None or old.warehouse_id != operation.place:
        raise Refusal("old_part_unknown")
    if old.state in (OldPartState.RECEIVED, OldPartState.WRITTEN_OFF):
        raise Refusal("old_part_received")
    if old.state is not OldPartState.TAGGED:
        raise Refusal("old_part_not_tagged")


def replay(args: ReceiveOldPart, operation: Operation, rows: Rows) -> None:
    """Receipt and stock move; when it is what was expected, the write-off and the credit, one to one."""
    old = rows.get(OldPart, args.old_part_id)
    if old is None:
        raise Refusal("old_part_unknown")
    if old.state in (OldPartState.RECEIVED, OldPartState.WRITTEN_OFF):
        return  # received by somebody else meanwhile: HQ opens a task, but stock and credit move once
    owed = old.state is not OldPartState.NOT_DUE  # what nobody owed is taken in, but credits nothing
    written_off = owed and args.finding in WRITES_OFF
    change(
        rows,
        old,
        state=OldPartState.WRITTEN_OFF if written_off else OldPartState.RECEIVED,
        received_at=operation.made_at,
        received_by=operation.user,
        finding=args.finding,
        grade=args.grade,
    )
    rows.put(_receipt(old, operation))
    if written_off:
        rows.put(_credit(old, operation, rows))


def _receipt(old: OldPart, operation: Operation) -> StockMove:
    return StockMove(
        id=derive(operation.id, "move"),
        branch_id=old.branch_id,
        station_id=old.station_id,
        part_id=old.part_id,
        quantity=1,
        condition=Condition.DEFECTIVE,
        from_location=f"{LocationKind.UNIT}:{old.order_id}",
        to_location=f"{LocationKind.WAREHOUSE}:{operation.place}",
        serial=old.serial,
        order_id=old.order_id,
        reason="receive_old_part",
        moved_by=operation.user,
        moved_at=operation.made_at,
    )


def _credit(old: OldPart, operation: Operation, rows: Rows) -> AccountEntry:
    part = rows.get(Part, old.part_id)
    return AccountEntry(
        id=derive(operation.id, "credit"),
        branch_id=old.branch_id,
        station_id=old.station_id,
        amount_fen=part.transfer_fen if part else 0,
        kind="write_off",
        part_id=old.part_id,
        order_id=old.order_id,
        old_part_id=old.id,
        at=operation.made_at,
    )


ACTION = Action("receive_old_part", ReceiveOldPart, (Role.WAREHOUSE_CLERK,), Nature.FACT, replay, check)
