"""What waited tells its outcome as it is stored."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of rows that are there already only the state tells."""
    with op.batch_alter_table("parked_operation") as parked:
        parked.add_column(sa.Column("outcome", sa.Text(), nullable=True))
