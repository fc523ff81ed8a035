"""How long this process holds the write lock: from ``BEGIN IMMEDIATE`` to the end of the commit, per transaction.

SQLite moves pages from its journal into the file after the lock is free, though within the commit's call: while it is
timed that is done behind each commit, and not counted.
"""

import time
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, event

_PAGES = 1000  # SQLite's own choice


class LockTimes:
    """While it is entered, notes the milliseconds of each write transaction of ``engine``; costs next to nothing."""

    def __init__(self, engine: Engine) -> None:
        """Nothing is noted yet."""
        self.milliseconds: list[float] = []
        self.processor_ms: list[float] = []
        self._engine = engine
        self._since = self._used = 0.0

    def __enter__(self) -> Self:
        event.listen(self._engine, "begin", self._begun)
        self._commit = self._engine.dialect.do_commit
        self._engine.dialect.do_commit = self._committed  # type: ignore[method-assign]  # the event comes before it
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        event.remove(self._engine, "begin", self._begun)
        self._engine.dialect.do_commit = self._commit  # type: ignore[method-assign]

    def _begun(self, connection: Connection) -> None:
        if connection.get_execution_options().get("fixpoint_writes"):
            self._since, self._used = time.perf_counter(), time.thread_time()

    def _committed(self, raw: Any) -> None:
        if not self._since:
            self._commit(raw)
            return
        database = raw.driver_connection
        database.execute("PRAGMA wal_autocheckpoint = 0")
        self._commit(raw)
        self.milliseconds.append((time.perf_counter() - self._since) * 1000)
        self.processor_ms.append((time.thread_time() - self._used) * 1000)
        self._since = 0.0
        database.execute(f"PRAGMA wal_autocheckpoint = {_PAGES}")
        database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
