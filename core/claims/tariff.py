"""The settlement tariff as data: what the maker pays a station, in integer fen, one version per period."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

Fen = Annotated[int, Meta(ge=0, le=10**10)]
SignedFen = Annotated[int, Meta(ge=-(10**10), le=10**10)]
Coefficient = Annotated[int, Meta(ge=0, le=100_000)]
Metres = Annotated[int, Meta(ge=0, le=10_000_000)]
Minutes = Annotated[int, Meta(ge=0, le=1_000_000)]


class LabourRate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Labour for one repair: product line × repair level × service type."""

    product_class: str
    level: str
    service_type: str
    fen: Fen


class ClassFees(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fixed fees of one product line, per order."""

    product_class: str
    visit_fen: Fen
    inspection_fen: Fen
    exchange_fen: Fen
    installation_fen: Fen = 0


class DistanceBand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A flat fee for a place that is `from_m` metres away or more (one way), up to the next band."""

    from_m: Metres
    fen: Fen


class SlaTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bonus for orders done within, and a malus for those done after, so many minutes of the station's clock."""

    bonus_up_to_minutes: Minutes
    bonus_fen: Fen
    malus_over_minutes: Minutes
    malus_fen: Fen


class Tariff(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of the tariff. `grade_bp` maps a station's grade to its coefficient on labour (10,000 = 1)."""

    version: str
    in_force_from: date
    labour: tuple[LabourRate, ...]
    fees: tuple[ClassFees, ...]
    grade_bp: dict[int, Coefficient]
    distance: tuple[DistanceBand, ...] = ()
    sla: SlaTerms | None = None
    parts_coefficient_bp: Coefficient = 10_000
    claim_days: Annotated[int, Meta(ge=1, le=3650)] = 30
    hold_days: Annotated[int, Meta(ge=0, le=3650)] = 30
    approval_limit_fen: Fen | None = None

    def labour_fen(self, product_class: str, level: str, service_type: str) -> int | None:
        """Return the labour rate in fen, None when the tariff has no such row."""
        wanted = (product_class, level, service_type)
        found = (row.fen for row in self.labour if (row.product_class, row.level, row.service_type) == wanted)
        return next(found, None)

    def fees_of(self, product_class: str) -> ClassFees | None:
        """Return the fixed fees of a product line, None when the tariff has none."""
        return next((row for row in self.fees if row.product_class == product_class), None)

    def distance_fen(self, metres: int) -> int:
        """Return the flat fee for a distance, 0 below the first band."""
        reached = [band for band in self.distance if band.from_m <= metres]
        return max(reached, key=lambda band: band.from_m).fen if reached else 0


def tariff_in_force(tariffs: Iterable[Tariff], day: date) -> Tariff | None:
    """Return the tariff in force on a day: the one that began last; None before the first one."""
    begun = [tariff for tariff in tariffs if tariff.in_force_from <= day]
    return max(begun, key=lambda tariff: (tariff.in_force_from, tariff.version), default=None)
