"""The registry of units: a whole file in resumable pieces, checked and swapped in, then deltas from its own place."""

import hashlib
import os
import shutil
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import msgspec
import zstandard

from app.file_lock import FileLock
from app.files import disk_refusals, open_private, write_atomically
from app.sync.client import Gone, HqClient
from app.sync.download import Download, Progress, downloading
from app.sync.ports import RegistryFile
from core.contract.messages import DEFAULT_PULL_ROWS, REGISTRY_SCOPE, PageEnd, PulledLine, SnapshotManifest
from core.refusals import Refusal
from rowstore.registry_format import About, Change

#: A registry never takes the last of the disk: people's work needs it (bytes).
ROOM_LEFT = 64 * 1024 * 1024
_PARTIAL = 206
_READ_BYTES = 1 << 20
_SNAPSHOTS = 2  # HQ may be restored while one is fetched, hardly while the second is


class Wanted(NamedTuple):
    """Where the registry stands at HQ, as a hello tells it."""

    incarnation: str
    seq: int
    as_of: date  # HQ's day


def is_current(registry: RegistryFile, wanted: Wanted) -> bool:
    """Whether there is nothing to fetch or to note."""
    about = registry.about()
    return about is not None and _is_of(about, wanted) and about.at_seq >= wanted.seq and about.as_of >= wanted.as_of


def sync_registry(registry: RegistryFile, hq: HqClient, wanted: Wanted, progress: Progress) -> int:
    """Have the registry stand where HQ does: by deltas, or by a snapshot and deltas. Returns the changes written.

    Does nothing while another process is at it. Refuses with ``registry_damaged``, ``disk_full`` and the client's
    refusals; the file in use stays as it was then.
    """
    lock = FileLock(registry.download.with_name(f".{registry.download.name}.lock"))
    with disk_refusals(registry.download.parent):
        if not lock.take():
            return 0
    try:
        return _sync(registry, hq, wanted, progress)
    finally:
        lock.release()


def _sync(registry: RegistryFile, hq: HqClient, wanted: Wanted, progress: Progress) -> int:
    about, written = registry.about(), 0
    for _ in range(_SNAPSHOTS):
        if about is None or not _is_of(about, wanted):
            about = fetch_snapshot(registry, hq, wanted.incarnation, progress)
            wanted = wanted._replace(
                incarnation=about.incarnation or wanted.incarnation
            )  # HQ may be a restored one now
            written += about.rows
        try:
            return written + _up_to_date(registry, hq, about, wanted)
        except Gone:
            about = None
    raise Refusal("hq_unexpected", problem="registry")


def fetch_snapshot(registry: RegistryFile, hq: HqClient, incarnation: str, progress: Progress) -> About:
    """Fetch a snapshot, going on with the one at which an earlier attempt was cut, and put it in place."""
    part = registry.download
    kept = part.with_name(f"{part.name}.manifest")
    begun = _begun(kept)
    if begun is not None and begun.incarnation in ("", incarnation):
        try:
            return _fetch_and_install(registry, hq, begun, progress)
        except Refusal as refusal:
            if refusal.code != "snapshot_missing":  # HQ has forgotten that file: a newer one it is
                raise
    manifest = hq.manifest(REGISTRY_SCOPE)
    write_atomically(kept, msgspec.json.encode(manifest))
    return _fetch_and_install(registry, hq, manifest, progress)


def _fetch_and_install(registry: RegistryFile, hq: HqClient, manifest: SnapshotManifest, progress: Progress) -> About:
    part = registry.download
    packed = part.with_name(f"{part.name}.{manifest.packed_sha256[:16]}")
    with disk_refusals(part.parent):
        _forget_others(part, packed)
        part.touch(0o600)  # tells look-ups that a registry is on its way
        _need_room(packed, manifest)
        with downloading(packed, manifest, progress) as download:
            _fetch(hq, manifest, download)
        try:
            _unpack(packed, part, manifest)
            about = registry.install(part, manifest.sha256)
        except BaseException as error:
            with suppress(FileNotFoundError):
                os.truncate(part, 0)  # no half of a file takes anybody's room
            if isinstance(error, Refusal) and error.code == "registry_damaged":
                _forget_others(part, None)  # every piece was what HQ told of: only another file can help
            raise
        _forget_others(part, None)
    return about


