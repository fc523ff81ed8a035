"""A part is put in, the old one taken out: stock moves, part line, and the old part's duty to return."""

from datetime import timedelta
from typing import Annotated

from msgspec import Meta

from core.identifiers import tag_of
from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Id, Operation, OptionalText
from core.operations.orders import check_open, order_of, unit_of
from core.refusals import Refusal
from core.rows.orders import WorkOrder
from core.rows.parts import Condition, LocationKind, OldPart, OldPartState, PartLine, StockMove
from core.rows.people import Place
from core.rows.reference import ModelPart, Part
from core.work_order import STATION


class UsePart(Args, frozen=True, kw_only=True):
    """Which part into which unit; ``payer`` maker or customer; ``below_zero`` when the stock did not show it."""

    order_id: Id
    unit_id: Id
    part_id: Code
    quantity: Annotated[int, Meta(ge=1, le=100)] = 1
    new_serial: Code | None = None
    position: OptionalText = ""
    payer: Code = "maker"
    below_zero: bool = False
    from_bag: bool = False  # out of the bag of whoever puts it in


def check(args: UsePart, operation: Operation, rows: Rows) -> None:
    """The part must exist and belong to the unit's model."""
    check_open(rows, args.order_id, operation)
    unit = unit_of(rows, args.order_id, args.unit_id)
    if rows.get(Part, args.part_id) is None:
        raise Refusal("part_unknown", part=args.part_id)
    if unit.model and not rows.find(ModelPart, model_id=unit.model, part_id=args.part_id):
        raise Refusal("part_not_of_model", part=args.part_id, model=unit.model)


def replay(args: UsePart, operation: Operation, rows: Rows) -> None:
    """Stock goes from the station into the unit; a part the maker pays for must come back."""
    order = order_of(rows, args.order_id)
    part = rows.get(Part, args.part_id)
    old = _old_part(args, operation, order, part, rows)
    rows.put(old)
    rows.put(
        PartLine(
            id=derive(operation.id, "line"),
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            unit_id=args.unit_id,
            part_id=args.part_id,
            quantity=args.quantity,
            new_serial=args.new_serial,
            position=args.position,
            payer=args.payer,
            old_part_id=old.id,
            below_zero=args.below_zero,
            added_by=operation.user,
            added_at=operation.made_at,
        )
    )
    rows.put(_move_in(args, operation, order))


def _move_in(args: UsePart, operation: Operation, order: WorkOrder) -> StockMove:
    station = f"{LocationKind.STATION}:{order.station_id}"
    return StockMove(
        id=derive(operation.id, "move"),
        branch_id=order.branch_id,
        station_id=order.station_id,
        part_id=args.part_id,
        quantity=args.quantity,
        condition=Condition.NEW,
        from_location=f"{LocationKind.BAG}:{operation.user}" if args.from_bag else station,
        to_location=f"{LocationKind.UNIT}:{args.unit_id}",
        serial=args.new_serial,
        order_id=order.id,
        reason="use_part",
        moved_by=operation.user,
        moved_at=operation.made_at,
    )


def _old_part(args: UsePart, operation: Operation, order: WorkOrder, part: Part | None, rows: Rows) -> OldPart:
    """The part taken out; from a paid repair it belongs to the customer and nothing is due."""
    station = rows.get(Place, order.station_id) if order.station_id else None
    due = args.payer == "maker" and part is not None and part.return_days > 0
    day = (operation.made_at + timedelta(minutes=operation.utc_offset_minutes)).date()
    return OldPart(
        id=(old_id := derive(operation.id, "old_part")),
        branch_id=order.branch_id,
        station_id=order.station_id,
        warehouse_id=station.warehouse_id if station else None,
        order_id=order.id,
        part_line_id=derive(operation.id, "line"),
        part_id=args.part_id,
        tag=tag_of(old_id),
        state=OldPartState.TO_TAG if due else OldPartState.NOT_DUE,
        due_on=day + timedelta(days=part.return_days) if due and part else None,
    )


ACTION = Action("use_part", UsePart, STATION, Nature.FACT, replay, check)
