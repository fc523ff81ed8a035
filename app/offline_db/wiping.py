"""Leaving: a profile's data and keys removed for good, never while something in it has not reached HQ."""

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from app.files import disk_refusals, write_atomically
from app.offline_db import cipher
from app.offline_db.profile import Profile
from app.offline_db.rescue import Unsent, unsent_work
from app.offline_db.schema import blob_queue, operation
from core.refusals import Refusal

_MARK = "wiping"
#: What is ours in the folder; whatever else somebody has put there stays.
_OURS = ("fixpoint.db*", "registry.db*", "keys.json", "keys.copy.json", "hq-ca.pem", "restore.new", "restore-ready.db")
_OURS_TOO = (".*.new", "making.lock", "carry-over")
_FOLDERS = ("blobs", "backups", "log")
_LAST = ("window.lock", "database.lock", _MARK)


class Seen(NamedTuple):
    """What the profile held when the person was asked: what came later must not go unseen."""

    last_position: int
    blobs: int
    unsent: Unsent


def look(connection: Connection) -> Seen:
    """What the profile holds now."""
    last = select(func.coalesce(func.max(operation.c.position), 0))
    queued = select(func.count()).select_from(blob_queue)
    here = connection.execute(last).scalar_one(), connection.execute(queued).scalar_one()
    return Seen(*here, unsent_work(connection))


def refusal_of(unsent: Unsent) -> Refusal:
    """Why nothing may be removed."""
    return Refusal("work_unsent", operations=unsent.operations, photos=unsent.photos)


def was_begun(profile: Profile) -> bool:
    """Whether a wipe was cut in the middle: its keys may be gone already, the rest only needs removing."""
    return (profile.path / _MARK).exists()


def wipe(profile: Profile, key: bytes | None, seen: Seen | None, forget_keys: Callable[[], None]) -> int:
    """Remove the keys, then everything else; returns how many files. No window and no command may use the profile.

    With ``key`` the database is looked at once more while nobody can write: refuses with ``work_unsent`` when more
    was done since ``seen``. Refuses also with ``window_open``, ``profile_in_use`` and those of the key store.
    """
    profile.lock_window()
    lock = profile.use_lock()
    try:
        if not lock.take():
            raise Refusal("profile_in_use", folder=str(profile.path))
        if key is not None and seen is not None and profile.has_database:
            _check_unchanged(profile, key, seen)
        with disk_refusals(profile.path):
            _forget(profile, forget_keys)
            removed = _remove(profile.path)
    finally:
        lock.release()
        profile.unlock_window()
    with disk_refusals(profile.path):
        for name in _LAST:
            (profile.path / name).unlink(missing_ok=True)
        if not any(profile.path.iterdir()):
            profile.path.rmdir()
    return removed


def _check_unchanged(profile: Profile, key: bytes, seen: Seen) -> None:
    ask = (
        "SELECT (SELECT coalesce(max(position), 0) FROM operation), (SELECT count(*) FROM blob_queue),"
        " (SELECT count(*) FROM operation WHERE state <> 'answered'),"
        " (SELECT count(*) FROM blob_queue WHERE state <> 'sent')"
    )
    with closing(cipher.connect(profile.database, key)) as raw:
        last, blobs, operations, photos = raw.execute(ask).fetchone()
    grown = (last, blobs) != (seen.last_position, seen.blobs)
    if grown or operations > seen.unsent.operations or photos > seen.unsent.photos:
        raise refusal_of(Unsent(operations, photos, 0))


def _forget(profile: Profile, forget_keys: Callable[[], None]) -> None:
    """The keys first: from then on nobody can read what is left, even if the rest is cut."""
    mark = profile.path / _MARK
    write_atomically(mark, b"")
    try:
        forget_keys()
    except Refusal:
        mark.unlink(missing_ok=True)
        raise


def _remove(folder: Path) -> int:
    count = 0
    for name in _FOLDERS:
        below = folder / name
        if below.is_dir() and not below.is_symlink():
            count += sum(1 for path in below.rglob("*") if path.is_file())
            shutil.rmtree(below)
    for pattern in (*_OURS, *_OURS_TOO):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
            count += 1
    return count
