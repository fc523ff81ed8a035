"""The tables of a device's database: the synced rows derived from core, and what the device keeps for itself."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)

from core.rows import Row
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
from core.rows.people import Person
from core.rows.reference import Model, ModelPart, ReferenceDocument
from core.rows.settlement import Claim, StatementLine
from core.rows.supply import (
    Allocation,
    PartRequest,
    PartStock,
    ReceiptLine,
    RequestLine,
    Reservation,
    Shipment,
    ShipmentLine,
)
from core.rows.sync import Conflict, ParkedOperation, Task
from core.rows.units import UnitCorrection, UnitRecord
from rowstore.tables import UtcDateTime, row_tables

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: One table per row kind; a device's rows have the id alone as their key.
ROW_TABLES: dict[type[Row], Table] = row_tables(metadata, branch_leads=False)

#: What the lists and the replay look rows up by.
_INDEXED: dict[type[Row], tuple[tuple[str, ...], ...]] = {
    WorkOrder: (
        ("state", "due_at"),
        ("technician_id", "state"),
        ("due_at",),
        ("number",),
        ("customer_name",),
        ("customer_phone",),
        ("visit_from",),
        ("reported_at", "id"),
        ("reported_serial",),
    ),
    OrderUnit: (("order_id",), ("serial",), ("invoice_number",)),
    OldPart: (("tag",), ("state", "due_on"), ("order_id",), ("part_id", "serial"), ("box_id",), ("batch",)),
    Box: (("state",),),
    BoxCount: (("box_id",), ("tag",)),
    StockMove: (("part_id", "from_location"), ("to_location",), ("order_id",), ("reason", "moved_at")),
    PartRequest: (("station_id", "state"), ("order_id",)),
    RequestLine: (("request_id",), ("part_id",)),
    Allocation: (("request_id",),),
    Shipment: (("request_id",), ("to_location",)),
    ShipmentLine: (("shipment_id",),),
    ReceiptLine: (("shipment_id",),),
    Reservation: (("part_id",), ("order_id",)),
    PartStock: (("part_id",),),
    PartLine: (("order_id",),),
    TimelineEntry: (("order_id", "at"),),
    UnitVerdict: (("order_id",),),
    Visit: (("order_id",), ("begins_at",)),
    Contact: (("order_id",),),
    Custody: (("order_id",),),
    Loaner: (("order_id",), ("serial",)),
    Certificate: (("order_id",), ("number",)),
    OrderEnd: (("order_id",),),
    MeasuredValue: (("order_id",),),
    ApprovalRequest: (("order_id",),),
    ApprovalDecision: (("request_id",), ("order_id",)),
    ApprovalQuestion: (("request_id",), ("order_id",)),
    Attachment: (("order_id",), ("sha256",)),
    Quotation: (("order_id",),),
    Note: (("order_id",),),
    AccountEntry: (("station_id", "at"), ("old_part_id",)),
    Claim: (("order_id",),),
    StatementLine: (("statement_id",), ("order_id",)),
    Person: (("login",), ("place_id",)),
    Model: (("gtin",), ("product_class",)),
    ModelPart: (("model_id",), ("part_id",)),
    ReferenceDocument: (("kind", "in_force_from"),),
    ParkedOperation: (("state",),),
    Conflict: (("state",), ("row_id",), ("order_id",)),
    Task: (("state",), ("order_id",)),
    UnitRecord: (("serial",),),
    UnitCorrection: (("serial",),),
    ScanEvent: (("order_id",),),
    Article: (("number",), ("state", "published_at", "number")),
    ArticlePicture: (("article_id",),),
    JobTemplate: (("number",), ("state", "published_at", "number")),
    ArticleProposal: (("proposed_by",),),
    ProposalPicture: (("proposal_id",),),
}
for _kind, _groups in _INDEXED.items():
    for _group in _groups:
        Index(None, *(ROW_TABLES[_kind].c[_name] for _name in _group))

#: What lies where, kept by triggers with each line of the ledger (migration 0016), so that no list sums the ledger up.
stock_total = Table(
    "stock_total",
    metadata,
    Column("location", Text, primary_key=True),
    Column("part_id", Text, primary_key=True),
    Column("condition", Text, primary_key=True),
    Column("quantity", Integer, nullable=False),
    sqlite_with_rowid=False,
)

#: What people did here, in the order of doing (``position``, which never changes; a new epoch changes n).
operation = Table(
    "operation",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("epoch", Integer, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("order_id", Text),
    Column("made_at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),  # pending | answered (of older versions: sent)
    Column("outcome", Text),  # core.contract.messages.Outcome, once answered
    Column("answer", JSON(none_as_null=True)),  # the whole answer: code and facts
    Column("seqs", JSON(none_as_null=True)),  # per scope, where the effect shows in the feed
    Column("answered_at", UtcDateTime),
    Column("settled", Boolean, nullable=False),  # HQ's rows hold (or reject) the effect: no longer replayed
    Column("doubtful", Text),  # the refusal's code when the last local replay was refused
)
Index(None, operation.c.epoch, operation.c.n, unique=True)
Index("ix_operation_unsettled", operation.c.position, sqlite_where=text("settled = 0"))
Index("ix_operation_unanswered", operation.c.n, sqlite_where=text("state <> 'answered'"))
Index(None, operation.c.order_id)

#: Which rows the effect of an operation not yet settled lies on.
touched = Table(
    "touched",
    metadata,
    Column("operation_id", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("row_id", Text, nullable=False),
    PrimaryKeyConstraint("operation_id", "entity", "row_id"),
)
Index(None, touched.c.entity, touched.c.row_id)

#: HQ's last image of every row that carries local effects; no payload: HQ has no such row.
shadow = Table(
    "shadow",
    metadata,
    Column("entity", Text, nullable=False),
    Column("row_id", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("payload", LargeBinary),
    PrimaryKeyConstraint("entity", "row_id"),
)

cursor = Table(
    "cursor",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("incarnation", Text, nullable=False),
    Column("refilling", Boolean, nullable=False),  # read again from the beginning: what is not seen is gone
    Column("base", BigInteger, nullable=False, server_default="0"),  # where HQ stood when this reading began
)

#: HQ's images that a self-check found to be wrong and replaced or took away: still to be read.
set_aside = Table(
    "set_aside",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("scope", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("row_id", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

#: Rows of a newer HQ that this program could not read: left as they were here, and read again after an update.
unread = Table(
    "unread",
    metadata,
    Column("entity", Text, nullable=False),
    Column("row_id", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("problem", Text, nullable=False),
    PrimaryKeyConstraint("entity", "row_id"),
)

#: While a scope is read again from the beginning: the rows that HQ still has.
seen = Table(
    "seen",
    metadata,
    Column("entity", Text, nullable=False),
    Column("row_id", Text, nullable=False),
    PrimaryKeyConstraint("entity", "row_id"),
)

device = Table(
    "device",
    metadata,
    Column("only", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    Column("place_id", Text, nullable=False),
    Column("place_name", Text, nullable=False),
    Column("place_kind", Text, nullable=False),
    Column("branch_id", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("last_n", BigInteger, nullable=False),
    Column("last_hash", Text, nullable=False),
    Column("last_made_at", UtcDateTime),
    Column("hq_url", Text, nullable=False),
    Column("hq_id", Text, nullable=False),
    Column("hq_key", Text, nullable=False),
    Column("ca_pem", Text),
    Column("utc_offset_minutes", Integer, nullable=False),
    Column("incarnation", Text),
    Column("clock_offset_s", Integer),  # HQ's clock minus this one's, at the last hello
    Column("last_sync_at", UtcDateTime),
    Column("revoked", Boolean, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("only", Integer, primary_key=True),
    Column("person_id", Text, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
)

login_attempt = Table(
    "login_attempt",
    metadata,
    Column("person", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("failed_at", UtcDateTime, nullable=False),
)

#: Half-typed fields; they are no operations.
draft = Table(
    "draft",
    metadata,
    Column("key", Text, primary_key=True),
    Column("content", JSON, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

setting = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", JSON, nullable=False),
)

#: Photos and signatures on their way to HQ; ``sent_bytes`` is what HQ has confirmed.
blob_queue = Table(
    "blob_queue",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("order_id", Text),
    Column("media_type", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sent_bytes", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # waiting | sent | failed
    Column("problem", Text),
    Column("queued_at", UtcDateTime, nullable=False),
)
Index(None, blob_queue.c.state)

#: What HQ answered about a unit that somebody asked for by its serial number; the age is shown with it.
unit_answer = Table(
    "unit_answer",
    metadata,
    Column("serial", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("as_of", UtcDateTime, nullable=False),
)

#: Which published article or template a line of the full-text table is made of (that line's rowid is ``position``).
knowledge_entry = Table(
    "knowledge_entry",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("entity", Text, nullable=False),
    Column("row_id", Text, nullable=False),
    UniqueConstraint("entity", "row_id"),
)
#: What the published ones are about: a line for each model, class and code they name ("" where they name none).
knowledge_subject = Table(
    "knowledge_subject",
    metadata,
    Column("entity", Text, nullable=False),
    Column("row_id", Text, nullable=False),
    Column("field", Text, nullable=False),  # models | product_classes | symptoms | sections | defects
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("entity", "row_id", "field", "value"),
    sqlite_with_rowid=False,
)
Index(None, knowledge_subject.c.field, knowledge_subject.c.value)
#: What the knowledge base is searched in: SQLite's FTS5, which SQLAlchemy has no table for. Texts stand in it as
#: :func:`app.offline_db.spacing.spaced` makes them.
KNOWLEDGE_TEXT = "knowledge_text"
CREATE_KNOWLEDGE_TEXT = (
    f"CREATE VIRTUAL TABLE {KNOWLEDGE_TEXT} USING fts5(title_zh, title_en, codes, body_zh, body_en, "
    'tokenize = "unicode61 remove_diacritics 2")'
)
event.listen(metadata, "after_create", lambda _target, connection, **_: connection.execute(text(CREATE_KNOWLEDGE_TEXT)))
