"""The loop around the sync: when it runs, what the chip is told, and how it ends."""

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app.offline_db.store import Store
from app.offline_db.sync_store import SyncStore
from app.sync.loop import SyncLoop
from app.sync.schedule import CUT_SPREAD, SOON, Schedule
from app.sync.status import Standing, SyncReport, SyncStatus
from app.sync.turn import Clocks
from core.refusals import Refusal
from tests.integration import station_kit as kit

WAIT = 10.0


class FakeSyncer:
    """Syncs nothing; ``outcomes`` are raised or returned in turn, then it always goes through."""

    def __init__(self, store: SyncStore) -> None:
        self.store = store
        self.outcomes: list[Exception] = []
        self.ran = threading.Semaphore(0)

    def sync_once(self, progress: Any) -> SyncReport:
        progress("push", 1, 2)
        try:
            if self.outcomes:
                raise self.outcomes.pop(0)
            return SyncReport(pushed=0, pulled=0, parked=0, conflicts=0, pending=0, ms=1)
        finally:
            self.ran.release()


class Watched:
    """A loop whose clock is set by the test and whose statuses are kept."""

    def __init__(self, store: Store, wait: Any = None, neighbours: Any = None) -> None:
        self.syncer = FakeSyncer(SyncStore(store))
        self.time = 0.0
        self.told: list[SyncStatus] = []
        self.settled = threading.Semaphore(0)
        clocks = Clocks(self.now, lambda: self.time)
        self.loop = SyncLoop(self.syncer, Schedule(lambda: 1.0, 0.0), clocks, self.tell, wait, neighbours=neighbours)  # type: ignore[arg-type]

    def now(self) -> datetime:
        return kit.NOW

    def tell(self, status: SyncStatus) -> None:
        self.told.append(status)
        if not status.syncing:
            self.settled.release()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = kit.open_store(tmp_path)
    store.enrol("http://hq", kit.enrol_reply())
    SyncStore(store).greeted(kit.hello_reply(kit.SCOPE, "reference"), 0)
    kit.page(SyncStore(store), kit.lines([*kit.reference()]), scope="reference")
    kit.page(SyncStore(store), kit.lines([*kit.people(), kit.order()]))
    yield store
    store.engine.dispose()


def test_a_sync_is_told_from_begin_to_end(store: Store) -> None:
    watched = Watched(store)
    assert watched.loop.turn() is not None
    assert [one.standing for one in watched.told] == [Standing.SYNCING, Standing.SYNCING, Standing.UP_TO_DATE]
    assert (watched.told[1].step, watched.told[1].done, watched.told[1].total) == ("push", 1, 2)
    assert watched.told[-1].last_sync_at == kit.NOW


