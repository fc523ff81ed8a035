"""HQ's database: tables, sessions and migrations, the same for PostgreSQL and the embedded SQLite."""

from hq.store.store import Store

__all__ = ["Store"]
