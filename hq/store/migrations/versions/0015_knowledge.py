"""The knowledge base: published articles and job templates, and what places propose."""

import sqlalchemy as sa
from alembic import op

from rowstore.tables import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; the knowledge base begins empty."""
    op.create_table(
        "article",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("edition", sa.BigInteger(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("models", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("symptoms", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=False),
        sa.Column("body_zh", sa.Text(), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("product_classes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("sections", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("defects", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("parts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=True),
        sa.Column("place_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_article"),
    )
    op.create_table(
        "article_picture",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_article_picture"),
    )
    op.create_index("ix_article_picture_sha256", "article_picture", ["sha256"])
    op.create_table(
        "job_template",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("edition", sa.BigInteger(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("models", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("symptoms", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=False),
        sa.Column("product_class", sa.Text(), nullable=False),
        sa.Column("steps_zh", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("steps_en", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("parts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job_template"),
    )
    op.create_table(
        "article_proposal",
        sa.Column("branch_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("revises", sa.Text(), nullable=True),
        sa.Column("earlier_id", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("product_classes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("models", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("symptoms", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("sections", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("defects", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("parts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("article_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("branch_id", "id", name="pk_article_proposal"),
    )
    op.create_index("ix_article_proposal_branch_id_order_id", "article_proposal", ["branch_id", "order_id"])
    op.create_index("ix_article_proposal_branch_id_state", "article_proposal", ["branch_id", "state"])
    op.create_index("ix_article_proposal_branch_id_station_id", "article_proposal", ["branch_id", "station_id"])
    op.create_table(
        "proposal_picture",
        sa.Column("branch_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=True),
        sa.Column("proposal_id", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("branch_id", "id", name="pk_proposal_picture"),
    )
    op.create_index("ix_proposal_picture_branch_id_proposal_id", "proposal_picture", ["branch_id", "proposal_id"])
    op.create_index("ix_proposal_picture_branch_id_sha256", "proposal_picture", ["branch_id", "sha256"])
    op.create_index("ix_proposal_picture_branch_id_station_id", "proposal_picture", ["branch_id", "station_id"])
