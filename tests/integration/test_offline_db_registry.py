"""The registry on the device: what its answers are worth, and a swap under look-ups that go on."""

import hashlib
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.offline_db.registry_file import OLD_AFTER, Registry
from core.refusals import Refusal
from core.warranty.facts import RegisteredUnit, RegistryState, UnitStatus
from rowstore.registry_building import build_registry
from rowstore.registry_format import About, change_of

SALT = b"0123456789abcdef"
DAY = date(2026, 11, 21)


def unit_of(number: int, model: str = "KFR-35GW") -> RegisteredUnit:
    return RegisteredUnit(model=model, serial=f"AUX{number:09d}", status=UnitStatus.SOLD, made=date(2024, 3, 1))


def about(at_seq: int = 7, *, complete: bool = True) -> About:
    return About(salt=SALT, at_seq=at_seq, as_of=DAY, complete=complete)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    registry = Registry(tmp_path / "registry.db")
    yield registry
    registry.close()


def snapshot(registry: Registry, count: int, at_seq: int = 7, model: str = "KFR-35GW") -> tuple[Path, str]:
    build_registry(registry.download, (unit_of(number, model) for number in range(count)), about(at_seq))
    return registry.download, hashlib.sha256(registry.download.read_bytes()).hexdigest()


def refused(registry: Registry, path: Path, sha256: str) -> None:
    with pytest.raises(Refusal) as caught:
        registry.install(path, sha256)
    assert caught.value.code == "registry_damaged"


def test_without_a_file_every_answer_says_so(registry: Registry) -> None:
    assert registry.look_up("AUX000000001", DAY) == (RegistryState.MISSING, (), 0, None)
    registry.download.write_bytes(b"half")
    assert registry.look_up("AUX000000001", DAY).state is RegistryState.PARTIAL


def test_a_snapshot_is_put_in_place_and_answers(registry: Registry) -> None:
    said = registry.install(*snapshot(registry, 100))
    assert (said.rows, said.at_seq) == (100, 7)
    answer = registry.look_up("AUX000000042", DAY)
    assert answer == (RegistryState.COMPLETE, (unit_of(42),), 7, DAY)
    assert registry.look_up("AUX000000100", DAY).units == ()
    assert not registry.download.exists()


def test_an_old_and_an_incomplete_registry_say_so(registry: Registry, tmp_path: Path) -> None:
    registry.install(*snapshot(registry, 10))
    assert registry.look_up("x", DAY + OLD_AFTER).state is RegistryState.COMPLETE
    assert registry.look_up("x", DAY + OLD_AFTER + timedelta(days=1)).state is RegistryState.OLD
    build_registry(tmp_path / "registry.db", [unit_of(1)], about(complete=False))
    assert registry.look_up("x", DAY).state is RegistryState.PARTIAL


def test_a_wrong_hash_or_a_damaged_file_keeps_the_old_one(registry: Registry) -> None:
    registry.install(*snapshot(registry, 10))
    path, sha256 = snapshot(registry, 2000, 9)
    refused(registry, path, "0" * 64)
    content = bytearray(path.read_bytes())
    content[8192 * 3 : 8192 * 4] = bytes(8192)
    path.write_bytes(content)
    refused(registry, path, sha256)
    refused(registry, path, hashlib.sha256(content).hexdigest())
    assert registry.look_up("AUX000000009", DAY) == (RegistryState.COMPLETE, (unit_of(9),), 7, DAY)


@pytest.mark.parametrize("content", [b"", b"junk" * 5000, b"SQLite format 3\x00" + bytes(8176)])
def test_an_unusable_file_is_a_missing_registry_and_can_be_replaced(
    registry: Registry, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "registry.db").write_bytes(content)
    assert registry.look_up("AUX000000001", DAY).state is RegistryState.MISSING
    registry.install(*snapshot(registry, 5))
    assert registry.look_up("AUX000000001", DAY).units == (unit_of(1),)


