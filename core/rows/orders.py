"""Work orders and what happens in them: units, visits, verdicts, codes, approvals, photos, quotations."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from core.geography import Position
from core.rows.base import PlaceRow
from core.warranty import Verdict
from core.work_order import State


class ServiceType(StrEnum):
    """How the unit and the technician meet."""

    ON_SITE = "on_site"
    CARRY_IN = "carry_in"
    MAIL_IN = "mail_in"


class Job(StrEnum):
    """What the order is for."""

    REPAIR = "repair"
    INSTALLATION = "installation"
    INSPECTION = "inspection"
    EXCHANGE = "exchange"


class WorkOrder(PlaceRow, frozen=True, kw_only=True):
    """One job at one place for one customer. Times are aware UTC in whole seconds, distances metres, money fen."""

    number: str
    external_id: str | None = None  # the call centre's own number: a second intake of it makes no second order
    state: State
    held_from: State | None = None  # where a hold returns to
    technician_id: str | None = None
    product_class: str
    service_type: ServiceType = ServiceType.ON_SITE
    job: Job = Job.REPAIR
    urgency: int = 0
    customer_name: str
    customer_phone: str
    customer_address: str
    distance_m: int = 0
    fault_report: str
    reported_model: str | None = None
    reported_serial: str | None = None
    reported_at: datetime
    due_at: datetime | None = None
    offered_at: datetime | None = None
    accepted_at: datetime | None = None
    visit_from: datetime | None = None
    visit_to: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    reminders: int = 0
    warranty_guess: str | None = None  # an outcome of core.warranty, guessed at intake
    cost_low_fen: int | None = None
    cost_high_fen: int | None = None
    decline_reason: str | None = None
    result: str | None = None
    repairs_order_id: str | None = None  # the first repair, when this is a re-repair
    paused_at: datetime | None = None  # since when the time limits stand still; due_at moves on when they run again
    escalated_to: str | None = None  # how far reminders or time have raised it: station | branch | hq
    customer_position: Position | None = None
    source: str = "call_centre"  # call_centre | counter
    also_numbers: tuple[str, ...] = ()  # of orders for the same unit that were merged into this one
    merged_into_id: str | None = None  # the order that goes on in its stead
    contacted_at: datetime | None = None  # when the customer was first reached
    ended_as: State | None = None  # how the work ended; it stays while the order is verified, settled, closed


class OrderUnit(PlaceRow, frozen=True, kw_only=True):
    """One unit of an order, as identified and diagnosed by the place."""

    order_id: str
    position: int = 1
    model: str | None = None
    serial: str | None = None
    gtin: str | None = None
    imei: str | None = None
    identified_at: datetime | None = None
    serial_source: str | None = None  # scan | typed
    scan_id: str | None = None
    verdict_id: str | None = None
    invoice_number: str | None = None
    invoice_date: date | None = None
    invoice_fen: int | None = None
    warranty_card_date: date | None = None
    installation_date: date | None = None
    document_problem: str | None = None  # altered | mismatch
    held_by: str | None = None  # customer | dealer (unsold stock); None: nobody said, so a customer
    exclusions: tuple[str, ...] | None = None  # what the technician found (core.warranty.Exclusion)
    finding: str | None = None  # how that was seen, in words
    finding_photo: str | None = None  # the SHA-256 of the photo that shows it
    condition: str | None = None
    symptom: str | None = None
    section: str | None = None
    defect: str | None = None
    repair: str | None = None
    code_system: str = "FX"
    half: str | None = None  # indoor | outdoor, of a split unit
    pair: int | None = None  # the two halves of one split unit have the same number
    installation_place: str | None = None  # where it was installed, as the installation card says


class ScannedCode(msgspec.Struct, frozen=True, kw_only=True):
    """One code as it was read: evidence for the claim. ``raw`` is base64 of the bytes.

    ``engine`` is the decoder with the preparation that it took, ``agreed`` how many renditions or frames gave this very
    text, ``disputed`` whether another text was read at the same place, ``doubtful`` whether the bytes fit several
    encodings differently, ``page`` a document's page. What an older station wrote says nothing of these.
    """

    format: str
    text: str
    raw: str
    symbology_id: str = ""
    chosen_as: str | None = None
    engine: str = ""
    agreed: int = 1
    disputed: bool = False
    doubtful: bool = False
    page: int = 0


class ScanEvent(PlaceRow, frozen=True, kw_only=True):
    """One scan: what device read which codes in how many milliseconds, and the picture's hash where there was one."""

    order_id: str | None
    device_kind: str  # wedge | serial | camera | picture | typed
    device_name: str = ""
    codes: tuple[ScannedCode, ...]
    picture_sha256: str | None = None
    scanned_at: datetime
    scanned_by: str
    read_ms: int | None = None


