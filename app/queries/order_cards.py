"""The cards of an order about its repair: codes, parts, fees and the claim's pre-flight."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

import msgspec

from app.offline_db.store import LocalRows
from app.queries.next_step import STEPS
from app.queries.order_view import Code, CodeField, Fee, Fees, Missing, PartChoice, PartUsed
from core import reference
from core.claiming import Work, part_payer, preview
from core.claims import total_fen
from core.fault_codes import FIELDS, Coding, FaultCatalogue, options
from core.parts_ledger import balance, location
from core.preflight import Finding, Severity
from core.refusals import Refusal
from core.rows.orders import Quotation
from core.rows.parts import LocationKind, OldPart, PartLine, StockMove
from core.rows.reference import ModelPart, Part

GROUPS: dict[str, tuple[str, ...]] = {
    "unit": ("serial", "model"),
    "warranty": ("verdict", "approval"),
    "papers": ("invoice_date", "invoice_number", "document_problem"),
    "codes": ("codes",),
    "measured": ("measurements",),
    "parts": ("parts", "old_parts"),
    "evidence": ("signature", "quotation", "photos"),
    "claim": ("order", "completed_at", "technician", "station", "certificate", "tariff"),
}
"""Fields of the pre-flight that are told in one line while nothing is wrong with them."""
STEP_OF = {
    "serial": "identify", "model": "identify", "verdict": "verdict", "approval": "verdict", "codes": "repair",
    "invoice_date": "verdict", "parts": "repair", "old_parts": "repair", "signature": "sign", "quotation": "sign",
    "photos": "done", "certificate": "done", "measurements": "repair",
}  # fmt: skip
_STEP_OF_GROUP = {
    "unit": "identify", "warranty": "verdict", "papers": "verdict", "codes": "repair", "parts": "repair",
    "measured": "repair", "evidence": "sign", "claim": "identify",
}  # fmt: skip


def _coding(work: Work, rows: LocalRows) -> tuple[FaultCatalogue | None, Coding]:
    unit = work.unit
    catalogue = reference.fault_catalogue(rows, unit.code_system) if unit else None
    parts = (rows.get(Part, line.part_id) for line in work.lines)
    given = {field: (getattr(unit, field) or "") if unit else "" for field in FIELDS}
    coding = Coding(product_class=work.order.product_class, part_classes=tuple(p.part_class for p in parts if p))
    return catalogue, msgspec.structs.replace(coding, **given)


def codes_card(work: Work, rows: LocalRows) -> tuple[CodeField, ...]:
    """The five fields with the codes that fit what is coded so far."""
    catalogue, coding = _coding(work, rows)
    if catalogue is None:
        return ()
    return tuple(
        CodeField(
            field=field,
            code=getattr(coding, field),
            options=tuple(Code(entry.code, entry.zh, entry.en) for entry in options(field, coding, catalogue)),
        )
        for field in FIELDS
    )


def repair_needs_part(work: Work, rows: LocalRows) -> bool:
    """Whether the coded repair exchanges a part and none is put in yet."""
    catalogue, coding = _coding(work, rows)
    entry = catalogue.find("repair", coding.repair) if catalogue and coding.repair else None
    return entry is not None and entry.exchanges_part and not work.lines


def _stock(rows: LocalRows, part_id: str, place_id: str | None) -> int:
    moves = rows.find(StockMove, part_id=part_id)
    return balance(moves, part_id, location(LocationKind.STATION, place_id or ""))


def part_choices(work: Work, rows: LocalRows, today: date) -> tuple[PartChoice, ...]:
    """The parts of the unit's model, those at hand first."""
    model = (work.unit.model if work.unit else None) or work.order.reported_model
    fitting = (rows.get(Part, fits.part_id) for fits in rows.find(ModelPart, model_id=model)) if model else ()
    found = [
        PartChoice(
            id=part.id,
            zh=part.name_zh,
            en=part.name_en,
            stock=_stock(rows, part.id, work.order.station_id),
            serialised=part.serialised,
            covered=part_payer(work, part) == "maker",
            price_fen=part.price_fen,
        )
        for part in fitting
        if part is not None
    ]
    return tuple(sorted(found, key=lambda one: (one.stock <= 0, one.id)))


