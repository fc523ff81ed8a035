"""Snapshots: the registry as one packed file per generation, so that a new device need not pull a million rows."""

import hashlib
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import zstandard
from sqlalchemy import select

from core.contract.codec import ZSTD_LEVEL
from core.contract.messages import REGISTRY_SCOPE, SnapshotManifest
from core.ids import new_id
from core.refusals import Refusal
from hq.feed.registry import units_by_serial
from hq.store import Store
from hq.store.schema import feed_meta, scope_counter
from rowstore.registry_building import build_registry
from rowstore.registry_format import FORMAT, About

_READ_BYTES = 1 << 20
#: A newer file is made when the delta since the last one has more rows than this, or than a tenth of the file.
_DELTA_ROWS = 20_000
_KEPT_GENERATIONS = 2


class _Generation(msgspec.Struct, frozen=True):
    """What is kept beside a snapshot file."""

    manifest: SnapshotManifest
    incarnation: str


class Snapshots:
    """The snapshot files in ``folder``; the newest is made anew when its delta has grown long."""

    def __init__(self, store: Store, folder: Path) -> None:
        """``folder`` is made when it is missing."""
        self._store = store
        self._folder = folder
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def manifest(self, scope: str, today: date) -> SnapshotManifest:
        """The newest finished file of ``scope``; raises Refusal ``snapshot_missing``."""
        if scope != REGISTRY_SCOPE:
            raise Refusal("snapshot_missing", scope=scope)
        newest = self._newest()
        if newest and self._is_fresh(newest):
            return newest.manifest
        if newest and self._lock.locked() and self._is_of_this_feed(newest):
            return newest.manifest  # a newer one is being made; nobody waits for it, its delta only is longer
        with self._lock:
            newest = self._newest()  # perhaps made while this one waited
            return newest.manifest if newest and self._is_fresh(newest) else self._build(today)

    def file(self, scope: str, generation: str) -> Path:
        """The packed file of a generation; raises Refusal ``snapshot_missing``."""
        for known in self._generations():
            if (known.manifest.scope, known.manifest.generation) == (scope, generation):
                return self._folder / f"{generation}.zst"
        raise Refusal("snapshot_missing", scope=scope)

    def _generations(self) -> Iterator[_Generation]:
        for file in sorted(self._folder.glob("*.json"), reverse=True):
            yield msgspec.json.decode(file.read_bytes(), type=_Generation)

    def _newest(self) -> _Generation | None:
        return next(self._generations(), None)

    def _is_fresh(self, newest: _Generation) -> bool:
        with self._store.reading() as connection:
            incarnation = connection.execute(select(feed_meta.c.incarnation)).scalar_one()
            counted = select(scope_counter.c.seq).where(scope_counter.c.scope == REGISTRY_SCOPE)
            seq = connection.execute(counted).scalar_one_or_none() or 0
        delta = seq - newest.manifest.at_seq
        return newest.incarnation == incarnation and 0 <= delta <= max(_DELTA_ROWS, newest.manifest.rows // 10)

    def _is_of_this_feed(self, newest: _Generation) -> bool:
        with self._store.reading() as connection:
            return bool(newest.incarnation == connection.execute(select(feed_meta.c.incarnation)).scalar_one())

    def _build(self, today: date) -> SnapshotManifest:
        generation = new_id()  # sorts by time
        plain, packed = (self._folder / f"{generation}.{kind}" for kind in ("sqlite", "zst"))
        try:
            with self._store.reading() as connection:
                meta = connection.execute(select(feed_meta.c.incarnation, feed_meta.c.registry_salt)).one()
                counted = select(scope_counter.c.seq).where(scope_counter.c.scope == REGISTRY_SCOPE)
                at_seq = connection.execute(counted).scalar_one_or_none() or 0
                about = About(salt=meta.registry_salt, at_seq=at_seq, as_of=today, incarnation=meta.incarnation)
                rows = build_registry(plain, units_by_serial(connection), about)
            manifest = _pack(plain, packed, generation, rows, at_seq)
        finally:
            plain.unlink(missing_ok=True)
        kept = self._folder / f"{generation}.json"
        unfinished = kept.with_suffix(".new")
        unfinished.write_bytes(msgspec.json.encode(_Generation(manifest, meta.incarnation)))
        unfinished.replace(kept)
        self._forget_old()
        return manifest

    def _forget_old(self) -> None:
        for known in list(self._generations())[_KEPT_GENERATIONS:]:
            for kind in ("json", "zst"):
                (self._folder / f"{known.manifest.generation}.{kind}").unlink(missing_ok=True)


def _pack(plain: Path, packed: Path, generation: str, rows: int, at_seq: int) -> SnapshotManifest:
    with plain.open("rb") as source, packed.open("wb") as target:
        zstandard.ZstdCompressor(level=ZSTD_LEVEL).copy_stream(source, target, size=plain.stat().st_size)
    return SnapshotManifest(
        scope=REGISTRY_SCOPE,
        generation=generation,
        sha256=sha256_of(plain),
        bytes=plain.stat().st_size,
        packed_sha256=sha256_of(packed),
        packed_bytes=packed.stat().st_size,
        rows=rows,
        at_seq=at_seq,
        schema=FORMAT,
    )


def sha256_of(file: Path) -> str:
    """The file's SHA-256 in hex."""
    digest = hashlib.sha256()
    with file.open("rb") as source:
        while piece := source.read(_READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()
