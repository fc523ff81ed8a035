"""The registry's file on its way to a device: cut anywhere, torn, wrong or replaced, it goes on and loses nothing."""

import hashlib
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.offline_db.registry_file import Registry
from app.sync import download, snapshot
from app.sync.client import Gone, Page
from app.sync.registry_lane import RegistryLane
from app.sync.snapshot import Wanted, sync_registry
from app.sync.transport import Reply
from core.contract.messages import PageEnd, SnapshotManifest
from core.refusals import Refusal
from core.warranty.facts import RegisteredUnit, RegistryState, UnitStatus
from rowstore.registry_building import build_registry
from rowstore.registry_format import About, change_of

SALT = b"0123456789abcdef"
DAY = date(2026, 11, 21)
PIECE = 4096
UNITS = 3000
CHUNK = 700


def unit(number: int, model: str = "KFR-35GW") -> RegisteredUnit:
    return RegisteredUnit(model=model, serial=f"AUX{number:09d}", status=UnitStatus.SOLD, made=date(2024, 3, 1))


class File:
    """One generation of HQ's registry."""

    def __init__(self, folder: Path, name: str, at_seq: int, model: str = "KFR-35GW", incarnation: str = "one") -> None:
        path = folder / name
        about = About(salt=SALT, at_seq=at_seq, as_of=DAY, incarnation=incarnation)
        rows = build_registry(path, (unit(number, model) for number in range(UNITS)), about)
        plain = path.read_bytes()
        self.packed = zstandard.ZstdCompressor(level=3).compress(plain)
        pieces = [self.packed[at : at + PIECE] for at in range(0, len(self.packed), PIECE)]
        self.manifest = SnapshotManifest(
            scope="registry", generation=name, sha256=_sha256(plain), bytes=len(plain),
            packed_sha256=_sha256(self.packed), packed_bytes=len(self.packed), rows=rows, at_seq=at_seq, schema=2,
            incarnation=incarnation, piece_bytes=PIECE, pieces=tuple(map(_sha256, pieces)),
        )  # fmt: skip


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[File, File]:
    folder = tmp_path_factory.mktemp("generations")
    return File(folder, "first", 100), File(folder, "second", 200, "BCD-215")


class Hq:
    """What the download needs of HQ's client; ``cuts`` end answers after so many bytes each, then all is well."""

    def __init__(self, *files: File, incarnation: str = "one") -> None:
        self.files = list(files)  # the newest last
        self.incarnation = incarnation
        self.cuts: list[int] = []
        self.sent = 0
        self.begins: list[int] = []
        self.spoil: Callable[[int, bytes], bytes] = lambda at, data: data
        self.on_bytes: Callable[[], None] = lambda: None
        self.changes: dict[int, RegisteredUnit] = {}  # by seq
        self.seq = files[-1].manifest.at_seq if files else 0

    def manifest(self, scope: str) -> SnapshotManifest:
        return self.files[-1].manifest

    def send(
        self, method: str, path: str, *, headers: Mapping[str, str], sink: Callable[[bytes], None], **_: Any
    ) -> Reply:
        generation = path.rpartition("/")[2]
        file = next((one for one in self.files if one.manifest.generation == generation), None)
        if file is None:
            raise Refusal("snapshot_missing", scope="registry")
        begin, _, last = headers["Range"].removeprefix("bytes=").partition("-")
        body = file.packed[int(begin) : int(last) + 1]
        self.begins.append(int(begin))
        cut = self.cuts.pop(0) if self.cuts else len(body)
        for at in range(0, min(cut, len(body)), CHUNK):
            data = body[at : min(at + CHUNK, cut)]
            self.sent += len(data)
            self.on_bytes()
            sink(self.spoil(int(begin) + at, data))
        if cut < len(body):
            raise Refusal("hq_unreachable", url="")
        return Reply(206, {}, b"")

    def pull(self, scope: str, after: int, limit: int, incarnation: str) -> Page | None:
        if incarnation != self.incarnation:
            raise Gone
        lines = [_line(seq, one) for seq, one in sorted(self.changes.items()) if seq > after]
        return Page(tuple(lines), PageEnd(cursor=self.seq, more=False, incarnation=incarnation)) if lines else None


def _line(seq: int, one: RegisteredUnit) -> Any:
    import msgspec

    from core.contract.messages import Line

    change = change_of(one.serial, [one], SALT)
    row = msgspec.Raw(msgspec.json.encode(change))
    return Line(seq=seq, entity="registry_unit", id=str(change.key), version=seq, row=row)


