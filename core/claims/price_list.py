"""What a customer pays: the price list as data, and the quotation that is signed before work."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from core.claims.tariff import Fen, Metres
from core.money import scaled


class ClassPrices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Customer prices of one product line in fen; `labour` by repair level."""

    product_class: str
    visit_fen: Fen
    diagnosis_fen: Fen
    labour: dict[str, Fen]
    transport_fen: Fen = 0
    height_fen: Fen = 0
    materials_fen: Fen = 0
    wasted_trip_fen: Fen = 0


class PriceList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of the customer price list; distance is free up to `free_m`, then by begun kilometre."""

    version: str
    in_force_from: date
    classes: tuple[ClassPrices, ...]
    free_m: Metres = 20_000
    fen_per_km: Fen = 0

    def of(self, product_class: str) -> ClassPrices | None:
        """Return the prices of a product line, None when the list has none."""
        return next((row for row in self.classes if row.product_class == product_class), None)

    def distance_fen(self, metres: int) -> int:
        """Return the distance fee in fen: each begun kilometre beyond the free ones."""
        return max(0, -(-(metres - self.free_m) // 1000)) * self.fen_per_km


class QuotePart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the quotation; `covered` tells that the maker pays for it."""

    part_id: str
    quantity: Annotated[int, Meta(ge=1, le=1000)] = 1
    price_fen: int
    covered: bool = False


class QuoteFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a quotation is made from. `covered` tells that work is free, `reason` why (a rule id of the verdict)."""

    product_class: str
    service_type: str = "on_site"
    level: str = ""
    distance_m: int = 0
    covered: bool = False
    reason: str = ""
    transport: bool = False
    height: bool = False
    materials: bool = False
    wasted_trip: bool = False
    parts: tuple[QuotePart, ...] = ()


class QuoteLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of what the customer pays, in fen; a covered line shows its price, amount 0 and the reason.

    `kind` is visit, diagnosis, labour, part, distance, transport, height, materials or wasted_trip.
    """

    kind: str
    part_id: str | None = None
    quantity: int = 1
    unit_fen: int
    amount_fen: int
    reason: str = ""


def quote(facts: QuoteFacts, prices: PriceList) -> tuple[QuoteLine, ...]:
    """Return the lines a customer signs. Raises LookupError when the list has no prices for the product line."""
    row = prices.of(facts.product_class)
    if row is None:
        raise LookupError(f"price list {prices.version} has no {facts.product_class}")
    work = [_line(kind, fen, covered=facts.covered, reason=facts.reason) for kind, fen in _work(facts, row, prices)]
    return (*work, *(_part_line(part, facts.reason) for part in facts.parts))


def total_to_pay(lines: Iterable[QuoteLine]) -> int:
    """Return what the customer pays, in fen."""
    return sum(line.amount_fen for line in lines)


def if_goodwill(facts: QuoteFacts) -> QuoteFacts:
    """Return the same facts as if the open goodwill request were approved: work and parts free."""
    parts = tuple(msgspec.structs.replace(part, covered=True) for part in facts.parts)
    return msgspec.structs.replace(facts, covered=True, reason="goodwill", parts=parts)


def visit_cost(prices: PriceList, product_class: str, distance_m: int, *, covered: bool) -> tuple[int, int] | None:
    """Return the least and the most in fen that a visit may cost a customer without parts; (0, 0) when covered.

    None when the list has no prices for the product line.
    """
    row = prices.of(product_class)
    if row is None:
        return None
    if covered:
        return 0, 0
    least = row.visit_fen + row.diagnosis_fen + prices.distance_fen(distance_m)
    return least, least + max(row.labour.values(), default=0)


def _work(facts: QuoteFacts, row: ClassPrices, prices: PriceList) -> Iterator[tuple[str, int]]:
    """Yield kind and price of all work; a trip in vain costs its own fee and the distance, nothing else."""
    if facts.service_type == "on_site":
        yield ("wasted_trip", row.wasted_trip_fen) if facts.wasted_trip else ("visit", row.visit_fen)
        yield "distance", prices.distance_fen(facts.distance_m)
    if facts.wasted_trip:
        return
    yield "diagnosis", row.diagnosis_fen
    yield "labour", row.labour.get(facts.level, 0)
    extras = (
        ("transport", facts.transport, row.transport_fen),
        ("height", facts.height, row.height_fen),
        ("materials", facts.materials, row.materials_fen),
    )
    yield from ((kind, fen) for kind, wanted, fen in extras if wanted)


def _line(kind: str, fen: int, *, covered: bool, reason: str) -> QuoteLine:
    return QuoteLine(kind=kind, unit_fen=fen, amount_fen=0 if covered else fen, reason=reason if covered else "")


def _part_line(part: QuotePart, reason: str) -> QuoteLine:
    amount = 0 if part.covered else scaled(part.price_fen, part.quantity)
    return QuoteLine(
        kind="part",
        part_id=part.part_id,
        quantity=part.quantity,
        unit_fen=part.price_fen,
        amount_fen=amount,
        reason=reason if part.covered else "",
    )
