"""Snapshots: the registry as one packed file per generation, so that a new device need not pull a million rows."""

import hashlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import msgspec
from sqlalchemy import select

from core.contract.messages import REGISTRY_SCOPE, SnapshotManifest
from core.ids import new_id
from core.refusals import Refusal
from hq.feed.snapshot_files import make_snapshot, registry_seq
from hq.store import Store
from hq.store.schema import feed_meta

log = logging.getLogger(__name__)
#: A newer file is made when the delta since the last one has more rows than this, or than a tenth of the file.
_DELTA_ROWS = 20_000
#: Devices on slow lines may still be fetching an older one.
_KEPT_GENERATIONS = 3
#: So long a request waits for the first file (seconds): a small one is there by then, for a large one it comes again.
PATIENCE = 15.0
_AGAIN_AFTER_FAILURE = 30.0
_LONGEST_BUILD = 3600.0
_LOCK = "building.lock"


class Snapshots:
    """The snapshot files in ``folder``; the newest is made anew, beside everything else, when its delta is long."""

    def __init__(self, store: Store, folder: Path) -> None:
        """``folder`` is made when it is missing."""
        self._store = store
        self._folder = folder
        self._lock = threading.Lock()
        self._building: threading.Thread | None = None
        self._not_before = 0.0
        folder.mkdir(parents=True, exist_ok=True)

    def manifest(self, scope: str, today: date) -> SnapshotManifest:
        """The newest finished file of ``scope``; a build that is due goes on in the background.

        Raises Refusal ``snapshot_missing``, also while the first one of a feed is still being made.
        """
        if scope != REGISTRY_SCOPE:
            raise Refusal("snapshot_missing", scope=scope)
        newest = self._newest()
        if newest is None or not self._is_fresh(newest):
            building = self._build_beside(today)
            if newest is None and building is not None:
                building.join(PATIENCE)
                newest = self._newest()
        if newest is None:
            raise Refusal("snapshot_missing", scope=scope)
        return newest

    def file(self, scope: str, generation: str) -> Path:
        """The packed file of a generation of this feed; raises Refusal ``snapshot_missing``."""
        for known in self._generations():
            if (known.scope, known.generation) == (scope, generation):
                return self._folder / f"{generation}.zst"
        raise Refusal("snapshot_missing", scope=scope)

    def build(self, today: date) -> SnapshotManifest | None:
        """Make a newer file if one is due, as the only process that does; returns the newest there is then."""
        with _alone(self._folder / _LOCK):
            newest = self._newest()  # perhaps another process has made it while this one waited
            if newest is None or not self._is_fresh(newest):
                self._tidy()
                newest = make_snapshot(self._store, self._folder, new_id(), today)  # a new id sorts by time
                _keep(self._folder / f"{newest.generation}.json", msgspec.json.encode(newest))
                self._tidy()
        return newest

    def settle(self) -> None:
        """Wait for what is being built."""
        if (building := self._building) is not None:
            building.join()

    def _build_beside(self, today: date) -> threading.Thread | None:
        """The thread that builds; None while a failed build is not tried again yet."""
        with self._lock:
            if self._building is None or not self._building.is_alive():
                if time.monotonic() < self._not_before:
                    return None
                self._building = threading.Thread(target=self._try, args=(today,), name="snapshot", daemon=True)
                self._building.start()
            return self._building

    def _try(self, today: date) -> None:
        try:
            self.build(today)
        except Exception:
            log.exception("a snapshot was not finished")
            self._not_before = time.monotonic() + _AGAIN_AFTER_FAILURE

    def _generations(self) -> Iterator[SnapshotManifest]:
        """Finished files of this feed, the newest first; those of a feed that was restored are none."""
        with self._store.reading() as connection:
            incarnation = connection.execute(select(feed_meta.c.incarnation)).scalar_one()
        for file in sorted(self._folder.glob("*.json"), reverse=True):
            if (known := _read(file)) and known.incarnation == incarnation:
                yield known

    def _newest(self) -> SnapshotManifest | None:
        return next(self._generations(), None)

    def _is_fresh(self, newest: SnapshotManifest) -> bool:
        with self._store.reading() as connection:
            delta = registry_seq(connection) - newest.at_seq
        return 0 <= delta <= max(_DELTA_ROWS, newest.rows // 10)

    def _tidy(self) -> None:
        """Remove old generations and what a killed build left; only while nobody else builds."""
        kept = {known.generation for known in list(self._generations())[:_KEPT_GENERATIONS]}
        for file in self._folder.iterdir():
            if file.is_file() and file.name.partition(".")[0] not in kept and not file.name.startswith(_LOCK):
                file.unlink(missing_ok=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until no other process or thread builds; the system gives the lock back when its holder is killed.

    SQLite's lock on an empty file: the one lock between processes that works the same on every system.
    """
    with closing(sqlite3.connect(path, timeout=_LONGEST_BUILD, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield


def _keep(path: Path, content: bytes) -> None:
    """Write so that the name stands for the whole content, also after a power cut."""
    unfinished = path.with_suffix(".new")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _read(file: Path) -> SnapshotManifest | None:
    """What is kept of a finished file; None for what an older version kept, or when it has just gone."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=SnapshotManifest)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def sha256_of(file: Path) -> str:
    """The file's SHA-256 in hex."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
