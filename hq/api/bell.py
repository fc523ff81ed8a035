"""Waiting for a scope to move without a thread: commits of this process ring at once, others are looked for."""

import asyncio
from collections.abc import Collection, Mapping

from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from hq.store import Store
from hq.store.schema import scope_counter


class Bell:
    """Wakes requests that wait for scopes. Made, rung and waited for in one event loop."""

    def __init__(self, store: Store, poll_seconds: float) -> None:
        """Listen to the commits of ``store``."""
        self._store = store
        self._poll_seconds = poll_seconds
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._poll: asyncio.Task[None] | None = None
        self._seen: dict[str, int] = {}
        self._closing = False
        store.listen(self._on_commit)

    async def moved(self, cursors: Mapping[str, int], seconds: float) -> dict[str, int]:
        """The scopes that stand past their cursor, as soon as there is one; empty after ``seconds``."""
        self._loop = asyncio.get_running_loop()
        event = asyncio.Event()
        for scope in cursors:
            self._waiting.setdefault(scope, set()).add(event)
        if self._poll is None or self._poll.done():
            self._poll = asyncio.create_task(self._look_for_others())
        try:
            return await asyncio.wait_for(self._first(cursors, event), seconds)
        except TimeoutError:
            return {}
        finally:
            self._leave(cursors, event)

    @property
    def closing(self) -> bool:
        """Whether the server stops."""
        return self._closing

    def close(self) -> None:
        """Send everyone away who waits (the server stops)."""
        self._closing = True
        self._ring(list(self._waiting))

    async def _first(self, cursors: Mapping[str, int], event: asyncio.Event) -> dict[str, int]:
        while not self._closing:
            event.clear()
            seqs = await run_in_threadpool(self._seqs, list(cursors))
            for scope, seq in seqs.items():
                self._seen.setdefault(scope, seq)
            moved = {scope: seq for scope, seq in seqs.items() if seq > cursors[scope]}
            if moved:
                return moved
            await event.wait()
        return {}

    def _leave(self, cursors: Mapping[str, int], event: asyncio.Event) -> None:
        for scope in cursors:
            waiting = self._waiting[scope]
            waiting.discard(event)
            if not waiting:
                del self._waiting[scope]

    def _on_commit(self, seqs: Mapping[str, int]) -> None:
        if self._loop is not None and self._waiting and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ring, list(seqs))

    def _ring(self, scopes: Collection[str]) -> None:
        for scope in scopes:
            for event in self._waiting.get(scope, ()):
                event.set()

    async def _look_for_others(self) -> None:
        """One query for all who wait; ends when nobody does."""
        while self._waiting and not self._closing:
            await asyncio.sleep(self._poll_seconds)
            seqs = await run_in_threadpool(self._seqs, list(self._waiting))
            moved = [scope for scope, seq in seqs.items() if self._seen.get(scope) != seq]
            self._seen.update(seqs)
            self._ring(moved)
        self._seen.clear()

    def _seqs(self, scopes: list[str]) -> dict[str, int]:
        columns = (scope_counter.c.scope, scope_counter.c.seq)
        found: dict[str, int] = {}
        with self._store.reading() as connection:
            for start in range(0, len(scopes), 1_000):
                wanted = scope_counter.c.scope.in_(scopes[start : start + 1_000])
                found |= {row.scope: row.seq for row in connection.execute(select(*columns).where(wanted))}
        return found