def parts_card(work: Work, rows: LocalRows) -> tuple[PartUsed, ...]:
    """The parts put in, in the order they were."""
    return tuple(_used(line, work, rows) for line in sorted(work.lines, key=lambda one: one.added_at))


def _used(line: PartLine, work: Work, rows: LocalRows) -> PartUsed:
    part = rows.get(Part, line.part_id)
    old = rows.get(OldPart, line.old_part_id) if line.old_part_id else None
    return PartUsed(
        id=line.id,
        part_id=line.part_id,
        zh=part.name_zh if part else "",
        en=part.name_en if part else "",
        quantity=line.quantity,
        new_serial=line.new_serial or "",
        payer=line.payer,
        price_fen=part.price_fen * line.quantity if part and line.payer == "customer" else 0,
        below_zero=line.below_zero,
        stock=_stock(rows, line.part_id, work.order.station_id),
        old_id=old.id if old else "",
        old_state=old.state.value if old else "",
        old_serial=(old.serial or "") if old else "",
        old_no_serial=bool(old and old.no_serial),
        tag=old.tag if old else "",
        due_on=old.due_on if old else None,
        serialised=bool(part and part.serialised),
    )


def fees_card(
    work: Work, rows: LocalRows, now: datetime, today: date, price: Callable[..., Any], planned: tuple[str, ...]
) -> Fees:
    """What the customer pays as things stand, and the maker's preview; no price is told before there is a verdict."""
    signed = max(rows.find(Quotation, order_id=work.order.id), key=lambda one: one.signed_at, default=None)
    lines: tuple[Fee, ...] = ()
    total, granted, version, problem = 0, None, "", ""
    try:
        priced = price(work.order, rows, today, parts=planned)
        lines = tuple(_fee(line, rows) for line in priced.lines)
        total, granted, version = priced.total_fen, priced.if_goodwill_fen, priced.price_list
    except Refusal as refusal:
        problem = refusal.code
    return Fees(
        lines=lines,
        total_fen=total,
        if_goodwill_fen=granted,
        price_list=version,
        planned=planned,
        signed_fen=signed.total_fen if signed else None,
        signed_goodwill_fen=signed.if_goodwill_fen if signed else None,
        signed_by=signed.signed_by if signed else "",
        maker_fen=_maker_fen(work, rows, now, today),
        problem=problem,
    )


def _fee(line: Any, rows: LocalRows) -> Fee:
    part = rows.get(Part, line.part_id) if line.part_id else None
    name = (part.name_zh, part.name_en) if part else None
    return Fee(line.kind, name, line.quantity, line.amount_fen, line.reason)


def preflight_card(found: Iterable[Finding], now: str) -> tuple[tuple[Missing, ...], tuple[str, ...]]:
    """What is missing (errors of now first), and the groups in which nothing is. ``now`` is the step one stands at."""
    here = STEPS.index(now) if now in STEPS else len(STEPS)
    missing = [_missing(one, here) for one in found]
    missing.sort(key=lambda one: (one.later, not one.error))
    wrong = {one.field for one in missing}
    passed = tuple(
        group
        for group, fields in GROUPS.items()
        if not wrong & set(fields) and STEPS.index(_STEP_OF_GROUP[group]) < here
    )
    return tuple(missing), passed


def _missing(one: Finding, here: int) -> Missing:
    step = STEP_OF.get(one.field)
    place = STEPS.index(step) if step else -1
    last = here >= STEPS.index("done")
    return Missing(
        rule=one.rule,
        error=one.severity is Severity.ERROR,
        field=one.field,
        facts=tuple((name, str(value)) for name, value in one.facts.items()),
        later=not last and place >= here,
        now=not last and place == here,
    )


def _maker_fen(work: Work, rows: LocalRows, now: datetime, today: date) -> int | None:
    """What the maker would pay if the order were completed now (the bonus for speed counts); None before a verdict."""
    if work.verdict is None:
        return None
    order = work.order
    done = order if order.completed_at else msgspec.structs.replace(order, completed_at=now)
    return max(total_fen(preview(done, rows, today)), 0)
