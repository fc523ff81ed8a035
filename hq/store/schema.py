"""HQ's tables: one per kind of row, and HQ's own (devices, inbox, feed, registry, blobs, settings)."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from core.rows import TRADE_KINDS, Row
from core.rows.jobs import Certificate, Loaner
from core.rows.knowledge import ArticlePicture, ArticleProposal, ProposalPicture
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.parts import StockMove
from core.rows.supply import Allocation, ReceiptLine, RequestLine, Reservation, Shipment, ShipmentLine
from core.rows.units import UnitCorrection, UnitRecord
from rowstore.tables import UtcDateTime, row_tables

metadata = MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"})
TABLES = row_tables(metadata, branch_leads=True)

#: Columns by which rows of the trade are looked up beside their id; each index leads with the branch too.
_LOOKED_UP = (
    *("order_id", "station_id", "place_id", "statement_id", "external_id", "tag", "warehouse_id"),
    "box_id",
    *("sha256", "thumbnail_sha256", "photo_sha256", "signature_sha256", "picture_sha256"),
)
#: The same for single kinds: orders by number, reported unit or state, a unit's repairs, an invoice used twice.
_LOOKED_UP_IN: dict[type[Row], tuple[str, ...]] = {
    WorkOrder: ("number", "reported_serial", "state"),
    OrderUnit: ("serial", "invoice_number"),
    StockMove: ("part_id",),
    RequestLine: ("request_id",),
    Allocation: ("request_id",),
    Shipment: ("request_id",),
    ShipmentLine: ("shipment_id",),
    ReceiptLine: ("shipment_id",),
    Reservation: ("part_id",),
    UnitRecord: ("serial",),
    UnitCorrection: ("serial", "state"),
    Certificate: ("number",),
    Loaner: ("serial",),
    ArticleProposal: ("state",),
    ProposalPicture: ("proposal_id",),
}
for _kind in TRADE_KINDS:
    for _name in (*_LOOKED_UP, *_LOOKED_UP_IN.get(_kind, ())):
        if _name in TABLES[_kind].c:
            Index(None, TABLES[_kind].c.branch_id, TABLES[_kind].c[_name])

#: A unit's repairs at whatever branch; only HQ itself asks without a branch.
Index("ix_order_unit_serial", TABLES[OrderUnit].c.serial)
#: Who asks for a published picture's bytes.
Index(None, TABLES[ArticlePicture].c.sha256)

device = Table(
    "device",
    metadata,
    Column("id", Text, primary_key=True),
    Column("place_id", Text, nullable=False),
    Column("branch_id", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("last_n", BigInteger, nullable=False),
    Column("last_hash", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("app_version", Text, nullable=False),
    Column("enrolled_at", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime),
    Column("clock_offset", BigInteger),  # seconds the device's clock is ahead of HQ's
    Column("revoked_at", UtcDateTime),
    Column("schema", Integer),  # of the operations it writes, as its last hello told
)

device_epoch = Table(  # why and where each later epoch of a device began
    "device_epoch",
    metadata,
    Column("device_id", Text, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("after_n", BigInteger, nullable=False),
    Column("after_hash", Text, nullable=False),
    Column("granted_at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
)

enrol_code = Table(
    "enrol_code",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("place_id", Text, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("device_id", Text),
)

api_key = Table(  # other systems' keys: intake, desk, export
    "api_key",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("rights", JSON, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)

inbox = Table(
    "inbox",
    metadata,
    Column("branch_id", Text, primary_key=True),
    Column("device_id", Text, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("n", BigInteger, primary_key=True),
    Column("op_id", Text),  # null when unreadable, or when the operation came under an earlier number (repeats)
    Column("repeats", Text),
    Column("body", LargeBinary, nullable=False),  # bytes: an unreadable body may hold what no text column takes
    Column("signature", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("answer", JSON, nullable=False),
    Column("quarantine", Text),  # why a person must look at it first
    UniqueConstraint("branch_id", "op_id", name="uq_inbox_branch_id_op_id"),
)
Index(None, inbox.c.branch_id, inbox.c.device_id, inbox.c.hash)

beside = Table(  # per device the work of rescue files that stands beside its chain (inbox, epoch 0), and its own chain
    "beside",
    metadata,
    Column("device_id", Text, primary_key=True),
    Column("last_n", BigInteger, nullable=False),
    Column("last_hash", Text, nullable=False),  # of the hash before and the operation's: none can be left out unnoticed
)

rescue = Table(  # rescue files that were handed in: what their devices signed
    "rescue",
    metadata,
    Column("id", Text, primary_key=True),
    Column("branch_id", Text, nullable=False),
    Column("device_id", Text, nullable=False),
    Column("manifest", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("handed_in_by", Text, nullable=False),  # a device; empty: HQ itself
    Column("received_at", UtcDateTime, nullable=False),
)

blocked = Table(  # what an operation of a device that waits holds back: later ones on the same row wait behind it
    "blocked",
    metadata,
    Column("branch_id", Text, primary_key=True),
    Column("device_id", Text, primary_key=True),
    Column("entity", Text, primary_key=True),
    Column("row_id", Text, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("n", BigInteger, primary_key=True),
    Column("op_id", Text, nullable=False),
)

last_writer = Table(  # which device last changed a row: its own later operations merge with nothing
    "last_writer",
    metadata,
    Column("branch_id", Text, primary_key=True),
    Column("entity", Text, primary_key=True),
    Column("row_id", Text, primary_key=True),
    Column("device_id", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
)

feed_row = Table(
    "feed_row",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("entity", Text, primary_key=True),
    Column("row_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("payload", Text, nullable=False),
)
Index(None, feed_row.c.scope, feed_row.c.seq)

scope_counter = Table(
    "scope_counter",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("horizon", BigInteger, nullable=False),  # tombstones up to here are gone: an older cursor starts anew
)

registry_unit = Table(  # a reference table without branch: every unit the maker made
    "registry_unit",
    metadata,
    Column("serial", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("made", Date),
    Column("shipped", Date),
    Column("dealer", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("sold", Date),
    Column("registered", Date),
    Column("installed", Date),
    Column("exchanged_on", Date),
    Column("exchange_of", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("key", BigInteger),  # the hash of the serial number, and all else as it stands in the registry file;
    Column("packed", LargeBinary),  # empty in rows that an older version wrote, until the next file is built
)
Index(None, registry_unit.c.seq)
_UNPACKED = registry_unit.c.packed.is_(None)
Index("ix_registry_unit_unpacked", registry_unit.c.serial, sqlite_where=_UNPACKED, postgresql_where=_UNPACKED)

service_contract = Table(  # extended warranties that were bought, each for one unit; told to a place with the unit
    "service_contract",
    metadata,
    Column("id", Text, primary_key=True),
    Column("serial", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("from_day", Date, nullable=False),
    Column("to_day", Date, nullable=False),
    Column("parts", JSON, nullable=False),  # part classes; empty: the whole unit
)
Index(None, service_contract.c.serial)

registry_model = Table(  # the numbers that stand for names in packed units; never given twice, never taken back
    "registry_model",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("model", Text, nullable=False, unique=True),
)

registry_dealer = Table(
    "registry_dealer",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("dealer", Text, nullable=False),
    Column("region", Text, nullable=False),
    UniqueConstraint("dealer", "region"),
)

blob = Table(
    "blob",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("bytes", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("begun_at", UtcDateTime, nullable=False),
)

blob_ref = Table(  # which devices sent a blob, so that they may go on and read it back before its order tells of it
    "blob_ref",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("device_id", Text, primary_key=True),
)

feed_meta = Table(  # one row: who this HQ is and which feed this is
    "feed_meta",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("hq_id", Text, nullable=False),
    Column("incarnation", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("private_key", Text, nullable=False),
    Column("registry_salt", LargeBinary, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
)

erp_outbox = Table(
    "erp_outbox",
    metadata,
    Column("branch_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("delivered_at", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("problem", Text, nullable=False),
)

setting = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", JSON, nullable=False),
)

scope_mark = Table(  # where each scope stood on a day: tombstones up to the mark of 90 days ago may go
    "scope_mark",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

self_check = Table(  # a device whose rows of a scope were not HQ's; ``explained`` is what a person found out about it
    "self_check",
    metadata,
    Column("id", Text, primary_key=True),
    Column("device_id", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),  # why the device looked: daily, restarted, …
    Column("ranges", Integer, nullable=False),
    Column("by_content", Boolean, nullable=False),
    Column("found", JSON, nullable=False),  # what the device mended: counts and the keys of some rows
    Column("explained", Text, nullable=False),
)
Index(None, self_check.c.at)
