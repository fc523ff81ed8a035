"""The branch gives an order to a station (second-level dispatch)."""

from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation
from core.operations.orders import change, check_move, move, order_of
from core.refusals import Refusal
from core.roles import PlaceKind
from core.rows.orders import OrderUnit
from core.rows.people import Place
from core.work_order import roles_for


class DispatchOrder(Args, frozen=True, kw_only=True):
    """Which order, to which station."""

    order_id: Id
    station_id: Id


def check(args: DispatchOrder, operation: Operation, rows: Rows) -> None:
    """The station must be one of the branch's, take orders, and be licensed for the product class on that day."""
    order = check_move(rows, args.order_id, "dispatch_order", operation)
    station = rows.get(Place, args.station_id)
    if station is None or station.kind is not PlaceKind.STATION or station.branch_id != order.branch_id:
        raise Refusal("station_unknown")
    if not station.active or station.frozen:
        raise Refusal("station_takes_none", station=station.name)
    expired = station.licence_until is not None and station.licence_until < operation.made_at.date()
    if expired or order.product_class not in station.lines:
        raise Refusal("station_not_licensed", station=station.name, product_class=order.product_class)


def replay(args: DispatchOrder, operation: Operation, rows: Rows) -> None:
    """Offer the order (and what is known of its units) to the station."""
    move(
        rows,
        order_of(rows, args.order_id),
        "dispatch_order",
        station_id=args.station_id,
        technician_id=None,
        offered_at=operation.made_at,
        decline_reason=None,
    )
    for unit in rows.find(OrderUnit, order_id=args.order_id):
        change(rows, unit, station_id=args.station_id)


ACTION = Action("dispatch_order", DispatchOrder, roles_for("dispatch_order"), Nature.DECISION, replay, check)
