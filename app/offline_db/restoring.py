"""The last steps of a restore, made so that a power cut at any instant leaves the old or the restored database."""

from pathlib import Path

from app.files import move_into_place
from app.offline_db.profile import Profile


def ready_file(profile: Profile) -> Path:
    """The verified file that is to become the database; its existence is the point of no return."""
    return profile.path / "restore-ready.db"


def finish(profile: Profile) -> None:
    """Put a ready file in the database's place; does nothing when there is none.

    The old write-ahead log goes first: SQLite would replay it into the restored file, to which it does not belong.
    """
    ready = ready_file(profile)
    if not ready.exists():
        return
    for suffix in ("-wal", "-shm"):
        profile.database.with_name(profile.database.name + suffix).unlink(missing_ok=True)
    move_into_place(ready, profile.database)
