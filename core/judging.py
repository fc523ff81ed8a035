"""From rows to a warranty verdict: gathers unit, papers, history and policies, and asks the rules."""

from datetime import date

import msgspec

from core import reference
from core.identifiers import fold_serial, is_placeholder, parse_imei
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.reference import Model
from core.rows.units import PastRepair
from core.unit_history import (
    contracts_of,
    fitted_of,
    local_day,
    predecessors_of,
    repairs_of,
    running_spans,
    spans_of,
)
from core.warranty import (
    Advised,
    Case,
    Contract,
    DocumentProblem,
    Documents,
    Exclusion,
    Holder,
    RepairSpan,
    Verdict,
    advise,
    judge,
)
from core.work_order import ENDED

__all__ = [
    "NOTHING_ELSE",
    "Asked",
    "advise_serial",
    "advise_unit",
    "asked_of",
    "case_of",
    "documents_of",
    "history_of",
    "is_covered",
    "judge_serial",
    "judge_unit",
    "local_day",
    "open_orders_of",
    "typed_serial",
]

_IMEI_DIGITS = 15


def typed_serial(text: str) -> str:
    """A serial number that a person typed, as the rules compare it.

    Raises Refusal ``serial_empty``, ``imei_wrong_digit`` (15 digits are an IMEI) or ``serial_placeholder``.
    """
    serial = fold_serial(text)
    if not serial:
        raise Refusal("serial_empty")
    if is_placeholder(serial):
        raise Refusal("serial_placeholder", serial=serial)
    if len(serial) == _IMEI_DIGITS and serial.isdigit():
        parse_imei(serial)
    return serial


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked about a unit beside its serial number and the day.

    ``but`` names an order that is not part of the history.
    ``elsewhere`` is what is known of other places' repairs and of contracts when no row here tells it.
    """

    documents: Documents = Documents()
    fault: str = ""
    but: str | None = None
    product_class: str = ""
    exclusions: tuple[Exclusion, ...] = ()
    holder: Holder = Holder.CUSTOMER
    elsewhere: tuple[PastRepair, ...] = ()
    contracts: tuple[Contract, ...] | None = None


NOTHING_ELSE = Asked()


def judge_unit(order: WorkOrder, unit: OrderUnit, rows: Rows, day: date) -> Verdict:
    """The verdict of an order's identified unit on ``day``."""
    return judge_serial(unit.model or "", unit.serial or "", day, rows, asked_of(order, unit))


def asked_of(order: WorkOrder, unit: OrderUnit) -> Asked:
    """What an order and its unit tell the rules."""
    return Asked(
        documents=documents_of(unit),
        fault=unit.symptom or "",
        but=order.id,
        product_class=order.product_class,
        exclusions=tuple(Exclusion(name) for name in unit.exclusions or ()),
        holder=Holder(unit.held_by) if unit.held_by else Holder.CUSTOMER,
    )


def judge_serial(model: str, serial: str, day: date, rows: Rows, asked: Asked = NOTHING_ELSE) -> Verdict:
    """The verdict of (model, serial) on ``day``."""
    case = case_of(model, serial, day, rows, asked)
    line = case.product_class
    return judge(case, reference.policies(rows, line), reference.holidays(rows), reference.campaigns(rows, line))


def advise_unit(order: WorkOrder, unit: OrderUnit, rows: Rows, day: date) -> Advised:
    """What the customer may ask for on ``day``, the order's own days so far counted; the price is the invoice's."""
    asked, running = asked_of(order, unit), running_spans(order, unit, rows)
    return advise_serial(unit.model or "", unit.serial or "", day, rows, asked, unit.invoice_fen, running)


def advise_serial(
    model: str,
    serial: str,
    day: date,
    rows: Rows,
    asked: Asked = NOTHING_ELSE,
    price_fen: int | None = None,
    running: tuple[RepairSpan, ...] = (),
) -> Advised:
    """The verdict of (model, serial) on ``day`` and the rights that follow; ``price_fen`` is what was paid.

    ``running`` are the days that the order that goes on has taken so far.
    """
    case = case_of(model, serial, day, rows, asked)
    line = case.product_class
    calendar, campaigns = reference.holidays(rows), reference.campaigns(rows, line)
    return advise(case, reference.policies(rows, line), calendar, campaigns, price_fen, running)


def case_of(model: str, serial: str, day: date, rows: Rows, asked: Asked) -> Case:
    """The question as the rules take it, with everything that is known here of the unit."""
    registry, unit = rows.look_up(serial)
    known = rows.get(Model, model or (unit.model if unit else ""))
    before = predecessors_of(unit, rows)
    repairs = repairs_of(serial, rows, but=asked.but)
    known_here = {repair.order_id for repair in repairs}
    repairs += [one for one in asked.elsewhere if one.order_id not in {*known_here, asked.but}]
    earlier = [repair for one in before for repair in repairs_of(one.serial, rows, but=asked.but)]
    return Case(
        model=model or (unit.model if unit else ""),
        serial=serial,
        day=day,
        product_class=known.product_class if known else asked.product_class,
        brand=known.brand if known else "",
        fault=asked.fault,
        registry=registry,
        unit=unit,
        documents=asked.documents,
        history=(*spans_of(earlier, earlier_unit=True), *spans_of(repairs)),
        exclusions=asked.exclusions,
        holder=asked.holder,
        predecessors=before,
        fitted=fitted_of(repairs),
        contracts=contracts_of(serial, rows) if asked.contracts is None else asked.contracts,
    )


def documents_of(unit: OrderUnit) -> Documents:
    """The papers recorded for an order's unit."""
    return Documents(
        invoice_date=unit.invoice_date,
        invoice_number=unit.invoice_number or "",
        warranty_card_date=unit.warranty_card_date,
        installation_date=unit.installation_date,
        problems=(DocumentProblem(unit.document_problem),) if unit.document_problem else (),
    )


def history_of(serial: str, rows: Rows, *, but: str | None = None) -> tuple[RepairSpan, ...]:
    """The finished repairs of a unit that are known here and their waits for parts, oldest first."""
    return spans_of(repairs_of(serial, rows, but=but))


def is_covered(verdict: Verdict | None, part_class: str) -> bool:
    """Whether the maker pays for a part of this class.

    The verdict's own day counts: a repair that drags on past the term stays free. A part class with a shorter term than
    the unit, such as a phone's battery, is covered for that term alone.
    """
    return verdict is not None and verdict.pays_for(part_class)


def open_orders_of(serial: str, rows: Rows) -> list[WorkOrder]:
    """The unit's orders that have not ended, as identified or reported: a second report reminds of them."""
    orders = [rows.get(WorkOrder, unit.order_id) for unit in rows.find(OrderUnit, serial=serial)]
    orders += rows.find(WorkOrder, reported_serial=serial)
    found = {order.id: order for order in orders if order is not None and order.state not in ENDED}
    return [order for _, order in sorted(found.items())]