def test_a_delta_moves_rows_and_cursor_together(registry: Registry) -> None:
    registry.install(*snapshot(registry, 10))
    new = RegisteredUnit(
        model="全新型号", serial="AUX000000099", status=UnitStatus.SHIPPED, dealer="新店", region="华南"
    )
    changes = [change_of(new.serial, [new], SALT), change_of("AUX000000003", [], SALT)]
    assert registry.apply(changes, 12, DAY + timedelta(days=1)) == 10
    assert registry.look_up(new.serial, DAY) == (RegistryState.COMPLETE, (new,), 12, DAY + timedelta(days=1))
    assert registry.look_up("AUX000000003", DAY).units == ()


def test_another_process_sees_a_delta_and_a_swap(registry: Registry, tmp_path: Path) -> None:
    registry.install(*snapshot(registry, 10))
    command = Registry(tmp_path / "registry.db")
    assert command.look_up("AUX000000001", DAY).units == (unit_of(1),)
    new = RegisteredUnit(model="全新型号", serial="NEW1", dealer="新店")
    registry.apply([change_of("NEW1", [new], SALT)], 8, DAY)
    assert command.look_up("NEW1", DAY).units == (new,)
    registry.install(*snapshot(registry, 10, 20, "BCD-215"))
    assert command.look_up("AUX000000001", DAY) == (RegistryState.COMPLETE, (unit_of(1, "BCD-215"),), 20, DAY)
    command.close()


def test_a_delta_without_a_registry_asks_for_a_snapshot(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        registry.apply([], 8, DAY)
    assert caught.value.code == "registry_damaged"
    assert list(tmp_path.iterdir()) == []


def test_look_ups_go_on_while_files_are_swapped(registry: Registry) -> None:
    registry.install(*snapshot(registry, 300))
    models: set[str] = set()
    failures: list[object] = []
    done = threading.Event()

    def ask() -> None:
        number = 0
        while not done.is_set():
            number = (number + 7) % 300
            answer = registry.look_up(f"AUX{number:09d}", DAY)
            if answer.state is not RegistryState.COMPLETE or len(answer.units) != 1:
                failures.append(answer)
            models.update(unit.model for unit in answer.units)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(12):
        registry.install(*snapshot(registry, 300, 10 + turn, f"M{turn}"))
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(models) > 1


KILLED = """
import os, sqlite3, sys
file = sqlite3.connect(sys.argv[1], isolation_level=None)
file.execute("PRAGMA cache_size = 1")
file.execute("BEGIN IMMEDIATE")
file.execute("UPDATE units SET b = x'00'")
os._exit(9)
"""


@pytest.fixture
def killed(registry: Registry, tmp_path: Path) -> Path:
    """A registry whose last delta was cut off after it had written to the file."""
    registry.install(*snapshot(registry, 5000))
    registry.close()
    path = tmp_path / "registry.db"
    subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert path.with_name("registry.db-journal").stat().st_size > 0
    return path


def whole(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as file:
        return file.execute("PRAGMA quick_check").fetchone() == ("ok",)


def test_a_delta_killed_half_way_is_undone_by_the_next_look_up(registry: Registry, killed: Path) -> None:
    assert registry.look_up("AUX000000042", DAY).units == (unit_of(42),)
    assert whole(killed)


@pytest.mark.parametrize("left", ["whole", "junk", "gone"])
def test_a_journal_left_behind_is_not_played_into_the_next_file(registry: Registry, killed: Path, left: str) -> None:
    if left == "junk":
        killed.write_bytes(b"junk")
    if left == "gone":
        killed.unlink()
    registry.install(*snapshot(registry, 9000, 30, "BCD-215"))
    for number in range(0, 9000, 100):
        assert registry.look_up(f"AUX{number:09d}", DAY).units == (unit_of(number, "BCD-215"),)
    assert whole(killed)