class UnitVerdict(PlaceRow, frozen=True, kw_only=True):
    """A stored warranty verdict with its proof and the versions it was judged by; never rewritten."""

    order_id: str
    unit_id: str
    serial: str
    model: str
    day: date
    outcome: str
    verdict: Verdict
    judged_by: str
    judged_at: datetime
    hq_outcome: str | None = None  # HQ's own judgement of the same facts


class Visit(PlaceRow, frozen=True, kw_only=True):
    """One booked visit to the customer."""

    order_id: str
    technician_id: str
    begins_at: datetime
    ends_at: datetime
    state: str = "booked"  # booked | moved | made | missed
    reason: str | None = None
    made_at: datetime | None = None  # when somebody was there, or should have been
    entered_at: datetime | None = None  # when that was entered
    missed_by: str | None = None  # customer | technician
    evidence_sha256: str | None = None  # a photo of the closed door


class ApprovalKind(StrEnum):
    """What can be asked of the branch."""

    GOODWILL = "goodwill"
    OVER_LIMIT = "over_limit"
    UNIT_EXCHANGE = "unit_exchange"
    OUTSIDE_AREA = "outside_area"
    CANCELLED_VISIT = "cancelled_visit"
    SECOND_REPAIR = "second_repair"
    LOCAL_PURCHASE = "local_purchase"


class ApprovalLevel(StrEnum):
    """Who decides, the lowest first."""

    STATION_LEAD = "station_lead"
    BRANCH = "branch"
    HEADQUARTERS = "headquarters"


class ApprovalRequest(PlaceRow, frozen=True, kw_only=True):
    """A request to whoever decides at its level; ``subject_hash`` is the hash of exactly what is to be approved."""

    order_id: str
    kind: ApprovalKind
    rule: str  # the rule that asked, e.g. goodwill.days_over
    days_over: int = 0
    amount_fen: int = 0
    reason: str
    photo_sha256: str | None = None
    subject_hash: str
    asked_by: str
    asked_at: datetime
    level: ApprovalLevel = ApprovalLevel.BRANCH
    answer_by: datetime | None = None
    escalations: int = 0  # how often nobody answered in time and it went one level up
    revision: int = 0  # how often it went up again with an answer
    question_id: str | None = None  # the question that is still open: the request lies with who asked


class ApprovalQuestion(PlaceRow, frozen=True, kw_only=True):
    """What a request was sent back with, and the answer with which it went up again."""

    request_id: str
    order_id: str
    question: str
    subject_hash: str  # of what the question is about
    asked_by: str
    asked_at: datetime
    answer: str | None = None
    photo_sha256: str | None = None
    answered_by: str | None = None
    answered_at: datetime | None = None


class ApprovalDecision(PlaceRow, frozen=True, kw_only=True):
    """The branch's answer; names the hash of what was decided."""

    request_id: str
    order_id: str
    approved: bool
    reason: str = ""
    subject_hash: str
    decided_by: str
    decided_at: datetime


class Attachment(PlaceRow, frozen=True, kw_only=True):
    """A photo, signature or document of an order; the bytes are a blob named by their SHA-256."""

    order_id: str
    kind: str  # photo | signature | invoice | label | goodwill
    sha256: str
    bytes: int
    media_type: str
    thumbnail_sha256: str | None = None  # a small JPEG of it, a blob of its own that travels first
    thumbnail_bytes: int | None = None
    taken_at: datetime | None = None
    added_by: str
    added_at: datetime


class FeeLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of what a customer pays, in fen."""

    kind: str
    text: str
    part_id: str | None = None
    quantity: int = 1
    amount_fen: int
    reason: str = ""


class Quotation(PlaceRow, frozen=True, kw_only=True):
    """What the customer was shown and signed before work: 0 with its reason, an amount, or "goodwill, or pay ¥X"."""

    order_id: str
    lines: tuple[FeeLine, ...]
    total_fen: int
    if_goodwill_fen: int | None = None  # what stays to pay when the open request is approved
    price_list: str
    signed_by: str
    signature_sha256: str | None
    signed_at: datetime


class Note(PlaceRow, frozen=True, kw_only=True):
    """A remark on an order."""

    order_id: str
    text: str
    made_by: str
    made_at: datetime


class TimelineEntry(PlaceRow, frozen=True, kw_only=True):
    """What happened to an order: one entry per operation or HQ step: who, when, trusted clock or not."""

    order_id: str
    action: str
    person_id: str | None
    person_name: str = ""
    at: datetime
    trusted: bool = True
    detail: dict[str, str] = {}
