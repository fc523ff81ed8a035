"""A parked operation shows what its action was given."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; operations that are parked already show nothing."""
    with op.batch_alter_table("parked_operation") as parked:
        parked.add_column(sa.Column("args", sa.JSON(none_as_null=True), nullable=True))
