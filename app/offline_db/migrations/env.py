"""Entry of Alembic: works in the connection and transaction that the caller gives; reads no configuration file."""

from alembic import context

given = context.config.attributes
context.configure(
    connection=given["connection"],
    target_metadata=given.get("metadata"),
    render_as_batch=True,  # SQLite changes columns by copying the table
    transactional_ddl=True,  # the caller's BEGIN IMMEDIATE covers everything: all of a change or nothing
    transaction_per_migration=False,
    compare_type=True,
)
context.run_migrations()
