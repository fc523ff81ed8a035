"""Two processes on one profile: what one does is heard by the other, and nobody is disturbed by its own work."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.offline_db.engine import open_engine, writing
from app.offline_db.neighbours import Neighbours
from app.offline_db.profile import Profile
from app.offline_db.store import Store
from app.security.device_key import DeviceKey
from tests.integration import station_kit as kit

_OTHER = """
import sys
from pathlib import Path
from app.offline_db.engine import open_engine
from app.offline_db.profile import Profile
from app.offline_db.store import Store
from app.security.device_key import DeviceKey
from tests.integration import station_kit as kit
store = Store(open_engine(Profile(Path(sys.argv[1])), kit.KEY), DeviceKey(kit.KEY))
store.record("add_note", {"order_id": kit.ORDER, "text": "from beside"}, kit.WANG)
store.engine.dispose()
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with kit.filled_store(tmp_path) as store:
        yield store


def note(store: Store) -> None:
    store.record("add_note", {"order_id": kit.ORDER, "text": "x"}, kit.WANG)


def test_the_work_of_another_process_is_heard_once(store: Store, tmp_path: Path) -> None:
    heard: list[frozenset[tuple[str, str]]] = []
    neighbours = Neighbours(store)
    assert not neighbours.have_changed()
    end = store.subscribe(heard.append)
    subprocess.run([sys.executable, "-c", _OTHER, str(tmp_path)], check=True, cwd=Path(__file__).parents[2])
    assert neighbours.have_changed()
    assert {entity for entity, _ in heard[0]} >= {"operation", "note", "work_order"}
    assert not neighbours.have_changed()
    assert store.pending() == 1
    end()
    neighbours.close()


def test_own_work_is_not_heard_again_and_anothers_between_it_is(store: Store, tmp_path: Path) -> None:
    neighbours = Neighbours(store)
    neighbours.have_changed()
    note(store)
    note(store)
    assert not neighbours.have_changed()
    other = Store(open_engine(Profile(tmp_path), kit.KEY), DeviceKey(kit.KEY))
    note(store)
    note(other)
    note(store)
    assert neighbours.have_changed()
    assert not neighbours.have_changed()
    other.engine.dispose()
    neighbours.close()


def test_what_was_taken_back_is_nobodys_work(store: Store) -> None:
    neighbours = Neighbours(store)
    neighbours.have_changed()
    with pytest.raises(ZeroDivisionError), writing(store.engine):
        raise ZeroDivisionError
    assert not neighbours.have_changed()
    note(store)
    assert not neighbours.have_changed()
    neighbours.close()
