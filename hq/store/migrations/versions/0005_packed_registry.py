"""Units of the registry are packed once, when they are written, and no longer at each building of the file."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, not filled: the next building of a file packs what is there, in pieces beside all other work."""
    op.create_table(
        "registry_model",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.UniqueConstraint("model", name="uq_registry_model_model"),
    )
    op.create_table(
        "registry_dealer",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("dealer", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.UniqueConstraint("dealer", "region", name="uq_registry_dealer_dealer_region"),
    )
    # one by one: Alembic's batch would copy ten million rows on SQLite
    op.add_column("registry_unit", sa.Column("key", sa.BigInteger(), nullable=True))
    op.add_column("registry_unit", sa.Column("packed", sa.LargeBinary(), nullable=True))
    missing = sa.text("packed IS NULL")
    op.create_index(
        "ix_registry_unit_unpacked", "registry_unit", ["serial"], sqlite_where=missing, postgresql_where=missing
    )
