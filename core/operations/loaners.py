"""A loaner is lent to the customer while their unit is in the shop, and taken back."""

from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.note_contact import not_later
from core.operations.operation import Code, Id, Moment, Operation, Text
from core.operations.orders import change, check_mine, check_open, order_of
from core.refusals import Refusal
from core.rows.jobs import Loaner
from core.work_order import STATION


class LendLoaner(Args, frozen=True, kw_only=True):
    """Which unit is lent, in what state; ``at`` is its own time (None: now)."""

    order_id: Id
    model: Code
    serial: Code
    condition: Text
    at: Moment | None = None


class TakeBackLoaner(Args, frozen=True, kw_only=True):
    """Which loaner came back, in what state."""

    order_id: Id
    loaner_id: Id
    condition: Text
    at: Moment | None = None


def lent(rows: Rows, order_id: str) -> list[Loaner]:
    """What the order's customer has of the station's."""
    return [one for one in rows.find(Loaner, order_id=order_id) if one.back_at is None]


def check_lend(args: LendLoaner, operation: Operation, rows: Rows) -> None:
    """The order must be open, and nobody else have that unit."""
    order = check_open(rows, args.order_id, operation)
    not_later(args.at, operation)
    for one in rows.find(Loaner, serial=args.serial):
        if one.back_at is None and one.station_id == order.station_id:
            raise Refusal("loaner_is_out", serial=args.serial)


def check_back(args: TakeBackLoaner, operation: Operation, rows: Rows) -> None:
    """It must be out."""
    check_mine(rows, args.order_id, operation)
    not_later(args.at, operation)
    if all(one.id != args.loaner_id for one in lent(rows, args.order_id)):
        raise Refusal("loaner_not_out")


def lend(args: LendLoaner, operation: Operation, rows: Rows) -> None:
    """Keep what was lent."""
    order = order_of(rows, args.order_id)
    rows.put(
        Loaner(
            id=derive(operation.id, "loaner"),
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            model=args.model,
            serial=args.serial,
            condition_out=args.condition,
            lent_at=args.at or operation.made_at,
            lent_by=operation.user,
            entered_at=operation.made_at,
        )
    )


def take_back(args: TakeBackLoaner, operation: Operation, rows: Rows) -> None:
    """It is back; of two who say so the first one stands."""
    loaner = rows.get(Loaner, args.loaner_id)
    if loaner is not None and loaner.order_id == args.order_id and loaner.back_at is None:
        at = args.at or operation.made_at
        change(rows, loaner, back_at=at, back_by=operation.user, condition_back=args.condition)


LEND = Action("lend_loaner", LendLoaner, STATION, Nature.FACT, lend, check_lend)
TAKE_BACK = Action("take_back_loaner", TakeBackLoaner, STATION, Nature.FACT, take_back, check_back)
