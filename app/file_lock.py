"""Locks between processes, dropped by the operating system when their owner dies; all that differs by platform."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.files import open_private
from core.refusals import Refusal

# Locked bytes lie far behind the content: Windows locks are mandatory, and others must still read the note.
_FIRST_BYTE = 1 << 30
# Windows' msvcrt knows no shared lock: a sharer takes one of these bytes, an exclusive owner all of them.
_SLOTS = 64


@contextmanager
def alone(path: Path, folder: Path) -> Iterator[None]:
    """Do something as the only process; refuses with ``profile_in_use`` when another is doing it in ``folder`` now."""
    lock = FileLock(path)
    if not lock.take():
        raise Refusal("profile_in_use", folder=str(folder))
    try:
        yield
    finally:
        lock.release()


class FileLock:
    """A lock on a file; ``take`` never waits."""

    def __init__(self, path: Path) -> None:
        """``path`` is created when missing; it stays behind, since deleting a lock file opens a race."""
        self._path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock now."""
        return self._descriptor is not None

    def take(self, *, shared: bool = False) -> bool:
        """Take the lock if nobody else is in the way; True when it is held afterwards."""
        if self._descriptor is not None:
            return True
        descriptor = open_private(self._path, os.O_RDWR | os.O_CREAT)
        if not _lock(descriptor, shared):
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)  # closing drops the lock on every platform
            self._descriptor = None

    def write(self, content: bytes) -> None:
        """Leave a note for those who find the lock taken; only the holder may."""
        assert self._descriptor is not None, "only the holder of a lock leaves a note"
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.write(self._descriptor, content)

    def read(self) -> bytes:
        """The holder's note (at most 4 kB)."""
        with self._path.open("rb") as file:
            return file.read(4096)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int, shared: bool) -> bool:
        if shared:
            return any(_lock_bytes(descriptor, slot, 1) for slot in range(_SLOTS))
        return _lock_bytes(descriptor, 0, _SLOTS)

    def _lock_bytes(descriptor: int, offset: int, count: int) -> bool:
        os.lseek(descriptor, _FIRST_BYTE + offset, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, count)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _lock(descriptor: int, shared: bool) -> bool:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
