"""Why a scope counts by a row and not by a sequence: two transactions that commit out of order, a reader between."""

import threading

import pytest
from sqlalchemy import Connection, text

from core.contract.messages import place_scope
from hq.feed import counters
from hq.store import Store
from hq.store.schema import feed_row

WAIT = 20.0
SCOPE = place_scope("01900000-0000-7000-8000-000000000001")
pytestmark = pytest.mark.postgres
on_postgres = pytest.mark.parametrize("hq_database", ["postgresql"], indirect=True)


class Reader:
    """A device's cursor: everything after it, and then it stands behind what was seen."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.cursor = 0
        self.seen: list[str] = []

    def read(self) -> None:
        newer = feed_row.select().where(feed_row.c.seq > self.cursor).order_by(feed_row.c.seq)
        with self.store.reading() as connection:
            for row in connection.execute(newer):
                self.cursor = row.seq
                self.seen.append(row.row_id)


def write(connection: Connection, row_id: str, seq: int) -> None:
    values = {"scope": SCOPE, "entity": "note", "row_id": row_id, "seq": seq, "version": 1}
    connection.execute(feed_row.insert().values(deleted=False, payload="{}", **values))


def from_sequence(connection: Connection) -> int:
    return int(connection.execute(text("SELECT nextval('bare')")).scalar_one())


def from_counter(connection: Connection) -> int:
    return counters.take(connection, {SCOPE: 1})[SCOPE] + 1


@pytest.fixture
def store(hq_store: Store) -> Store:
    with hq_store.writing() as connection:
        connection.execute(text("CREATE SEQUENCE bare"))
    return hq_store


@on_postgres
def test_a_bare_sequence_skips_the_row_of_whoever_commits_last(store: Store) -> None:
    reader = Reader(store)
    with store.engine.connect() as slow, store.engine.connect() as fast:
        write(slow, "taken first", from_sequence(slow))
        write(fast, "committed first", from_sequence(fast))
        fast.commit()
        reader.read()
        slow.commit()
        reader.read()
    assert reader.seen == ["committed first"], (
        "the row with the smaller number is never seen: it came behind the cursor"
    )


@on_postgres
def test_the_counters_row_makes_the_second_wait_until_the_first_has_committed(store: Store) -> None:
    reader = Reader(store)
    done = threading.Event()

    def second() -> None:
        with store.engine.connect() as fast:
            write(fast, "asked second", from_counter(fast))
            fast.commit()
        done.set()

    with store.engine.connect() as slow:
        write(slow, "taken first", from_counter(slow))
        other = threading.Thread(target=second)
        other.start()
        wait_until_blocked(store)
        assert not done.is_set()
        reader.read()
        assert reader.seen == []
        slow.commit()
    assert done.wait(WAIT)
    other.join(WAIT)
    reader.read()
    assert reader.seen == ["taken first", "asked second"]


def wait_until_blocked(store: Store) -> None:
    """PostgreSQL itself says that a transaction waits for another's row lock."""
    waits = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    asked = threading.Event()
    for _ in range(2_000):
        with store.engine.connect() as connection:
            if connection.execute(waits).scalar_one():
                return
        asked.wait(0.01)
    pytest.fail("the second writer does not wait")
