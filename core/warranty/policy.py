"""Warranty policies as data: terms, main parts, the ladder of start dates, remedies; and which ones apply."""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

Months = Annotated[int, Meta(ge=0, le=600)]
Days = Annotated[int, Meta(ge=0, le=36_500)]
BasisPoints = Annotated[int, Meta(ge=0, le=10_000)]


class Source(StrEnum):
    """Who grants the term; of two that apply, the longer wins."""

    LAW = "law"
    PROMISE = "promise"


class Rung(StrEnum):
    """One possible start of the term."""

    INSTALLATION = "installation"
    INVOICE = "invoice"
    WARRANTY_CARD = "warranty_card"
    REGISTRATION = "registration"
    DEALER_SALE = "dealer_sale"
    SHIPPED = "shipped"
    MADE = "made"


class ExchangeRule(StrEnum):
    """What an exchange does to the term: start anew on its day, or go on from the first purchase."""

    RESTART = "restart"
    CARRY = "carry"


WITHOUT_DOCUMENT = frozenset({Rung.SHIPPED, Rung.MADE})
"""Rungs that need no paper and no report; `no_document_days` are added to them."""


class MainPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part class with a term of its own."""

    part_class: str
    months: Months


class NoDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a term begins without any paper, for one `brand` or (None) all: so much after shipping or manufacture.

    `needs_paper`: not at all; a person looks until a paper is shown.
    """

    brand: str | None = None
    days: Days = 0
    months: Months = 0
    repair_only: bool = False
    needs_paper: bool = False


class RemedyTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a customer may ask for more than a repair; all figures in days, except `repairs` (a count)."""

    refund_days: Days = 7
    exchange_days: Days = 15
    delay_days: Days = 30
    parts_days: Days = 90
    repairs: Annotated[int, Meta(ge=1, le=20)] = 2
    same_fault: bool = False
    warranty_repair_holds_days: Days = 30
    paid_repair_holds_days: Days = 90


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of one policy. `brand` and `region` None means all; `cite` names where the figures come from.

    `no_document` names the brands that have a rule of their own beside `no_document_days`. `dealer_stock_months` is how
    long after shipping a dealer's unsold unit is repaired free (0: not at all). `replaced_part_days`: a part that was
    put in is covered for the rest of its class's term, or so many days when that is longer (0: no such rule).
    """

    id: str
    version: Annotated[int, Meta(ge=1)]
    product_class: str
    source: Source
    in_force_from: date
    whole_months: Months
    main_parts: tuple[MainPart, ...] = ()
    brand: str | None = None
    region: str | None = None
    ladder: tuple[Rung, ...] = tuple(Rung)
    no_document_days: Days = 0
    no_document_repair_only: bool = False
    no_document: tuple[NoDocument, ...] = ()
    dealer_stock_months: Months = 0
    replaced_part_days: Days = 0
    depreciation_bp_per_day: BasisPoints | None = None
    add_repair_days: bool = True
    add_waiting_days: bool = True
    roll_holidays: bool = True
    exchange_rule: ExchangeRule = ExchangeRule.RESTART
    remedies: RemedyTerms | None = None
    cite: str = ""

    def without_document(self, brand: str) -> NoDocument:
        """Return the rule for a unit of this brand that comes without any paper."""
        own = NoDocument(days=self.no_document_days, repair_only=self.no_document_repair_only)
        named = [rule for rule in self.no_document if rule.brand in (None, brand)]
        return max(named, key=lambda rule: rule.brand is not None, default=own)


def applicable(policies: Iterable[Policy], product_class: str, brand: str, region: str) -> list[Policy]:
    """Return every version of every policy made for this class, brand and region: law first, newest version first."""
    fitting = [
        policy
        for policy in policies
        if policy.product_class == product_class and policy.brand in (None, brand) and policy.region in (None, region)
    ]
    return sorted(fitting, key=lambda policy: (policy.source, policy.id, -policy.version))


def by_id(policies: Sequence[Policy]) -> dict[str, list[Policy]]:
    """Group policies by id, keeping their order."""
    groups: dict[str, list[Policy]] = {}
    for policy in policies:
        groups.setdefault(policy.id, []).append(policy)
    return groups
