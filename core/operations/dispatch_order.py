"""The branch gives an order to a station (second-level dispatch)."""

from datetime import date, datetime

from core.geography import distance_m
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation
from core.operations.orders import change, check_move, move, order_of
from core.refusals import Refusal
from core.roles import PlaceKind
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.people import Place
from core.work_order import roles_for


class DispatchOrder(Args, frozen=True, kw_only=True):
    """Which order, to which station."""

    order_id: Id
    station_id: Id


def check(args: DispatchOrder, operation: Operation, rows: Rows) -> None:
    """The station must be one of the branch's, take orders, and be licensed for the product class on that day."""
    order = check_move(rows, args.order_id, "dispatch_order", operation)
    check_station(rows, order, args.station_id, operation.made_at.date())


def replay(args: DispatchOrder, operation: Operation, rows: Rows) -> None:
    """Offer the order (and what is known of its units) to the station."""
    offer(rows, order_of(rows, args.order_id), "dispatch_order", args.station_id, operation.made_at)


def check_station(rows: Rows, order: WorkOrder, station_id: str, day: date) -> Place:
    """The station, when the order may be offered to it on ``day``.

    Raises Refusal ``station_unknown``, ``station_takes_none`` or ``station_not_licensed``.
    """
    station = rows.get(Place, station_id)
    if station is None or station.kind is not PlaceKind.STATION or station.branch_id != order.branch_id:
        raise Refusal("station_unknown")
    if not station.active or station.frozen:
        raise Refusal("station_takes_none", station=station.name)
    expired = station.licence_until is not None and station.licence_until < day
    if expired or order.product_class not in station.lines:
        raise Refusal("station_not_licensed", station=station.name, product_class=order.product_class)
    return station


def offer(rows: Rows, order: WorkOrder, action: str, station_id: str, at: datetime) -> WorkOrder:
    """Move the order to the station's door by ``action``; its distance is told where both positions are known."""
    station = rows.get(Place, station_id)
    position = station.position if station else None
    customer = order.customer_position
    far = distance_m(position, customer) if position and customer else order.distance_m
    for unit in rows.find(OrderUnit, order_id=order.id):
        change(rows, unit, station_id=station_id)
    given = {"station_id": station_id, "technician_id": None, "offered_at": at, "decline_reason": None}
    return move(rows, order, action, distance_m=far, **given)


ACTION = Action("dispatch_order", DispatchOrder, roles_for("dispatch_order"), Nature.DECISION, replay, check)
