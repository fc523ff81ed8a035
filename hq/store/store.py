"""The one handle on HQ's database: readers, writers, migrations, and who is told after a commit."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import ClassVar

from sqlalchemy import Connection, Engine, Table

from core.rows import Row
from hq.store import migrating
from hq.store.engines import READ_ONLY, make_engine
from hq.store.schema import TABLES

Listener = Callable[[Mapping[str, int]], None]


class Store:
    """HQ's database. Threads may share it; each reader and writer has its own connection."""

    tables: ClassVar[Mapping[type[Row], Table]] = TABLES

    def __init__(self, engine: Engine) -> None:
        """Work on ``engine``; use :meth:`open` to make one."""
        self.engine = engine
        # SQLite has one writer; waiting for a lock of our own costs nothing, waiting for its file lock is a poll.
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else nullcontext()
        self._listeners: list[Listener] = []

    @classmethod
    def open(cls, url: str, *, prepared_statements: bool = True) -> "Store":
        """Open ``sqlite:///path`` or ``postgresql+psycopg://…``; call :meth:`upgrade` before first use."""
        return cls(make_engine(url, prepared_statements=prepared_statements))

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    def upgrade(self) -> None:
        """Bring the schema to this program's version."""
        migrating.upgrade(self.engine)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reading one consistent state; nothing written through it stays."""
        isolation = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self.engine.connect().execution_options(**{READ_ONLY: True}, **isolation) as connection:
            connection.begin()
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def asking(self) -> Iterator[Connection]:
        """A connection for one statement, which is consistent by itself: half the round trips of :meth:`reading`."""
        if self.is_sqlite:
            with self.reading() as connection:
                yield connection
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction, committed at the end and rolled back on an error. Rows go through ``hq.feed.work``."""
        with self._turn, self.engine.begin() as connection:
            yield connection

    def listen(self, listener: Listener) -> None:
        """Have ``listener`` called after each commit that moved scopes, with their new seqs, in any thread."""
        self._listeners.append(listener)

    def tell(self, seqs: Mapping[str, int]) -> None:
        """Tell all listeners that these scopes stand at these seqs now."""
        for listener in self._listeners:
            listener(seqs)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()
