"""A conflict tells who and when of both sides; HQ knows which schema a device writes."""

import sqlalchemy as sa
from alembic import op

from rowstore.tables import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TEXTS = ("person_name", "hq_person_id", "hq_person", "stands", "picked_by_name")


def upgrade() -> None:
    """Add the columns; of conflicts that are there already HQ's side is not known."""
    with op.batch_alter_table("conflict") as conflict:
        for name in _TEXTS:
            conflict.add_column(sa.Column(name, sa.Text(), nullable=True))
        for name in ("hq_at", "picked_at"):
            conflict.add_column(sa.Column(name, UtcDateTime(), nullable=True))
        for name in ("also", "hq_also"):
            conflict.add_column(sa.Column(name, sa.JSON(none_as_null=True), nullable=True))
    op.add_column("device", sa.Column("schema", sa.Integer(), nullable=True))
