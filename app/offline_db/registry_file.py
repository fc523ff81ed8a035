"""The registry on this device: look-ups that say how far they can be trusted, and the swap to a newer file."""

import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from app.files import PRIVATE_FILE, disk_refusals, move_into_place, sync_file
from core.refusals import Refusal
from core.warranty.facts import RegisteredUnit, RegistryState
from rowstore.registry_format import About, Change, RegistryReader, apply_delta, problem_of, settle

# A registry this old may not know units that are sold by now.
OLD_AFTER = timedelta(days=30)


class RegistryAnswer(NamedTuple):
    """What the registry says about one serial number, and how far it can be trusted to know every unit."""

    state: RegistryState
    units: tuple[RegisteredUnit, ...]  # more than one when several models share the serial number
    at_seq: int  # the registry's place in HQ's feed; 0 when there is none
    as_of: date | None  # HQ's day when it was made or last brought up to date


class Registry:
    """The registry file of a profile, open for look-ups from any thread.

    A file that another process has put in its place is noticed at the next look-up. Without a usable file every answer
    is ``missing`` (or ``partial`` while one is being fetched), so that a verdict never takes a gap for an unknown unit.
    """

    def __init__(self, path: Path) -> None:
        """``path`` need not exist."""
        self._path = path
        self._name = str(path)  # what the system asks for: a Path is turned into it on each look-up otherwise
        self._lock = threading.Lock()
        self._reader: RegistryReader | None = None
        self._opened: tuple[int, int] | None = None  # which file is open: device and inode
        self._about: About | None = None

    @property
    def download(self) -> Path:
        """Where a snapshot is collected until it is whole; its presence makes a missing registry ``partial``."""
        return self._path.with_name(self._path.name + ".part")

    def look_up(self, serial: str, today: date) -> RegistryAnswer:
        """All units known under ``serial`` (in its canonical form), some ten microseconds at any size."""
        with self._lock:
            reader = self._current()
            if reader is None:
                return RegistryAnswer(self._state(None, today), (), 0, None)
            try:
                units = reader.units_of(serial)
            except (sqlite3.Error, ValueError, LookupError):
                return self._unusable()
            about = self._about
        assert about is not None, "a file that is open has said what it is"
        return RegistryAnswer(_state_of(about, today), units, about.at_seq, about.as_of)

    def about(self) -> About | None:
        """What the file says about itself now (cursor, day, rows); None when there is no usable one."""
        with self._lock:
            self._close()
            self._current()
            return self._about

    def state(self, today: date) -> RegistryState:
        """How far look-ups can be trusted today."""
        return self._state(self.about(), today)

    def install(self, snapshot: Path, sha256: str) -> About:
        """Put a downloaded file in place while look-ups go on: checked against its hash, its structure and row count.

        ``snapshot`` must lie in the same folder; it is consumed. One process at a time may install or apply.
        Refuses with ``registry_damaged`` and keeps the old file otherwise.
        """
        snapshot.chmod(PRIVATE_FILE)
        with disk_refusals(self._path.parent), ThreadPoolExecutor(1) as beside:
            hashed = beside.submit(_synced_sha256, snapshot)  # both need the whole file and neither the interpreter
            problem = problem_of(snapshot)
            if hashed.result() != sha256.lower():
                raise Refusal("registry_damaged", problem="sha256")
        if problem:
            raise Refusal("registry_damaged", problem=problem)
        with disk_refusals(self._path.parent), self._lock:
            settle(self._path)
            self._close()  # Windows does not replace a file that is open
            move_into_place(snapshot, self._path)
        about = self.about()
        assert about is not None, "a file that was just checked can be read"
        return about

    def apply(self, changes: Iterable[Change], at_seq: int, as_of: date) -> int:
        """Bring the file up to ``at_seq`` in one durable transaction; returns its rows. Look-ups go on meanwhile.

        Refuses with ``registry_damaged`` when there is no usable file (a snapshot is needed) and ``disk_full``.
        """
        if not self._path.exists():
            raise Refusal("registry_damaged", problem="missing")
        try:
            rows = apply_delta(self._path, changes, at_seq, as_of)
        except (sqlite3.Error, ValueError) as error:
            if (getattr(error, "sqlite_errorcode", 0) & 0xFF) == sqlite3.SQLITE_FULL:
                raise Refusal("disk_full", folder=str(self._path.parent)) from error
            raise Refusal("registry_damaged", problem=str(error)) from error
        self.about()
        return rows

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._close()

    def _current(self) -> RegistryReader | None:
        """The reader of the file that has the name now; None when there is none or it can't be read."""
        try:
            status = os.stat(self._name)  # noqa: PTH116  half the time of Path.stat, on each look-up
        except OSError:
            self._close()
            return None
        if self._opened != (status.st_dev, status.st_ino):
            self._close()
            try:
                self._reader = RegistryReader(self._path)
                self._about = self._reader.about()
            except (sqlite3.Error, ValueError):
                self._close()
                return None
            self._opened = (status.st_dev, status.st_ino)
        return self._reader

    def _state(self, about: About | None, today: date) -> RegistryState:
        if about is None:
            return RegistryState.PARTIAL if self.download.exists() else RegistryState.MISSING
        return _state_of(about, today)

    def _unusable(self) -> RegistryAnswer:
        """The answer of a file that broke under a look-up: as if there were none."""
        self._close()
        return RegistryAnswer(RegistryState.MISSING, (), 0, None)

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = self._opened = self._about = None


def _state_of(about: About, today: date) -> RegistryState:
    if not about.complete:
        return RegistryState.PARTIAL
    return RegistryState.OLD if today - about.as_of > OLD_AFTER else RegistryState.COMPLETE


def _synced_sha256(path: Path) -> str:
    """The file's SHA-256 in hex, once the disk holds the file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    sync_file(path)
    return digest
