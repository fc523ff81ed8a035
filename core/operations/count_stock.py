"""Stock is counted: the sheet is kept, and each difference from the books becomes a move with its reason."""

from typing import Annotated

from msgspec import Meta

from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation
from core.parts.books import part_of
from core.parts.stock import place_location
from core.parts_ledger import location
from core.refusals import Refusal
from core.roles import PlaceKind, Role
from core.rows.parts import LocationKind, StockMove
from core.rows.people import Person
from core.rows.supply import CountLine, StockCount
from core.work_order import BRANCH, STATION


class CountStock(Args, frozen=True, kw_only=True):
    """What the books said and what lay there. ``technician_id``: a bag was counted, else the place's shelves.

    ``opening``: the first count, whose figures are where the books begin. ``blind``: what was expected was hidden.
    """

    lines: Annotated[tuple[CountLine, ...], Meta(min_length=1, max_length=200)]
    technician_id: Id | None = None
    opening: bool = False
    blind: bool = False


def check(args: CountStock, operation: Operation, rows: Rows) -> None:
    """Parts must be known and each stand once; a difference needs its reason, but in an opening count."""
    seen = set()
    for line in args.lines:
        part_of(rows, line.part_id)
        key = (line.part_id, line.condition)
        if key in seen:
            raise Refusal("stock_move_invalid", part=line.part_id)
        seen.add(key)
        if line.counted != line.expected and not args.opening and not line.reason.strip():
            raise Refusal("count_reason_missing", part=line.part_id)
    _check_counter(args, operation, rows)


def _check_counter(args: CountStock, operation: Operation, rows: Rows) -> None:
    """A technician counts their own bag only; a bag is one of this station's."""
    person = rows.get(Person, operation.user)
    only_technician = person is not None and set(person.roles) == {Role.TECHNICIAN}
    if only_technician and args.technician_id != operation.user:
        raise Refusal("bag_of_another")
    owner = rows.get(Person, args.technician_id) if args.technician_id else person
    if owner is None or owner.place_id != operation.place:
        raise Refusal("person_unknown")


def replay(args: CountStock, operation: Operation, rows: Rows) -> None:
    """Keep the sheet and post its differences."""
    station = None if operation.place == operation.branch_id else operation.place
    place = _counted_place(args, operation)
    rows.put(
        StockCount(
            id=derive(operation.id, "count"),
            branch_id=operation.branch_id,
            station_id=station,
            location=place,
            opening=args.opening,
            blind=args.blind,
            lines=args.lines,
            counted_by=operation.user,
            counted_at=operation.made_at,
        )
    )
    outside = location(LocationKind.OPENING if args.opening else LocationKind.COUNT, operation.place)
    for number, line in enumerate(args.lines):
        if line.counted != line.expected:
            move_id = derive(operation.id, f"move {number}")
            rows.put(_posted(move_id, line, (outside, place), operation, station))


def _counted_place(args: CountStock, operation: Operation) -> str:
    if args.technician_id is not None:
        return location(LocationKind.BAG, args.technician_id)
    is_branch = operation.place == operation.branch_id
    return place_location(PlaceKind.BRANCH if is_branch else PlaceKind.STATION, operation.place)


def _posted(
    move_id: str, line: CountLine, ends: tuple[str, str], operation: Operation, station: str | None
) -> StockMove:
    difference = line.counted - line.expected
    came, went = ends if difference > 0 else ends[::-1]
    return StockMove(
        id=move_id,
        branch_id=operation.branch_id,
        station_id=station,
        part_id=line.part_id,
        quantity=abs(difference),
        condition=line.condition,
        from_location=came,
        to_location=went,
        reason="opening" if ends[0].startswith(LocationKind.OPENING) else "count_stock",
        moved_by=operation.user,
        moved_at=operation.made_at,
    )


ACTION = Action("count_stock", CountStock, STATION + BRANCH, Nature.FACT, replay, check)
