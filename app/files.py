"""Files that survive a power cut: atomic, synced, private to the person (0600); a full disk is a refusal."""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.refusals import Refusal

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
_LEFTOVER_SECONDS = 24 * 3600

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_UNWRITABLE = frozenset({errno.EROFS, errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR})


def refusal_of(error: OSError, folder: Path) -> Refusal | None:
    """The refusal a person can act on for ``error`` below ``folder``; None when it is something else (a defect)."""
    if error.errno in _FULL:
        return Refusal("disk_full", folder=str(folder))
    if error.errno in _UNWRITABLE:
        return Refusal("profile_unwritable", folder=str(folder))
    if error.errno == errno.EIO:
        return Refusal("disk_error", folder=str(folder))
    return None


@contextmanager
def disk_refusals(folder: Path) -> Iterator[None]:
    """Turn full, read-only and failing disks into refusals (``disk_full``, ``profile_unwritable``, ``disk_error``)."""
    try:
        yield
    except OSError as error:
        refusal = refusal_of(error, folder)
        if refusal is None:
            raise
        raise refusal from error


def open_private(path: Path, flags: int = os.O_WRONLY | os.O_CREAT | os.O_TRUNC) -> int:
    """A descriptor of ``path`` that only this person may read; never follows the umask."""
    return os.open(path, flags | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0), PRIVATE_FILE)


def sync_file(path: Path) -> None:
    """Have the disk confirm what ``path`` holds."""
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Have the disk confirm the names in ``folder``; Windows keeps them safe by itself and can't open folders."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def move_into_place(temporary: Path, target: Path) -> None:
    """Give a finished, synced ``temporary`` its name; readers see the old or the new file, never half of one."""
    temporary.replace(target)
    sync_folder(target.parent)


def remove_leftovers(folder: Path) -> None:
    """Delete the unfinished files (``.NAME.new``) that killed programs left below ``folder`` more than a day ago."""
    yesterday = time.time() - _LEFTOVER_SECONDS
    for path in folder.rglob(".*.new"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < yesterday:
                path.unlink()


def write_atomically(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` (0600) so that after a power cut it holds the old or the new content."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    with disk_refusals(path.parent):
        try:
            with os.fdopen(open_private(temporary), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            move_into_place(temporary, path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
