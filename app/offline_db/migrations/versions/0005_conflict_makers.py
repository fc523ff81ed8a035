"""A conflict tells who and when of both sides; rows of a newer HQ that could not be read are remembered."""

import sqlalchemy as sa
from alembic import op

from rowstore.tables import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TEXTS = ("person_name", "hq_person_id", "hq_person", "stands", "picked_by_name")


def upgrade() -> None:
    """Add the columns and the table; conflicts that are here already are read again with the scope."""
    with op.batch_alter_table("conflict") as conflict:
        for name in _TEXTS:
            conflict.add_column(sa.Column(name, sa.Text(), nullable=True))
        for name in ("hq_at", "picked_at"):
            conflict.add_column(sa.Column(name, UtcDateTime(), nullable=True))
        for name in ("also", "hq_also"):
            conflict.add_column(sa.Column(name, sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "unread",
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entity", "row_id", name="pk_unread"),
    )
