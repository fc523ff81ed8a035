"""The open orders that a phone's pictures may belong to, and how a group of pictures is called on the page."""

from datetime import datetime
from typing import NamedTuple

from app.offline_db.store import LocalRows
from core.identifiers import fold_serial
from core.late_entry import Job
from core.late_papers import recorded_of
from core.roles import Role
from core.rows.orders import Attachment, OrderUnit, WorkOrder
from core.rows.people import Person
from core.work_order import OPEN_AT_STATION, State


class OpenOrder(NamedTuple):
    """One open order as a person knows it, and what matching needs of it."""

    job: Job
    customer: str
    address: str
    model: str
    serial: str
    can_begin: bool  # the visit's begin is still to be recorded
    started_at: datetime | None


#: States in which the pictures' times are the first word of the visit's begin.
_BEFORE_VISIT = frozenset({State.ACCEPTED, State.SCHEDULED})


def open_orders(rows: LocalRows, place_id: str, person_id: str) -> list[OpenOrder]:
    """What this person may add pictures to at this place, by number."""
    person = rows.get(Person, person_id)
    own_only = person is not None and set(person.roles) == {Role.TECHNICIAN}
    found = [
        order
        for state in sorted(OPEN_AT_STATION)
        for order in rows.find(WorkOrder, state=state, station_id=place_id)
        if not own_only or order.technician_id in (None, person_id)
    ]
    return sorted((_open_order(rows, order) for order in found), key=lambda one: one.job.number)


def _open_order(rows: LocalRows, order: WorkOrder) -> OpenOrder:
    units = sorted(rows.find(OrderUnit, order_id=order.id), key=lambda unit: unit.position)
    identified = [unit.serial for unit in units if unit.serial]
    reported = [fold_serial(order.reported_serial)] if order.reported_serial else []
    job = Job(
        order_id=order.id,
        number=order.number.upper(),
        serials=tuple(dict.fromkeys(identified + [unit.imei for unit in units if unit.imei] + reported)),
        identified=tuple(identified),
        units=max(1, len(units)),
        attached=frozenset(one.sha256 for one in rows.find(Attachment, order_id=order.id)),
        papers=recorded_of(units),
    )
    model = next((unit.model for unit in units if unit.model), order.reported_model or "")
    return OpenOrder(
        job,
        order.customer_name,
        order.customer_address,
        model,
        identified[0] if identified else "",
        order.state in _BEFORE_VISIT,
        order.started_at,
    )
