"""A call to the customer is noted: when it was made, and whether they were reached."""

from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Moment, Operation, OptionalText
from core.operations.orders import change, check_mine, order_of
from core.refusals import Refusal
from core.rows.jobs import Contact
from core.work_order import ENDED, STATION


class NoteContact(Args, frozen=True, kw_only=True):
    """Which order; ``at`` is the call's own time (None: now)."""

    order_id: Id
    reached: bool
    at: Moment | None = None
    note: OptionalText = ""


def check(args: NoteContact, operation: Operation, rows: Rows) -> None:
    """The order must not have ended, and the call not lie in the future."""
    order = check_mine(rows, args.order_id, operation)
    if order.state in ENDED:
        raise Refusal("move_not_allowed", state=order.state.value, action=operation.action)
    not_later(args.at, operation)


def not_later(at: object, operation: Operation) -> None:
    """Raise Refusal ``time_in_future`` for a moment after the operation itself."""
    if at is not None and at > operation.made_at:  # type: ignore[operator]
        raise Refusal("time_in_future")


def replay(args: NoteContact, operation: Operation, rows: Rows) -> None:
    """Keep the call; the first that reached the customer is the order's first contact."""
    order = order_of(rows, args.order_id)
    at = args.at or operation.made_at
    rows.put(
        Contact(
            id=derive(operation.id, "contact"),
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            at=at,
            reached=args.reached,
            note=args.note,
            made_by=operation.user,
            entered_at=operation.made_at,
        )
    )
    if args.reached and (order.contacted_at is None or at < order.contacted_at):
        change(rows, order, contacted_at=at)


ACTION = Action("note_contact", NoteContact, STATION, Nature.FACT, replay, check)
