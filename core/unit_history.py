"""A unit's past: its finished orders here, what headquarters told of others, and the units it was given for."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from core.rows.access import Rows
from core.rows.orders import Job, OrderUnit, Quotation, TimelineEntry, WorkOrder
from core.rows.parts import PartLine
from core.rows.people import Place
from core.rows.reference import Part
from core.rows.units import PastRepair, UnitRecord
from core.warranty import Contract, FittedPart, RegisteredUnit, RepairSpan, SpanKind
from core.work_order import State, possible

#: So many exchanges of one purchase are followed back; a registry whose entries form a ring ends here too.
MOST_EXCHANGES = 8
#: Which hold begins with an action, and what it means for the customer's days.
_HELD_BY = {"wait_for_parts": SpanKind.WAITING_PARTS, "wait_for_customer": SpanKind.WAITING_CUSTOMER}
_HOLD = {SpanKind.WAITING_PARTS: State.WAITING_PARTS, SpanKind.WAITING_CUSTOMER: State.WAITING_CUSTOMER}


def local_day(rows: Rows, place_id: str | None, moment: datetime) -> date:
    """The calendar day at a place of an aware ``moment``."""
    place = rows.get(Place, place_id) if place_id else None
    offset = timedelta(minutes=place.utc_offset_minutes if place else 480)
    return (moment + offset).date()


def is_repair(order: WorkOrder) -> bool:
    """Whether the order ended with work done on its unit, not with a unit that went back, was exchanged or refunded."""
    done = order.completed_at is not None and order.ended_as in (None, State.COMPLETED)
    return done and order.job in (Job.REPAIR, Job.EXCHANGE)


def own_repairs(serial: str, rows: Rows, *, but: str | None = None) -> list[PastRepair]:
    """The unit's finished orders among ``rows``; ``but`` names one to leave out."""
    found = []
    for unit in rows.find(OrderUnit, serial=serial):
        order = rows.get(WorkOrder, unit.order_id)
        if order is None or order.id == but or not is_repair(order):
            continue
        if order.started_at and order.completed_at:
            found.append(_repair(order, unit, order.started_at, order.completed_at, rows))
    return found


def _repair(order: WorkOrder, unit: OrderUnit, began: datetime, ended: datetime, rows: Rows) -> PastRepair:
    station = rows.get(Place, order.station_id) if order.station_id else None
    lines = [line for line in rows.find(PartLine, order_id=order.id) if line.unit_id == unit.id and not line.removed]
    parts = (rows.get(Part, line.part_id) for line in lines)
    waits = [span for span in _holds(order, ended, rows) if span[0] is SpanKind.WAITING_PARTS]
    return PastRepair(
        order_id=order.id,
        number=order.number,
        station=station.code if station else "",
        job=order.job.value,
        state=order.state.value,
        from_day=local_day(rows, order.station_id, began),
        to_day=local_day(rows, order.station_id, ended),
        waits=tuple(
            (local_day(rows, order.station_id, since), local_day(rows, order.station_id, until))
            for _, since, until in waits
        ),
        fault=unit.symptom or "",
        paid=any(quotation.total_fen > 0 for quotation in rows.find(Quotation, order_id=order.id)),
        parts=tuple(sorted({part.part_class for part in parts if part})),
    )


def _holds(order: WorkOrder, until: datetime, rows: Rows) -> list[tuple[SpanKind, datetime, datetime]]:
    """The stretches in which an order stood still, as its timeline tells; also before the first visit."""
    found: list[tuple[SpanKind, datetime, datetime]] = []
    since: tuple[SpanKind, datetime] | None = None
    for entry in sorted(rows.find(TimelineEntry, order_id=order.id), key=lambda entry: (entry.at, entry.id)):
        if since is not None and possible(_HOLD[since[0]], entry.action):
            found.append((*since, entry.at))
            since = None
        if entry.action in _HELD_BY:
            since = since or (_HELD_BY[entry.action], entry.at)
    return [*found, (*since, until)] if since is not None else found


def records_of(serial: str, rows: Rows) -> list[UnitRecord]:
    """What headquarters told here of the unit, the newest first."""
    return sorted(rows.find(UnitRecord, serial=serial), key=lambda record: (record.as_of, record.id), reverse=True)


def repairs_of(serial: str, rows: Rows, *, but: str | None = None) -> list[PastRepair]:
    """Every finished repair of the unit that is known here, each once, oldest first; our own orders are known best."""
    known = {repair.order_id: repair for repair in own_repairs(serial, rows, but=but)}
    for record in records_of(serial, rows):
        for repair in record.repairs:
            if repair.order_id != but:
                known.setdefault(repair.order_id, repair)
    return sorted(known.values(), key=lambda repair: (repair.from_day, repair.order_id))


def contracts_of(serial: str, rows: Rows) -> tuple[Contract, ...]:
    """The extended warranties of the unit that headquarters told of last."""
    newest = next(iter(records_of(serial, rows)), None)
    return newest.contracts if newest else ()


def spans_of(repairs: Iterable[PastRepair], *, earlier_unit: bool = False) -> tuple[RepairSpan, ...]:
    """The repairs and their waits for parts as the rules take them, oldest first.

    ``earlier_unit``: they were done on a unit for which this one was given.
    """
    spans = []
    for repair in repairs:
        spans.append(
            RepairSpan(
                order_id=repair.order_id,
                from_day=repair.from_day,
                to_day=repair.to_day,
                fault=repair.fault,
                paid=repair.paid,
                earlier_unit=earlier_unit,
            )
        )
        spans += [
            RepairSpan(
                order_id=repair.order_id,
                from_day=since,
                to_day=until,
                kind=SpanKind.WAITING_PARTS,
                earlier_unit=earlier_unit,
            )
            for since, until in repair.waits
        ]
    return tuple(sorted(spans, key=lambda span: (span.from_day, span.order_id, span.kind)))


def fitted_of(repairs: Iterable[PastRepair]) -> tuple[FittedPart, ...]:
    """The parts that the repairs put in."""
    return tuple(
        FittedPart(part_class=part, fitted_on=repair.to_day, order_id=repair.order_id)
        for repair in repairs
        for part in repair.parts
    )


def running_spans(order: WorkOrder, unit: OrderUnit, rows: Rows) -> tuple[RepairSpan, ...]:
    """The days that an order that goes on has taken so far: open spans last until the day that is asked about."""
    if order.completed_at is not None:
        return ()
    spans = []
    if order.started_at is not None:
        begun = local_day(rows, order.station_id, order.started_at)
        spans.append(RepairSpan(order_id=order.id, from_day=begun, fault=unit.symptom or ""))
    never = datetime.max.replace(tzinfo=order.reported_at.tzinfo)
    for kind, since, until in _holds(order, never, rows):
        if until != never or order.state is _HOLD[kind]:
            ended = None if until == never else local_day(rows, order.station_id, until)
            begun = local_day(rows, order.station_id, since)
            spans.append(RepairSpan(order_id=order.id, from_day=begun, to_day=ended, kind=kind))
    return tuple(spans)


def predecessors_of(unit: RegisteredUnit | None, rows: Rows) -> tuple[RegisteredUnit, ...]:
    """The units for which this one was given in exchange, the latest first, as far as the registry here tells."""
    found: list[RegisteredUnit] = []
    while unit is not None and unit.exchange_of and len(found) < MOST_EXCHANGES:
        _, unit = rows.look_up(unit.exchange_of)
        if unit is not None:
            found.append(unit)
    return tuple(found)
