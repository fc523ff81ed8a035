"""After an order was opened at a counter or a unit identified: an open order of the same unit is merged with it."""

import msgspec

from core.ids import derive
from core.operations.operation import Operation
from core.rows.access import Rows
from core.rows.orders import WorkOrder
from core.rows.sync import Task
from core.same_unit import others_of, pair_of, take_in


def on_unit_known(rows: Rows, operation: Operation) -> None:
    """Look at the order that an operation ``open_order`` or ``identify_unit`` was about."""
    order = rows.get(WorkOrder, str(msgspec.json.decode(operation.args)["order_id"]))
    if order is None:
        return
    for other in others_of(order, rows):
        pair = pair_of(order, other)
        if pair is None:
            rows.put(_task(order, other, operation))
            continue
        kept = take_in(rows, pair, operation.made_at)
        if kept.id != order.id:
            return  # it has ended itself; the one it went into has its own turn
        order = kept


def _task(order: WorkOrder, other: WorkOrder, operation: Operation) -> Task:
    """People say which one goes on; asked once per pair."""
    first, second = sorted((order, other), key=lambda one: one.id)
    return Task(
        id=derive(first.id, f"task/same_unit/{second.id}"),
        branch_id=order.branch_id,
        place_id=order.station_id or order.branch_id,
        kind="same_unit",
        order_id=order.id,
        facts={"numbers": [first.number, second.number]},
        at=operation.made_at,
    )
