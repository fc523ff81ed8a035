"""From rows to a warranty verdict: gathers unit, papers, history and policies, and asks the rules."""

from datetime import date, datetime, timedelta

from core import reference
from core.identifiers import fold_serial, is_placeholder, parse_imei
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.orders import Job, OrderUnit, Quotation, TimelineEntry, WorkOrder
from core.rows.people import Place
from core.rows.reference import Model
from core.warranty import Case, DocumentProblem, Documents, RepairSpan, SpanKind, Verdict, judge
from core.work_order import ENDED, State, possible

_IMEI_DIGITS = 15


def local_day(rows: Rows, place_id: str | None, moment: datetime) -> date:
    """The calendar day at a place of an aware ``moment``."""
    place = rows.get(Place, place_id) if place_id else None
    offset = timedelta(minutes=place.utc_offset_minutes if place else 480)
    return (moment + offset).date()


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


def judge_unit(order: WorkOrder, unit: OrderUnit, rows: Rows, day: date) -> Verdict:
    """The verdict of an order's identified unit on ``day``."""
    return judge_serial(
        unit.model or "",
        unit.serial or "",
        day,
        rows,
        documents=documents_of(unit),
        fault=unit.symptom or "",
        but=order.id,
        product_class=order.product_class,
    )


def judge_serial(
    model: str,
    serial: str,
    day: date,
    rows: Rows,
    *,
    documents: Documents | None = None,
    fault: str = "",
    but: str | None = None,
    product_class: str = "",
) -> Verdict:
    """The verdict of (model, serial) on ``day``; ``but`` names an order that is not part of the history."""
    registry, unit = rows.look_up(serial)
    known = rows.get(Model, model or (unit.model if unit else ""))
    line = known.product_class if known else product_class
    case = Case(
        model=model or (unit.model if unit else ""),
        serial=serial,
        day=day,
        product_class=line,
        brand=known.brand if known else "",
        fault=fault,
        registry=registry,
        unit=unit,
        documents=documents or Documents(),
        history=history_of(serial, rows, but=but),
    )
    return judge(case, reference.policies(rows, line), reference.holidays(rows))


def documents_of(unit: OrderUnit) -> Documents:
    """The papers recorded for an order's unit."""
    return Documents(
        invoice_date=unit.invoice_date,
        invoice_number=unit.invoice_number or "",
        warranty_card_date=unit.warranty_card_date,
        installation_date=unit.installation_date,
        problems=(DocumentProblem(unit.document_problem),) if unit.document_problem else (),
    )


def is_repair(order: WorkOrder) -> bool:
    """Whether the order ended with work done on its unit, not with a unit that went back, was exchanged or refunded."""
    done = order.completed_at is not None and order.ended_as in (None, State.COMPLETED)
    return done and order.job in (Job.REPAIR, Job.EXCHANGE)


def history_of(serial: str, rows: Rows, *, but: str | None = None) -> tuple[RepairSpan, ...]:
    """The finished repairs of a unit that are known here and their waits for parts, oldest first."""
    spans = []
    for unit in rows.find(OrderUnit, serial=serial):
        order = rows.get(WorkOrder, unit.order_id)
        if order is None or order.id == but or not is_repair(order):
            continue
        if order.started_at is None or order.completed_at is None:
            continue
        spans += [_span(order, unit, rows), *_waits(order, order.completed_at, rows)]
    return tuple(sorted(spans, key=lambda span: (span.from_day, span.order_id, span.kind)))


def _span(order: WorkOrder, unit: OrderUnit, rows: Rows) -> RepairSpan:
    return RepairSpan(
        order_id=order.id,
        from_day=local_day(rows, order.station_id, order.started_at or order.reported_at),
        to_day=local_day(rows, order.station_id, order.completed_at) if order.completed_at else None,
        fault=unit.symptom or "",
        paid=any(quotation.total_fen > 0 for quotation in rows.find(Quotation, order_id=order.id)),
    )


def _waits(order: WorkOrder, completed_at: datetime, rows: Rows) -> list[RepairSpan]:
    """The stretches in which a finished order waited for parts, as its timeline tells; also before the first visit."""
    spans, since = [], None
    for entry in sorted(rows.find(TimelineEntry, order_id=order.id), key=lambda entry: (entry.at, entry.id)):
        if entry.action == "wait_for_parts":
            since = entry.at
        elif since is not None and possible(State.WAITING_PARTS, entry.action):
            spans.append(_wait(order, since, entry.at, rows))
            since = None
    if since is not None:
        spans.append(_wait(order, since, completed_at, rows))
    return spans


def _wait(order: WorkOrder, since: datetime, until: datetime, rows: Rows) -> RepairSpan:
    return RepairSpan(
        order_id=order.id,
        from_day=local_day(rows, order.station_id, since),
        to_day=local_day(rows, order.station_id, until),
        kind=SpanKind.WAITING_PARTS,
    )


def is_covered(verdict: Verdict | None, part_class: str) -> bool:
    """Whether the maker pays for a part of this class.

    The verdict's own day counts: a repair that drags on past the term stays free. A part class with a shorter term than
    the unit, such as a phone's battery, is covered for that term alone.
    """
    return verdict is not None and verdict.pays_for(part_class)


def open_orders_of(serial: str, rows: Rows) -> list[WorkOrder]:
    """The unit's orders that have not ended: a second report reminds of them, it makes no second order."""
    orders = (rows.get(WorkOrder, unit.order_id) for unit in rows.find(OrderUnit, serial=serial))
    return [order for order in orders if order is not None and order.state not in ENDED]
