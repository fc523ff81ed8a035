"""Requests know who decides them and until when; people have limits and deputies."""

import sqlalchemy as sa
from alembic import op

from rowstore.tables import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Requests that are there already were asked of the branch, with no hour by which to answer."""
    op.create_table(
        "deputy",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("branch_id", sa.Text(), nullable=False),
        sa.Column("place_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("deputy_id", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("named_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deputy")),
    )
    with op.batch_alter_table("approval_request") as request:
        request.add_column(sa.Column("level", sa.Text(), nullable=False, server_default="branch"))
        request.add_column(sa.Column("answer_by", UtcDateTime(), nullable=True))
        request.add_column(sa.Column("escalations", sa.BigInteger(), nullable=False, server_default="0"))
    with op.batch_alter_table("person") as person:
        person.add_column(sa.Column("approval_limit_fen", sa.BigInteger(), nullable=True))
