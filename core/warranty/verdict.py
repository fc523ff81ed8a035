"""What a warranty verdict says: outcome, covers, reasons, proof and remedies, each with ids and facts only."""

from datetime import date
from enum import StrEnum

import msgspec

from core.warranty.facts import RegistryState

WHOLE_UNIT = "whole_unit"
"""The `part` of the cover of the unit as a whole; every other cover names a part class."""

Facts = dict[str, str | int]


class Outcome(StrEnum):
    """The verdict in one word."""

    IN_WARRANTY = "in_warranty"
    MAIN_PARTS_ONLY = "main_parts_only"
    OUT_OF_WARRANTY = "out_of_warranty"
    NEEDS_REVIEW = "needs_review"
    NOT_RECOGNISED = "not_recognised"


class RemedyKind(StrEnum):
    """What the customer may ask for."""

    REFUND = "refund"
    EXCHANGE = "exchange"
    REPAIR = "repair"
    FREE_REPAIR_AGAIN = "free_repair_again"


class Payer(StrEnum):
    """Who bears the cost of a remedy."""

    MAKER = "maker"
    REPAIRER = "repairer"


class PolicyRef(msgspec.Struct, frozen=True):
    """The policy version a part of the verdict rests on."""

    id: str
    version: int


class Grantor(StrEnum):
    """Who grants a cover."""

    LAW = "law"
    PROMISE = "promise"
    CONTRACT = "contract"
    RECALL = "recall"
    GOODWILL = "goodwill"


class Cover(msgspec.Struct, frozen=True, kw_only=True):
    """Cover of the whole unit or one main part; both days included; `days_added` are repair and waiting days.

    `by` says who grants it (None in verdicts of older versions); `policy` is then the policy, contract or campaign.
    """

    part: str
    from_day: date
    to_day: date
    days_added: int
    policy: PolicyRef
    why: str
    by: Grantor | None = None


class Reason(msgspec.Struct, frozen=True):
    """Why the outcome is what it is (`decides`) or what else a person should know; `rule` is a key of REASONS."""

    rule: str
    facts: Facts = {}
    decides: bool = True


class ProofStep(msgspec.Struct, frozen=True):
    """One rule that fired and the dates it used; `rule` is a key of REASONS."""

    rule: str
    facts: Facts = {}


class Remedy(msgspec.Struct, frozen=True, kw_only=True):
    """A remedy that is open: by which rule, until when (None: while the cover lasts), at whose cost."""

    kind: RemedyKind
    rule: str
    until: date | None = None
    payer: Payer = Payer.MAKER


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A judged case. A value: nothing in it changes when policies change later.

    `days_over` counts the days since the whole unit's cover ended, None while it lasts or when it is unknown.
    `depreciation_bp` is the daily rate of the policy that covers the whole unit, None where it has none.
    """

    model: str
    serial: str
    day: date
    outcome: Outcome
    registry: RegistryState
    start: date | None = None
    covers: tuple[Cover, ...] = ()
    reasons: tuple[Reason, ...] = ()
    proof: tuple[ProofStep, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    days_over: int | None = None
    depreciation_bp: int | None = None
    policies: tuple[PolicyRef, ...] = ()

    def cover_of(self, part_class: str) -> Cover | None:
        """Return the cover that governs a part class: its own, else the whole unit's; None when nothing is covered."""
        found = {cover.part: cover for cover in self.covers}
        return found.get(part_class, found.get(WHOLE_UNIT))

    def pays_for(self, part_class: str) -> bool:
        """Tell whether the maker pays for this part class on the verdict's day."""
        if self.outcome not in (Outcome.IN_WARRANTY, Outcome.MAIN_PARTS_ONLY):
            return False
        cover = self.cover_of(part_class)
        return cover is not None and self.day <= cover.to_day
