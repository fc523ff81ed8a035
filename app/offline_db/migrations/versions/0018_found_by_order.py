"""Scans, requests for parts, statement lines and conflicts are found by their order without reading all of them."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_TABLES = ("scan_event", "part_request", "statement_line", "conflict")


def upgrade() -> None:
    """An index each."""
    for table in _TABLES:
        op.create_index(f"ix_{table}_order_id", table, ["order_id"])
