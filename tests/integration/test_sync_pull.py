"""A scope read in pages and parts: the next page on its way meanwhile or not, cuts, and another process beside it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.offline_db.store import Store
from app.offline_db.sync_store import SyncStore
from app.sync import pull
from app.sync.ahead import InThread, Later
from app.sync.client import Gone, HqClient, Page
from app.sync.pull import Pace, pull_scope
from core.contract.messages import PageEnd
from core.refusals import Refusal
from core.rows.orders import Note
from tests.integration import station_kit as kit

HAS = 23
BEGINS = 10  # the scope's cursor in the filled store lies before


def note(n: int) -> Note:
    values: dict[str, Any] = {"id": kit.named(f"note {n}"), "version": 1, "branch_id": kit.BRANCH}
    more = {"station_id": kit.STATION, "order_id": kit.ORDER, "text": str(n), "made_by": kit.WANG, "made_at": kit.NOW}
    return Note(**values | more)


class FakeHq(HqClient):
    """HQ's answers from a list of lines; ``failing`` says at which request what happens instead."""

    def __init__(self, ahead: Any) -> None:
        self.ahead = ahead
        self.steady = lambda: 0.0
        self.lines = kit.lines((note(n) for n in range(HAS)), seq=BEGINS)
        self.asked: list[int] = []
        self.failing: dict[int, Exception] = {}

    def pull(self, scope: str, after: int, limit: int, incarnation: str, *, base: int = 0) -> Page | None:
        self.asked.append(after)
        if error := self.failing.pop(len(self.asked), None):
            raise error
        some = [line for line in self.lines if line.seq > after]
        if not some:
            return None
        more = len(some) > limit
        last = some[:limit][-1].seq
        return Page(some[:limit], PageEnd(cursor=last, more=more, incarnation="a", seq=self.lines[-1].seq))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with kit.filled_store(tmp_path) as store:
        yield store


@pytest.fixture(params=[Later, InThread])
def hq(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> FakeHq:
    monkeypatch.setattr(pull, "PULL_ROWS", 7)
    monkeypatch.setattr(Pace, "FIRST", 3)
    monkeypatch.setattr(Pace, "LEAST", 3)
    monkeypatch.setattr(Pace, "MOST", 3)
    return FakeHq(request.param)


def notes(store: Store) -> list[str]:
    with store.reading() as rows:
        return sorted((row.text for row in rows.find(Note)), key=int)


ALL = [str(n) for n in range(HAS)]


def test_pages_in_parts_bring_everything_once(store: Store, hq: FakeHq) -> None:
    sync, told = SyncStore(store), []
    assert pull_scope(sync, hq, kit.SCOPE, "a", lambda scope, done: told.append(done)) == HAS
    assert notes(store) == ALL
    assert told == [3, 6, 7, 10, 13, 14, 17, 20, 21, 23]
    assert hq.asked[1:] == [16, 23, 30]
    assert sync.cursors()[kit.SCOPE] == hq.lines[-1].seq
    assert pull_scope(sync, hq, kit.SCOPE, "a", lambda scope, done: None) == 0


def test_a_cut_keeps_what_was_written_and_goes_on_there(store: Store, hq: FakeHq) -> None:
    sync = SyncStore(store)
    hq.failing[3] = Refusal("hq_unreachable")
    with pytest.raises(Refusal, match="hq_unreachable"):
        pull_scope(sync, hq, kit.SCOPE, "a", lambda scope, done: None)
    assert notes(store) == ALL[:14]
    pull_scope(sync, hq, kit.SCOPE, "a", lambda scope, done: None)
    assert notes(store) == ALL


def test_a_failure_in_the_middle_of_a_page_leaves_the_cursor_behind_what_is_there(store: Store, hq: FakeHq) -> None:
    sync = SyncStore(store)

    def fail(scope: str, done: int) -> None:
        if done >= 10:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        pull_scope(sync, hq, kit.SCOPE, "a", fail)
    assert (notes(store), sync.cursors()[kit.SCOPE]) == (ALL[:10], hq.lines[9].seq)
    assert pull_scope(sync, hq, kit.SCOPE, "a", lambda scope, done: None) == HAS - 10


def test_another_process_that_is_faster_takes_nothing_away(store: Store, hq: FakeHq) -> None:
    sync, other = SyncStore(store), FakeHq(Later)

    def meanwhile(scope: str, done: int) -> None:
        if done == 3:
            pull_scope(SyncStore(store), other, kit.SCOPE, "a", lambda scope, done: None)

    pull_scope(sync, hq, kit.SCOPE, "a", meanwhile)
    assert notes(store) == ALL
    assert sync.cursors()[kit.SCOPE] == hq.lines[-1].seq


def test_a_cursor_that_hq_cannot_continue_is_begun_anew_once(store: Store, hq: FakeHq) -> None:
    sync = SyncStore(store)
    hq.failing[2] = Gone()
    pull_scope(sync, hq, kit.SCOPE, "a", lambda scope, done: None)
    assert notes(store) == ALL
    assert 0 in hq.asked
    hq.lines = hq.lines[:-1]
    hq.failing = {len(hq.asked) + 1: Gone(), len(hq.asked) + 2: Gone()}
    with pytest.raises(Refusal, match="hq_unexpected"):
        pull_scope(sync, hq, kit.SCOPE, "a", lambda scope, done: None)


def test_a_page_of_another_feed_or_that_stands_still_is_refused(store: Store, hq: FakeHq) -> None:
    for end in (PageEnd(cursor=9, more=True, incarnation="b"), PageEnd(cursor=0, more=True, incarnation="a")):
        hq.pull = lambda *_, end=end, **__: Page([], end)  # type: ignore[method-assign]
        with pytest.raises(Refusal, match="hq_unexpected"):
            pull_scope(SyncStore(store), hq, kit.SCOPE, "a", lambda scope, done: None)
