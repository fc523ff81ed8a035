"""A visit is booked with the customer, or moved."""

from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Moment, Operation, OptionalText
from core.operations.orders import change, check_move, move, order_of
from core.refusals import Refusal
from core.rows.orders import Visit
from core.work_order import roles_for


class BookVisit(Args, frozen=True, kw_only=True):
    """Which order, from when to when (aware times); ``reason`` when an earlier booking is moved."""

    order_id: Id
    begins_at: Moment
    ends_at: Moment
    reason: OptionalText = ""


def check(args: BookVisit, operation: Operation, rows: Rows) -> None:
    """The visit must end after it begins."""
    check_move(rows, args.order_id, "book_visit", operation)
    if args.ends_at <= args.begins_at:
        raise Refusal("visit_in_wrong_order")


def replay(args: BookVisit, operation: Operation, rows: Rows) -> None:
    """Book it; what was booked before becomes “moved”."""
    order = order_of(rows, args.order_id)
    for earlier in rows.find(Visit, order_id=order.id, state="booked"):
        change(rows, earlier, state="moved", reason=args.reason or None)
    rows.put(
        Visit(
            id=derive(operation.id, "visit"),
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            technician_id=order.technician_id or operation.user,
            begins_at=args.begins_at,
            ends_at=args.ends_at,
        )
    )
    move(rows, order, "book_visit", visit_from=args.begins_at, visit_to=args.ends_at)


ACTION = Action("book_visit", BookVisit, roles_for("book_visit"), Nature.DECISION, replay, check)
