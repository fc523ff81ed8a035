"""How Alembic runs HQ's migrations: on the connection it is handed, with the models' metadata."""

from typing import Any, Literal

from alembic import context

from hq.store.schema import metadata


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Write our own column type by its import."""
    if kind == "type" and type(item).__name__ == "UtcDateTime":
        autogen_context.imports.add("from rowstore.tables import UtcDateTime")
        return "UtcDateTime()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
