"""Where each scope stood on a day, and reports of devices whose rows were not HQ's."""

import sqlalchemy as sa
from alembic import op

from rowstore.tables import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables."""
    op.create_table(
        "scope_mark",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "day", name="pk_scope_mark"),
    )
    op.create_table(
        "self_check",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ranges", sa.Integer(), nullable=False),
        sa.Column("by_content", sa.Boolean(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("explained", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_self_check"),
    )
    op.create_index("ix_self_check_at", "self_check", ["at"])
