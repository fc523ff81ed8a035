"""Photos and signatures on a real disk: unreadable there, whole when read, and every change noticed."""

import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.offline_db.blobs import CHUNK, BlobRef, BlobStore
from app.offline_db.partial_blobs import PartialBlob
from core.refusals import Refusal

KEY = bytes(range(32))


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path, KEY, most_bytes=400_000)


def photo(size: int) -> bytes:
    return (b"JPEG of a label; 13800138000 " * (size // 29 + 1))[:size]


def ref_of(content: bytes) -> BlobRef:
    return BlobRef(hashlib.sha256(content).hexdigest(), len(content))


def refusal(code: str, *call: object) -> Refusal:
    function, *given_to_it = call
    with pytest.raises(Refusal) as caught:
        function(*given_to_it)  # type: ignore[operator]
    assert caught.value.code == code
    return caught.value


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17])
def test_content_comes_back_and_is_not_readable_on_the_disk(store: BlobStore, tmp_path: Path, size: int) -> None:
    content = photo(size)
    assert store.put(content) == ref_of(content)
    assert store.read(ref_of(content).sha256) == content
    assert store.size(ref_of(content).sha256) == size
    (path,) = files(tmp_path)
    assert b"13800138000" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


def test_the_same_content_is_kept_once(store: BlobStore, tmp_path: Path) -> None:
    first = store.put(photo(1000))
    kept = files(tmp_path)[0].read_bytes()
    assert store.put(io.BytesIO(photo(1000))) == first
    assert [path.read_bytes() for path in files(tmp_path)] == [kept]
    assert list(store.all()) == [first.sha256]
    store.remove(first.sha256)
    assert not store.has(first.sha256)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(size=st.integers(0, 3 * CHUNK), offset=st.integers(0, 4 * CHUNK), length=st.integers(0, 4 * CHUNK))
def test_any_part_can_be_read(store: BlobStore, size: int, offset: int, length: int) -> None:
    content = photo(size)
    assert store.read_at(store.put(content).sha256, offset, length) == content[offset : offset + length]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(st.data())
def test_any_flipped_bit_is_noticed(store: BlobStore, tmp_path: Path, data: st.DataObject) -> None:
    content = photo(data.draw(st.sampled_from([0, 5, CHUNK + 3])))
    ref = store.put(content)
    path = tmp_path / ref.sha256[:2] / ref.sha256
    whole = bytearray(path.read_bytes())
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(whole)
    refusal("blob_damaged", store.read, ref.sha256)
    store.remove(ref.sha256)


def test_cutting_swapping_and_renaming_are_noticed(store: BlobStore, tmp_path: Path) -> None:
    one, other = store.put(photo(3 * CHUNK)), store.put(photo(3 * CHUNK - 1) + b"!")
    path, second = (tmp_path / ref.sha256[:2] / ref.sha256 for ref in (one, other))
    good = path.read_bytes()
    seal, head = CHUNK + 16, 28
    for bad in (
        good[: head + 2 * seal],
        good[:-1],
        good + b"x",
        good[:head] + good[head + seal : head + 2 * seal] + good[head : head + seal] + good[head + 2 * seal :],
        second.read_bytes(),
        b"",
    ):
        path.write_bytes(bad)
        refusal("blob_damaged", store.read, one.sha256)
        refusal("blob_damaged", store.read_at, one.sha256, 0, 10)


def test_another_key_reads_nothing(store: BlobStore, tmp_path: Path) -> None:
    ref = store.put(photo(100))
    refusal("blob_damaged", BlobStore(tmp_path, bytes(32)).read, ref.sha256)


def test_too_large_and_missing_and_bad_names(store: BlobStore, tmp_path: Path) -> None:
    assert refusal("blob_too_large", store.put, bytes(400_001)).facts == {"limit": 400_000}
    for name in ("0" * 64, "../../etc/passwd", "", "A" * 64, "0" * 65):
        refusal("blob_missing", store.read, name)
        assert not store_has(store, name)
    assert files(tmp_path) == []


def store_has(store: BlobStore, name: str) -> bool:
    try:
        return store.has(name)
    except Refusal:
        return False


def test_content_that_is_not_what_was_expected_is_not_kept(store: BlobStore, tmp_path: Path) -> None:
    refusal("blob_damaged", store.put, b"one", ref_of(b"two"))
    assert files(tmp_path) == []


def test_a_source_that_changes_while_it_is_read_is_not_kept(store: BlobStore, tmp_path: Path) -> None:
    class Changing(io.BytesIO):
        def seek(self, offset: int, whence: int = 0) -> int:
            self.getbuffer()[0:1] = b"?"
            return super().seek(offset, whence)

    refusal("blob_damaged", store.put, Changing(photo(500)))
    assert files(tmp_path) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(size=st.integers(1, 2000), pieces=st.lists(st.integers(100, 900), min_size=1), doubled=st.booleans())
def test_a_download_goes_on_at_its_offset(store: BlobStore, size: int, pieces: list[int], doubled: bool) -> None:
    content = photo(size)
    ref = ref_of(content)
    store.remove(ref.sha256)
    turn = 0
    while (offset := PartialBlob(store, ref, KEY).offset) < size:  # a new object each time, as after a restart
        piece = content[offset : offset + pieces[turn % len(pieces)]]
        part = PartialBlob(store, ref, KEY)
        assert part.append(offset, piece) == offset + len(piece)
        if doubled:
            assert part.append(offset, piece) == offset + len(piece)
        turn += 1
    assert PartialBlob(store, ref, KEY).finish() == ref
    assert store.read(ref.sha256) == content
    assert PartialBlob(store, ref, KEY).offset == 0


def test_pieces_on_the_disk_are_not_readable(store: BlobStore, tmp_path: Path) -> None:
    content = photo(5000)
    PartialBlob(store, ref_of(content), KEY).append(0, content[:3000])
    assert all(b"13800138000" not in path.read_bytes() for path in files(tmp_path))


def test_a_download_with_the_wrong_content_begins_afresh(store: BlobStore, tmp_path: Path) -> None:
    ref = ref_of(photo(100))
    part = PartialBlob(store, ref, KEY)
    part.append(0, bytes(100))
    refusal("blob_damaged", part.finish)
    assert part.offset == 0
    assert files(tmp_path) == []


def test_a_piece_changed_on_the_disk_is_noticed(store: BlobStore, tmp_path: Path) -> None:
    content = photo(100)
    part = PartialBlob(store, ref_of(content), KEY)
    part.append(0, content)
    (path,) = files(tmp_path)
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    refusal("blob_damaged", part.finish)


def test_more_than_announced_is_refused(store: BlobStore) -> None:
    part = PartialBlob(store, ref_of(photo(100)), KEY)
    refusal("blob_too_large", part.append, 0, bytes(101))
    refusal("blob_too_large", PartialBlob, store, BlobRef("0" * 64, 400_001), KEY)
    assert part.append(50, b"later") == 0


@pytest.mark.parametrize("name", ["../../blobs", "..", "/etc", "A" * 64, "0" * 63, ""])
def test_a_download_is_kept_under_no_other_name(store: BlobStore, name: str) -> None:
    with pytest.raises(Refusal, match="blob_missing"):
        PartialBlob(store, BlobRef(name, 10), KEY)
    assert store.folder.is_dir()
