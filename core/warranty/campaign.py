"""Recalls and goodwill campaigns as data: which units they are for, how long, and what they make free."""

from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from core.warranty.facts import Case, RegisteredUnit


class CampaignKind(StrEnum):
    """Why the maker repairs free: a danger to be mended in every unit, or kindness where many units fail alike."""

    RECALL = "recall"
    GOODWILL = "goodwill"


#: What ends other covers (misuse, altered papers) does not end these: a danger is mended whoever opened the unit.
UNCONDITIONAL = frozenset({CampaignKind.RECALL})


class SerialRange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Serial numbers from `first` to `last`, both included, compared as text of that length."""

    first: Annotated[str, Meta(min_length=1, max_length=64)]
    last: Annotated[str, Meta(min_length=1, max_length=64)]

    def holds(self, serial: str) -> bool:
        """Tell whether the serial number lies in the range; one of another length does not."""
        return len(serial) == len(self.first) and self.first <= serial <= self.last


class Campaign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of one campaign; both days included.

    `models` and `serials` empty: all of the class. `parts` empty: the whole unit is repaired free. `faults` are the
    symptom codes it is for; empty: any. `cite` names the notice.
    """

    id: str
    version: Annotated[int, Meta(ge=1)]
    kind: CampaignKind
    name: str
    product_class: str
    from_day: date
    to_day: date
    brand: str | None = None
    models: tuple[str, ...] = ()
    serials: tuple[SerialRange, ...] = ()
    parts: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    cite: str = ""

    def is_for(self, case: Case, unit: RegisteredUnit) -> bool:
        """Tell whether the campaign runs on the case's day and is for this unit and fault."""
        return (
            self.product_class == case.product_class
            and self.from_day <= case.day <= self.to_day
            and self.brand in (None, case.brand)
            and (not self.models or unit.model in self.models)
            and (not self.serials or any(span.holds(unit.serial) for span in self.serials))
            and (not self.faults or case.fault in self.faults)
        )
