"""Parts go from the station's shelf into a technician's bag, or back."""

from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Count, Id, Operation
from core.parts.books import part_of
from core.parts_ledger import location
from core.refusals import Refusal
from core.roles import Role
from core.rows.parts import Condition, LocationKind, StockMove
from core.rows.people import Person
from core.work_order import STATION


class MoveBag(Args, frozen=True, kw_only=True):
    """Whose bag, which part, how many; ``back``: out of the bag onto the shelf."""

    technician_id: Id
    part_id: Code
    quantity: Count = 1
    serial: Code | None = None
    back: bool = False


def check(args: MoveBag, operation: Operation, rows: Rows) -> None:
    """The bag must be one of this station's; a technician moves their own only."""
    part_of(rows, args.part_id)
    owner, person = rows.get(Person, args.technician_id), rows.get(Person, operation.user)
    if owner is None or owner.place_id != operation.place:
        raise Refusal("person_unknown")
    if person is not None and set(person.roles) == {Role.TECHNICIAN} and owner.id != person.id:
        raise Refusal("bag_of_another")


def replay(args: MoveBag, operation: Operation, rows: Rows) -> None:
    """Write the move."""
    shelf = location(LocationKind.STATION, operation.place)
    bag = location(LocationKind.BAG, args.technician_id)
    rows.put(
        StockMove(
            id=derive(operation.id, "move"),
            branch_id=operation.branch_id,
            station_id=operation.place,
            part_id=args.part_id,
            quantity=args.quantity,
            condition=Condition.NEW,
            from_location=bag if args.back else shelf,
            to_location=shelf if args.back else bag,
            serial=args.serial,
            reason="move_bag",
            moved_by=operation.user,
            moved_at=operation.made_at,
        )
    )


ACTION = Action("move_bag", MoveBag, STATION, Nature.FACT, replay, check)
