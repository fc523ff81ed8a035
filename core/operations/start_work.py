"""Work on the unit begins: at the customer's, or at the counter."""

from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Moment, Operation
from core.operations.orders import change, check_move, move, order_of
from core.rows.orders import Visit
from core.work_order import roles_for


class StartWork(Args, frozen=True, kw_only=True):
    """Which order; ``began_at`` is the visit's own time when it is entered later (None: now)."""

    order_id: Id
    began_at: Moment | None = None


def check(args: StartWork, operation: Operation, rows: Rows) -> None:
    """The order must be accepted."""
    check_move(rows, args.order_id, "start_work", operation)


def replay(args: StartWork, operation: Operation, rows: Rows) -> None:
    """The booked visit is made, the order is in progress."""
    for visit in rows.find(Visit, order_id=args.order_id, state="booked"):
        change(rows, visit, state="made", made_at=args.began_at or operation.made_at, entered_at=operation.made_at)
    order = order_of(rows, args.order_id)
    technician = order.technician_id or operation.user
    began = order.started_at or args.began_at or operation.made_at  # a second visit does not begin the work anew
    move(rows, order, "start_work", started_at=began, technician_id=technician)


ACTION = Action("start_work", StartWork, roles_for("start_work"), Nature.DECISION, replay, check)
