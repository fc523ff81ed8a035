"""An old part comes into the warehouse, one way or another: once, with its stock move and at most one credit."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from core.ids import derive
from core.operations.kernel import Rows
from core.rows.parts import AccountEntry, Condition, LocationKind, OldPart, OldPartState, StockMove
from core.rows.reference import Part

#: Findings that write the duty off; the others leave a difference to settle.
WRITES_OFF = frozenset({"ok", "late"})
#: It has come back.
BACK = frozenset({OldPartState.RECEIVED, OldPartState.WRITTEN_OFF})


class Receipt(NamedTuple):
    """Who found what, when and where; ``source`` is the id that the stock move and the credit derive theirs from."""

    source: str
    warehouse_id: str
    by: str
    at: datetime
    finding: str
    grade: str | None = None
    next_place: str | None = None


def take_in(rows: Rows, old: OldPart, receipt: Receipt) -> bool:
    """Receive the part: stock move; when it is what was expected, write-off and credit, one to one.

    False, and nothing changes, when it has come back before: stock and credit move once.
    """
    if old.state in BACK:
        return False
    owed = old.state is not OldPartState.NOT_DUE  # what nobody owed is taken in, but credits nothing
    written_off = owed and receipt.finding in WRITES_OFF
    received = msgspec.structs.replace(
        old,
        state=OldPartState.WRITTEN_OFF if written_off else OldPartState.RECEIVED,
        received_at=receipt.at,
        received_by=receipt.by,
        finding=receipt.finding,
    )
    rows.put(graded(received, receipt.grade, receipt.next_place, receipt.at) if receipt.grade else received)
    rows.put(_move(old, receipt))
    if written_off:
        rows.put(_credit(old, receipt, rows))
    return True


def graded(old: OldPart, grade: str, next_place: str | None, at: datetime) -> OldPart:
    """The part with a grade; one that was given later stands, whichever is heard of first."""
    if old.graded_at is not None and old.graded_at > at:
        return old
    return msgspec.structs.replace(old, grade=grade, next_place=next_place, graded_at=at)


def _move(old: OldPart, receipt: Receipt) -> StockMove:
    return StockMove(
        id=derive(receipt.source, "move"),
        branch_id=old.branch_id,
        station_id=old.station_id,
        part_id=old.part_id,
        quantity=1,
        condition=Condition.DEFECTIVE,
        from_location=f"{LocationKind.UNIT}:{old.order_id}",
        to_location=f"{LocationKind.WAREHOUSE}:{receipt.warehouse_id}",
        serial=old.serial,
        order_id=old.order_id,
        reason="receive_old_part",
        moved_by=receipt.by,
        moved_at=receipt.at,
    )


def _credit(old: OldPart, receipt: Receipt, rows: Rows) -> AccountEntry:
    part = rows.get(Part, old.part_id)
    return AccountEntry(
        id=derive(receipt.source, "credit"),
        branch_id=old.branch_id,
        station_id=old.station_id,
        amount_fen=part.transfer_fen if part else 0,
        kind="write_off",
        part_id=old.part_id,
        order_id=old.order_id,
        old_part_id=old.id,
        at=receipt.at,
    )
