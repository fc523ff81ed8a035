"""Rescue files and the work that came by them beside its device's chain; a parked operation shows its arguments."""

import sqlalchemy as sa
from alembic import op

from rowstore.tables import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the two tables and the column; operations that wait already show no arguments."""
    op.create_table(
        "beside",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("last_n", sa.BigInteger(), nullable=False),
        sa.Column("last_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", name="pk_beside"),
    )
    op.create_table(
        "rescue",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("branch_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("handed_in_by", sa.Text(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rescue"),
    )
    with op.batch_alter_table("parked_operation") as parked:
        parked.add_column(sa.Column("args", sa.JSON(none_as_null=True), nullable=True))
