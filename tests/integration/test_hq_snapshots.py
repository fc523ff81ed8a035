"""HQ's registry files on both databases: what they answer, how they are made once, and what a killed build leaves."""

import hashlib
import subprocess
import sys
import threading
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import msgspec
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from core.contract.messages import SnapshotManifest
from core.refusals import Refusal
from core.warranty.facts import RegisteredUnit, UnitStatus
from hq.feed import Snapshots, load_registry, page, snapshots, work
from hq.identity import establish, new_incarnation
from hq.store import Store
from rowstore.registry_format import RegistryReader
from tests.unit.test_registry_format import units
from tests.unit.world import NOW

DAY = date(2026, 11, 21)


def unit(number: int, model: str = "KFR-35GW", dealer: str = "苏宁") -> RegisteredUnit:
    return RegisteredUnit(model=model, serial=f"AUX{number:09d}", status=UnitStatus.SOLD, dealer=dealer, region="华东")


def register(store: Store, some: Iterable[RegisteredUnit], *, deleted: bool = False) -> None:
    with work(store) as doing:
        load_registry(doing, some, deleted=deleted)


@pytest.fixture
def store(hq_store: Store) -> Store:
    establish(hq_store, NOW)
    return hq_store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files are made."""
    (tmp_path / "files").mkdir()
    return tmp_path / "files"


def answers(folder: Path, made: SnapshotManifest, serials: Iterable[str]) -> dict[str, list[RegisteredUnit]]:
    plain = folder / "unpacked"
    packed = (folder / f"{made.generation}.zst").read_bytes()
    plain.write_bytes(zstandard.ZstdDecompressor().decompress(packed, max_output_size=made.bytes))
    assert hashlib.sha256(plain.read_bytes()).hexdigest() == made.sha256
    reader = RegistryReader(plain)
    found = {serial: list(reader.units_of(serial)) for serial in serials}
    reader.close()
    return found


def built(store: Store, folder: Path, day: date = DAY) -> SnapshotManifest:
    made = Snapshots(store, folder).build(day)
    assert made is not None
    return made


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(known=st.lists(units, max_size=25, unique_by=lambda one: (one.serial, one.model)), other=st.text(max_size=5))
def test_every_unit_is_found_and_no_other(
    store: Store, tmp_path_factory: pytest.TempPathFactory, known: list[RegisteredUnit], other: str
) -> None:
    with store.writing() as connection:
        connection.execute(text("DELETE FROM registry_unit"))
    register(store, known)
    folder = tmp_path_factory.mktemp("files")
    made = built(store, folder)
    wanted: dict[str, list[RegisteredUnit]] = {}
    for one in sorted(known, key=lambda one: one.model):
        wanted.setdefault(one.serial, []).append(one)
    asked = [*wanted, f"x{other}", ""]
    assert answers(folder, made, asked) == {serial: wanted.get(serial, []) for serial in asked}
    assert made.rows == len(wanted)


def test_what_was_taken_out_is_gone_and_what_changed_is_new(store: Store, folder: Path) -> None:
    register(store, map(unit, range(50)))
    register(store, [unit(3)], deleted=True)
    register(store, [unit(4, dealer="国美")])
    made = built(store, folder)
    found = answers(folder, made, [unit(number).serial for number in (3, 4, 5)])
    assert [[one.dealer for one in some] for some in found.values()] == [[], ["国美"], ["苏宁"]]
    assert (made.rows, made.at_seq) == (49, 52)


def test_units_that_an_older_version_wrote_are_packed_first(store: Store, folder: Path) -> None:
    register(store, map(unit, range(50)))
    with store.writing() as connection:
        connection.execute(text("UPDATE registry_unit SET key = NULL, packed = NULL WHERE serial > 'AUX000000009'"))
        connection.execute(text("DELETE FROM registry_dealer"))
        connection.execute(text("DELETE FROM registry_model"))
        connection.execute(text("UPDATE registry_unit SET packed = NULL"))
    made = built(store, folder)
    assert made.rows == 50
    assert answers(folder, made, [unit(42).serial]) == {unit(42).serial: [unit(42)]}


def test_the_pieces_in_the_manifest_are_those_of_the_file(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hq.feed.snapshot_files.PIECE_BYTES", 1000)
    register(store, map(unit, range(500)))
    made = built(store, folder)
    packed = (folder / f"{made.generation}.zst").read_bytes()
    pieces = [packed[at : at + 1000] for at in range(0, len(packed), 1000)]
    assert made.pieces == tuple(hashlib.sha256(piece).hexdigest() for piece in pieces)
    assert (made.packed_bytes, made.packed_sha256) == (len(packed), hashlib.sha256(packed).hexdigest())
    assert len(pieces) > 3


def test_what_changes_after_the_file_is_in_the_changes_from_its_own_place(store: Store, folder: Path) -> None:
    register(store, map(unit, range(50)))
    made = built(store, folder)
    register(store, [unit(99)])
    with store.reading() as connection:
        found = page(connection, "registry", made.at_seq, 100)
    assert found is not None
    assert found.rows == 1


def test_nobody_waits_for_a_file_that_is_being_made(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "PATIENCE", 0.0)
    go_on, real = threading.Event(), snapshots.make_snapshot

    def slow(*args: object) -> SnapshotManifest:
        assert go_on.wait(20)
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(snapshots, "make_snapshot", slow)
    files = Snapshots(store, folder)
    with pytest.raises(Refusal) as caught:
        files.manifest("registry", DAY)
    assert caught.value.code == "snapshot_missing"
    go_on.set()
    files.settle()
    first = files.manifest("registry", DAY)
    go_on.clear()
    monkeypatch.setattr(snapshots, "_DELTA_ROWS", 2)
    register(store, map(unit, range(50)))
    assert files.manifest("registry", DAY) == first
    go_on.set()
    files.settle()
    assert files.manifest("registry", DAY).rows == 50
    assert files.file("registry", first.generation).exists(), "who has begun it may end it"


def test_several_workers_make_one_file(store: Store, folder: Path) -> None:
    register(store, map(unit, range(50)))
    workers = [Snapshots(store, folder) for _ in range(4)]
    threads = [threading.Thread(target=worker.build, args=(DAY,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(folder.glob("*.zst"))) == 1


KILLED = """
import os, sys
from datetime import date
from pathlib import Path
from hq.feed import Snapshots, snapshot_files
from hq.store import Store
snapshot_files._pack = lambda *_: os._exit(9)  # the plain file is built by then
Snapshots(Store.open(sys.argv[1]), Path(sys.argv[2])).build(date(2026, 11, 21))
"""


def test_a_build_killed_in_the_middle_is_tidied_and_made_anew(store: Store, folder: Path) -> None:
    register(store, map(unit, range(50)))
    address = store.engine.url.render_as_string(hide_password=False)
    died = subprocess.run([sys.executable, "-c", KILLED, address, str(folder)], check=False)
    assert died.returncode == 9
    assert [file.suffix for file in folder.iterdir() if not file.name.startswith("building")] == [".sqlite"]
    made = built(store, folder)
    names = {file.name for file in folder.iterdir()}
    assert names == {f"{made.generation}.json", f"{made.generation}.zst", "building.lock"}


def test_a_failed_build_is_logged_and_not_tried_again_at_once(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[object] = []

    def fail(*args: object) -> SnapshotManifest:
        tries.append(args)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshots, "make_snapshot", fail)
    files = Snapshots(store, folder)
    for _ in range(3):
        with pytest.raises(Refusal):
            files.manifest("registry", DAY)
        files.settle()
    assert len(tries) == 1
    assert "snapshot" in caplog.text


def test_files_of_a_feed_that_was_restored_and_notes_of_an_older_version_count_no_more(
    store: Store, folder: Path
) -> None:
    register(store, map(unit, range(5)))
    first = built(store, folder)
    (folder / "00000000-0000.json").write_bytes(msgspec.json.encode({"manifest": {}, "incarnation": "x"}))
    new_incarnation(store, NOW)
    files = Snapshots(store, folder)
    with pytest.raises(Refusal):
        files.file("registry", first.generation)
    second = files.manifest("registry", DAY)
    assert second.generation != first.generation
    assert len(list(folder.glob("*.zst"))) == 1
