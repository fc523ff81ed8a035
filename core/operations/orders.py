"""What the operations on orders share: finding the order and unit, moving the state, and the usual checks."""

from typing import Any

import msgspec

from core import work_order
from core.operations.kernel import Rows
from core.operations.operation import Operation
from core.refusals import Refusal
from core.roles import Role
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.people import Person


def order_of(rows: Rows, order_id: str) -> WorkOrder:
    """The order; raises Refusal ``order_unknown``."""
    order = rows.get(WorkOrder, order_id)
    if order is None:
        raise Refusal("order_unknown", order=order_id)
    return order


def unit_of(rows: Rows, order_id: str, unit_id: str) -> OrderUnit:
    """The order's unit; raises Refusal ``unit_unknown``."""
    unit = rows.get(OrderUnit, unit_id)
    if unit is None or unit.order_id != order_id:
        raise Refusal("unit_unknown")
    return unit


def move(rows: Rows, order: WorkOrder, action: str, **changes: Any) -> WorkOrder:
    """Store the order after the move ``action`` with ``changes``; raises Refusal ``move_not_allowed``."""
    state, held_from = work_order.apply(order.state, order.held_from, action)
    ended = {"ended_as": state} if state in work_order.ENDS else {}
    moved = msgspec.structs.replace(order, state=state, held_from=held_from, **ended, **changes)
    rows.put(moved)
    return moved


def change(rows: Rows, row: Any, **changes: Any) -> Any:
    """Store ``row`` with ``changes`` and return it."""
    changed = msgspec.structs.replace(row, **changes)
    rows.put(changed)
    return changed


def check_move(rows: Rows, order_id: str, action: str, operation: Operation) -> WorkOrder:
    """The order, when ``action`` is possible on it and it belongs to this place and person."""
    order = check_mine(rows, order_id, operation)
    work_order.apply(order.state, order.held_from, action)
    return order


def check_mine(rows: Rows, order_id: str, operation: Operation) -> WorkOrder:
    """The order, when it belongs to the operation's place and (for a technician) to the person or nobody yet."""
    order = order_of(rows, order_id)
    if operation.place not in (order.branch_id, order.station_id):
        raise Refusal("not_your_place")
    person = rows.get(Person, operation.user)
    if person and set(person.roles) == {Role.TECHNICIAN} and order.technician_id not in (None, person.id):
        raise Refusal("not_your_order")
    return order


def check_open(rows: Rows, order_id: str, operation: Operation) -> WorkOrder:
    """The order, when facts may still be added to it at the station."""
    order = check_mine(rows, order_id, operation)
    if order.state not in work_order.OPEN_AT_STATION:
        raise Refusal("move_not_allowed", state=order.state.value, action=operation.action)
    return order
