"""Stock is counted; what the books expect is filled in from this device's ledger."""

import msgspec

from app.actions.desk import Asked, Desk, DeskAction, Recorded
from app.actions.move_bag import bag_owner
from core.operations.count_stock import CountStock
from core.parts.books import shelf_of
from core.parts_ledger import balance, location
from core.rows.access import Rows
from core.rows.bounds import PartNumber, PiecesOrNone, Reason
from core.rows.parts import Condition, LocationKind, StockMove
from core.rows.supply import CountLine


class Counted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What lay there of one part, and why it differs from the books."""

    part_id: PartNumber
    counted: PiecesOrNone
    condition: Condition = Condition.NEW
    reason: Reason = ""


class CountAsked(Asked, frozen=True, kw_only=True):
    """The sheet. ``technician``: a bag was counted (its owner's id or log-in), else the place's shelves."""

    lines: tuple[Counted, ...]
    technician: str | None = None
    opening: bool = False
    blind: bool = False


def run(asked: CountAsked, desk: Desk) -> Recorded:
    """Record the count."""
    with desk.store.reading() as rows:
        owner = bag_owner(rows, asked.technician, desk) if asked.technician is not None else None
        where = location(LocationKind.BAG, owner) if owner else shelf_of(rows, desk.place_id)
        lines = tuple(_line(rows, one, where) for one in asked.lines)
    args = CountStock(lines=lines, technician_id=owner, opening=asked.opening, blind=asked.blind)
    return desk.store.record("count_stock", args, desk.person_id)


def _line(rows: Rows, one: Counted, where: str) -> CountLine:
    part_id = one.part_id.strip().upper()
    expected = balance(rows.find(StockMove, part_id=part_id), part_id, where, one.condition)
    return CountLine(
        part_id=part_id, condition=one.condition, expected=expected, counted=one.counted, reason=one.reason.strip()
    )


ACTION = DeskAction("count_stock", CountAsked, run)
