"""What the receipts of the shop say: a unit taken in and handed out, a loaner lent and returned, the counter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.queries.papers import Issuer, Names, UnitNamed, issuer_of, named, order_of, person_name, unit_of
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.jobs import Custody, Loaner
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.reference import Model, ProductClass


@dataclass(frozen=True)
class ShopFacts:
    """What all of them say: who issues the paper, for which order and unit, and what the customer had reported."""

    issuer: Issuer
    number: str
    unit: UnitNamed
    fault: str


@dataclass(frozen=True)
class CustodyFacts:
    """A unit in the station's hands, and its return once it went back."""

    shop: ShopFacts
    custody: Custody
    received_by: str
    returned_by: str


@dataclass(frozen=True)
class LoanerFacts:
    """A unit of the station that the customer has or had meanwhile."""

    shop: ShopFacts
    loaner: Loaner
    model_name: Names
    lent_by: str
    back_by: str


@dataclass(frozen=True)
class IntakeFacts:
    """A unit as it was brought to the counter."""

    shop: ShopFacts
    product: Names
    address: str
    service_type: str
    opened_at: datetime
    due_at: datetime | None


def custody_facts(rows: Rows, custody_id: str) -> CustodyFacts:
    """One stay of a unit; refuses `unit_unknown`."""
    one = rows.get(Custody, custody_id)
    if one is None:
        raise Refusal("unit_unknown")
    order = order_of(rows, one.order_id)
    return CustodyFacts(
        shop=_shop(rows, order, rows.get(OrderUnit, one.unit_id)),
        custody=one,
        received_by=person_name(rows, one.received_by),
        returned_by=person_name(rows, one.returned_by),
    )


def loaner_facts(rows: Rows, loaner_id: str) -> LoanerFacts:
    """One loan; refuses `loaner_not_out`."""
    one = rows.get(Loaner, loaner_id)
    if one is None:
        raise Refusal("loaner_not_out")
    order = order_of(rows, one.order_id)
    model = rows.get(Model, one.model)
    return LoanerFacts(
        shop=_shop(rows, order, unit_of(rows, order)),
        loaner=one,
        model_name=(model.name_zh, model.name_en) if model else ("", ""),
        lent_by=person_name(rows, one.lent_by),
        back_by=person_name(rows, one.back_by),
    )


def intake_facts(rows: Rows, order_id: str) -> IntakeFacts:
    """An order as it was opened; refuses `order_unknown`."""
    order = order_of(rows, order_id)
    line = rows.get(ProductClass, order.product_class)
    return IntakeFacts(
        shop=_shop(rows, order, unit_of(rows, order)),
        product=(line.name_zh, line.name_en) if line else (order.product_class,) * 2,
        address=order.customer_address,
        service_type=order.service_type.value,
        opened_at=order.reported_at,
        due_at=order.due_at,
    )


def _shop(rows: Rows, order: WorkOrder, unit: OrderUnit | None) -> ShopFacts:
    return ShopFacts(issuer_of(rows, order), order.number, named(rows, order, unit), order.fault_report)
