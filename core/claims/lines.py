"""Claim lines: what a station may ask the maker for one ended order, computed from one tariff."""

from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec
from msgspec import Meta

from core.claims.tariff import ClassFees, Tariff
from core.money import BASIS_POINTS, scaled

NO_RATE = "no_rate:"
"""Begins the basis of a line whose rate the tariff lacks: its amount is 0 until HQ mends the tariff."""

ON_SITE = "on_site"


class ClaimLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a claim. `amount_fen` = quantity × unit_fen × coefficient; `basis` names the tariff row used.

    `kind` is labour, visit, inspection, exchange, installation, distance, part, sla_bonus or sla_malus.
    """

    kind: str
    part_id: str | None = None
    quantity: int = 1
    unit_fen: int
    coefficient_bp: int = BASIS_POINTS
    amount_fen: int
    tariff_version: str
    basis: str


class ClaimPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part fitted at the maker's expense; `bought` tells that the station paid `transfer_fen` for each."""

    part_id: str
    quantity: Annotated[int, Meta(ge=1, le=1000)] = 1
    transfer_fen: int
    bought: bool = True


class ClaimFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a claim is computed from.

    `end` is the state in which the work ended (completed, exchanged, returned_unrepaired, refund_proposed, cancelled);
    `level` the level of the repair code; `maker_pays` that the order is in warranty or was approved as goodwill;
    `minutes_used` the station's clock without waits (None: not measured); `re_repair` that the same station must
    repair its own work again, which is unpaid; `visited` that somebody was at the customer's.
    """

    product_class: str
    end: str = "completed"
    job: str = "repair"
    service_type: str = ON_SITE
    level: str = ""
    station_grade: int = 3
    distance_m: int = 0
    maker_pays: bool = True
    re_repair: bool = False
    visited: bool = True
    minutes_used: int | None = None
    parts: tuple[ClaimPart, ...] = ()


def claim_lines(facts: ClaimFacts, tariff: Tariff) -> tuple[ClaimLine, ...]:
    """Return the lines of the claim; none for a paid repair and for a re-repair by the same station."""
    if not facts.maker_pays or facts.re_repair:
        return ()
    lines = [*_work(facts, tariff), *_distance(facts, tariff), *_parts(facts.parts, tariff), *_sla(facts, tariff)]
    return tuple(lines)


def total_fen(lines: Iterable[ClaimLine]) -> int:
    """Return the sum of the lines in fen."""
    return sum(line.amount_fen for line in lines)


def _line(
    tariff: Tariff,
    kind: str,
    unit_fen: int,
    basis: str,
    *,
    quantity: int = 1,
    coefficient_bp: int = BASIS_POINTS,
    part_id: str | None = None,
) -> ClaimLine:
    return ClaimLine(
        kind=kind,
        part_id=part_id,
        quantity=quantity,
        unit_fen=unit_fen,
        coefficient_bp=coefficient_bp,
        amount_fen=scaled(unit_fen, quantity, coefficient_bp),
        tariff_version=tariff.version,
        basis=basis,
    )


def _work(facts: ClaimFacts, tariff: Tariff) -> Iterator[ClaimLine]:
    """Yield what the way the order ended earns: labour, or one or two of the fixed fees."""
    if facts.end == "completed" and facts.job == "repair":
        yield _labour(facts, tariff)
        return
    fees = tariff.fees_of(facts.product_class)
    for kind in _earned(facts):
        yield _fee(tariff, fees, kind, facts.product_class)


def _labour(facts: ClaimFacts, tariff: Tariff) -> ClaimLine:
    row = f"{facts.product_class}/{facts.level}/{facts.service_type}"
    unit = tariff.labour_fen(facts.product_class, facts.level, facts.service_type)
    grade = tariff.grade_bp.get(facts.station_grade)
    if unit is None or grade is None:
        return _line(tariff, "labour", 0, f"{NO_RATE}{row}/grade {facts.station_grade}")
    return _line(tariff, "labour", unit, f"{row}/grade {facts.station_grade}", coefficient_bp=grade)


def _earned(facts: ClaimFacts) -> list[str]:
    """Return the fixed fees an end earns; a cancelled order pays the visit alone, and only when it was made."""
    if facts.end == "completed":
        return [facts.job]
    visit = ["visit"] if facts.visited and facts.service_type == ON_SITE else []
    if facts.end == "exchanged":
        return ["exchange"]
    if facts.end in ("returned_unrepaired", "refund_proposed"):
        return [*visit, "inspection"]
    return visit if facts.end == "cancelled" else []


def _fee(tariff: Tariff, fees: ClassFees | None, kind: str, product_class: str) -> ClaimLine:
    if fees is None:
        return _line(tariff, kind, 0, f"{NO_RATE}{product_class}/{kind}")
    unit = {
        "visit": fees.visit_fen,
        "inspection": fees.inspection_fen,
        "exchange": fees.exchange_fen,
        "installation": fees.installation_fen,
    }.get(kind)
    if unit is None:
        return _line(tariff, kind, 0, f"{NO_RATE}{product_class}/{kind}")
    return _line(tariff, kind, unit, f"{product_class}/{kind}")


def _distance(facts: ClaimFacts, tariff: Tariff) -> Iterator[ClaimLine]:
    if facts.service_type != ON_SITE or not facts.visited:
        return
    fen = tariff.distance_fen(facts.distance_m)
    if fen:
        yield _line(tariff, "distance", fen, f"distance/{facts.distance_m} m")


def _parts(parts: Iterable[ClaimPart], tariff: Tariff) -> Iterator[ClaimLine]:
    """Yield the parts the station had bought; those from its deposit are credited when the old part comes back."""
    for part in parts:
        if part.bought:
            yield _line(
                tariff,
                "part",
                part.transfer_fen,
                "transfer price",
                quantity=part.quantity,
                coefficient_bp=tariff.parts_coefficient_bp,
                part_id=part.part_id,
            )


def _sla(facts: ClaimFacts, tariff: Tariff) -> Iterator[ClaimLine]:
    terms, used = tariff.sla, facts.minutes_used
    if terms is None or used is None or facts.end != "completed":
        return
    if used <= terms.bonus_up_to_minutes and terms.bonus_fen:
        yield _line(tariff, "sla_bonus", terms.bonus_fen, f"within {terms.bonus_up_to_minutes} min")
    elif used > terms.malus_over_minutes and terms.malus_fen:
        yield _line(tariff, "sla_malus", -terms.malus_fen, f"after {terms.malus_over_minutes} min")
