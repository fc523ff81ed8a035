"""How parts come to a station and are kept there: requests, shipments and their receipt, transfers, counts, accounts.

What is written once (lines, allocations, reservations, receipts) is never changed: sums are taken over the rows, so
that two people who allocate, reserve or receive at once add to each other instead of overwriting a counter.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from core.rows.base import PlaceRow, Row
from core.rows.bounds import Balance, PartNumber, Pieces, PiecesOrNone, Reason
from core.rows.parts import Condition


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """How many to order, and why: each figure that led there. Pieces, unless its name says otherwise."""

    days: int  # over which use was counted
    used: int
    squares: int  # the sum of the squares of the use of each day
    lead_days: int
    review_days: int
    service_permille: int
    z_milli: int
    safety: int
    reorder_point: int
    order_up_to: int
    available: int
    in_transit: int
    requested: int
    quantity: int


class PartRequest(PlaceRow, frozen=True, kw_only=True):
    """A station asks its branch and HQ for parts, or (``exchange``) a good part for a faulty new one."""

    kind: str = "stock"  # stock | order | exchange
    order_id: str | None = None
    note: str = ""
    state: str = "open"  # open | withdrawn; the rest is told by its lines (core.parts.requests)
    asked_by: str
    asked_at: datetime


class RequestLine(PlaceRow, frozen=True, kw_only=True):
    """One part of a request; ``figures`` are those the quantity was suggested by, None when a person chose it."""

    request_id: str
    part_id: str
    quantity: int
    serial: str | None = None
    finding: str | None = None  # of an exchange: faulty | wrong_part | damaged
    figures: Suggestion | None = None


class Allocation(PlaceRow, frozen=True, kw_only=True):
    """What a branch or HQ gives for one line of a request, or (``refused``) will not give."""

    request_id: str
    line_id: str
    part_id: str  # the asked part, or one that replaces it
    quantity: int
    refused: int = 0
    reason: str = ""
    source: str  # a location: branch:<id> or hq:<id>
    made_by: str | None = None  # None: HQ
    made_at: datetime


class Shipment(PlaceRow, frozen=True, kw_only=True):
    """Parts under way; ``station_id`` is the station they go to, or come from when they go back.

    What did not arrive as it was sent is the balance of ``transit:<id>``, until the branch settles it.
    """

    other_station_id: str | None = None  # of a transfer between stations: the one that gives
    from_location: str
    to_location: str
    request_id: str | None = None
    transfer_id: str | None = None
    document: str = ""  # the number of the delivery note
    carrier: str = ""
    sent_by: str | None = None  # None: HQ
    sent_at: datetime
    received_by: str | None = None
    received_at: datetime | None = None
    settled: str | None = None  # how its differences ended: sender | lost


class ShipmentLine(PlaceRow, frozen=True, kw_only=True):
    """One part of a shipment."""

    other_station_id: str | None = None
    shipment_id: str
    part_id: str
    quantity: int
    condition: Condition = Condition.NEW
    serials: tuple[str, ...] = ()
    request_line_id: str | None = None


class ReceiptLine(PlaceRow, frozen=True, kw_only=True):
    """What was found of one part when a shipment was received."""

    other_station_id: str | None = None
    shipment_id: str
    part_id: str
    finding: str  # ok | short | over | wrong | doa
    quantity: int
    serials: tuple[str, ...] = ()


class Reservation(PlaceRow, frozen=True, kw_only=True):
    """So many pieces are kept for an order; a negative quantity releases them again."""

    order_id: str
    part_id: str
    quantity: int
    reason: str = ""
    made_by: str
    made_at: datetime


class TransferState(StrEnum):
    """Where a transfer stands; what follows its shipment is told by that."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    SHIPPED = "shipped"


class PartQuantity(msgspec.Struct, frozen=True, kw_only=True):
    """So many of a part."""

    part_id: PartNumber
    quantity: Pieces


class PartTransfer(PlaceRow, frozen=True, kw_only=True):
    """Parts from one station (``other_station_id``) to another (``station_id``) that both must agree to."""

    other_station_id: str
    opened_at: str  # the place that proposed it: the other one answers
    lines: tuple[PartQuantity, ...]
    state: TransferState = TransferState.OFFERED
    reason: str = ""
    proposed_by: str
    proposed_at: datetime
    answered_by: str | None = None
    answered_at: datetime | None = None


class CountLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a count sheet: what the books said to the counter's device, and what lay there."""

    part_id: PartNumber
    condition: Condition = Condition.NEW
    expected: Balance
    counted: PiecesOrNone
    reason: Reason = ""


class StockCount(PlaceRow, frozen=True, kw_only=True):
    """A count sheet; its differences are moves."""

    location: str
    opening: bool = False
    blind: bool = False  # the expected figures were hidden until it was closed
    lines: tuple[CountLine, ...]
    counted_by: str
    counted_at: datetime


class PartsAccount(PlaceRow, frozen=True, kw_only=True):
    """The terms of a station's parts account, set by HQ; id = the station's id. Money in fen."""

    limit_fen: int | None = None  # None: no limit
    frozen: bool = False
    reason: str = ""
    freeze_after_days: int | None = None  # frozen too while an old part is so many days overdue
    set_at: datetime


class LocalPurchase(PlaceRow, frozen=True, kw_only=True):
    """A part that a station bought near by, where the policy allows it; ``price_fen`` is for one piece."""

    part_id: str
    quantity: int
    price_fen: int
    vendor: str
    photo_sha256: str
    photo_bytes: int
    media_type: str
    order_id: str | None = None
    bought_by: str
    bought_at: datetime


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """How many good pieces a place has to spare."""

    place_id: str
    quantity: int


class PartStock(Row, frozen=True, kw_only=True):
    """Where a part lies in one branch, as HQ last summed it up; every place sees it. Id = ``branch:part``."""

    part_id: str
    branch_id: str
    holdings: tuple[Holding, ...]
    as_of: datetime
