"""The station lead gives an order to a technician of the station."""

from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation
from core.operations.orders import change, check_open, order_of
from core.refusals import Refusal
from core.roles import Role
from core.rows.people import Person


class AssignTechnician(Args, frozen=True, kw_only=True):
    """Which order, to whom."""

    order_id: Id
    technician_id: Id


def check(args: AssignTechnician, operation: Operation, rows: Rows) -> None:
    """The person must be an active technician of this station who has passed the re-examination."""
    check_open(rows, args.order_id, operation)
    person = rows.get(Person, args.technician_id)
    if person is None or person.place_id != operation.place or Role.TECHNICIAN not in person.roles:
        raise Refusal("person_unknown")
    if not person.active:
        raise Refusal("person_inactive")
    if person.reexamination:
        raise Refusal("technician_reexamination", name=person.name)


def replay(args: AssignTechnician, operation: Operation, rows: Rows) -> None:
    """Name the technician."""
    change(rows, order_of(rows, args.order_id), technician_id=args.technician_id)


ACTION = Action("assign_technician", AssignTechnician, (Role.STATION_LEAD,), Nature.DECISION, replay, check)
