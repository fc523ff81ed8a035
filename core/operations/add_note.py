"""A remark is added to an order."""

from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation, Text
from core.operations.orders import check_mine, order_of
from core.rows.orders import Note
from core.work_order import BRANCH, STATION


class AddNote(Args, frozen=True, kw_only=True):
    """Which order, what is to be remembered."""

    order_id: Id
    text: Text


def check(args: AddNote, operation: Operation, rows: Rows) -> None:
    """The order must belong to this place."""
    check_mine(rows, args.order_id, operation)


def replay(args: AddNote, operation: Operation, rows: Rows) -> None:
    """Store the note."""
    order = order_of(rows, args.order_id)
    rows.put(
        Note(
            id=derive(operation.id, "note"),
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            text=args.text,
            made_by=operation.user,
            made_at=operation.made_at,
        )
    )


ACTION = Action("add_note", AddNote, STATION + BRANCH, Nature.FACT, replay, check)
