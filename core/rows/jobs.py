"""What happens around a repair: calls, units in the shop, loaners, findings, other ends than a repair."""

from datetime import datetime
from enum import StrEnum

import msgspec

from core.rows.base import PlaceRow
from core.work_order import State


class Contact(PlaceRow, frozen=True, kw_only=True):
    """One call to the customer: when, and whether they were reached."""

    order_id: str
    at: datetime
    reached: bool
    note: str = ""
    made_by: str
    entered_at: datetime


class CustodyKind(StrEnum):
    """How a unit came into the station's hands."""

    TAKEN = "taken"
    CARRIED_IN = "carried_in"
    MAILED_IN = "mailed_in"


class Custody(PlaceRow, frozen=True, kw_only=True):
    """A unit in the station's hands, from its receipt to its return; ``tracking`` numbers are the carrier's."""

    order_id: str
    unit_id: str
    kind: CustodyKind
    accessories: str = ""
    condition: str
    from_name: str
    signature_sha256: str | None = None
    carrier_in: str | None = None
    tracking_in: str | None = None
    received_at: datetime
    received_by: str
    entered_at: datetime
    returned_at: datetime | None = None
    returned_by: str | None = None
    to_name: str | None = None
    carrier_out: str | None = None
    tracking_out: str | None = None


class Loaner(PlaceRow, frozen=True, kw_only=True):
    """A unit lent to the customer while theirs is in the shop."""

    order_id: str
    model: str
    serial: str
    condition_out: str
    lent_at: datetime
    lent_by: str
    entered_at: datetime
    condition_back: str | None = None
    back_at: datetime | None = None
    back_by: str | None = None


class Purpose(StrEnum):
    """What an inspection certificate is for."""

    EXCHANGE = "exchange"
    REFUND = "refund"
    DOA = "doa"
    DEALER_STOCK = "dealer_stock"


class FindingOf(StrEnum):
    """What an inspection found."""

    FAULTY = "faulty"
    NO_FAULT = "no_fault"
    MISUSE = "misuse"


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One measured fact in words, such as a voltage and how it was taken."""

    name: str
    value: str


class Phase(StrEnum):
    """When a test measurement was taken."""

    BEFORE = "before"
    AFTER = "after"


class MeasuredValue(PlaceRow, frozen=True, kw_only=True):
    """One figure taken on a unit before or after its repair, in thousandths of ``symbol``; never rewritten.

    ``low`` and ``high`` are what was right by the list of that day; of two figures of one thing the newer one counts.
    """

    order_id: str
    unit_id: str
    code: str
    phase: Phase
    value: int
    symbol: str = ""
    low: int | None = None
    high: int | None = None
    tool: str = ""  # the number of the meter
    measured_by: str
    measured_at: datetime


class Certificate(PlaceRow, frozen=True, kw_only=True):
    """An inspection certificate; never rewritten. Its number was made at the device that wrote it."""

    order_id: str
    unit_id: str
    number: str
    purpose: Purpose
    finding: FindingOf
    model: str
    serial: str
    fault: str
    measured: tuple[Measured, ...] = ()
    photos: tuple[str, ...] = ()  # SHA-256 of the order's pictures
    signed_by: str
    signature_sha256: str | None = None
    inspected_at: datetime
    issued_by: str
    entered_at: datetime


class OrderEnd(PlaceRow, frozen=True, kw_only=True):
    """The facts of an end that is no completed repair. Sums are fen; ``rule`` names the remedy of the verdict."""

    order_id: str
    unit_id: str | None = None
    end: State
    reason: str = ""  # a code of core.ends
    note: str = ""
    payer: str = "maker"  # who bears visit, inspection or exchange: maker | customer | station
    customer_fen: int = 0
    certificate_id: str | None = None
    rule: str = ""
    old_serial: str | None = None
    new_model: str | None = None
    new_serial: str | None = None
    serial_source: str | None = None  # scan | typed
    price_fen: int | None = None
    deduction_fen: int = 0
    like_model_refused: bool = False
    made_by: str
    made_at: datetime
