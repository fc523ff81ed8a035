"""Backups of the encrypted database: verified before they count, kept by age, restored with no moment without one."""

import logging
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from app.files import (
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    disk_refusals,
    move_into_place,
    remove_leftovers,
    sync_file,
    sync_folder,
)
from app.offline_db import carrying, integrity, restoring
from app.offline_db.backup_names import (
    Backup,
    Kind,
    backup_name,
    list_backups,
    newest_backup,
    no_longer_kept,
)
from app.offline_db.engine import outside
from app.offline_db.profile import Profile
from core.refusals import Refusal

__all__ = ["Backup", "Kind", "back_up", "back_up_when_due", "list_backups", "newest_backup", "restore"]

_log = logging.getLogger(__name__)
_REPLACED_KEPT = 3
_DUE_AFTER = timedelta(hours=20)  # a station that opens a little earlier each day still gets one a day


def back_up(engine: Engine, profile: Profile, now: datetime, kind: Kind = Kind.ASKED, revision: str = "") -> Backup:
    """Copy the database as it is at this moment, encrypted with its own key, while others read and write.

    The copy is verified page by page before it gets its name, and old backups are then removed. ``now`` is aware UTC.
    Refuses with ``disk_full`` before it starts, or ``database_damaged`` when a page of the database can't be read.
    """
    profile.require_space(_size(profile))
    target = profile.backups / backup_name(kind, now, revision)
    temporary = target.with_name(f".{target.name}.new")
    with disk_refusals(profile.backups):
        try:
            _copy(engine, temporary)
            temporary.chmod(PRIVATE_FILE)
            sync_file(temporary)
            move_into_place(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
        for old in no_longer_kept(list_backups(profile)):
            old.path.unlink(missing_ok=True)
    return next(backup for backup in list_backups(profile) if backup.name == target.name)


def back_up_when_due(engine: Engine, profile: Profile, now: datetime) -> Backup | None:
    """The day's automatic backup; None when there is one already or none can be made now, which the log tells.

    Never refuses: a full disk or a damaged page must not keep a repairer from work that can still be read and sent.
    A clock that went back makes one at once.
    """
    newest = next((backup for backup in list_backups(profile) if backup.kind is Kind.AUTO), None)
    if newest is not None and timedelta(0) <= now - newest.made_at < _DUE_AFTER:
        return None
    remove_leftovers(profile.path)
    try:
        return back_up(engine, profile, now, Kind.AUTO)
    except Refusal as refusal:
        _log.warning("no automatic backup: %s", refusal.code)
        return None


def restore(profile: Profile, key: bytes, which: str | None, now: datetime) -> Path:
    """Put the backup named ``which`` (the newest when None) in the database's place.

    The database that was there is kept, with its log, in a folder of ``backups/`` whose path is returned (the last
    three are). What it had not sent is carried over at the next opening (:mod:`app.offline_db.carrying`). Nobody
    else's window and no engine (also of this process) may have the profile open: refuses with ``window_open`` or
    ``profile_in_use``; also with ``backup_unknown``, ``backup_damaged`` (nothing is touched) and ``disk_full``.
    """
    was_window = profile.holds_window
    profile.lock_window()
    lock = profile.use_lock()
    try:
        if not lock.take():
            raise Refusal("profile_in_use", folder=str(profile.path))
        backup = _chosen(profile, which)
        if not integrity.check(backup.path, key).whole:
            raise Refusal("backup_damaged", backup=backup.name)
        profile.require_space(backup.size + _size(profile))
        with disk_refusals(profile.path):
            return _replace(profile, backup, now)
    finally:
        lock.release()
        if not was_window:
            profile.unlock_window()


def _size(profile: Profile) -> int:
    return profile.database.stat().st_size if profile.database.exists() else 0


def _copy(engine: Engine, target: Path) -> None:
    """``VACUUM INTO`` gives one consistent state, encrypted alike, without the pages that deleted rows have left."""
    target.unlink(missing_ok=True)
    with outside(engine) as connection:
        connection.exec_driver_sql("VACUUM INTO ?", (str(target),))
        connection.exec_driver_sql("ATTACH ? AS copied", (str(target),))  # with the main database's key
        try:
            damaged = connection.exec_driver_sql("PRAGMA copied.cipher_integrity_check").scalars().all()
            said = connection.exec_driver_sql("PRAGMA copied.quick_check(1)").scalars().all()
        finally:
            connection.exec_driver_sql("DETACH copied")
    if damaged or said != ["ok"]:
        raise Refusal("backup_damaged", backup=target.name)


def _chosen(profile: Profile, which: str | None) -> Backup:
    known = list_backups(profile)
    for backup in known:
        if which is None or backup.name == which:
            return backup
    raise Refusal("backup_unknown", backup=which or "—")


def _replace(profile: Profile, backup: Backup, now: datetime) -> Path:
    """Keep the old files aside, then make the new one ready; only the last step changes what an opening finds."""
    restoring.finish(profile)
    aside = profile.backups / f"replaced-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    aside.mkdir(exist_ok=True)
    aside.chmod(PRIVATE_FOLDER)
    for suffix in ("", "-wal", "-shm"):
        old = profile.database.with_name(profile.database.name + suffix)
        if old.exists():
            shutil.copy2(old, aside / old.name)
            sync_file(aside / old.name)
    sync_folder(aside)
    temporary = profile.path / "restore.new"
    shutil.copyfile(backup.path, temporary)
    temporary.chmod(PRIVATE_FILE)
    sync_file(temporary)
    carrying.mark(profile, aside)  # before the point of no return: what it had not sent is taken over at the opening
    move_into_place(temporary, restoring.ready_file(profile))
    restoring.finish(profile)
    kept = carrying.marked(profile)
    for old in sorted(profile.backups.glob("replaced-*"))[:-_REPLACED_KEPT]:
        if old.name not in kept:
            shutil.rmtree(old, ignore_errors=True)
    return aside
