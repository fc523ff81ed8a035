"""Test measurements, and the questions with which requests are sent back."""

import sqlalchemy as sa
from alembic import op

from rowstore.tables import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make two tables; requests count their answers and name the question that is open."""
    op.create_table(
        "approval_question",
        sa.Column("branch_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("subject_hash", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("photo_sha256", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_approval_question")),
    )
    with op.batch_alter_table("approval_question") as batch:
        batch.create_index(batch.f("ix_approval_question_branch_id_order_id"), ["branch_id", "order_id"], unique=False)
        batch.create_index(
            batch.f("ix_approval_question_branch_id_photo_sha256"), ["branch_id", "photo_sha256"], unique=False
        )
        batch.create_index(
            batch.f("ix_approval_question_branch_id_station_id"), ["branch_id", "station_id"], unique=False
        )

    op.create_table(
        "measured_value",
        sa.Column("branch_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=True),
        sa.Column("high", sa.BigInteger(), nullable=True),
        sa.Column("tool", sa.Text(), nullable=False),
        sa.Column("measured_by", sa.Text(), nullable=False),
        sa.Column("measured_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_measured_value")),
    )
    with op.batch_alter_table("measured_value") as batch:
        batch.create_index(batch.f("ix_measured_value_branch_id_order_id"), ["branch_id", "order_id"], unique=False)
        batch.create_index(batch.f("ix_measured_value_branch_id_station_id"), ["branch_id", "station_id"], unique=False)

    with op.batch_alter_table("approval_request") as batch:
        batch.add_column(sa.Column("revision", sa.BigInteger(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("question_id", sa.Text(), nullable=True))
