"""Engines for the two databases: SQLite with durable commits and one writer, PostgreSQL with a pool."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url

from hq.store.quiet import keep_rows_out

BUSY_MILLISECONDS = 30_000
POOL_SIZE = 10
#: Execution option of connections that only read: SQLite then takes no write lock.
READ_ONLY = "fixpoint_read_only"


def make_engine(address: str, *, prepared_statements: bool = True) -> Engine:
    """The engine for ``sqlite:///path`` or ``postgresql+psycopg://…``.

    ``prepared_statements=False`` is for a transaction pooler between HQ and PostgreSQL.
    """
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    arguments: dict[str, Any] = {} if prepared_statements else {"prepare_threshold": None}
    engine = create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_pre_ping=True,
        connect_args=arguments,
        hide_parameters=True,
    )
    keep_rows_out(engine)
    return engine


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ValueError("HQ's database is a file")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, connect_args={"check_same_thread": False}, pool_size=POOL_SIZE, max_overflow=50, hide_parameters=True
    )
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    """Durable commits, readers beside the writer; transactions are begun by ``_on_begin`` alone."""
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_MILLISECONDS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    """A writer takes the write lock at once: one that upgrades later can fail without waiting."""
    read_only = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
