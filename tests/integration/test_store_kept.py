"""Small things a device keeps, and a disk that is full."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from app.offline_db.kept import Drafts, KeptAttempts, KeptSession, Settings
from app.offline_db.store import Store
from app.offline_db.sync_store import SyncStore
from app.security.login_guard import Attempts, LoginGuard
from app.security.session import Session, Sessions
from core.refusals import Refusal
from core.rows.orders import Note, WorkOrder
from tests.integration import station_kit as kit


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = kit.open_store(tmp_path)
    yield store
    store.engine.dispose()


def test_a_session_is_kept_and_ended(store: Store) -> None:
    sessions = Sessions(KeptSession(store.engine, Session), kit.Clock())
    begun = sessions.begin(kit.WANG)
    assert Sessions(KeptSession(store.engine, Session), kit.Clock()).current() == begun
    sessions.begin(kit.LEAD)
    assert sessions.current().person == kit.LEAD
    sessions.end()
    with pytest.raises(Refusal) as caught:
        sessions.current()
    assert caught.value.code == "login_needed"


def test_wrong_passwords_are_counted_across_restarts(store: Store) -> None:
    kept = KeptAttempts(store.engine, Attempts)
    for failures in (1, 2):
        assert LoginGuard(kept, kit.Clock()).check("wang", lambda: False) is False
        assert kept.get("wang") is not None
        assert kept.get("wang").failures == failures  # type: ignore[union-attr]
    assert kept.get("other") is None


def test_drafts_and_settings(store: Store) -> None:
    drafts, settings = Drafts(store.engine, kit.Clock()), Settings(store.engine)
    drafts.save("order/1", {"text": "半句"})
    drafts.save("order/1", {"text": "半句话"})
    settings.set("theme", "dark")
    assert drafts.load("order/1") == {"text": "半句话"}
    assert (settings.get("theme"), settings.get("language", "zh_CN")) == ("dark", "zh_CN")
    drafts.drop("order/1")
    assert drafts.load("order/1") is None


def fill_up(store: Store) -> Any:
    """Have the database refuse to grow, as a full disk does; returns what ends it."""

    def limit(connection: Any, record: Any, proxy: Any) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    def unlimited(connection: Any, record: Any, proxy: Any) -> None:
        connection.execute("PRAGMA max_page_count = 1000000")

    event.listen(store.engine, "checkout", limit)

    def end() -> None:
        event.remove(store.engine, "checkout", limit)
        event.listen(store.engine, "checkout", unlimited)

    return end


def test_on_a_full_disk_an_action_is_refused_whole_and_goes_through_later(store: Store) -> None:
    store.enrol("http://hq", kit.enrol_reply())
    sync = SyncStore(store)
    sync.greeted(kit.hello_reply(kit.SCOPE, "reference"), 0)
    kit.page(sync, kit.lines(kit.reference()), scope="reference")
    kit.page(sync, kit.lines([*kit.people(), kit.order()]))
    end = fill_up(store)
    done = until_full(lambda _: store.record("add_note", {"order_id": kit.ORDER, "text": "x" * 2000}, kit.WANG))
    seq = sync.cursors()[kit.SCOPE]
    pages = until_full(lambda n: kit.page(sync, kit.lines([big(n)], seq=seq + 1 + n)))
    assert sync.cursors()[kit.SCOPE] == seq + pages
    end()
    store.record("add_note", {"order_id": kit.ORDER, "text": "y"}, kit.WANG)
    assert len(kit.stored(store)) == done + 1
    with store.reading() as rows:
        assert len(rows.find(Note)) == done + 1


def big(number: int) -> WorkOrder:
    return kit.order(kit.named(str(number)), fault_report="x" * 2000)


def until_full(do: Callable[[int], object]) -> int:
    """How often ``do`` went through before the disk was full."""
    for number in range(200):
        try:
            do(number)
        except Refusal as refusal:
            if refusal.code != "disk_full":
                raise
            return number
    pytest.fail("the disk was never full")
