"""A picture's thumbnail is named beside it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; pictures that are there already have none."""
    with op.batch_alter_table("attachment") as attachment:
        attachment.add_column(sa.Column("thumbnail_sha256", sa.Text(), nullable=True))
        attachment.add_column(sa.Column("thumbnail_bytes", sa.BigInteger(), nullable=True))
