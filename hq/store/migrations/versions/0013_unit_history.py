"""A unit's history: what HQ told of it, findings that end its cover, corrections that were proposed."""

import sqlalchemy as sa
from alembic import op

from rowstore.tables import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and tables; of units that are there already nobody said who holds them or what was found."""
    with op.batch_alter_table("order_unit") as unit:
        unit.add_column(sa.Column("held_by", sa.Text(), nullable=True))
        unit.add_column(sa.Column("exclusions", sa.JSON(none_as_null=True), nullable=True))
        unit.add_column(sa.Column("finding", sa.Text(), nullable=True))
        unit.add_column(sa.Column("finding_photo", sa.Text(), nullable=True))
    op.create_index("ix_order_unit_serial", "order_unit", ["serial"])
    op.create_table(
        "unit_record",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("branch_id", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=True),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("repairs", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("contracts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("as_of", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("branch_id", "id", name="pk_unit_record"),
    )
    op.create_index("ix_unit_record_branch_id_station_id", "unit_record", ["branch_id", "station_id"])
    op.create_index("ix_unit_record_branch_id_serial", "unit_record", ["branch_id", "serial"])
    op.create_table(
        "unit_correction",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("branch_id", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("old", sa.Text(), nullable=False),
        sa.Column("new", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("photo_sha256", sa.Text(), nullable=True),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("branch_id", "id", name="pk_unit_correction"),
    )
    op.create_index("ix_unit_correction_branch_id_order_id", "unit_correction", ["branch_id", "order_id"])
    op.create_index("ix_unit_correction_branch_id_station_id", "unit_correction", ["branch_id", "station_id"])
    op.create_index("ix_unit_correction_branch_id_photo_sha256", "unit_correction", ["branch_id", "photo_sha256"])
    op.create_index("ix_unit_correction_branch_id_serial", "unit_correction", ["branch_id", "serial"])
    op.create_index("ix_unit_correction_branch_id_state", "unit_correction", ["branch_id", "state"])
    op.create_table(
        "service_contract",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_service_contract"),
    )
    op.create_index("ix_service_contract_serial", "service_contract", ["serial"])
