"""Calls, units in the shop, loaners, inspection certificates, and the facts of other ends than a repair."""

import sqlalchemy as sa
from alembic import op

from rowstore.tables import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make five tables, and add what visits, units and orders tell since."""
    op.create_table(
        "certificate",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("branch_id", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("measured", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("photos", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("signature_sha256", sa.Text(), nullable=True),
        sa.Column("inspected_at", UtcDateTime(), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
    )
    with op.batch_alter_table("certificate") as batch:
        batch.create_index(batch.f("ix_certificate_number"), ["number"], unique=False)
        batch.create_index(batch.f("ix_certificate_order_id"), ["order_id"], unique=False)

    op.create_table(
        "contact",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("branch_id", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    with op.batch_alter_table("contact") as batch:
        batch.create_index(batch.f("ix_contact_order_id"), ["order_id"], unique=False)

    op.create_table(
        "custody",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("branch_id", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("accessories", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("from_name", sa.Text(), nullable=False),
        sa.Column("signature_sha256", sa.Text(), nullable=True),
        sa.Column("carrier_in", sa.Text(), nullable=True),
        sa.Column("tracking_in", sa.Text(), nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.Column("returned_at", UtcDateTime(), nullable=True),
        sa.Column("returned_by", sa.Text(), nullable=True),
        sa.Column("to_name", sa.Text(), nullable=True),
        sa.Column("carrier_out", sa.Text(), nullable=True),
        sa.Column("tracking_out", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody")),
    )
    with op.batch_alter_table("custody") as batch:
        batch.create_index(batch.f("ix_custody_order_id"), ["order_id"], unique=False)

    op.create_table(
        "loaner",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("branch_id", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("condition_out", sa.Text(), nullable=False),
        sa.Column("lent_at", UtcDateTime(), nullable=False),
        sa.Column("lent_by", sa.Text(), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.Column("condition_back", sa.Text(), nullable=True),
        sa.Column("back_at", UtcDateTime(), nullable=True),
        sa.Column("back_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loaner")),
    )
    with op.batch_alter_table("loaner") as batch:
        batch.create_index(batch.f("ix_loaner_order_id"), ["order_id"], unique=False)
        batch.create_index(batch.f("ix_loaner_serial"), ["serial"], unique=False)

    op.create_table(
        "order_end",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("branch_id", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Text(), nullable=True),
        sa.Column("end", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("customer_fen", sa.BigInteger(), nullable=False),
        sa.Column("certificate_id", sa.Text(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("old_serial", sa.Text(), nullable=True),
        sa.Column("new_model", sa.Text(), nullable=True),
        sa.Column("new_serial", sa.Text(), nullable=True),
        sa.Column("serial_source", sa.Text(), nullable=True),
        sa.Column("price_fen", sa.BigInteger(), nullable=True),
        sa.Column("deduction_fen", sa.BigInteger(), nullable=False),
        sa.Column("like_model_refused", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_end")),
    )
    with op.batch_alter_table("order_end") as batch:
        batch.create_index(batch.f("ix_order_end_order_id"), ["order_id"], unique=False)

    with op.batch_alter_table("order_unit") as batch:
        batch.add_column(sa.Column("half", sa.Text(), nullable=True))
        batch.add_column(sa.Column("pair", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("installation_place", sa.Text(), nullable=True))

    with op.batch_alter_table("visit") as batch:
        batch.add_column(sa.Column("made_at", UtcDateTime(), nullable=True))
        batch.add_column(sa.Column("entered_at", UtcDateTime(), nullable=True))
        batch.add_column(sa.Column("missed_by", sa.Text(), nullable=True))
        batch.add_column(sa.Column("evidence_sha256", sa.Text(), nullable=True))

    with op.batch_alter_table("work_order") as batch:
        batch.add_column(sa.Column("contacted_at", UtcDateTime(), nullable=True))
        batch.add_column(sa.Column("ended_as", sa.Text(), nullable=True))
