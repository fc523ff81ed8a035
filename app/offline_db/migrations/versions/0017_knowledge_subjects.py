"""What articles and templates are about stands in a table of its own, so that no list or search reads all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_FIELDS = {
    "article": ("models", "product_classes", "symptoms", "sections", "defects"),
    "job_template": ("models", "symptoms"),
}
_PUBLISHED = "state = 'published'"


def upgrade() -> None:
    """Take the subjects from the published rows there are."""
    op.create_table(
        "knowledge_subject",
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entity", "row_id", "field", "value", name="pk_knowledge_subject"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_knowledge_subject_field_value", "knowledge_subject", ["field", "value"])
    for table, fields in _FIELDS.items():
        op.create_index(f"ix_{table}_state_published_at_number", table, ["state", "published_at", "number"])
        for field in fields:
            op.execute(  # nothing but the names above is put in
                "INSERT OR IGNORE INTO knowledge_subject "  # noqa: S608
                f"SELECT '{table}', {table}.id, '{field}', coalesce(one.value, '') "
                f"FROM {table} LEFT JOIN json_each({table}.{field}) AS one WHERE {table}.{_PUBLISHED}"
            )
    op.execute(
        "INSERT INTO knowledge_subject SELECT 'job_template', id, 'product_classes', product_class "  # noqa: S608
        f"FROM job_template WHERE {_PUBLISHED}"
    )
    for field in ("sections", "defects"):
        op.execute(
            f"INSERT INTO knowledge_subject SELECT 'job_template', id, '{field}', '' FROM job_template "  # noqa: S608
            f"WHERE {_PUBLISHED}"
        )
