"""Requests, shipments, transfers, counts and accounts of parts; moves that two stations see."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from rowstore.tables import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "text": sa.Text(),
    "big": sa.BigInteger(),
    "bool": sa.Boolean(),
    "time": UtcDateTime(),
    "json": sa.JSON(none_as_null=True),
}
# Per table its columns as name:type; ! belongs to the key, ? may be null.
_TABLES = {
    "allocation": (
        "id:text! version:big branch_id:text station_id:text? request_id:text line_id:text part_id:text "
        "quantity:big refused:big reason:text source:text made_by:text? made_at:time"
    ),
    "local_purchase": (
        "id:text! version:big branch_id:text station_id:text? part_id:text quantity:big price_fen:big "
        "vendor:text photo_sha256:text photo_bytes:big media_type:text order_id:text? bought_by:text "
        "bought_at:time"
    ),
    "part_request": (
        "id:text! version:big branch_id:text station_id:text? kind:text order_id:text? note:text state:text "
        "asked_by:text asked_at:time"
    ),
    "part_stock": ("id:text! version:big part_id:text branch_id:text holdings:json as_of:time"),
    "part_transfer": (
        "id:text! version:big branch_id:text station_id:text? other_station_id:text opened_at:text lines:json "
        "state:text reason:text proposed_by:text proposed_at:time answered_by:text? answered_at:time?"
    ),
    "parts_account": (
        "id:text! version:big branch_id:text station_id:text? limit_fen:big? frozen:bool reason:text "
        "freeze_after_days:big? set_at:time"
    ),
    "receipt_line": (
        "id:text! version:big branch_id:text station_id:text? other_station_id:text? shipment_id:text "
        "part_id:text finding:text quantity:big serials:json"
    ),
    "request_line": (
        "id:text! version:big branch_id:text station_id:text? request_id:text part_id:text quantity:big "
        "serial:text? finding:text? figures:json?"
    ),
    "reservation": (
        "id:text! version:big branch_id:text station_id:text? order_id:text part_id:text quantity:big "
        "reason:text made_by:text made_at:time"
    ),
    "shipment": (
        "id:text! version:big branch_id:text station_id:text? other_station_id:text? from_location:text "
        "to_location:text request_id:text? transfer_id:text? document:text carrier:text sent_by:text? "
        "sent_at:time received_by:text? received_at:time? settled:text?"
    ),
    "shipment_line": (
        "id:text! version:big branch_id:text station_id:text? other_station_id:text? shipment_id:text "
        "part_id:text quantity:big condition:text serials:json request_line_id:text?"
    ),
    "stock_count": (
        "id:text! version:big branch_id:text station_id:text? location:text opening:bool blind:bool "
        "lines:json counted_by:text counted_at:time"
    ),
}
_INDEXES = {
    "allocation": ("request_id",),
    "part_request": ("station_id state",),
    "part_stock": ("part_id",),
    "receipt_line": ("shipment_id",),
    "request_line": (
        "part_id",
        "request_id",
    ),
    "reservation": (
        "order_id",
        "part_id",
    ),
    "shipment": (
        "request_id",
        "to_location",
    ),
    "shipment_line": ("shipment_id",),
}


def upgrade() -> None:
    """Add the tables; moves name a second station, entries of the account their shipment."""
    for name, columns in _TABLES.items():
        key = [text.partition(":")[0] for text in columns.split() if text.endswith("!")]
        op.create_table(name, *map(_column, columns.split()), sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"))
    with op.batch_alter_table("account_entry") as entries:
        entries.add_column(sa.Column("shipment_id", sa.Text(), nullable=True))
    with op.batch_alter_table("stock_move") as moves:
        moves.add_column(sa.Column("other_station_id", sa.Text(), nullable=True))
    for name, indexes in _INDEXES.items():
        for columns in indexes:
            op.create_index(f"ix_{name}_{columns.replace(' ', '_')}", name, columns.split())


def _column(written: str) -> sa.Column[Any]:
    name, _, kind = written.partition(":")
    return sa.Column(name, _TYPES[kind.rstrip("!?")], nullable=kind.endswith("?"))
