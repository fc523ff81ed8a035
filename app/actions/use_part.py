"""A part is put in: who pays follows from the verdict and the approvals; stock may go below zero, flagged."""

from app.actions.desk import Desk, DeskAction, OrderAsked, Recorded, find_order, find_unit
from core.claiming import part_payer, work_of
from core.identifiers import fold_serial
from core.operations.use_part import UsePart
from core.parts_ledger import balance, location
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.parts import LocationKind, StockMove
from core.rows.reference import Part


class PartAsked(OrderAsked, frozen=True, kw_only=True):
    """Which part (number), how many, its own serial and where it sits."""

    part_id: str
    unit_id: str | None = None
    quantity: int = 1
    new_serial: str | None = None
    position: str = ""
    from_bag: bool | None = None  # out of one's own bag; None: when it holds enough


def bag_of(rows: Rows, part_id: str, person_id: str) -> int:
    """How many new pieces of the part the person carries, by the ledger."""
    return balance(rows.find(StockMove, part_id=part_id), part_id, location(LocationKind.BAG, person_id))


def stock_of(rows: Rows, part_id: str, place_id: str) -> int:
    """How many new pieces of the part this place holds, by its ledger."""
    return balance(rows.find(StockMove, part_id=part_id), part_id, location(LocationKind.STATION, place_id))


def run(asked: PartAsked, desk: Desk) -> Recorded:
    """Record the part."""
    with desk.store.reading() as rows:
        order = find_order(rows, asked.order_id)
        part = rows.get(Part, asked.part_id.strip().upper())
        if part is None:
            raise Refusal("part_unknown", part=asked.part_id)
        carried = bag_of(rows, part.id, desk.person_id)
        from_bag = carried >= asked.quantity if asked.from_bag is None else asked.from_bag
        args = UsePart(
            order_id=order.id,
            unit_id=find_unit(rows, order, asked.unit_id).id,
            part_id=part.id,
            quantity=asked.quantity,
            new_serial=fold_serial(asked.new_serial) if asked.new_serial else None,
            position=asked.position,
            payer=part_payer(work_of(order, rows), part),
            below_zero=(carried if from_bag else stock_of(rows, part.id, desk.place_id)) < asked.quantity,
            from_bag=from_bag,
        )
    return desk.store.record("use_part", args, desk.person_id)


ACTION = DeskAction("use_part", PartAsked, run)
