"""Dispatch and time limits: what a place and a person are licensed for, an order's pause, escalation and merging."""

import sqlalchemy as sa
from alembic import op

from rowstore.tables import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_YES, _NO, _NONE = sa.true(), sa.false(), sa.text("'[]'")


def upgrade() -> None:
    """Add the columns, and find a branch's orders by their state; who is there is active and may work everywhere."""
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
        order.add_column(sa.Column("paused_at", UtcDateTime(), nullable=True))
        order.add_column(sa.Column("escalated_to", sa.Text(), nullable=True))
        order.add_column(sa.Column("customer_position", sa.JSON(), nullable=True))
        order.add_column(sa.Column("source", sa.Text(), nullable=False, server_default=sa.text("'call_centre'")))
        order.add_column(sa.Column("also_numbers", sa.JSON(), nullable=False, server_default=_NONE))
        order.add_column(sa.Column("merged_into_id", sa.Text(), nullable=True))
    op.create_index("ix_work_order_branch_id_state", "work_order", ["branch_id", "state"])
