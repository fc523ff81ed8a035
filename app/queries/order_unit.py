"""The cards of an order about its unit and its customer."""

from datetime import date, datetime

from app.offline_db.store import LocalRows
from app.queries.order_view import CoverLine, Customer, Unit
from core.judging import local_day
from core.rows.orders import OrderUnit, ScanEvent, UnitVerdict, WorkOrder
from core.rows.reference import Model
from core.scan_evidence import order_scans
from core.warranty import Verdict


def unit_card(order: WorkOrder, rows: LocalRows, unit: OrderUnit | None, now: datetime) -> Unit | None:
    """The unit on show as of ``now`` with its verdict in words; None when the order names none."""
    if unit is None:
        return None
    units = rows.find(OrderUnit, order_id=order.id)
    stored = rows.get(UnitVerdict, unit.verdict_id) if unit.verdict_id else None
    verdict = stored.verdict if stored else None
    scan = rows.get(ScanEvent, unit.scan_id) if unit.scan_id else None
    return Unit(
        id=unit.id,
        model=unit.model or "",
        model_name=_model_name(rows, unit.model or order.reported_model),
        reported_model=order.reported_model or "",
        reported_serial=order.reported_serial or "",
        serial=unit.serial or "",
        source=scan.device_kind if scan else unit.serial_source or "",
        device=scan.codes[0].format if scan and scan.codes else "",
        outcome=stored.outcome if stored else "",
        guess=order.warranty_guess or "",
        start=verdict.start if verdict else None,
        covers=_covers(verdict),
        days_over=verdict.days_over if verdict else None,
        day=verdict.day if verdict else None,
        verdict=verdict,
        policies=", ".join(f"{policy.id} v{policy.version}" for policy in verdict.policies) if verdict else "",
        invoice_number=unit.invoice_number or "",
        invoice_date=unit.invoice_date,
        warranty_card_date=unit.warranty_card_date,
        installation_date=unit.installation_date,
        more_units=len(units) - 1,
        proof=order_scans(order, rows, now, lambda _sha256: False).units[0],
        exclusions=unit.exclusions or (),
        held_by=unit.held_by or "",
        finding=unit.finding or "",
    )


def _covers(verdict: Verdict | None) -> tuple[CoverLine, ...]:
    """The whole unit's cover first, then the parts' by their end."""
    covers = verdict.covers if verdict else ()
    ordered = sorted(covers, key=lambda one: (one.part != "whole_unit", one.to_day, one.part))
    return tuple(CoverLine(one.part, one.to_day, one.days_added, one.by.value if one.by else "") for one in ordered)


def _model_name(rows: LocalRows, model_id: str | None) -> tuple[str, str]:
    model = rows.get(Model, model_id) if model_id else None
    return (model.name_zh, model.name_en) if model else ("", "")


def customer_card(order: WorkOrder, unit: OrderUnit | None, rows: LocalRows) -> Customer:
    """Whom the order is for, and what was repaired on the same unit before."""
    return Customer(
        name=order.customer_name,
        phone=order.customer_phone,
        address=order.customer_address,
        distance_m=order.distance_m,
        fault=order.fault_report,
        reported_at=order.reported_at,
        earlier=_earlier(order, unit, rows),
    )


def _earlier(order: WorkOrder, unit: OrderUnit | None, rows: LocalRows) -> tuple[tuple[str, str, date], ...]:
    found = []
    for other in rows.find(OrderUnit, serial=unit.serial) if unit and unit.serial else ():
        first = rows.get(WorkOrder, other.order_id)
        if first and first.id != order.id and first.completed_at:
            found.append((first.id, first.number, local_day(rows, first.station_id, first.completed_at)))
    return tuple(sorted(found, key=lambda one: one[2], reverse=True)[:5])
