"""The first schema."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from rowstore.tables import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "text": sa.Text(),
    "int": sa.Integer(),
    "big": sa.BigInteger(),
    "bool": sa.Boolean(),
    "date": sa.Date(),
    "time": UtcDateTime(),
    "json": sa.JSON(none_as_null=True),
    "bytes": sa.LargeBinary(),
}
# Per table its columns as name:type; ! belongs to the key, ? may be null.
_TABLES = {
    "account_entry": (
        "branch_id:text! id:text! version:big station_id:text? amount_fen:big kind:text part_id:text? order_id:text? "
        "old_part_id:text? at:time"
    ),
    "api_key": "hash:text! name:text rights:json made_at:time revoked_at:time?",
    "approval_decision": (
        "branch_id:text! id:text! version:big station_id:text? request_id:text order_id:text approved:bool "
        "reason:text subject_hash:text decided_by:text decided_at:time"
    ),
    "approval_request": (
        "branch_id:text! id:text! version:big station_id:text? order_id:text kind:text rule:text days_over:big "
        "amount_fen:big reason:text photo_sha256:text? subject_hash:text asked_by:text asked_at:time"
    ),
    "attachment": (
        "branch_id:text! id:text! version:big station_id:text? order_id:text kind:text sha256:text bytes:big "
        "media_type:text taken_at:time? added_by:text added_at:time"
    ),
    "blob": "sha256:text! bytes:big received:big complete:bool media_type:text begun_at:time",
    "blob_ref": "sha256:text! device_id:text!",
    "blocked": "branch_id:text! device_id:text! entity:text! row_id:text! epoch:int! n:big! op_id:text",
    "claim": (
        "branch_id:text! id:text! version:big station_id:text? order_id:text order_number:text technician_id:text? "
        "tariff:text lines:json total_fen:big preview_fen:big? completed_on:date state:text rejection:text? "
        "signals:json"
    ),
    "conflict": (
        "branch_id:text! id:text! version:big place_id:text entity:text row_id:text order_id:text? field:text "
        "base:json? hq_value:json? place_value:json? operation_id:text person_id:text at:time state:text picked:json? "
        "picked_by:text?"
    ),
    "credential": "branch_id:text! id:text! version:big place_id:text verifier:text must_change:bool",
    "device": (
        "id:text! place_id:text branch_id:text public_key:text epoch:int last_n:big last_hash:text name:text "
        "app_version:text enrolled_at:time last_seen:time? clock_offset:big? revoked_at:time?"
    ),
    "device_epoch": "device_id:text! epoch:int! after_n:big after_hash:text granted_at:time reason:text",
    "enrol_code": "hash:text! place_id:text expires_at:time used_at:time? device_id:text?",
    "erp_outbox": (
        "branch_id:text! id:text! kind:text document:text made_at:time delivered_at:time? attempts:int problem:text"
    ),
    "feed_meta": (
        "only:int! hq_id:text incarnation:text public_key:text private_key:text registry_salt:bytes started_at:time"
    ),
    "feed_row": "scope:text! entity:text! row_id:text! seq:big version:big deleted:bool payload:text",
    "inbox": (
        "branch_id:text! device_id:text! epoch:int! n:big! op_id:text? repeats:text? body:bytes signature:text "
        "hash:text received_at:time outcome:text answer:json quarantine:text?"
    ),
    "last_writer": "branch_id:text! entity:text! row_id:text! device_id:text version:big",
    "model": (
        "id:text! version:big brand:text product_class:text name_zh:text name_en:text gtin:text serial_prefix:text "
        "price_fen:big tier:big"
    ),
    "model_part": "id:text! version:big model_id:text part_id:text position:text",
    "note": "branch_id:text! id:text! version:big station_id:text? order_id:text text:text made_by:text made_at:time",
    "old_part": (
        "branch_id:text! id:text! version:big station_id:text? warehouse_id:text? order_id:text part_line_id:text "
        "part_id:text serial:text? no_serial:bool tag:text state:text due_on:date? tagged_at:time? received_at:time? "
        "received_by:text? finding:text? grade:text?"
    ),
    "order_unit": (
        "branch_id:text! id:text! version:big station_id:text? order_id:text position:big model:text? serial:text? "
        "gtin:text? imei:text? identified_at:time? serial_source:text? scan_id:text? verdict_id:text? "
        "invoice_number:text? invoice_date:date? invoice_fen:big? warranty_card_date:date? installation_date:date? "
        "document_problem:text? condition:text? symptom:text? section:text? defect:text? repair:text? "
        "code_system:text"
    ),
    "parked_operation": (
        "branch_id:text! id:text! version:big place_id:text device_id:text n:big action:text person_id:text "
        "made_at:time code:text facts:json touches:json state:text resolved_by:text?"
    ),
    "part": (
        "id:text! version:big name_zh:text name_en:text part_class:text main_part:bool price_fen:big transfer_fen:big "
        "serialised:bool return_days:big superseded_by:text? supplier:text"
    ),
    "part_line": (
        "branch_id:text! id:text! version:big station_id:text? order_id:text unit_id:text part_id:text quantity:big "
        "new_serial:text? position:text payer:text old_part_id:text? below_zero:bool removed:bool added_by:text "
        "added_at:time"
    ),
    "person": (
        "branch_id:text! id:text! version:big place_id:text login:text name:text roles:json grade:big lines:json "
        "active:bool"
    ),
    "place": (
        "id:text! version:big kind:text code:text name:text branch_id:text warehouse_id:text? address:text "
        "utc_offset_minutes:big grade:big lines:json licence_until:date? area_m:big"
    ),
    "product_class": "id:text! version:big name_zh:text name_en:text",
    "quotation": (
        "branch_id:text! id:text! version:big station_id:text? order_id:text lines:json total_fen:big "
        "if_goodwill_fen:big? price_list:text signed_by:text signature_sha256:text? signed_at:time"
    ),
    "reference_document": (
        "id:text! version:big kind:text name:text revision:text in_force_from:date in_force_until:date? body:json"
    ),
    "registry_unit": (
        "serial:text! model:text! status:text made:date? shipped:date? dealer:text region:text sold:date? "
        "registered:date? installed:date? exchanged_on:date? exchange_of:text seq:big deleted:bool"
    ),
    "scan_event": (
        "branch_id:text! id:text! version:big station_id:text? order_id:text? device_kind:text device_name:text "
        "codes:json picture_sha256:text? scanned_at:time scanned_by:text"
    ),
    "scope_counter": "scope:text! seq:big horizon:big",
    "setting": "name:text! value:json",
    "statement": (
        "branch_id:text! id:text! version:big station_id:text? month:text run:big state:text total_fen:big lines:big "
        "tariff:text made_at:time confirmed_at:time? confirmed_by:text?"
    ),
    "statement_line": (
        "branch_id:text! id:text! version:big station_id:text? statement_id:text claim_id:text? order_id:text? "
        "order_number:text kind:text part_id:text? quantity:big amount_fen:big tariff:text disputed:bool "
        "dispute_reason:text?"
    ),
    "stock_move": (
        "branch_id:text! id:text! version:big station_id:text? part_id:text quantity:big condition:text "
        "from_location:text to_location:text serial:text? order_id:text? reason:text reverses_id:text? moved_by:text "
        "moved_at:time"
    ),
    "task": (
        "branch_id:text! id:text! version:big place_id:text kind:text order_id:text? facts:json at:time state:text"
    ),
    "timeline_entry": (
        "branch_id:text! id:text! version:big station_id:text? order_id:text action:text person_id:text? "
        "person_name:text at:time trusted:bool detail:json"
    ),
    "unit_verdict": (
        "branch_id:text! id:text! version:big station_id:text? order_id:text unit_id:text serial:text model:text "
        "day:date outcome:text verdict:json judged_by:text judged_at:time hq_outcome:text?"
    ),
    "visit": (
        "branch_id:text! id:text! version:big station_id:text? order_id:text technician_id:text begins_at:time "
        "ends_at:time state:text reason:text?"
    ),
    "work_order": (
        "branch_id:text! id:text! version:big station_id:text? number:text external_id:text? state:text "
        "held_from:text? technician_id:text? product_class:text service_type:text job:text urgency:big "
        "customer_name:text customer_phone:text customer_address:text distance_m:big fault_report:text "
        "reported_model:text? reported_serial:text? reported_at:time due_at:time? offered_at:time? accepted_at:time? "
        "visit_from:time? visit_to:time? started_at:time? completed_at:time? reminders:big warranty_guess:text? "
        "cost_low_fen:big? cost_high_fen:big? decline_reason:text? result:text? repairs_order_id:text?"
    ),
}
_INDEXES = {
    "account_entry": ("branch_id order_id", "branch_id station_id"),
    "approval_decision": ("branch_id order_id", "branch_id station_id"),
    "approval_request": ("branch_id order_id", "branch_id photo_sha256", "branch_id station_id"),
    "attachment": ("branch_id order_id", "branch_id sha256", "branch_id station_id"),
    "claim": ("branch_id order_id", "branch_id station_id"),
    "conflict": ("branch_id order_id", "branch_id place_id"),
    "credential": ("branch_id place_id",),
    "feed_row": ("scope seq",),
    "inbox": ("branch_id device_id hash",),
    "note": ("branch_id order_id", "branch_id station_id"),
    "old_part": ("branch_id order_id", "branch_id station_id", "branch_id tag", "branch_id warehouse_id"),
    "order_unit": ("branch_id invoice_number", "branch_id order_id", "branch_id serial", "branch_id station_id"),
    "parked_operation": ("branch_id place_id",),
    "part_line": ("branch_id order_id", "branch_id station_id"),
    "person": ("branch_id place_id",),
    "quotation": ("branch_id order_id", "branch_id signature_sha256", "branch_id station_id"),
    "registry_unit": ("seq",),
    "scan_event": ("branch_id order_id", "branch_id picture_sha256", "branch_id station_id"),
    "statement": ("branch_id station_id",),
    "statement_line": ("branch_id order_id", "branch_id statement_id", "branch_id station_id"),
    "stock_move": ("branch_id order_id", "branch_id station_id"),
    "task": ("branch_id order_id", "branch_id place_id"),
    "timeline_entry": ("branch_id order_id", "branch_id station_id"),
    "unit_verdict": ("branch_id order_id", "branch_id station_id"),
    "visit": ("branch_id order_id", "branch_id station_id"),
    "work_order": ("branch_id external_id", "branch_id number", "branch_id reported_serial", "branch_id station_id"),
}


def upgrade() -> None:
    for name, columns in _TABLES.items():
        op.create_table(name, *map(_column, columns.split()), *_constraints(name))
    for name, indexes in _INDEXES.items():
        for columns in indexes:
            op.create_index(f"ix_{name}_{columns.replace(' ', '_')}", name, columns.split())


def _column(written: str) -> sa.Column[Any]:
    name, _, kind = written.partition(":")
    return sa.Column(
        name,
        _TYPES[kind.rstrip("!?")],
        primary_key=kind.endswith("!"),
        nullable=kind.endswith("?"),
        autoincrement=False,
    )


def _constraints(table: str) -> list[sa.Constraint]:
    # one operation has one place in the inbox, under whatever number it came
    return [sa.UniqueConstraint("branch_id", "op_id", name="uq_inbox_branch_id_op_id")] if table == "inbox" else []