def wanted(hq: Hq) -> Wanted:
    return Wanted(hq.incarnation, hq.seq, DAY)


def bring(registry: Registry, hq: Hq, attempts: int = 1) -> None:
    """Sync as often as it is cut."""
    for _ in range(attempts):
        try:
            sync_registry(registry, hq, wanted(hq), lambda done, total: None)  # type: ignore[arg-type]
        except Refusal as refusal:
            if refusal.code != "hq_unreachable":
                raise
        else:
            return


def is_whole(registry: Registry, model: str = "KFR-35GW", numbers: Iterable[int] = range(0, UNITS, 97)) -> bool:
    answers = (registry.look_up(unit(number).serial, DAY) for number in numbers)
    return all(answer.state is RegistryState.COMPLETE and answer.units[0].model == model for answer in answers)


def kept(folder: Path) -> Path:
    """The packed bytes that are here."""
    (found,) = (file for file in folder.glob("registry.db.part.*") if file.suffix != ".manifest")
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, 30_000), max_size=6), span=st.sampled_from([PIECE // 3, PIECE * 2 + 1, 1 << 20]))
def test_a_download_cut_anywhere_goes_on_where_it_was(
    tmp_path_factory: pytest.TempPathFactory, files: tuple[File, File], cuts: list[int], span: int
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    registry, hq = Registry(folder / "registry.db"), Hq(files[0])
    hq.cuts = list(cuts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(download, "SPAN", span)
        bring(registry, hq, len(cuts) + 1)
    assert is_whole(registry)
    assert hq.sent == len(files[0].packed), "not a byte came twice"
    assert hq.begins == sorted(hq.begins)
    assert sorted(file.name for file in folder.iterdir()) == [".registry.db.part.lock", "registry.db"]
    registry.close()


def test_regression_a_snapshot_download_does_not_restart_from_zero(tmp_path: Path, files: tuple[File, File]) -> None:
    """Seen elsewhere: a line that is cut every few minutes never lets a first start end."""
    hq = Hq(files[0])
    for _ in range(-(-len(files[0].packed) // 5000)):
        hq.cuts = [5000]
        registry = Registry(tmp_path / "registry.db")  # each time another process
        bring(registry, hq)
        registry.close()
    registry = Registry(tmp_path / "registry.db")
    assert is_whole(registry)
    assert hq.sent == len(files[0].packed)
    registry.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(data=st.data())
def test_after_a_power_cut_only_what_is_torn_comes_again(
    tmp_path_factory: pytest.TempPathFactory, files: tuple[File, File], data: st.DataObject
) -> None:
    folder, packed = tmp_path_factory.mktemp("torn"), files[0].packed
    registry, hq = Registry(folder / "registry.db"), Hq(files[0])
    hq.cuts = [data.draw(st.integers(PIECE, len(packed) - 1))]
    bring(registry, hq)
    there = bytearray(kept(folder).read_bytes())
    begin = data.draw(st.integers(0, len(there) - 1))
    length = data.draw(st.integers(1, 600))
    torn = min(length, len(there) - begin)
    there[begin : begin + torn] = bytes(byte ^ 0x55 for byte in there[begin : begin + torn])
    kept(folder).write_bytes(there[: len(there) - data.draw(st.integers(0, 500))])
    bring(registry, hq)
    assert is_whole(registry)
    assert hq.sent <= len(packed) + 2 * PIECE + 500 + CHUNK
    registry.close()


def test_wrong_bytes_are_found_in_their_piece_and_the_rest_is_kept(tmp_path: Path, files: tuple[File, File]) -> None:
    registry, hq = Registry(tmp_path / "registry.db"), Hq(files[0])
    hq.spoil = lambda at, data: data[:-1] + b"?" if at <= PIECE * 3 + 100 < at + CHUNK else data
    with pytest.raises(Refusal) as caught:
        bring(registry, hq)
    assert (caught.value.code, caught.value.facts) == ("registry_damaged", {"problem": "piece 3"})
    assert registry.look_up("AUX000000001", DAY).state is RegistryState.PARTIAL
    hq.spoil = lambda at, data: data
    bring(registry, hq)
    assert is_whole(registry)
    assert hq.sent <= len(files[0].packed) + PIECE + CHUNK
    registry.close()


def test_an_answer_longer_than_asked_for_is_no_answer(tmp_path: Path, files: tuple[File, File]) -> None:
    registry, hq = Registry(tmp_path / "registry.db"), Hq(files[0])
    hq.spoil = lambda at, data: data * 200
    with pytest.raises(Refusal) as caught:
        bring(registry, hq)
    assert caught.value.code == "hq_unexpected"


def test_a_begun_generation_is_fetched_to_its_end_while_hq_has_a_newer_one(
    tmp_path: Path, files: tuple[File, File]
) -> None:
    first, second = files
    registry, hq = Registry(tmp_path / "registry.db"), Hq(first)
    hq.cuts = [20_000]
    bring(registry, hq)
    hq.files.append(second)
    bring(registry, hq)
    assert is_whole(registry)
    assert hq.sent == len(first.packed)


def test_a_begun_generation_that_hq_has_forgotten_gives_way_to_the_newest(
    tmp_path: Path, files: tuple[File, File]
) -> None:
    first, second = files
    registry, hq = Registry(tmp_path / "registry.db"), Hq(first)
    hq.cuts = [20_000]
    bring(registry, hq)
    hq.files = [second]
    bring(registry, hq)
    assert is_whole(registry, "BCD-215")
    assert [file.name for file in tmp_path.glob("registry.db.*")] == []


def test_hq_restored_while_its_file_comes_down(tmp_path: Path, files: tuple[File, File]) -> None:
    restored = File(tmp_path, "restored", 50, "NEW", incarnation="two")
    registry, hq = Registry(tmp_path / "registry.db"), Hq(files[0])

    def restore() -> None:
        hq.files, hq.incarnation, hq.seq = [restored], "two", 50

    hq.on_bytes = restore  # the file that is coming can still be read to its end, its feed is gone
    bring(registry, hq)
    bring(registry, hq)
    about = registry.about()
    assert about is not None
    assert (about.incarnation, about.at_seq) == ("two", 50)
    assert is_whole(registry, "NEW")


def test_regression_changes_between_the_snapshot_and_now_are_not_skipped(
    tmp_path: Path, files: tuple[File, File]
) -> None:
    """Dotmim.Sync #872: a first start took the newest cursor with a file that was older."""
    registry, hq = Registry(tmp_path / "registry.db"), Hq(files[0])

    def sell() -> None:
        hq.seq += 1
        hq.changes[hq.seq] = unit(UNITS + len(hq.changes), "SOLD-MEANWHILE")

    hq.on_bytes = sell
    bring(registry, hq)
    about = registry.about()
    assert about is not None
    assert about.at_seq == files[0].manifest.at_seq, "the file's own place, whatever HQ's is by now"
    hq.on_bytes = lambda: None
    bring(registry, hq)  # as the next hello asks for
    about = registry.about()
    assert about is not None
    assert about.at_seq == hq.seq == files[0].manifest.at_seq + len(hq.changes)
    assert is_whole(registry, "SOLD-MEANWHILE", range(UNITS, UNITS + len(hq.changes)))


def test_a_disk_that_is_full_in_the_middle_keeps_what_is_there(
    tmp_path: Path, files: tuple[File, File], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, hq = Registry(tmp_path / "registry.db"), Hq(files[0])
    real = download.Download._write

    def full(self: Any, part: memoryview) -> None:
        if self.at > 20_000:
            raise OSError(28, "No space left on device")
        real(self, part)

    monkeypatch.setattr(download.Download, "_write", full)
    with pytest.raises(Refusal) as caught:
        bring(registry, hq)
    assert caught.value.code == "disk_full"
    assert registry.look_up("AUX000000001", DAY).state is RegistryState.PARTIAL
    monkeypatch.undo()
    bring(registry, hq)
    assert is_whole(registry)
    assert hq.sent <= len(files[0].packed) + CHUNK


def test_a_registry_never_takes_the_last_of_the_disk(
    tmp_path: Path, files: tuple[File, File], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, hq = Registry(tmp_path / "registry.db"), Hq(files[0])
    monkeypatch.setattr(snapshot, "ROOM_LEFT", 1 << 60)
    with pytest.raises(Refusal) as caught:
        bring(registry, hq)
    assert caught.value.code == "disk_full"
    assert hq.sent == 0


def test_what_unfolds_wrongly_leaves_no_half_file_and_is_fetched_anew(
    tmp_path: Path, files: tuple[File, File], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, hq = Registry(tmp_path / "registry.db"), Hq(files[0])
    monkeypatch.setattr("app.offline_db.registry_file.problem_of", lambda path: "a page is broken")
    with pytest.raises(Refusal) as caught:
        bring(registry, hq)
    assert caught.value.code == "registry_damaged"
    assert registry.download.stat().st_size == 0
    monkeypatch.undo()
    bring(registry, hq)
    assert is_whole(registry)


def test_while_another_process_fetches_this_one_does_not(tmp_path: Path, files: tuple[File, File]) -> None:
    registry, hq = Registry(tmp_path / "registry.db"), Hq(files[0])
    other = Hq(files[0])
    hq.on_bytes = lambda: bring(Registry(tmp_path / "registry.db"), other)
    bring(registry, hq)
    assert is_whole(registry)
    assert other.sent == 0


def test_look_ups_go_on_in_two_processes_while_the_file_is_fetched_and_swapped(
    tmp_path: Path, files: tuple[File, File]
) -> None:
    registry, hq = Registry(tmp_path / "registry.db"), Hq(files[0])
    bring(registry, hq)
    readers = [registry, Registry(tmp_path / "registry.db")]  # a second one has its own handle, like another process
    done, wrong, models = threading.Event(), list[object](), set[str]()

    def ask(reader: Registry) -> None:
        number = 0
        while not done.is_set():
            number = (number + 37) % UNITS
            answer = reader.look_up(unit(number).serial, DAY)
            if answer.state is not RegistryState.COMPLETE or len(answer.units) != 1:
                wrong.append(answer)
            models.update(one.model for one in answer.units)

    threads = [threading.Thread(target=ask, args=(reader,)) for reader in readers]
    for thread in threads:
        thread.start()
    for turn in range(4):
        file = File(tmp_path, f"turn{turn}", 300 + turn, f"M{turn}", incarnation=f"i{turn}")
        hq.files, hq.incarnation, hq.seq = [file], f"i{turn}", 300 + turn
        bring(registry, hq)
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert is_whole(readers[1], "M3")
    assert len(models) > 1
    readers[1].close()


def test_the_registrys_age_is_that_of_the_last_hello_even_when_nothing_changes(
    tmp_path: Path, files: tuple[File, File]
) -> None:
    registry, hq = Registry(tmp_path / "registry.db"), Hq(files[0])
    bring(registry, hq)
    later = DAY.replace(year=2027)
    assert registry.look_up(unit(1).serial, later).state is RegistryState.OLD
    sync_registry(registry, hq, wanted(hq)._replace(as_of=later), lambda done, total: None)  # type: ignore[arg-type]
    assert registry.look_up(unit(1).serial, later).state is RegistryState.COMPLETE


def test_a_lane_fetches_beside_its_caller_and_goes_on_after_cuts(
    tmp_path: Path, files: tuple[File, File], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.sync.lane.back_off", lambda failures, roll: 0.0)
    registry, hq = Registry(tmp_path / "registry.db"), Hq(files[0])
    hq.cuts = [9000, 9000, 0]
    begun, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        assert go_on.wait(20)

    hq.on_bytes = hold
    told: list[tuple[int, int | None]] = []
    lane = RegistryLane(registry, hq, lambda: 0.5)  # type: ignore[arg-type]
    lane.listen(lambda moving: told.append((moving.done, moving.total)))
    lane.bring(wanted(hq))
    assert begun.wait(20)
    lane.bring(wanted(hq))  # returns at once while the first is under way
    assert registry.look_up(unit(1).serial, DAY).state is RegistryState.PARTIAL
    go_on.set()
    lane.settle()
    assert is_whole(registry)
    assert hq.sent == len(files[0].packed)
    assert told[0] == (PIECE, len(files[0].packed))
    assert told[-1] == (0, None)
    lane.bring(wanted(hq))
    lane.settle()
    assert hq.sent == len(files[0].packed), "nothing to do"


def test_a_stopped_lane_ends_and_leaves_its_bytes_for_the_next_time(tmp_path: Path, files: tuple[File, File]) -> None:
    registry, hq = Registry(tmp_path / "registry.db"), Hq(files[0])
    lane = RegistryLane(registry, hq, lambda: 0.5)  # type: ignore[arg-type]
    hq.on_bytes = lambda: lane.stop() if hq.sent > 20_000 else None
    lane.bring(wanted(hq))
    lane.settle()
    assert registry.look_up(unit(1).serial, DAY).state is RegistryState.PARTIAL
    before = hq.sent
    assert before < len(files[0].packed)
    hq.on_bytes = lambda: None
    bring(registry, hq)
    assert is_whole(registry)
    assert hq.sent <= len(files[0].packed) + CHUNK
