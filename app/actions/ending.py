"""Ends that are no completed repair: unit returned unrepaired, exchanged, or a refund proposed."""

from datetime import date
from typing import Any, Literal, NamedTuple

import msgspec

from app.actions.desk import Desk, DeskAction, OrderAsked, Recorded, find_order, find_unit
from core import reference
from core.claiming import maker_pays, preview, work_of
from core.claims import total_fen
from core.ends import CUSTOMER, UNREPAIRED
from core.identifiers import fold_serial
from core.judging import typed_serial
from core.operations.exchange_unit import ExchangeUnit, bears_it
from core.operations.propose_refund import ProposeRefund, owed
from core.operations.return_unrepaired import ReturnUnrepaired
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.orders import WorkOrder
from core.work_order import State


class ReturnAsked(OrderAsked, frozen=True, kw_only=True):
    """Why (a code of the table), to whom the unit goes (the customer when empty), and the parcel's number."""

    reason: str
    note: str = ""
    to_name: str = ""
    carrier: str | None = None
    tracking: str | None = None


class ExchangeAsked(OrderAsked, frozen=True, kw_only=True):
    """The new unit: its serial as scanned or typed, its model (the old unit's when absent), by which remedy."""

    unit_id: str | None = None
    new_serial: str
    new_model: str | None = None
    source: Literal["scan", "typed"] = "typed"
    rule: str = ""
    note: str = ""


class RefundAsked(OrderAsked, frozen=True, kw_only=True):
    """By which remedy, and the price paid (fen; the invoice's when absent)."""

    unit_id: str | None = None
    rule: str
    price_fen: int | None = None
    like_model_refused: bool = False
    note: str = ""


class _Figure(NamedTuple):
    """The station's own figure of the claim, and the tariff it used."""

    preview_fen: int
    tariff: str | None


def _figure(order: WorkOrder, rows: Rows, day: date, end: State) -> _Figure:
    """What the end earns, as far as the rows before it tell."""
    tariff = reference.tariff_in_force(rows, day)
    ended = msgspec.structs.replace(order, state=end, ended_as=end)
    return _Figure(max(total_fen(preview(ended, rows, day)), 0), tariff.version if tariff else None)


def customer_pays(order: WorkOrder, rows: Rows, day: date, reason: str) -> int:
    """What a customer pays whose unit goes back unrepaired (fen): visit and diagnosis, when it is theirs to bear."""
    prices = reference.price_list_in_force(rows, day)
    row = prices.of(order.product_class) if prices else None
    if prices is None or row is None or (UNREPAIRED.get(reason) != CUSTOMER and maker_pays(work_of(order, rows))):
        return 0
    visit = row.visit_fen + prices.distance_fen(order.distance_m) if order.service_type == "on_site" else 0
    return visit + row.diagnosis_fen


def give_up(asked: ReturnAsked, desk: Desk) -> Recorded:
    """Record that the unit goes back unrepaired."""
    with desk.store.reading() as rows:
        order, day = find_order(rows, asked.order_id), desk.today(rows)
        pays = customer_pays(order, rows, day, asked.reason)
        figure = _figure(order, rows, day, State.RETURNED_UNREPAIRED)
    borne = UNREPAIRED.get(asked.reason) == CUSTOMER
    args = ReturnUnrepaired(
        order_id=order.id,
        reason=asked.reason,
        note=asked.note,
        to_name=asked.to_name or order.customer_name,
        carrier=asked.carrier or None,
        tracking=asked.tracking or None,
        customer_fen=pays,
        preview_fen=0 if borne else figure.preview_fen,
        tariff=figure.tariff,
    )
    return _record("return_unrepaired", args, desk, figure)


def exchange(asked: ExchangeAsked, desk: Desk) -> Recorded:
    """Record the exchange; a new serial that stands for none is refused."""
    with desk.store.reading() as rows:
        order, day = find_order(rows, asked.order_id), desk.today(rows)
        unit = find_unit(rows, order, asked.unit_id)
        figure = _figure(order, rows, day, State.EXCHANGED)
        late = asked.rule and bears_it(asked.rule, unit, rows)
    model = (asked.new_model or unit.model or "").strip().upper()
    if not model:
        raise Refusal("model_missing")
    args = ExchangeUnit(
        order_id=order.id,
        unit_id=unit.id,
        new_model=model,
        new_serial=typed_serial(fold_serial(asked.new_serial)),
        source=asked.source,
        rule=asked.rule,
        note=asked.note,
        preview_fen=0 if late else figure.preview_fen,
        tariff=figure.tariff,
    )
    return _record("exchange_unit", args, desk, figure)


def refund(asked: RefundAsked, desk: Desk) -> Recorded:
    """Record the proposal with the sum that the rules give."""
    with desk.store.reading() as rows:
        order, day = find_order(rows, asked.order_id), desk.today(rows)
        unit = find_unit(rows, order, asked.unit_id)
        figure = _figure(order, rows, day, State.REFUND_PROPOSED)
        given = ProposeRefund(
            order_id=order.id,
            unit_id=unit.id,
            rule=asked.rule,
            price_fen=asked.price_fen if asked.price_fen is not None else unit.invoice_fen or 0,
            like_model_refused=asked.like_model_refused,
            day=day,
            note=asked.note,
            preview_fen=figure.preview_fen,
            tariff=figure.tariff,
        )
        args = msgspec.structs.replace(given, deduction_fen=owed(given, rows))
    return _record("propose_refund", args, desk, figure)


def _record(name: str, args: Any, desk: Desk, figure: _Figure) -> Recorded:
    versions = {"tariff": figure.tariff} if figure.tariff else {}
    return desk.store.record(name, args, desk.person_id, versions=versions)


RETURN = DeskAction("return_unrepaired", ReturnAsked, give_up)
EXCHANGE = DeskAction("exchange_unit", ExchangeAsked, exchange)
REFUND = DeskAction("propose_refund", RefundAsked, refund)
