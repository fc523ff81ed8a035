"""What lies where is kept by the database itself, with each line of the ledger; and use is found by its time."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

#: A repaired unit's parts are no stock, and there is one such location for each order.
_KEPT = "NOT LIKE 'unit:%'"


def _add(line: str, sign: str, column: str) -> str:
    """Add a line's pieces at one of its two locations, or take them away again."""
    return f"""
        INSERT INTO stock_total (location, part_id, condition, quantity)
        SELECT {line}.{column}, {line}.part_id, {line}.condition, {sign}{line}.quantity
        WHERE {line}.{column} {_KEPT}
        ON CONFLICT (location, part_id, condition) DO UPDATE SET quantity = quantity + excluded.quantity;"""


_IN = _add("NEW", "", "to_location") + _add("NEW", "-", "from_location")
_OUT = _add("OLD", "-", "to_location") + _add("OLD", "", "from_location")
_TRIGGERS = {"insert": _IN, "delete": _OUT, "update": _OUT + _IN}


def upgrade() -> None:
    """Sum up what the ledger has, then let the database go on."""
    op.create_table(
        "stock_total",
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("part_id", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("location", "part_id", "condition", name="pk_stock_total"),
        sqlite_with_rowid=False,
    )
    for column, sign in (("to_location", ""), ("from_location", "-")):
        op.execute(  # nothing but the names above is put in
            f"INSERT INTO stock_total SELECT {column}, part_id, condition, sum({sign}quantity) FROM stock_move "  # noqa: S608
            f"WHERE {column} {_KEPT} GROUP BY 1, 2, 3 "
            "ON CONFLICT (location, part_id, condition) DO UPDATE SET quantity = quantity + excluded.quantity"
        )
    for event, statements in _TRIGGERS.items():
        op.execute(f"CREATE TRIGGER stock_total_{event} AFTER {event} ON stock_move BEGIN {statements} END")
    op.create_index("ix_stock_move_reason_moved_at", "stock_move", ["reason", "moved_at"])
