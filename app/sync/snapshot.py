"""The registry of units: a whole file in resumable pieces, checked and swapped in, then deltas from its own place."""

import hashlib
import io
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import msgspec
import zstandard

from app.files import disk_refusals, open_private
from app.sync.client import Gone, HqClient
from app.sync.ports import RegistryFile
from core.contract.messages import DEFAULT_PULL_ROWS, REGISTRY_SCOPE, Line, PageEnd, SnapshotManifest
from core.refusals import Refusal
from rowstore.registry_format import About, Change

PIECE = 4 * 1024 * 1024
#: Called with the bytes fetched and the bytes in all.
Progress = Callable[[int, int], None]


def sync_registry(
    registry: RegistryFile, hq: HqClient, incarnation: str, seq: int, as_of: date, progress: Progress
) -> int:
    """Have the registry stand where HQ does: by deltas, or by a snapshot and deltas. Returns the changes written.

    ``seq`` is HQ's place in the scope, ``as_of`` HQ's day. Refuses with ``registry_damaged``, ``disk_full`` and the
    client's refusals; the file in use stays as it was then.
    """
    about = registry.about()
    written = 0
    if about is None or (about.incarnation and about.incarnation != incarnation):
        about = fetch_snapshot(registry, hq, progress)
        written += about.rows
    if about.at_seq >= seq:
        return written
    try:
        return written + _deltas(registry, hq, about, incarnation, as_of)
    except Gone:
        about = fetch_snapshot(registry, hq, progress)
        return about.rows + _deltas(registry, hq, about, incarnation, as_of)


def fetch_snapshot(registry: RegistryFile, hq: HqClient, progress: Progress) -> About:
    """Fetch the newest snapshot, going on where an earlier attempt was cut, and put it in place."""
    manifest = hq.manifest(REGISTRY_SCOPE)
    part = registry.download
    packed = part.with_name(f"{part.name}.{manifest.packed_sha256[:16]}")
    with disk_refusals(part.parent):
        _forget_others(part, packed)
        part.touch(0o600)  # tells look-ups that a registry is on its way
        _fetch(hq, manifest, packed, progress)
        _unpack(packed, part, manifest)
    about = registry.install(part, manifest.sha256)
    packed.unlink(missing_ok=True)
    return about


def _forget_others(part: Path, packed: Path) -> None:
    for old in part.parent.glob(part.name + ".*"):
        if old != packed:
            old.unlink(missing_ok=True)


def _fetch(hq: HqClient, manifest: SnapshotManifest, packed: Path, progress: Progress) -> None:
    """Append pieces until the packed file is whole; a piece counts when the disk has it."""
    path = f"/v1/snapshot/{REGISTRY_SCOPE}/{manifest.generation}"
    with os.fdopen(open_private(packed, os.O_RDWR | os.O_CREAT), "r+b") as file:
        have = file.seek(0, os.SEEK_END)
        if have > manifest.packed_bytes:
            have = file.truncate(0)
        while have < manifest.packed_bytes:
            file.seek(have)
            piece = _piece(hq, path, have, min(have + PIECE, manifest.packed_bytes))
            file.write(piece)
            file.flush()
            os.fsync(file.fileno())
            have += len(piece)
            progress(have, manifest.packed_bytes)
        if _digest(file) != manifest.packed_sha256:
            file.truncate(0)
            raise Refusal("registry_damaged", problem="packed sha256")


def _piece(hq: HqClient, path: str, begin: int, end: int) -> bytes:
    """The bytes from ``begin`` to before ``end``; a server that ignores ranges is no snapshot server."""
    reply = hq.send("GET", path, headers={"Range": f"bytes={begin}-{end - 1}"})
    if reply.status == 206 and 0 < len(reply.body) <= end - begin:
        return reply.body
    if reply.status == 200 and begin == 0 and len(reply.body) == end:
        return reply.body
    raise Refusal("hq_unexpected", problem="range")


def _digest(file: io.BufferedRandom) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


def _unpack(packed: Path, part: Path, manifest: SnapshotManifest) -> None:
    """Unfold into the download's place, at most as many bytes as the manifest says."""
    size = 0
    with packed.open("rb") as source, os.fdopen(open_private(part), "wb") as target:
        try:
            for chunk in zstandard.ZstdDecompressor().read_to_iter(source, write_size=1 << 20):
                size += len(chunk)
                if size > manifest.bytes:
                    raise Refusal("registry_damaged", problem="size")
                target.write(chunk)
        except zstandard.ZstdError as error:
            raise Refusal("registry_damaged", problem=str(error)) from error
    # hashed, fsynced and swapped by the registry itself


def _deltas(registry: RegistryFile, hq: HqClient, about: About, incarnation: str, as_of: date) -> int:
    """Pull changes from the file's own place until nothing is newer: none between snapshot and now is skipped."""
    at, written = about.at_seq, 0
    while True:
        page = hq.pull(REGISTRY_SCOPE, at, DEFAULT_PULL_ROWS, incarnation)
        if page is None:
            return written
        _check(page.end, at)
        registry.apply(map(_change, page.lines), page.end.cursor, as_of)
        at, written = page.end.cursor, written + len(page.lines)
        if not page.end.more:
            return written


def _check(end: PageEnd, after: int) -> None:
    if end.cursor < after or (end.more and end.cursor == after):
        raise Refusal("hq_unexpected", problem="a page without progress")


def _change(line: Line) -> Change:
    try:
        if line.row is None:
            return Change(int(line.id), ())
        return msgspec.json.decode(line.row, type=Change)
    except (msgspec.DecodeError, ValueError) as error:
        raise Refusal("hq_unexpected", problem=str(error)) from error
