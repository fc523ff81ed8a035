"""A reading of a scope knows where HQ stood when it began; images that a self-check took away are kept."""

import sqlalchemy as sa
from alembic import op

from rowstore.tables import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the table; a reading that is under way counts as begun at its cursor."""
    op.add_column("cursor", sa.Column("base", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "set_aside",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_set_aside"),
    )
