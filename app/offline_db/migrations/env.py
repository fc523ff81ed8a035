"""Entry of Alembic: works in the connection and transaction that the caller gives; reads no configuration file."""

from typing import Any

from alembic import context

from app.offline_db.schema import KNOWLEDGE_TEXT

given = context.config.attributes


def of_models(name: str | None, kind: str, _parents: Any) -> bool:
    """The full-text table and SQLite's own tables behind it have no models."""
    return kind != "table" or not (name or "").startswith(KNOWLEDGE_TEXT)


context.configure(
    connection=given["connection"],
    target_metadata=given.get("metadata"),
    render_as_batch=True,  # SQLite changes columns by copying the table
    transactional_ddl=True,  # the caller's BEGIN IMMEDIATE covers everything: all of a change or nothing
    transaction_per_migration=False,
    compare_type=True,
    include_name=of_models,
)
context.run_migrations()
