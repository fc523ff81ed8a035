"""Rows down: page after page of each scope, until nothing is newer at HQ."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from app.sync.ahead import Coming
from app.sync.client import Gone, HqClient, Page
from app.sync.ports import SyncStore
from core.contract.messages import MAX_PULL_ROWS, REFERENCE_SCOPE, PageEnd, PulledLine
from core.refusals import Refusal

#: Called with the scope and the rows received so far.
Progress = Callable[[str, int], None]
#: Rows of one answer; it is written in as many transactions as :class:`Pace` makes of it.
PULL_ROWS = MAX_PULL_ROWS
#: A transaction shall take no more processor time, so that a person's own work hardly waits for the write lock.
WRITE_SECONDS = 0.020


class Part(NamedTuple):
    """Some lines of a page, in one transaction with the cursor behind them."""

    after: int
    lines: Sequence[PulledLine]
    end: PageEnd


class Pace:
    """How many rows one transaction takes: as many as could lately be written in :data:`WRITE_SECONDS`.

    Processor time is measured: what the disk takes for a commit is the same for few rows as for many, and where it is
    slow, smaller transactions would only be more of them.
    """

    LEAST, FIRST, MOST = 500, 1_000, 5_000

    def __init__(self, used: Callable[[], float] = time.thread_time) -> None:
        """``used`` gives the processor seconds that this thread has used."""
        self.rows = self.FIRST
        self._used = used

    def timed(self, rows: int, work: Callable[[], int]) -> int:
        """Do ``work``, which writes so many rows, and learn from what it took."""
        began = self._used()
        done = work()
        took = self._used() - began
        if took > WRITE_SECONDS or rows >= self.rows:  # few rows written quickly say little
            wanted = int(rows * WRITE_SECONDS / took) if took > 0 else self.MOST
            self.rows = max(self.LEAST, self.rows // 2, min(wanted, 2 * self.rows, self.MOST))
        return done


class _Reading:
    """One scope being read: the answer that is on its way, and where this reading from the beginning began."""

    def __init__(self, store: SyncStore, hq: HqClient, scope: str, incarnation: str) -> None:
        self.store = store
        self.scope = scope
        self._hq = hq
        self._incarnation = incarnation
        self._restarted = False
        self._after = self._base = 0
        self._from_store()

    def next(self) -> tuple[int, Page] | None:
        """The next page and the cursor it continues; None: nothing is newer. The one after it is asked for at once."""
        try:
            page = self._coming.result()
        except Gone:
            if self._restarted:
                raise Refusal("hq_unexpected", problem=f"cursor of {self.scope}") from None
            self.store.restart(self.scope)
            self._restarted = True
            self._from_store()
            return self.next()
        if page is None:
            return None
        after, end = self._after, page.end
        if end.incarnation != self._incarnation or (end.more and end.cursor <= after):
            raise Refusal("hq_unexpected", problem=f"page of {self.scope}")
        if end.more:
            self._base = self._base if after else end.seq or end.cursor
            self._ask(end.cursor)
        return after, page

    def written(self, page: Page) -> None:
        """Go on from the store's own cursor where another process has moved it meanwhile."""
        if page.end.more and self.store.cursors().get(self.scope) != page.end.cursor:
            self._coming.drop()
            self._from_store()

    def drop(self) -> None:
        """Nothing more is read."""
        self._coming.drop()

    def _from_store(self) -> None:
        after = self.store.cursors().get(self.scope, 0)
        self._base = self.store.base(self.scope) if after else 0
        self._ask(after)

    def _ask(self, after: int) -> None:
        base = self._base
        self._after = after
        self._coming: Coming[Page | None] = self._hq.ahead(
            lambda: self._hq.pull(self.scope, after, PULL_ROWS, self._incarnation, base=base)
        )


def pull_scope(store: SyncStore, hq: HqClient, scope: str, incarnation: str, progress: Progress) -> int:
    """Read the scope up to its end; returns how many rows changed here.

    A cursor that HQ can't continue from is begun anew once; rows stay meanwhile. Rows are written with the cursor
    behind them in one transaction, so that a cut loses nothing and repeats nothing.
    """
    pulled = received = 0
    pace = Pace()
    reading = _Reading(store, hq, scope, incarnation)
    try:
        while (found := reading.next()) is not None:
            after, page = found
            for part in parts_of(after, page, pace):
                pulled += pace.timed(len(part.lines), lambda part=part: store.apply_page(scope, *part))  # type: ignore[misc]
                received += len(part.lines)
                progress(scope, received)
            if not page.end.more:
                return pulled
            reading.written(page)
    finally:
        reading.drop()
    return pulled


def parts_of(after: int, page: Page, pace: Pace) -> Iterator[Part]:
    """The page in pieces of as many rows as the pace allows; the last one ends as the page does."""
    begin, lines = 0, page.lines
    while len(lines) - begin > pace.rows:
        some = lines[begin : begin + pace.rows]
        end = msgspec.structs.replace(page.end, cursor=some[-1].seq, more=True)
        yield Part(after, some, end)
        begin, after = begin + len(some), end.cursor
    yield Part(after, lines[begin:], page.end)


def in_order(scopes: Iterable[str]) -> list[str]:
    """Reference rows last: the own open orders and stock are there within seconds of the first start."""
    return sorted(scopes, key=lambda scope: (scope == REFERENCE_SCOPE, scope))
