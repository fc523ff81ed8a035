"""The station accepts an offered order; a technician who accepts takes it."""

from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation
from core.operations.orders import check_move, move, order_of
from core.roles import Role
from core.rows.people import Person
from core.work_order import roles_for


class AcceptOrder(Args, frozen=True, kw_only=True):
    """Which order."""

    order_id: Id


def check(args: AcceptOrder, operation: Operation, rows: Rows) -> None:
    """The order must be offered to this station."""
    check_move(rows, args.order_id, "accept_order", operation)


def replay(args: AcceptOrder, operation: Operation, rows: Rows) -> None:
    """Accept; when a technician did, it is theirs."""
    order = order_of(rows, args.order_id)
    person = rows.get(Person, operation.user)
    mine = person is not None and Role.TECHNICIAN in person.roles and order.technician_id is None
    technician = operation.user if mine else order.technician_id
    move(rows, order, "accept_order", accepted_at=operation.made_at, technician_id=technician)


ACTION = Action("accept_order", AcceptOrder, roles_for("accept_order"), Nature.DECISION, replay, check)
