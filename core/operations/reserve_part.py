"""Pieces in stock are kept for an order, and released again."""

from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Count, Id, Operation, OptionalText
from core.operations.orders import check_open, order_of
from core.parts.books import kept_for_orders, part_of
from core.parts.stock import per_part
from core.parts_ledger import balance, location
from core.refusals import Refusal
from core.rows.parts import LocationKind, StockMove
from core.rows.supply import Reservation
from core.work_order import STATION


class ReservePart(Args, frozen=True, kw_only=True):
    """Which order, which part, how many."""

    order_id: Id
    part_id: Code
    quantity: Count = 1


class ReleasePart(Args, frozen=True, kw_only=True):
    """Which order's part is free again, and how many pieces."""

    order_id: Id
    part_id: Code
    quantity: Count = 1
    reason: OptionalText = ""


def check_reserve(args: ReservePart, operation: Operation, rows: Rows) -> None:
    """The order must be at work here, and so many pieces be free."""
    order = check_open(rows, args.order_id, operation)
    part_of(rows, args.part_id)
    station = order.station_id or operation.place
    here = balance(
        rows.find(StockMove, part_id=args.part_id), args.part_id, location(LocationKind.STATION, station)
    ) - per_part(kept_for_orders(rows, station, args.part_id)).get(args.part_id, 0)
    if here < args.quantity:
        raise Refusal("part_not_available", part=args.part_id, available=max(0, here))


def check_release(args: ReleasePart, operation: Operation, rows: Rows) -> None:
    """Only what is kept for the order."""
    order = check_open(rows, args.order_id, operation)
    kept = kept_for_orders(rows, order.station_id or operation.place, args.part_id)
    if kept.get((order.id, args.part_id), 0) < args.quantity:
        raise Refusal("part_not_reserved", part=args.part_id)


def reserve(args: ReservePart, operation: Operation, rows: Rows) -> None:
    """Keep them."""
    _put(rows, operation, args.order_id, args.part_id, args.quantity)


def release(args: ReleasePart, operation: Operation, rows: Rows) -> None:
    """Let them go."""
    _put(rows, operation, args.order_id, args.part_id, -args.quantity, args.reason)


def _put(rows: Rows, operation: Operation, order_id: str, part_id: str, quantity: int, reason: str = "") -> None:
    order = order_of(rows, order_id)
    rows.put(
        Reservation(
            id=derive(operation.id, "reservation"),
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            part_id=part_id,
            quantity=quantity,
            reason=reason,
            made_by=operation.user,
            made_at=operation.made_at,
        )
    )


RESERVE = Action("reserve_part", ReservePart, STATION, Nature.DECISION, reserve, check_reserve)
RELEASE = Action("release_part", ReleasePart, STATION, Nature.DECISION, release, check_release)
