"""The register of row kinds: their wire names, and which places may see a row."""

import functools
import re

from core.rows.base import PlaceRow, Row, TradeRow
from core.rows.boxes import Box, BoxCount
from core.rows.jobs import Certificate, Contact, Custody, Loaner, MeasuredValue, OrderEnd
from core.rows.knowledge import Article, ArticlePicture, ArticleProposal, JobTemplate, ProposalPicture
from core.rows.orders import (
    ApprovalDecision,
    ApprovalQuestion,
    ApprovalRequest,
    Attachment,
    Note,
    OrderUnit,
    Quotation,
    ScanEvent,
    TimelineEntry,
    UnitVerdict,
    Visit,
    WorkOrder,
)
from core.rows.parts import AccountEntry, OldPart, PartLine, StockMove
from core.rows.people import Credential, Deputy, Person, Place
from core.rows.reference import Model, ModelPart, Part, ProductClass, ReferenceDocument
from core.rows.settlement import Claim, Statement, StatementLine
from core.rows.supply import (
    Allocation,
    LocalPurchase,
    PartRequest,
    PartsAccount,
    PartStock,
    PartTransfer,
    ReceiptLine,
    RequestLine,
    Reservation,
    Shipment,
    ShipmentLine,
    StockCount,
)
from core.rows.sync import Conflict, ParkedOperation, Task
from core.rows.units import UnitCorrection, UnitRecord

REFERENCE_KINDS: tuple[type[Row], ...] = (
    Place,
    ProductClass,
    Model,
    Part,
    ModelPart,
    ReferenceDocument,
    PartStock,
    Article,
    ArticlePicture,
    JobTemplate,
)
TRADE_KINDS: tuple[type[TradeRow], ...] = (
    Person,
    Credential,
    Deputy,
    WorkOrder,
    OrderUnit,
    ScanEvent,
    UnitVerdict,
    Visit,
    Contact,
    Custody,
    Loaner,
    Certificate,
    OrderEnd,
    MeasuredValue,
    ApprovalRequest,
    ApprovalDecision,
    ApprovalQuestion,
    Attachment,
    Quotation,
    Note,
    TimelineEntry,
    StockMove,
    PartLine,
    OldPart,
    Box,
    BoxCount,
    AccountEntry,
    Claim,
    Statement,
    StatementLine,
    ParkedOperation,
    Conflict,
    Task,
    PartRequest,
    RequestLine,
    Allocation,
    Shipment,
    ShipmentLine,
    ReceiptLine,
    Reservation,
    PartTransfer,
    StockCount,
    PartsAccount,
    LocalPurchase,
    UnitRecord,
    UnitCorrection,
    ArticleProposal,
    ProposalPicture,
)
KINDS: tuple[type[Row], ...] = REFERENCE_KINDS + TRADE_KINDS

#: Fields that name a place which may see the row. A credential stays at its own place.
VISIBLE_BY: dict[type[Row], tuple[str, ...]] = {
    kind: ("branch_id", "station_id") if issubclass(kind, PlaceRow) else ("branch_id", "place_id")
    for kind in TRADE_KINDS
} | {
    Credential: ("place_id",),
    **dict.fromkeys((OldPart, Box, BoxCount), ("branch_id", "station_id", "warehouse_id")),
    **dict.fromkeys(
        (StockMove, Shipment, ShipmentLine, ReceiptLine, PartTransfer), ("branch_id", "station_id", "other_station_id")
    ),
}


@functools.cache
def name_of(kind: type[Row]) -> str:
    """A kind's wire and table name: ``WorkOrder`` → ``work_order``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


BY_NAME: dict[str, type[Row]] = {name_of(kind): kind for kind in KINDS}


def places_of(row: Row) -> frozenset[str]:
    """Ids of the places that may see ``row``; empty for reference rows, which everyone sees."""
    return frozenset(place for field in VISIBLE_BY.get(type(row), ()) if (place := getattr(row, field)))


def is_visible_to(row: Row, place_id: str) -> bool:
    """Whether the place may see (and so act on) ``row``."""
    return type(row) in REFERENCE_KINDS or place_id in places_of(row)
