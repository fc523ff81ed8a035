"""What the order page shows: plain values, gathered by :mod:`app.queries.order_page`."""

from dataclasses import dataclass
from datetime import date, datetime

from app.queries.next_step import NextStep
from app.queries.order_job import JobView
from app.queries.order_measures import MeasureLine
from app.queries.ticking import Ticking
from core.dispatch import Candidate
from core.scan_evidence import SerialProof
from core.warranty import Advice, Verdict


@dataclass(frozen=True)
class Viewer:
    """Who looks at the order, where, and when (aware UTC; the day is the place's)."""

    person_id: str
    roles: frozenset[str]
    place_id: str
    place_kind: str
    now: datetime
    today: date


@dataclass(frozen=True)
class Head:
    """The order itself."""

    id: str
    number: str
    state: str
    product_class: str
    product_names: tuple[str, str]
    """Chinese, English."""
    service_type: str
    job: str
    open: bool
    due_at: datetime | None
    paused: bool
    reminders: int
    urgency: int
    station: str
    technician: str
    visit_from: datetime | None
    visit_to: datetime | None
    decline_reason: str
    result: str
    repairs_order: str
    finished: bool
    """The work was completed: a receipt can be printed."""
    ticking: Ticking | None = None
    also_numbers: tuple[str, ...] = ()
    merged_into: tuple[str, str] = ("", "")
    """Id and number of the order that goes on in its stead."""
    escalated_to: str = ""
    at_counter: bool = False
    """It was opened at the station's counter."""


@dataclass(frozen=True)
class Customer:
    """Whom it is for; the window masks name and phone."""

    name: str
    phone: str
    address: str
    distance_m: int
    fault: str
    reported_at: datetime
    earlier: tuple[tuple[str, str, date], ...]
    """Earlier finished orders of the same unit: id, number, day."""


@dataclass(frozen=True)
class CoverLine:
    """A cover of the verdict: the whole unit or one part class."""

    part: str
    until: date
    days_added: int
    by: str = ""  # who grants it (core.words "grantor")


@dataclass(frozen=True)
class Unit:
    """The unit and its newest verdict."""

    id: str
    model: str
    model_name: tuple[str, str]
    """Chinese, English."""
    reported_model: str
    reported_serial: str
    serial: str
    source: str
    device: str
    outcome: str
    guess: str
    start: date | None
    covers: tuple[CoverLine, ...]
    days_over: int | None
    day: date | None
    verdict: Verdict | None
    policies: str
    invoice_number: str
    invoice_date: date | None
    warranty_card_date: date | None
    installation_date: date | None
    more_units: int
    proof: SerialProof
    """What proves the serial number, and what speaks against it."""
    exclusions: tuple[str, ...] = ()
    held_by: str = ""
    finding: str = ""


@dataclass(frozen=True)
class Picture:
    """A photo, paper or signature of the order."""

    id: str
    kind: str
    sha256: str
    media_type: str
    bytes: int
    added_at: datetime
    thumbnail_sha256: str | None = None  # a small JPEG of it that comes first
    thumbnail_bytes: int | None = None


@dataclass(frozen=True)
class Code:
    """A code to choose, in both languages."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class CodeField:
    """One of the five fields: what is coded and what still fits."""

    field: str
    code: str
    options: tuple[Code, ...]


@dataclass(frozen=True)
class PartChoice:
    """A part of the unit's model and how many are at hand."""

    id: str
    zh: str
    en: str
    stock: int
    serialised: bool
    covered: bool
    price_fen: int


@dataclass(frozen=True)
class PartUsed:
    """A part put in and the old one taken out."""

    id: str
    part_id: str
    zh: str
    en: str
    quantity: int
    new_serial: str
    payer: str
    price_fen: int
    below_zero: bool
    stock: int
    old_id: str
    old_state: str
    old_serial: str
    old_no_serial: bool
    tag: str
    due_on: date | None
    serialised: bool


@dataclass(frozen=True)
class Fee:
    """One line of what the customer pays, in fen."""

    kind: str
    part: tuple[str, str] | None
    quantity: int
    amount_fen: int
    reason: str


@dataclass(frozen=True)
class Fees:
    """The quotation as it would be signed now, what was signed, and the claim's preview; fen."""

    lines: tuple[Fee, ...]
    total_fen: int
    if_goodwill_fen: int | None
    price_list: str
    planned: tuple[str, ...]
    signed_fen: int | None
    signed_goodwill_fen: int | None  # what was signed to stay if goodwill is granted
    signed_by: str
    maker_fen: int | None
    problem: str
    """A refusal's code when no price can be told."""


@dataclass(frozen=True)
class Missing:
    """A finding of the pre-flight; ``later`` when its step has not come yet, ``now`` when one stands at it."""

    rule: str
    error: bool
    field: str
    facts: tuple[tuple[str, str], ...]
    later: bool
    now: bool = False


@dataclass(frozen=True)
class Happened:
    """One line of the timeline; ``facts`` add what the row of the same moment says."""

    action: str
    at: datetime
    person: str
    trusted: bool
    sent: bool
    fact: tuple[str, str] | None


@dataclass(frozen=True)
class Request:
    """What was asked of the branch last; ``question`` is with what it came back, until that is answered."""

    id: str
    kind: str
    reason: str
    amount_fen: int
    days_over: int
    decided: bool
    approved: bool
    answer: str
    older: bool | None = None  # what was answered (yes or no) for an older version of it
    question: str = ""


@dataclass(frozen=True)
class StationChoice:
    """A station of the branch as the dispatcher compares them."""

    id: str
    code: str
    name: str
    licensed: bool
    grade: int
    open_orders: int
    candidate: Candidate
    """The figures, and why it is not offered if it is not."""


@dataclass(frozen=True)
class PersonChoice:
    """A technician of the station."""

    id: str
    name: str
    grade: int
    open_orders: int
    candidate: Candidate
    """The figures, and why they are not offered work if they are not."""


@dataclass(frozen=True)
class OrderView:
    """Everything the page shows, as of one moment."""

    head: Head
    customer: Customer
    unit: Unit | None
    pictures: tuple[Picture, ...]
    codes: tuple[CodeField, ...]
    parts: tuple[PartUsed, ...]
    part_choices: tuple[PartChoice, ...]
    fees: Fees
    missing: tuple[Missing, ...]
    passed: tuple[str, ...]
    """Groups of the pre-flight in which nothing is missing."""
    timeline: tuple[Happened, ...]
    to_send: int
    next: NextStep
    steps: tuple[str, ...]
    request: Request | None
    stations: tuple[StationChoice, ...]
    technicians: tuple[PersonChoice, ...]
    side: str
    working: bool
    """The order is with its station, between acceptance and completion."""
    can_edit: bool
    """Facts may still be added here by this person."""
    job: JobView
    """What stands around the repair: units, calls, visits, whereabouts, certificates, the end."""
    advice: tuple[Advice, ...] = ()
    """What the customer may ask for today."""
    measures: tuple[MeasureLine, ...] = ()
    """What is measured on the unit on show."""
