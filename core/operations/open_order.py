"""A unit is brought to the station's counter: an order is opened there, offline too, and accepted at once."""

from datetime import timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from core import slas
from core.identifiers import counter_number
from core.ids import derive
from core.judging import open_orders_of
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Id, Name, Operation, Text
from core.refusals import Refusal
from core.roles import PlaceKind, Role
from core.rows.orders import Job, OrderUnit, ServiceType, WorkOrder
from core.rows.people import Person, Place
from core.rows.reference import ProductClass
from core.work_order import STATION, State

COUNTER = "counter"


class OpenOrder(Args, frozen=True, kw_only=True):
    """The new order's id (made by the device), whose unit it is and what is wrong with it; ``serial`` is folded."""

    order_id: Id
    customer_name: Name
    customer_phone: Annotated[str, Meta(min_length=3, max_length=40)]
    customer_address: Annotated[str, Meta(max_length=400)] = ""
    fault: Text
    product_class: Code
    model: Code | None = None
    serial: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    service_type: ServiceType = ServiceType.CARRY_IN
    urgency: Annotated[int, Meta(ge=0, le=2)] = 0


def check(args: OpenOrder, operation: Operation, rows: Rows) -> None:
    """The counter is a station's, the product line known, and no order of the station is open for the unit already."""
    place = rows.get(Place, operation.place)
    if place is None or place.kind is not PlaceKind.STATION:
        raise Refusal("not_your_place")
    if rows.get(ProductClass, args.product_class) is None:
        raise Refusal("product_class_unknown", product_class=args.product_class)
    known = open_orders_of(args.serial, rows) if args.serial else []
    for order in known:
        if order.station_id == operation.place and order.id != args.order_id:
            raise Refusal("order_open_already", order=order.number)


def replay(args: OpenOrder, operation: Operation, rows: Rows) -> None:
    """The order, accepted; a technician who opened it has it. Its number comes of its id, so no two devices clash."""
    if rows.get(WorkOrder, args.order_id) is not None:
        raise Refusal("operation_invalid", problem="the id of another order")
    order = _order(args, operation, rows)
    rows.put(msgspec.structs.replace(order, due_at=slas.first_due(rows, order)))
    rows.put(
        OrderUnit(
            id=derive(order.id, "unit/1"), branch_id=order.branch_id, station_id=order.station_id, order_id=order.id
        )
    )


def _order(args: OpenOrder, operation: Operation, rows: Rows) -> WorkOrder:
    place, person = rows.get(Place, operation.place), rows.get(Person, operation.user)
    day = (operation.made_at + timedelta(minutes=operation.utc_offset_minutes)).date()
    mine = person is not None and Role.TECHNICIAN in person.roles
    return WorkOrder(
        id=args.order_id,
        branch_id=operation.branch_id,
        station_id=operation.place,
        number=counter_number(place.code if place else "", day, args.order_id),
        state=State.ACCEPTED,
        technician_id=operation.user if mine else None,
        product_class=args.product_class,
        service_type=args.service_type,
        job=Job.REPAIR,
        urgency=args.urgency,
        customer_name=args.customer_name,
        customer_phone=args.customer_phone,
        customer_address=args.customer_address,
        fault_report=args.fault,
        reported_model=args.model,
        reported_serial=args.serial,
        reported_at=operation.made_at,
        accepted_at=operation.made_at,
        source=COUNTER,
    )


ACTION = Action("open_order", OpenOrder, STATION, Nature.FACT, replay, check, kept=frozenset({"order_open_already"}))
