"""What the pre-flight of a claim looks at, gathered from the order by whoever asks."""

from datetime import date
from enum import StrEnum

import msgspec

from core.fault_codes import CodeProblem
from core.measurements import Shortfall
from core.warranty import Outcome, UnitStatus


class Severity(StrEnum):
    """An error would be rejected by HQ; a warning holds the claim or costs money."""

    ERROR = "error"
    WARNING = "warning"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to mend: `rule` is a key of SENTENCES, `field` names where it is mended, `facts` fill the sentence."""

    rule: str
    severity: Severity
    field: str
    facts: dict[str, str | int] = {}


class PreflightPart(msgspec.Struct, frozen=True, kw_only=True):
    """One part line. `covered`: the verdict pays for its part class; `old_due`: the old one must return."""

    part_id: str
    part_class: str = ""
    payer: str = "maker"
    fits_model: bool = True
    superseded_by: str = ""
    serialised: bool = False
    new_serial: str = ""
    covered: bool = True
    below_zero: bool = False
    old_due: bool = False
    old_tagged: bool = False
    old_serial: str = ""
    old_without_serial: bool = False
    old_overdue_days: int = 0  # past its day and not back


class EarlierRepair(msgspec.Struct, frozen=True, kw_only=True):
    """A finished order of the same unit."""

    order_number: str
    completed_on: date


class Papers(msgspec.Struct, frozen=True, kw_only=True):
    """The documents of one unit; `recorded_invoice_date` is what an earlier order of the unit stored."""

    invoice_date: date | None = None
    invoice_number: str = ""
    warranty_card_date: date | None = None
    installation_date: date | None = None
    problem: str = ""
    required: bool = False
    recorded_invoice_date: date | None = None
    number_used_for: str = ""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy of the day asks of a claim: days, counts, and an amount in fen (None: no limit)."""

    claim_days: int = 30
    hold_days: int = 30
    photos: int = 0
    signature: bool = True
    inspection_for_exchange: bool = True
    approval_limit_fen: int | None = None


class PreflightFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One unit of one order as far as its claim is concerned. Distances are metres, money fen, days at the station.

    `day` is the day of the claim, `fault_on` the day the fault was reported. `approvals` are the kinds granted for
    this order; `code_problems` come from `fault_codes.possible`, `shortfalls` from
    `measurements.shortfalls`; `claimed_by` names another order that already
    claims this unit and day; `no_rate` tells that the tariff lacks a rate for this work.
    """

    day: date
    model: str = ""
    serial: str = ""
    serial_placeholder: bool = False
    registered_model: str = ""
    status: UnitStatus | None = None
    made: date | None = None
    fault_on: date | None = None
    outcome: Outcome | None = None
    maker_pays: bool = True
    approvals: frozenset[str] = frozenset()
    papers: Papers = Papers()
    code_problems: tuple[CodeProblem, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    parts: tuple[PreflightPart, ...] = ()
    earlier: tuple[EarlierRepair, ...] = ()
    re_repair_linked: bool = False
    claimed_by: str = ""
    completed_on: date | None = None
    end: str = "completed"
    job: str = "repair"
    service_type: str = "on_site"
    visited: bool = True
    inspection_certificate: str = ""
    signed: bool = True
    quotation_signed: bool = True
    photos: int = 0
    distance_m: int = 0
    area_m: int = 0
    product_class: str = ""
    technician_lines: frozenset[str] = frozenset()
    station_lines: frozenset[str] = frozenset()
    licence_until: date | None = None
    claim_fen: int = 0
    no_rate: bool = False
    rules: Rules = Rules()
