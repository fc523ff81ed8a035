"""What the verdict page says, from the order's rows: the verdict, the papers and dates it rests on, days added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from app.queries.papers import Issuer, UnitNamed, issuer_of, named, order_of, person_name, unit_of
from core.claiming import approvals_of
from core.judging import history_of
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.orders import OrderUnit, UnitVerdict, WorkOrder
from core.warranty import RegisteredUnit, Verdict


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


def verdict_facts(rows: Rows, order_id: str) -> VerdictFacts:
    """The newest verdict of the order's first unit; refuses `order_unknown` and `no_verdict`."""
    order = order_of(rows, order_id)
    unit = unit_of(rows, order)
    stored = rows.get(UnitVerdict, unit.verdict_id) if unit and unit.verdict_id else None
    if unit is None or stored is None:
        raise Refusal("no_verdict")
    _state, registered = rows.look_up(stored.serial)
    return VerdictFacts(
        issuer=issuer_of(rows, order),
        number=order.number,
        unit=named(rows, order, unit),
        verdict_id=stored.id,
        verdict=stored.verdict,
        judged_at=stored.judged_at,
        judged_by=person_name(rows, stored.judged_by),
        hq_outcome=stored.hq_outcome or "",
        papers=tuple(_papers(unit, registered)),
        problem=unit.document_problem or "",
        stretches=_stretches(rows, order, stored.verdict),
        goodwill="goodwill" in approvals_of(order.id, rows),
    )


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
