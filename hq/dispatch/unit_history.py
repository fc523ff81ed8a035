"""A unit's earlier orders when it is reported again: who came last, and whether it was repaired just before."""

from datetime import datetime

from core.judging import local_day
from core.rows.access import Rows
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.people import Person, Place
from core.work_order import State
from hq.dispatch.messages import CameLast, Repeats


def orders_of(rows: Rows, serial: str) -> list[WorkOrder]:
    """Every order of the unit that somebody worked on, the last one first."""
    found = {unit.order_id: rows.get(WorkOrder, unit.order_id) for unit in rows.find(OrderUnit, serial=serial)}
    worked = [order for order in found.values() if order is not None and order.started_at is not None]
    return sorted(worked, key=lambda order: (_began(order), order.id), reverse=True)


def came_last(rows: Rows, orders: list[WorkOrder]) -> CameLast | None:
    """The technician of the last order that has one."""
    for order in orders:
        person = rows.get(Person, order.technician_id) if order.technician_id else None
        if person is not None:
            station = rows.get(Place, order.station_id) if order.station_id else None
            day = local_day(rows, order.station_id, _began(order))
            return CameLast(name=person.name, station=station.code if station else "", order=order.number, on=day)
    return None


def repaired_lately(orders: list[WorkOrder], now: datetime, days: int) -> WorkOrder | None:
    """The last completed repair, when it is no older than so many days; what was cancelled or rejected is none."""
    done = [order for order in orders if order.completed_at is not None and order.state is not State.CANCELLED]
    last = max(done, key=lambda order: (order.completed_at, order.id), default=None)
    if last is None or last.completed_at is None or (now - last.completed_at).days > days:
        return None
    return last


def told(rows: Rows, repair: WorkOrder | None, now: datetime) -> Repeats | None:
    """A repair as intake tells it."""
    if repair is None or repair.completed_at is None:
        return None
    day = local_day(rows, repair.station_id, repair.completed_at)
    return Repeats(order=repair.number, completed_on=day, days=(local_day(rows, repair.station_id, now) - day).days)


def _began(order: WorkOrder) -> datetime:
    return order.started_at or order.reported_at
