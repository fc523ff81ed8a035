"""Spare parts in motion: part lines of orders, the stock ledger, old parts and the parts account."""

from datetime import date, datetime
from enum import StrEnum

from core.rows.base import PlaceRow


class LocationKind(StrEnum):
    """Where a part can be; a location is ``kind:id`` (``station:<place id>``, ``order:<order id>``, ``supplier:``)."""

    SUPPLIER = "supplier"
    HQ = "hq"
    BRANCH = "branch"
    STATION = "station"
    BAG = "bag"
    TRANSIT = "transit"
    UNIT = "unit"
    RETURNED = "returned"
    SCRAPPED = "scrapped"
    OPENING = "opening"
    WAREHOUSE = "warehouse"
    COUNT = "count"  # where the differences of counts come from and go to
    GRADED = "graded"  # where a piece changes its condition: in with the old one, out with the new one


class Condition(StrEnum):
    """A part's condition."""

    NEW = "new"
    REFURBISHED = "refurbished"
    DEFECTIVE = "defective"


class StockMove(PlaceRow, frozen=True, kw_only=True):
    """One immutable line of the stock ledger: ``quantity`` of a part from one location to another."""

    part_id: str
    quantity: int
    condition: Condition
    from_location: str
    to_location: str
    serial: str | None = None
    order_id: str | None = None
    reason: str = ""
    reverses_id: str | None = None
    moved_by: str
    moved_at: datetime
    other_station_id: str | None = None  # the second station that sees it: the one that gives in a transfer


class PartLine(PlaceRow, frozen=True, kw_only=True):
    """A part put in (and the old one taken out) at one position of an order."""

    order_id: str
    unit_id: str
    part_id: str
    quantity: int = 1
    new_serial: str | None = None
    position: str = ""
    payer: str = "maker"  # maker | customer
    old_part_id: str | None = None
    below_zero: bool = False
    removed: bool = False
    added_by: str
    added_at: datetime


class OldPartState(StrEnum):
    """An old part's way back."""

    TO_TAG = "to_tag"
    TAGGED = "tagged"
    RECEIVED = "received"
    WRITTEN_OFF = "written_off"
    NOT_DUE = "not_due"  # belongs to the customer (paid repair)


class OldPart(PlaceRow, frozen=True, kw_only=True):
    """A part taken out, its tag and its duty to return."""

    warehouse_id: str | None
    order_id: str
    part_line_id: str
    part_id: str
    serial: str | None = None
    no_serial: bool = False
    tag: str  # what the printed code says (core.identifiers.format_old_part_tag)
    state: OldPartState = OldPartState.TO_TAG
    due_on: date | None = None
    tagged_at: datetime | None = None
    received_at: datetime | None = None
    received_by: str | None = None
    finding: str | None = None  # ok | wrong_part | wrong_serial | damaged | late
    grade: str | None = None  # refurbish | scrap | supplier
    box_id: str | None = None  # the box it lies in, by the last packing or unpacking
    packed_at: datetime | None = None
    next_place: str | None = None  # shelf or workshop, as the clerk says it
    graded_at: datetime | None = None
    batch: str | None = None  # the consignment with which it went back to its supplier
    sent_at: datetime | None = None
    answer: str | None = None  # the supplier's: accepted | replaced | refused
    answered_at: datetime | None = None


class AccountEntry(PlaceRow, frozen=True, kw_only=True):
    """One line of a station's parts account: parts drawn debit it (negative), old parts written off credit it."""

    amount_fen: int
    kind: str  # draw | write_off | return | correction
    part_id: str | None = None
    order_id: str | None = None
    old_part_id: str | None = None
    at: datetime
    shipment_id: str | None = None  # whose receipt it follows
