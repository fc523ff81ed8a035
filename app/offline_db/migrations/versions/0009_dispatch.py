"""Dispatch and time limits: what a place and a person are licensed for, an order's pause, escalation and merging."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_YES, _NO, _NONE = sa.text("1"), sa.text("0"), sa.text("'[]'")


def upgrade() -> None:
    """Add the columns; places and people that are there are active, named for no area, and free of a re-examination."""
    with op.batch_alter_table("place") as place:
        place.add_column(sa.Column("areas", sa.JSON(), nullable=False, server_default=_NONE))
        place.add_column(sa.Column("position", sa.JSON(), nullable=True))
        place.add_column(sa.Column("hours", sa.JSON(), nullable=True))
        place.add_column(sa.Column("active", sa.Boolean(), nullable=False, server_default=_YES))
        place.add_column(sa.Column("frozen", sa.Boolean(), nullable=False, server_default=_NO))
        place.add_column(sa.Column("direct_dispatch", sa.Boolean(), nullable=False, server_default=_NO))
    with op.batch_alter_table("person") as person:
        person.add_column(sa.Column("licence_until", sa.Date(), nullable=True))
        person.add_column(sa.Column("reexamination", sa.Boolean(), nullable=False, server_default=_NO))
    with op.batch_alter_table("work_order") as order:
        order.add_column(sa.Column("paused_at", sa.Text(), nullable=True))
        order.add_column(sa.Column("escalated_to", sa.Text(), nullable=True))
        order.add_column(sa.Column("customer_position", sa.JSON(), nullable=True))
        order.add_column(sa.Column("source", sa.Text(), nullable=False, server_default=sa.text("'call_centre'")))
        order.add_column(sa.Column("also_numbers", sa.JSON(), nullable=False, server_default=_NONE))
        order.add_column(sa.Column("merged_into_id", sa.Text(), nullable=True))
    op.create_index("ix_work_order_reported_serial", "work_order", ["reported_serial"])
