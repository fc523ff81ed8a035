"""What the scan page shows: the order it identifies a unit for, what is known of a unit, and its verdict."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from core.identifiers import (
    DecodedSerial,
    SerialPattern,
    corrected,
    decode_serial,
    fold_serial,
    is_digits,
    is_placeholder,
    parse_imei,
)
from core.judging import Asked, documents_of, judge_serial, local_day, open_orders_of
from core.making import Making, making, papers_of
from core.reference import serial_patterns
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.orders import OrderUnit, UnitVerdict, WorkOrder
from core.rows.reference import Model
from core.warranty import RegisteredUnit, RegistryState, Verdict

MOST_REPAIRS = 20


class ScanTarget(NamedTuple):
    """The order whose unit is to be identified, and what is known of that unit so far. Money in fen."""

    order_id: str
    number: str
    unit_id: str
    model: str | None
    serial: str | None
    invoice_number: str | None
    invoice_date: date | None
    invoice_fen: int | None
    is_open: bool
    product_class: str = ""
    position: int = 1
    units: int = 1
    identified: tuple[str, ...] = ()  # serials of the order's units that are known


class EarlierRepair(NamedTuple):
    """A finished order of the same unit."""

    order_id: str
    number: str
    day: date
    fault: str


class OpenOrder(NamedTuple):
    """Another order of the same unit that has not ended."""

    order_id: str
    number: str
    state: str


class UnitCard(NamedTuple):
    """What the registry and the own orders know of a serial number."""

    serial: str
    registry: RegistryState
    unit: RegisteredUnit | None
    model_zh: str
    model_en: str
    repairs: tuple[EarlierRepair, ...]
    open_orders: tuple[OpenOrder, ...]
    making: Making = Making()  # what the serial number itself says of the day of making


def target(rows: Rows, order_id: str) -> ScanTarget | None:
    """The order and its first unit that is not identified, else its first; None when it is not here (any more)."""
    order = rows.get(WorkOrder, order_id)
    if order is None:
        return None
    units = sorted(rows.find(OrderUnit, order_id=order.id), key=lambda unit: unit.position)
    if not units:
        return None
    unit = next((one for one in units if one.serial is None), units[0])
    return ScanTarget(
        order_id=order.id,
        number=order.number,
        unit_id=unit.id,
        model=unit.model or order.reported_model,
        serial=unit.serial,
        invoice_number=unit.invoice_number,
        invoice_date=unit.invoice_date,
        invoice_fen=unit.invoice_fen,
        is_open=order.completed_at is None,
        product_class=order.product_class,
        position=units.index(unit) + 1,
        units=len(units),
        identified=tuple(one.serial for one in units if one.serial),
    )


def unit_card(rows: Rows, serial: str, today: date, but: str | None = None) -> UnitCard:
    """What is known of ``serial`` on ``today``; ``but`` names the order that is being worked on: its papers count."""
    wanted = fold_serial(serial)
    registry, unit = rows.look_up(wanted)
    model = rows.get(Model, unit.model) if unit else None
    others = tuple(
        OpenOrder(order.id, order.number, order.state.value)
        for order in open_orders_of(wanted, rows)
        if order.id != but
    )
    names = (model.name_zh, model.name_en) if model else ("", "")
    made = making(wanted, rows, today, _papers(rows, wanted, but))
    return UnitCard(wanted, registry, unit, *names, _repairs(rows, wanted, but), others, made)


def _papers(rows: Rows, serial: str, order_id: str | None) -> tuple[date, ...]:
    """The days of the papers of the order's unit: the one with this serial, else the first."""
    units = sorted(rows.find(OrderUnit, order_id=order_id), key=lambda unit: unit.position) if order_id else []
    unit = next((one for one in units if one.serial == serial), next(iter(units), None))
    return papers_of(unit) if unit else ()


def _repairs(rows: Rows, serial: str, but: str | None) -> tuple[EarlierRepair, ...]:
    found = []
    for unit in rows.find(OrderUnit, serial=serial)[:MOST_REPAIRS]:
        order = rows.get(WorkOrder, unit.order_id)
        if order is not None and order.id != but and order.completed_at is not None:
            day = local_day(rows, order.station_id, order.completed_at)
            found.append(EarlierRepair(order.id, order.number, day, order.fault_report))
    return tuple(sorted(found, key=lambda repair: repair.day, reverse=True))


def verdict_for(rows: Rows, order_id: str, model: str | None, serial: str, day: date) -> Verdict:
    """What the rules say of ``serial`` in that order, before anything is recorded: the papers of the order count."""
    order = rows.get(WorkOrder, order_id)
    units = rows.find(OrderUnit, order_id=order_id)
    if order is None or not units:
        return judge_serial(model or "", serial, day, rows)
    return judge_serial(
        model or "",
        serial,
        day,
        rows,
        Asked(documents=documents_of(units[0]), but=order.id, product_class=order.product_class),
    )


def stored_verdict(rows: Rows, order_id: str, unit_id: str | None = None) -> Verdict | None:
    """The verdict that is recorded for the order's unit (its first); None when there is none."""
    units = sorted(rows.find(OrderUnit, order_id=order_id), key=lambda unit: unit.position)
    unit = next((one for one in units if unit_id in (None, one.id)), None)
    stored = rows.get(UnitVerdict, unit.verdict_id) if unit and unit.verdict_id else None
    return stored.verdict if stored else None


def check_typed(text: str, patterns: Sequence[SerialPattern]) -> DecodedSerial | None:
    """What a typed serial number says by the makers' patterns; None when it fits none of them (or is an IMEI).

    Raises Refusal for a placeholder, an IMEI with a wrong digit and a serial with a wrong character or impossible day.
    """
    serial = fold_serial(text)
    if is_placeholder(serial):
        raise Refusal("serial_placeholder", serial=serial)
    if len(serial) == 15 and is_digits(serial):
        parse_imei(serial)
        return None
    return decode_serial(serial, patterns)


def suggestion(rows: Rows, text: str) -> str | None:
    """The serial that was probably meant by a typed one with O for 0 or I for 1; None in doubt, or when it is known."""
    if rows.look_up(fold_serial(text))[1] is not None:
        return None

    def is_possible(found: DecodedSerial) -> bool:
        _state, unit = rows.look_up(found.serial)
        return unit is None or unit.made is None or found.can_be_made_on(unit.made)

    found = corrected(text, serial_patterns(rows), is_possible)
    return found.serial if found else None
