"""The first schema: the rows HQ sends down, and what the device keeps for itself."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Column types as SQLite stores them; `*` belongs to the key, `?` may be null.
_TYPES = {
    "text": sa.Text,
    "big": sa.BigInteger,
    "int": sa.Integer,
    "bool": sa.Boolean,
    "date": sa.Date,
    "json": sa.JSON,
    "blob": sa.LargeBinary,
}
_TABLES = {
    "account_entry": (
        "id:text* version:big branch_id:text station_id:text? amount_fen:big kind:text part_id:text? order_id:text? "
        "old_part_id:text? at:text"
    ),
    "approval_decision": (
        "id:text* version:big branch_id:text station_id:text? request_id:text order_id:text approved:bool reason:text "
        "subject_hash:text decided_by:text decided_at:text"
    ),
    "approval_request": (
        "id:text* version:big branch_id:text station_id:text? order_id:text kind:text rule:text days_over:big "
        "amount_fen:big reason:text photo_sha256:text? subject_hash:text asked_by:text asked_at:text"
    ),
    "attachment": (
        "id:text* version:big branch_id:text station_id:text? order_id:text kind:text sha256:text bytes:big "
        "media_type:text taken_at:text? added_by:text added_at:text"
    ),
    "blob_queue": (
        "sha256:text* kind:text order_id:text? media_type:text bytes:big sent_bytes:big state:text problem:text? "
        "queued_at:text"
    ),
    "claim": (
        "id:text* version:big branch_id:text station_id:text? order_id:text order_number:text technician_id:text? "
        "tariff:text lines:json total_fen:big preview_fen:big? completed_on:date state:text rejection:text? "
        "signals:json"
    ),
    "conflict": (
        "id:text* version:big branch_id:text place_id:text entity:text row_id:text order_id:text? field:text "
        "base:json? hq_value:json? place_value:json? operation_id:text person_id:text at:text state:text picked:json? "
        "picked_by:text?"
    ),
    "credential": "id:text* version:big branch_id:text place_id:text verifier:text must_change:bool",
    "cursor": "scope:text* seq:big incarnation:text refilling:bool",
    "device": (
        "only:int* id:text place_id:text place_name:text place_kind:text branch_id:text epoch:int last_n:big "
        "last_hash:text last_made_at:text? hq_url:text hq_id:text hq_key:text ca_pem:text? utc_offset_minutes:int "
        "incarnation:text? clock_offset_s:int? last_sync_at:text? revoked:bool"
    ),
    "draft": "key:text* content:json updated_at:text",
    "login_attempt": "person:text* failures:int failed_at:text",
    "model": (
        "id:text* version:big brand:text product_class:text name_zh:text name_en:text gtin:text serial_prefix:text "
        "price_fen:big tier:big"
    ),
    "model_part": "id:text* version:big model_id:text part_id:text position:text",
    "note": ("id:text* version:big branch_id:text station_id:text? order_id:text text:text made_by:text made_at:text"),
    "old_part": (
        "id:text* version:big branch_id:text station_id:text? warehouse_id:text? order_id:text part_line_id:text "
        "part_id:text serial:text? no_serial:bool tag:text state:text due_on:date? tagged_at:text? received_at:text? "
        "received_by:text? finding:text? grade:text?"
    ),
    "operation": (
        "position:int* id:text epoch:int n:big body:text signature:text hash:text action:text person_id:text "
        "order_id:text? made_at:text state:text outcome:text? answer:json? seqs:json? answered_at:text? settled:bool "
        "doubtful:text?"
    ),
    "order_unit": (
        "id:text* version:big branch_id:text station_id:text? order_id:text position:big model:text? serial:text? "
        "gtin:text? imei:text? identified_at:text? serial_source:text? scan_id:text? verdict_id:text? "
        "invoice_number:text? invoice_date:date? invoice_fen:big? warranty_card_date:date? installation_date:date? "
        "document_problem:text? condition:text? symptom:text? section:text? defect:text? repair:text? "
        "code_system:text"
    ),
    "parked_operation": (
        "id:text* version:big branch_id:text place_id:text device_id:text n:big action:text person_id:text "
        "made_at:text code:text facts:json touches:json state:text resolved_by:text?"
    ),
    "part": (
        "id:text* version:big name_zh:text name_en:text part_class:text main_part:bool price_fen:big transfer_fen:big "
        "serialised:bool return_days:big superseded_by:text? supplier:text"
    ),
    "part_line": (
        "id:text* version:big branch_id:text station_id:text? order_id:text unit_id:text part_id:text quantity:big "
        "new_serial:text? position:text payer:text old_part_id:text? below_zero:bool removed:bool added_by:text "
        "added_at:text"
    ),
    "person": (
        "id:text* version:big branch_id:text place_id:text login:text name:text roles:json grade:big lines:json "
        "active:bool"
    ),
    "place": (
        "id:text* version:big kind:text code:text name:text branch_id:text warehouse_id:text? address:text "
        "utc_offset_minutes:big grade:big lines:json licence_until:date? area_m:big"
    ),
    "product_class": "id:text* version:big name_zh:text name_en:text",
    "quotation": (
        "id:text* version:big branch_id:text station_id:text? order_id:text lines:json total_fen:big "
        "if_goodwill_fen:big? price_list:text signed_by:text signature_sha256:text? signed_at:text"
    ),
    "reference_document": (
        "id:text* version:big kind:text name:text revision:text in_force_from:date in_force_until:date? body:json"
    ),
    "scan_event": (
        "id:text* version:big branch_id:text station_id:text? order_id:text? device_kind:text device_name:text "
        "codes:json picture_sha256:text? scanned_at:text scanned_by:text"
    ),
    "seen": "entity:text* row_id:text*",
    "session": "only:int* person_id:text began_at:text ends_at:text",
    "setting": "name:text* value:json",
    "shadow": "entity:text* row_id:text* version:big payload:blob?",
    "statement": (
        "id:text* version:big branch_id:text station_id:text? month:text run:big state:text total_fen:big lines:big "
        "tariff:text made_at:text confirmed_at:text? confirmed_by:text?"
    ),
    "statement_line": (
        "id:text* version:big branch_id:text station_id:text? statement_id:text claim_id:text? order_id:text? "
        "order_number:text kind:text part_id:text? quantity:big amount_fen:big tariff:text disputed:bool "
        "dispute_reason:text?"
    ),
    "stock_move": (
        "id:text* version:big branch_id:text station_id:text? part_id:text quantity:big condition:text "
        "from_location:text to_location:text serial:text? order_id:text? reason:text reverses_id:text? moved_by:text "
        "moved_at:text"
    ),
    "task": (
        "id:text* version:big branch_id:text place_id:text kind:text order_id:text? facts:json at:text state:text"
    ),
    "timeline_entry": (
        "id:text* version:big branch_id:text station_id:text? order_id:text action:text person_id:text? "
        "person_name:text at:text trusted:bool detail:json"
    ),
    "touched": "operation_id:text* entity:text* row_id:text*",
    "unit_verdict": (
        "id:text* version:big branch_id:text station_id:text? order_id:text unit_id:text serial:text model:text "
        "day:date outcome:text verdict:json judged_by:text judged_at:text hq_outcome:text?"
    ),
    "visit": (
        "id:text* version:big branch_id:text station_id:text? order_id:text technician_id:text begins_at:text "
        "ends_at:text state:text reason:text?"
    ),
    "work_order": (
        "id:text* version:big branch_id:text station_id:text? number:text external_id:text? state:text "
        "held_from:text? technician_id:text? product_class:text service_type:text job:text urgency:big "
        "customer_name:text customer_phone:text customer_address:text distance_m:big fault_report:text "
        "reported_model:text? reported_serial:text? reported_at:text due_at:text? offered_at:text? accepted_at:text? "
        "visit_from:text? visit_to:text? started_at:text? completed_at:text? reminders:big warranty_guess:text? "
        "cost_low_fen:big? cost_high_fen:big? decline_reason:text? result:text? repairs_order_id:text?"
    ),
}
_UNIQUE = {"operation": (sa.UniqueConstraint("id", name="uq_operation_id"),)}
# table: its indexes, as columns
_INDEXES = {
    "account_entry": (
        "old_part_id",
        "station_id at",
    ),
    "approval_decision": (
        "order_id",
        "request_id",
    ),
    "approval_request": ("order_id",),
    "attachment": (
        "order_id",
        "sha256",
    ),
    "blob_queue": ("state",),
    "claim": ("order_id",),
    "conflict": (
        "row_id",
        "state",
    ),
    "model": (
        "gtin",
        "product_class",
    ),
    "model_part": (
        "model_id",
        "part_id",
    ),
    "note": ("order_id",),
    "old_part": (
        "order_id",
        "part_id serial",
        "state due_on",
        "tag",
    ),
    "operation": ("order_id",),
    "order_unit": (
        "invoice_number",
        "order_id",
        "serial",
    ),
    "parked_operation": ("state",),
    "part_line": ("order_id",),
    "person": (
        "login",
        "place_id",
    ),
    "quotation": ("order_id",),
    "reference_document": ("kind in_force_from",),
    "statement_line": ("statement_id",),
    "stock_move": (
        "order_id",
        "part_id from_location",
        "to_location",
    ),
    "task": (
        "order_id",
        "state",
    ),
    "timeline_entry": ("order_id at",),
    "touched": ("entity row_id",),
    "unit_verdict": ("order_id",),
    "visit": (
        "begins_at",
        "order_id",
    ),
    "work_order": (
        "customer_name",
        "customer_phone",
        "due_at",
        "number",
        "reported_at id",
        "state due_at",
        "technician_id state",
        "visit_from",
    ),
}


def upgrade() -> None:
    for name, columns in _TABLES.items():
        key = [text.partition(":")[0] for text in columns.split() if text.endswith("*")]
        keys = (sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"), *_UNIQUE.get(name, ()))
        op.create_table(name, *map(_column, columns.split()), *keys)
    for name, indexes in _INDEXES.items():
        for columns in indexes:
            op.create_index(f"ix_{name}_{columns.replace(' ', '_')}", name, columns.split())
    op.create_index("ix_operation_epoch_n", "operation", ["epoch", "n"], unique=True)
    op.create_index("ix_operation_unanswered", "operation", ["n"], sqlite_where=sa.text("state <> 'answered'"))
    op.create_index("ix_operation_unsettled", "operation", ["position"], sqlite_where=sa.text("settled = 0"))


def _column(text: str) -> sa.Column[object]:
    name, _, kind = text.partition(":")
    return sa.Column(name, _TYPES[kind.rstrip("*?")](), nullable=kind.endswith("?"))