def test_a_refusal_and_a_defect_are_told_and_the_loop_lives_on(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched(store)
    watched.syncer.outcomes = [Refusal("hq_unreachable"), ZeroDivisionError()]
    assert watched.loop.turn() is None
    assert (watched.loop.status.standing, watched.loop.status.problem) == (Standing.OFFLINE, "hq_unreachable")
    assert watched.loop.turn() is None
    assert watched.loop.status.problem == "sync_failed"
    assert "sync failed" in caplog.text
    assert watched.loop.turn() is not None
    assert watched.loop.status.standing is Standing.UP_TO_DATE


def test_a_database_that_can_not_be_read_ends_no_loop(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(store)

    def closed() -> None:
        raise Refusal("database_unwritable")

    with monkeypatch.context() as trouble:
        trouble.setattr(watched.syncer.store, "counts", closed)
        watched.syncer.outcomes = [Refusal("database_unwritable")]
        assert watched.loop.turn() is None
        watched.loop.changed()
        assert watched.loop.status.problem == "database_unwritable"
    assert watched.loop.turn() is not None
    assert watched.loop.status.standing is Standing.UP_TO_DATE


def test_work_done_here_shows_at_once_and_wakes_the_loop(store: Store) -> None:
    watched = Watched(store)
    watched.loop.start()
    assert watched.syncer.ran.acquire(timeout=WAIT)
    assert watched.settled.acquire(timeout=WAIT)
    store.record("add_note", {"order_id": kit.ORDER, "text": "x"}, kit.WANG)
    watched.loop.changed()
    assert watched.loop.status.pending == 1
    assert watched.loop.status.standing is Standing.PENDING
    watched.time = 2.0
    watched.loop.changed()
    assert watched.syncer.ran.acquire(timeout=WAIT)
    watched.loop.stop()


def test_work_done_while_a_sync_ends_is_sent_soon(store: Store) -> None:
    watched = Watched(store)
    once = watched.syncer.sync_once

    def work_and_sync(progress: Any) -> SyncReport:
        store.record("add_note", {"order_id": kit.ORDER, "text": "x"}, kit.WANG)
        watched.loop.changed()
        return once(progress)

    watched.syncer.sync_once = work_and_sync  # type: ignore[method-assign]
    assert watched.loop.turn() is not None
    assert watched.loop._schedule.seconds_left(watched.time) == SOON


def test_news_from_hq_and_a_persons_wish_begin_a_sync_and_stop_ends_it(store: Store) -> None:
    news = threading.Semaphore(0)

    def wait() -> bool:
        return news.acquire(timeout=0.05)

    watched = Watched(store, wait)
    watched.loop.start()
    assert watched.syncer.ran.acquire(timeout=WAIT)
    news.release()
    assert watched.syncer.ran.acquire(timeout=WAIT)
    watched.loop.ask()
    assert watched.syncer.ran.acquire(timeout=WAIT)
    watched.loop.stop()
    assert not watched.syncer.ran.acquire(timeout=0.2)


def test_while_hq_is_away_nobody_waits_for_its_news(store: Store) -> None:
    asked = threading.Semaphore(0)

    def wait() -> bool:
        asked.release()
        raise Refusal("hq_unreachable")

    watched = Watched(store, wait)
    watched.loop.start()
    assert watched.syncer.ran.acquire(timeout=WAIT)
    assert asked.acquire(timeout=WAIT)
    assert not asked.acquire(timeout=0.2)
    watched.loop.ask()
    assert asked.acquire(timeout=WAIT)
    watched.loop.stop()


def test_hq_is_not_asked_for_news_again_before_the_news_is_here(store: Store) -> None:
    asked = threading.Semaphore(0)
    blocked = threading.Event()

    def wait() -> bool:
        asked.release()
        return True  # the cursor stands where it stood: HQ has news at once

    watched = Watched(store, wait)
    watched.syncer.outcomes = []
    once = watched.syncer.sync_once

    def first_quick_then_held(progress: Any) -> SyncReport:
        if watched.told and watched.told[-1].last_sync_at is not None:
            assert blocked.wait(WAIT)
        return once(progress)

    watched.syncer.sync_once = first_quick_then_held  # type: ignore[method-assign]
    watched.loop.start()
    assert asked.acquire(timeout=WAIT)
    assert not asked.acquire(timeout=0.2)
    blocked.set()
    assert asked.acquire(timeout=WAIT)
    watched.loop.stop()


def test_a_cut_long_poll_brings_the_next_sync_forward(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = threading.Semaphore(0)
    first = True
    cut = Schedule.cut

    def told(self: Schedule, now: float) -> None:
        cut(self, now)
        planned.release()

    def wait() -> bool:
        nonlocal first
        if first:
            first = False
            raise Refusal("hq_unreachable")
        return threading.Event().wait(0.05)

    watched = Watched(store, wait)
    monkeypatch.setattr(Schedule, "cut", told)
    watched.loop.start()
    assert watched.syncer.ran.acquire(timeout=WAIT)
    assert planned.acquire(timeout=WAIT)
    watched.time = CUT_SPREAD + 1  # the dice of this loop always show the longest wait; a quiet loop waits 120 s
    watched.loop.changed()
    assert watched.syncer.ran.acquire(timeout=WAIT)
    watched.loop.stop()


class Neighbours:
    """Other processes that did something as often as the test says."""

    def __init__(self) -> None:
        self.done = threading.Semaphore(0)
        self.closed = threading.Event()
        self.broken = 1

    def have_changed(self) -> bool:
        if self.broken:
            self.broken -= 1
            raise Refusal("database_busy")
        return self.done.acquire(blocking=False)

    def close(self) -> None:
        self.closed.set()


def test_what_another_process_does_is_shown_and_sent(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.sync.loop._NEIGHBOURS_EVERY_S", 0.01)
    neighbours = Neighbours()
    watched = Watched(store, neighbours=neighbours)
    watched.loop.start()
    assert watched.syncer.ran.acquire(timeout=WAIT)
    assert watched.settled.acquire(timeout=WAIT)
    store.record("add_note", {"order_id": kit.ORDER, "text": "by the command line"}, kit.WANG)
    watched.time = 2.0
    neighbours.done.release()
    assert watched.settled.acquire(timeout=WAIT)
    assert any(one.pending == 1 for one in watched.told)
    watched.time = 4.0
    neighbours.done.release()
    assert watched.syncer.ran.acquire(timeout=WAIT)
    watched.loop.stop()
    assert neighbours.closed.wait(WAIT)
