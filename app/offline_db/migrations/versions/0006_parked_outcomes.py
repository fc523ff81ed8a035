"""What waited tells its outcome as HQ stores it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; rows that are here already tell it when they change, until then their state does."""
    with op.batch_alter_table("parked_operation") as parked:
        parked.add_column(sa.Column("outcome", sa.Text(), nullable=True))
