"""What ``fixpoint doctor`` and the settings page tell about this device's storage."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, inspect

from app.offline_db import integrity, knowledge_index
from app.offline_db.backup_names import newest_backup
from app.offline_db.engine import outside, reading
from app.offline_db.profile import LOW_SPACE_BYTES, Profile
from app.offline_db.registry_file import Registry
from app.offline_db.schema import knowledge_subject


@dataclass(frozen=True)
class StorageReport:
    """Plain values, ready for JSON; sizes in bytes."""

    folder: str
    cipher: str  # SQLCipher's version; empty if the driver were built without it
    cipher_settings: dict[str, str]
    sqlite: str
    journal: str
    whole: bool
    damaged_pages: list[int]
    problems: list[str]
    database_bytes: int
    free_bytes: int
    low_on_space: bool
    newest_backup: str | None
    registry: str  # a RegistryState
    registry_rows: int
    registry_at_seq: int
    search_whole: bool  # whether the knowledge base is found as it is published; false where the database is damaged


def examine(profile: Profile, engine: Engine, key: bytes, registry: Registry, today: date) -> StorageReport:
    """Look at everything that is stored; reads the whole database (about a second for 300 MB), changes nothing."""
    found = integrity.check(profile.database, key)
    backup = newest_backup(profile)
    about = registry.about()
    free = profile.free_bytes()
    return StorageReport(
        folder=str(profile.path),
        cipher=_said(engine, "PRAGMA cipher_version"),
        cipher_settings=_cipher_settings(engine),
        sqlite=_said(engine, "SELECT sqlite_version()"),
        journal=_said(engine, "PRAGMA journal_mode"),
        whole=found.whole,
        damaged_pages=list(found.pages[:20]),
        problems=list(found.problems),
        database_bytes=profile.database.stat().st_size,
        free_bytes=free,
        low_on_space=free < LOW_SPACE_BYTES,
        newest_backup=backup.name if backup else None,
        registry=registry.state(today).value,
        registry_rows=about.rows if about else 0,
        registry_at_seq=about.at_seq if about else 0,
        search_whole=found.whole and _search_is_whole(engine),
    )


def _search_is_whole(engine: Engine) -> bool:
    """An older program's database has nothing to find yet."""
    with reading(engine) as connection:
        return not inspect(connection).has_table(knowledge_subject.name) or knowledge_index.is_whole(connection)


def _said(engine: Engine, statement: str) -> str:
    with outside(engine) as connection:
        return str(connection.exec_driver_sql(statement).scalar() or "")


def _cipher_settings(engine: Engine) -> dict[str, str]:
    """``PRAGMA name = value;`` lines as a dictionary; SQLCipher lists no key among them."""
    with outside(engine) as connection:
        lines = [str(line) for line in connection.exec_driver_sql("PRAGMA cipher_settings").scalars()]
    pairs = (line.removeprefix("PRAGMA ").rstrip("; ").split(" = ", 1) for line in lines)
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
