"""Boxes of old parts, the clerk's counts, and what becomes of a part behind its receipt."""

import sqlalchemy as sa
from alembic import op

from rowstore.tables import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TEXT, _TIME = sa.Text, UtcDateTime
_OF_OLD_PART = (
    ("box_id", _TEXT), ("packed_at", _TIME), ("next_place", _TEXT), ("graded_at", _TIME),
    ("batch", _TEXT), ("sent_at", _TIME), ("answer", _TEXT), ("answered_at", _TIME),
)  # fmt: skip


def upgrade() -> None:
    """Add the columns, empty for the parts that are there, and the two tables."""
    with op.batch_alter_table("old_part") as old_part:
        for name, kind in _OF_OLD_PART:
            old_part.add_column(sa.Column(name, kind(), nullable=True))
    op.create_table(
        "box",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("branch_id", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=True),
        sa.Column("warehouse_id", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sealed_at", UtcDateTime(), nullable=True),
        sa.Column("sealed_by", sa.Text(), nullable=True),
        sa.Column("manifest", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("manifest_sha256", sa.Text(), nullable=True),
        sa.Column("shipped_at", UtcDateTime(), nullable=True),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("carrier_number", sa.Text(), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=True),
        sa.Column("opened_by", sa.Text(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("differences", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_box"),
    )
    op.create_table(
        "box_count",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("branch_id", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=True),
        sa.Column("warehouse_id", sa.Text(), nullable=True),
        sa.Column("box_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=True),
        sa.Column("part_id", sa.Text(), nullable=True),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("next_place", sa.Text(), nullable=True),
        sa.Column("photo_sha256", sa.Text(), nullable=True),
        sa.Column("photo_bytes", sa.BigInteger(), nullable=True),
        sa.Column("counted_by", sa.Text(), nullable=False),
        sa.Column("counted_at", UtcDateTime(), nullable=False),
        sa.Column("voided", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_box_count"),
    )
    for table, column in (("old_part", "box_id"), ("old_part", "batch"), ("box", "state")):
        op.create_index(f"ix_{table}_{column}", table, [column])
    for column in ("box_id", "tag"):
        op.create_index(f"ix_box_count_{column}", "box_count", [column])
