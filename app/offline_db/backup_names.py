"""The backups in a profile's folder: their names, kinds and days, and which of them are kept."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from app.offline_db.profile import Profile

_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"fixpoint-(\d{8}T\d{6}Z)-(auto|asked|before)(?:-([0-9A-Za-z_]{1,40}))?\.db")
DAILY = 7
WEEKLY = 4
KEPT = {"asked": 10, "before": 3}


class Kind(StrEnum):
    """Why a backup was made."""

    AUTO = "auto"  # by the program, once a day
    ASKED = "asked"  # by a person
    BEFORE = "before"  # in front of a migration


class Backup(NamedTuple):
    """One backup file; encrypted with the database's own key."""

    name: str
    path: Path
    kind: Kind
    made_at: datetime  # UTC
    revision: str  # the migration it was made in front of; empty for other kinds
    size: int  # bytes


def backup_name(kind: Kind, made_at: datetime, revision: str = "") -> str:
    """The file name that tells all of a backup but its size."""
    tail = f"-{revision}" if revision else ""
    return f"fixpoint-{made_at.astimezone(UTC).strftime(_STAMP)}-{kind}{tail}.db"


def list_backups(profile: Profile) -> list[Backup]:
    """The profile's backups, newest first; other files in the folder are left out."""
    found = [backup for path in profile.backups.glob("fixpoint-*.db") if (backup := _parsed(path))]
    return sorted(found, key=lambda backup: (backup.made_at, backup.name), reverse=True)


def newest_backup(profile: Profile) -> Backup | None:
    """The one to restore when nothing else is said."""
    return next(iter(list_backups(profile)), None)


def _parsed(path: Path) -> Backup | None:
    match = _NAME.fullmatch(path.name)
    if match is None:
        return None
    made_at = datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
    return Backup(path.name, path, Kind(match[2]), made_at, match[3] or "", path.stat().st_size)


def no_longer_kept(backups: list[Backup]) -> list[Backup]:
    """Which of ``backups`` (newest first) may go: beyond 7 days and 4 weeks of automatic ones, 10 asked, 3 before."""
    automatic = [backup for backup in backups if backup.kind is Kind.AUTO]
    daily = _one_for_each(automatic, lambda day: day.strftime("%Y-%j"))[:DAILY]
    weekly = _one_for_each(automatic, lambda day: day.strftime("%G-%V"))[:WEEKLY]
    kept = {backup.name for backup in daily + weekly}
    for kind, most in KEPT.items():
        kept |= {backup.name for backup in [one for one in backups if one.kind == kind][:most]}
    return [backup for backup in backups if backup.name not in kept]


def _one_for_each(backups: list[Backup], period: Callable[[datetime], str]) -> list[Backup]:
    """The newest of each period, newest first."""
    newest: dict[str, Backup] = {}
    for backup in backups:
        newest.setdefault(period(backup.made_at), backup)
    return list(newest.values())
