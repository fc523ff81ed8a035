"""What papers of an order have in common: who issues them, and the unit with its customer; no words yet."""

from __future__ import annotations

from dataclasses import dataclass

from core.refusals import Refusal
from core.roles import PlaceKind
from core.rows.access import Rows
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.people import Person, Place
from core.rows.reference import Model

Names = tuple[str, str]
"""Chinese, English."""


@dataclass(frozen=True)
class Issuer:
    """Who issues a paper: the maker, and the station with its address."""

    maker: str
    station: str
    address: str


@dataclass(frozen=True)
class UnitNamed:
    """The order's unit and whose it is."""

    model: str
    model_name: Names
    serial: str
    customer: str
    phone: str


def maker_name(rows: Rows) -> str:
    """The maker as papers name it: headquarters' own name; empty while it is not known here."""
    return next((place.name for place in rows.find(Place, kind=PlaceKind.HQ)), "")


def order_of(rows: Rows, order_id: str) -> WorkOrder:
    """The order; refuses `order_unknown`."""
    order = rows.get(WorkOrder, order_id)
    if order is None:
        raise Refusal("order_unknown", order=order_id)
    return order


def unit_of(rows: Rows, order: WorkOrder) -> OrderUnit | None:
    """The first unit of the order, as everywhere while orders of several show one."""
    return min(rows.find(OrderUnit, order_id=order.id), key=lambda one: one.position, default=None)


def issuer_of(rows: Rows, order: WorkOrder) -> Issuer:
    """Who issues papers of the order."""
    station = rows.get(Place, order.station_id) if order.station_id else None
    return Issuer(maker_name(rows), station.name if station else "", station.address if station else "")


def named(rows: Rows, order: WorkOrder, unit: OrderUnit | None) -> UnitNamed:
    """The unit as papers name it."""
    model_id = (unit.model if unit else None) or order.reported_model or ""
    model = rows.get(Model, model_id) if model_id else None
    return UnitNamed(
        model=model_id,
        model_name=(model.name_zh, model.name_en) if model else ("", ""),
        serial=(unit.serial if unit else None) or order.reported_serial or "",
        customer=order.customer_name,
        phone=order.customer_phone,
    )


def person_name(rows: Rows, person_id: str | None) -> str:
    """The name of a person, empty when there is none here."""
    person = rows.get(Person, person_id) if person_id else None
    return person.name if person else ""
