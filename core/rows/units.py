"""Rows about single units: what headquarters knows of one beyond a place's own orders, and proposed corrections."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from core.rows.base import PlaceRow
from core.warranty import Contract


class PastRepair(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One finished order of a unit as others may know it: nothing of the customer. Both days included.

    `waits` are the stretches in which it waited for parts, `fault` is the symptom code, `parts` the classes put in,
    `station` the repairer's code.
    """

    order_id: str
    number: str
    station: str
    job: str
    state: str
    from_day: date
    to_day: date
    waits: tuple[tuple[date, date], ...] = ()
    fault: str = ""
    paid: bool = False
    parts: tuple[str, ...] = ()


class UnitRecord(PlaceRow, frozen=True, kw_only=True):
    """What headquarters told a place of one unit: repairs made elsewhere and contracts, as of a moment."""

    serial: str
    repairs: tuple[PastRepair, ...] = ()
    contracts: tuple[Contract, ...] = ()
    as_of: datetime


class CorrectionField(StrEnum):
    """What of the registry's entry a place may propose to correct."""

    MODEL = "model"
    STATUS = "status"
    MADE = "made"
    SHIPPED = "shipped"
    SOLD = "sold"
    REGISTERED = "registered"
    INSTALLED = "installed"
    EXCHANGED_ON = "exchanged_on"
    EXCHANGE_OF = "exchange_of"
    DEALER = "dealer"
    REGION = "region"


class CorrectionState(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class UnitCorrection(PlaceRow, frozen=True, kw_only=True):
    """A proposed correction of the registry: `old` is what the place saw there, `new` what shall stand; "" nothing.

    Days are ISO dates. Headquarters decides.
    """

    order_id: str | None
    model: str
    serial: str
    field: CorrectionField
    old: str
    new: str
    reason: str
    photo_sha256: str | None = None
    proposed_by: str
    proposed_at: datetime
    state: CorrectionState = CorrectionState.OPEN
    decided_by: str | None = None
    decided_at: datetime | None = None
    answer: str | None = None
