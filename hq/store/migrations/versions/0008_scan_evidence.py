"""A scan tells how long reading took."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; scans that are there already do not tell it. What is new of each code lies in their JSON."""
    with op.batch_alter_table("scan_event") as scan:
        scan.add_column(sa.Column("read_ms", sa.BigInteger(), nullable=True))