def _begun(kept: Path) -> SnapshotManifest | None:
    try:
        return msgspec.json.decode(kept.read_bytes(), type=SnapshotManifest)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _forget_others(part: Path, packed: Path | None) -> None:
    """Remove other downloads; without ``packed`` this one too, with its manifest."""
    for old in part.parent.glob(part.name + ".*"):
        if old != packed and (packed is None or old.suffix != ".manifest"):
            old.unlink(missing_ok=True)


def _need_room(packed: Path, manifest: SnapshotManifest) -> None:
    there = packed.stat().st_size if packed.exists() else 0
    needed = manifest.bytes + max(manifest.packed_bytes - there, 0) + ROOM_LEFT
    if shutil.disk_usage(packed.parent).free < needed:
        raise Refusal("disk_full", folder=str(packed.parent))


def _fetch(hq: HqClient, manifest: SnapshotManifest, download: Download) -> None:
    """Fetch what is missing; each answer is written as it comes."""
    path = f"/v1/snapshot/{REGISTRY_SCOPE}/{manifest.generation}"
    while (span := download.missing()) is not None:
        begin, end = span
        headers = {"Range": f"bytes={begin}-{end - 1}"}
        reply = hq.send("GET", path, headers=headers, sink=download.take)
        if reply.status == _PARTIAL or (begin == 0 and len(reply.body) == end):
            download.take(reply.body)
        if download.at != end:
            raise Refusal("hq_unexpected", problem="range")


class _Hashed:
    """A file being read whose bytes are hashed on their way."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._digest.update(data)
        return data

    def sha256(self) -> str:
        while self.read(_READ_BYTES):
            pass
        return self._digest.hexdigest()


def _unpack(packed: Path, part: Path, manifest: SnapshotManifest) -> None:
    """Unfold into the download's place, at most as many bytes as the manifest says; the packed bytes are proven too."""
    size = 0
    with packed.open("rb") as file, os.fdopen(open_private(part), "wb", buffering=0) as target:
        source = _Hashed(file)
        try:
            unfolded = zstandard.ZstdDecompressor().stream_reader(cast("BinaryIO", source), read_size=_READ_BYTES)
            while chunk := unfolded.read(_READ_BYTES):
                size += len(chunk)
                if size > manifest.bytes:
                    raise Refusal("registry_damaged", problem="size")
                target.write(chunk)
        except zstandard.ZstdError as error:
            raise Refusal("registry_damaged", problem=str(error)) from error
        if source.sha256() != manifest.packed_sha256:
            raise Refusal("registry_damaged", problem="packed sha256")
    # the plain file is hashed, checked, synced and swapped by the registry itself


def _is_of(about: About, wanted: Wanted) -> bool:
    return about.incarnation in ("", wanted.incarnation)


def _up_to_date(registry: RegistryFile, hq: HqClient, about: About, wanted: Wanted) -> int:
    """Pull changes from the file's own place until nothing is newer: none between snapshot and now is skipped."""
    at, written = about.at_seq, 0
    while at < wanted.seq:
        page = hq.pull(REGISTRY_SCOPE, at, DEFAULT_PULL_ROWS, wanted.incarnation)
        if page is None:
            break
        _check(page.end, at)
        registry.apply(map(_change, page.lines), page.end.cursor, wanted.as_of)
        at, written = page.end.cursor, written + len(page.lines)
        if not page.end.more:
            return written
    if about.as_of < wanted.as_of:
        registry.apply((), at, wanted.as_of)  # nothing is newer: it is as good as HQ's today
    return written


def _check(end: PageEnd, after: int) -> None:
    if end.cursor < after or (end.more and end.cursor == after):
        raise Refusal("hq_unexpected", problem="a page without progress")


def _change(line: PulledLine) -> Change:
    try:
        if line.row is None:
            return Change(int(line.id), ())
        return msgspec.json.decode(line.row, type=Change)
    except (msgspec.DecodeError, ValueError) as error:
        raise Refusal("hq_unexpected", problem=str(error)) from error
