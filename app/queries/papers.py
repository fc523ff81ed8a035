"""What the customer's papers of an order say, from its rows: the verdict page and the repair receipt; no words yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core import reference
from core.claiming import approvals_of
from core.fault_codes import FIELDS
from core.judging import history_of, local_day
from core.refusals import Refusal
from core.roles import PlaceKind
from core.rows.access import Rows
from core.rows.orders import OrderUnit, Quotation, UnitVerdict, WorkOrder
from core.rows.parts import OldPart, OldPartState, PartLine
from core.rows.people import Person, Place
from core.rows.reference import Model, Part
from core.warranty import WHOLE_UNIT, RegisteredUnit, RemedyTerms, Verdict

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


@dataclass(frozen=True)
class DatedPaper:
    """A paper or an entry of the registry: `kind` is invoice, card, installation, or registry.made and the like."""

    kind: str
    number: str
    day: date


@dataclass(frozen=True)
class AddedDays:
    """One stretch of an earlier order, both days included; `kind` is repair or waiting_parts."""

    number: str
    kind: str
    from_day: date
    to_day: date


@dataclass(frozen=True)
class VerdictFacts:
    """What the verdict page says."""

    issuer: Issuer
    number: str
    unit: UnitNamed
    verdict_id: str
    verdict: Verdict
    judged_at: datetime
    judged_by: str
    hq_outcome: str
    papers: tuple[DatedPaper, ...]
    problem: str
    """What is wrong with the papers: altered, mismatch or empty."""
    stretches: tuple[AddedDays, ...]
    goodwill: bool


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


def maker_name(rows: Rows) -> str:
    """The maker as papers name it: headquarters' own name; empty while it is not known here."""
    return next((place.name for place in rows.find(Place, kind=PlaceKind.HQ)), "")


def verdict_facts(rows: Rows, order_id: str) -> VerdictFacts:
    """The newest verdict of the order's first unit; refuses `order_unknown` and `no_verdict`."""
    order = _order(rows, order_id)
    unit = _unit(rows, order)
    stored = rows.get(UnitVerdict, unit.verdict_id) if unit and unit.verdict_id else None
    if unit is None or stored is None:
        raise Refusal("no_verdict")
    _state, registered = rows.look_up(stored.serial)
    return VerdictFacts(
        issuer=_issuer(rows, order),
        number=order.number,
        unit=_named(rows, order, unit),
        verdict_id=stored.id,
        verdict=stored.verdict,
        judged_at=stored.judged_at,
        judged_by=_person(rows, stored.judged_by),
        hq_outcome=stored.hq_outcome or "",
        papers=tuple(_papers(unit, registered)),
        problem=unit.document_problem or "",
        stretches=_stretches(rows, order, stored.verdict),
        goodwill="goodwill" in approvals_of(order.id, rows),
    )


def receipt_facts(rows: Rows, order_id: str) -> ReceiptFacts:
    """What was done on a finished order; refuses `order_unknown` and `receipt_too_early`."""
    order = _order(rows, order_id)
    if order.completed_at is None:
        raise Refusal("receipt_too_early")
    unit = _unit(rows, order)
    stored = rows.get(UnitVerdict, unit.verdict_id) if unit and unit.verdict_id else None
    signed = max(rows.find(Quotation, order_id=order.id), key=lambda one: one.signed_at, default=None)
    total, off = _to_pay(rows, signed)
    days = _holds_days(rows, order, stored.verdict if stored else None, paid=total > 0)
    return ReceiptFacts(
        issuer=_issuer(rows, order),
        number=order.number,
        unit=_named(rows, order, unit),
        reported=order.fault_report,
        started_at=order.started_at,
        completed_at=order.completed_at,
        technician=_person(rows, order.technician_id),
        codes=_codes(rows, unit),
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


def _order(rows: Rows, order_id: str) -> WorkOrder:
    order = rows.get(WorkOrder, order_id)
    if order is None:
        raise Refusal("order_unknown", order=order_id)
    return order


def _unit(rows: Rows, order: WorkOrder) -> OrderUnit | None:
    return min(rows.find(OrderUnit, order_id=order.id), key=lambda one: one.position, default=None)


def _issuer(rows: Rows, order: WorkOrder) -> Issuer:
    station = rows.get(Place, order.station_id) if order.station_id else None
    return Issuer(maker_name(rows), station.name if station else "", station.address if station else "")


def _named(rows: Rows, order: WorkOrder, unit: OrderUnit | None) -> UnitNamed:
    model_id = (unit.model if unit else None) or order.reported_model or ""
    model = rows.get(Model, model_id) if model_id else None
    return UnitNamed(
        model=model_id,
        model_name=(model.name_zh, model.name_en) if model else ("", ""),
        serial=(unit.serial if unit else None) or order.reported_serial or "",
        customer=order.customer_name,
        phone=order.customer_phone,
    )


def _person(rows: Rows, person_id: str | None) -> str:
    person = rows.get(Person, person_id) if person_id else None
    return person.name if person else ""


def _papers(unit: OrderUnit, registered: RegisteredUnit | None) -> Iterable[DatedPaper]:
    """The papers that were shown, then what the maker's registry tells."""
    shown = (
        ("invoice", unit.invoice_number or "", unit.invoice_date),
        ("card", "", unit.warranty_card_date),
        ("installation", "", unit.installation_date),
    )
    known = (
        ("registry.made", registered.made),
        ("registry.shipped", registered.shipped),
        ("registry.sold", registered.sold),
        ("registry.registered", registered.registered),
        ("registry.installed", registered.installed),
        ("registry.exchanged", registered.exchanged_on),
    ) if registered else ()  # fmt: skip
    yield from (DatedPaper(kind, number, day) for kind, number, day in shown if day)
    yield from (DatedPaper(kind, "", day) for kind, day in known if day)


def _stretches(rows: Rows, order: WorkOrder, verdict: Verdict) -> tuple[AddedDays, ...]:
    """The earlier stretches that days were added for; none when none were."""
    if not any(cover.days_added for cover in verdict.covers):
        return ()
    found = []
    for span in history_of(verdict.serial, rows, but=order.id):
        earlier = rows.get(WorkOrder, span.order_id)
        if earlier is not None and span.to_day is not None and span.from_day <= verdict.day:
            found.append(AddedDays(earlier.number, span.kind.value, span.from_day, min(span.to_day, verdict.day)))
    return tuple(found)


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
