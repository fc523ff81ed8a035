"""How long this process holds the write lock: from ``BEGIN IMMEDIATE`` to the end of the commit, per transaction.

An upper bound: SQLite moves pages from its journal into the file after the lock is free, within the commit's call.
"""

import time
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, event


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
        self._commit(raw)
        if self._since:
            self.milliseconds.append((time.perf_counter() - self._since) * 1000)
            self.processor_ms.append((time.thread_time() - self._used) * 1000)
        self._since = 0.0
