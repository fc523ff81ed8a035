"""What the repair receipt says, from the order's rows: work, parts, the signed fees, and how long the repair holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.queries.order_measures import MeasureLine, measure_lines
from app.queries.papers import Issuer, Names, UnitNamed, issuer_of, named, order_of, person_name, unit_of
from core import reference
from core.claiming import approvals_of
from core.fault_codes import FIELDS
from core.judging import local_day
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.orders import OrderUnit, Quotation, UnitVerdict, WorkOrder
from core.rows.parts import OldPart, OldPartState, PartLine
from core.rows.reference import Part
from core.warranty import WHOLE_UNIT, RemedyTerms, Verdict


@dataclass(frozen=True)
class ReceiptPart:
    """A part put in; `old` tells whether the old one is the customer's own or goes back to the maker, or empty."""

    part_id: str
    name: Names
    quantity: int
    serial: str
    payer: str
    old: str


@dataclass(frozen=True)
class ReceiptFee:
    """One line that the customer signed, in fen."""

    kind: str
    part: Names | None
    quantity: int
    amount_fen: int
    reason: str


@dataclass(frozen=True)
class ReceiptFacts:
    """What the repair receipt says. Money in fen; `goodwill_fen` is what a granted goodwill took off the sum."""

    issuer: Issuer
    number: str
    unit: UnitNamed
    reported: str
    started_at: datetime | None
    completed_at: datetime
    technician: str
    codes: tuple[tuple[str, Names], ...]
    measured: tuple[MeasureLine, ...]
    result: str
    parts: tuple[ReceiptPart, ...]
    fees: tuple[ReceiptFee, ...]
    goodwill_fen: int
    total_fen: int
    price_list: str
    outcome: str
    signed_by: str
    signed_at: datetime | None
    holds_days: int
    holds_until: date

    @property
    def paid(self) -> bool:
        """Whether the customer pays anything: the guarantee of a paid repair holds longer, for the same fault."""
        return self.total_fen > 0


def receipt_facts(rows: Rows, order_id: str) -> ReceiptFacts:
    """What was done on a finished order; refuses `order_unknown` and `receipt_too_early`."""
    order = order_of(rows, order_id)
    if order.completed_at is None:
        raise Refusal("receipt_too_early")
    unit = unit_of(rows, order)
    stored = rows.get(UnitVerdict, unit.verdict_id) if unit and unit.verdict_id else None
    signed = max(rows.find(Quotation, order_id=order.id), key=lambda one: one.signed_at, default=None)
    total, off = _to_pay(rows, signed)
    days = _holds_days(rows, order, stored.verdict if stored else None, paid=total > 0)
    return ReceiptFacts(
        issuer=issuer_of(rows, order),
        number=order.number,
        unit=named(rows, order, unit),
        reported=order.fault_report,
        started_at=order.started_at,
        completed_at=order.completed_at,
        technician=person_name(rows, order.technician_id),
        codes=_codes(rows, unit),
        measured=_measured(rows, order, unit),
        result=order.result or "",
        parts=_parts(rows, order),
        fees=_fees(rows, signed),
        goodwill_fen=off,
        total_fen=total,
        price_list=signed.price_list if signed else "",
        outcome=stored.outcome if stored else "",
        signed_by=signed.signed_by if signed else "",
        signed_at=signed.signed_at if signed else None,
        holds_days=days,
        holds_until=local_day(rows, order.station_id, order.completed_at) + timedelta(days=days),
    )


def _codes(rows: Rows, unit: OrderUnit | None) -> tuple[tuple[str, Names], ...]:
    """Symptom, defect and repair in the catalogue's words."""
    catalogue = reference.fault_catalogue(rows, unit.code_system) if unit else None
    if unit is None or catalogue is None:
        return ()
    found = []
    for field in FIELDS:
        entry = catalogue.find(field, getattr(unit, field) or "")
        if entry is not None and field in ("symptom", "defect", "repair"):
            found.append((field, (entry.zh, entry.en)))
    return tuple(found)


def _measured(rows: Rows, order: WorkOrder, unit: OrderUnit | None) -> tuple[MeasureLine, ...]:
    """What was measured, by the list of the day on which the work ended."""
    day = local_day(rows, order.station_id, order.completed_at) if order.completed_at else date.min
    lines = measure_lines(rows, order, unit.id if unit else None, day)
    return tuple(line for line in lines if line.figures)


def _parts(rows: Rows, order: WorkOrder) -> tuple[ReceiptPart, ...]:
    lines = [line for line in rows.find(PartLine, order_id=order.id) if not line.removed]
    return tuple(_part(rows, line) for line in sorted(lines, key=lambda one: one.added_at))


def _part(rows: Rows, line: PartLine) -> ReceiptPart:
    old = rows.get(OldPart, line.old_part_id) if line.old_part_id else None
    kept = old is not None and old.state is OldPartState.NOT_DUE
    return ReceiptPart(
        part_id=line.part_id,
        name=_part_name(rows, line.part_id),
        quantity=line.quantity,
        serial=line.new_serial or "",
        payer=line.payer,
        old="" if old is None else "customer" if kept else "maker",
    )


def _part_name(rows: Rows, part_id: str) -> Names:
    part = rows.get(Part, part_id)
    return (part.name_zh, part.name_en) if part else ("", "")


def _fees(rows: Rows, signed: Quotation | None) -> tuple[ReceiptFee, ...]:
    """The signed lines; a line of nothing is left out unless it is free for a reason."""
    return tuple(
        ReceiptFee(
            kind=line.kind,
            part=_part_name(rows, line.part_id) if line.part_id else None,
            quantity=line.quantity,
            amount_fen=line.amount_fen,
            reason=line.reason,
        )
        for line in (signed.lines if signed else ())
        if line.amount_fen or line.reason
    )


def _to_pay(rows: Rows, signed: Quotation | None) -> tuple[int, int]:
    """What the customer pays, and what a granted goodwill took off it, as it was signed (fen)."""
    if signed is None:
        return 0, 0
    granted = signed.if_goodwill_fen is not None and "goodwill" in approvals_of(signed.order_id, rows)
    total = signed.if_goodwill_fen if granted and signed.if_goodwill_fen is not None else signed.total_fen
    return total, signed.total_fen - total


def _holds_days(rows: Rows, order: WorkOrder, verdict: Verdict | None, *, paid: bool) -> int:
    """How long the repair must hold: by the policy the verdict rests on, else as the law has it."""
    cover = verdict.cover_of(WHOLE_UNIT) if verdict else None
    terms = RemedyTerms()
    for policy in reference.policies(rows, order.product_class):
        if cover and policy.remedies and (policy.id, policy.version) == (cover.policy.id, cover.policy.version):
            terms = policy.remedies
    return terms.paid_repair_holds_days if paid else terms.warranty_repair_holds_days
