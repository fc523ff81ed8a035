"""Bringing the device's database to this program's schema: a copy first, then all changes in one transaction."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from app.offline_db.backup import Kind, back_up
from app.offline_db.engine import reading
from app.offline_db.profile import Profile
from core.refusals import Refusal

if TYPE_CHECKING:  # Alembic is loaded only when there is something to change: a fifth of the start would be its own
    from alembic.config import Config
    from alembic.script import ScriptDirectory

FOLDER = Path(__file__).with_name("migrations")
_BASE = "base"


def upgrade(engine: Engine, profile: Profile, now: datetime, folder: Path = FOLDER) -> bool:
    """Bring the database to the newest schema; True when something changed. ``now`` is aware UTC.

    The database as it was is kept as a backup named after the first change. Everything is one transaction: after a
    power cut the database has the old schema or the new one. Refuses with ``database_newer`` when a newer program has
    been here, and with ``disk_full``.
    """
    current = revision_of(engine)
    if current is not None and current == _newest_file(folder):
        return False
    scripts = scripts_of(folder)
    if current == scripts.get_current_head():
        return False
    first = _first_change(scripts, current)
    if current is not None:
        back_up(engine, profile, now, Kind.BEFORE, first)
    _run(engine, scripts)
    return True


def _newest_file(folder: Path) -> str:
    """The revision that the newest change's file is named after (``0001_first.py``); empty when there is none."""
    return max((file.name.partition("_")[0] for file in (folder / "versions").glob("[0-9]*_*.py")), default="")


def revision_of(engine: Engine) -> str | None:
    """The revision the database has; None when no change was ever made."""
    with reading(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def scripts_of(folder: Path = FOLDER) -> "ScriptDirectory":
    """The changes that this program knows."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(config_of(folder))


def config_of(folder: Path, **attributes: object) -> "Config":
    """Alembic's configuration without a file; ``attributes`` are for ``env.py`` (``connection``, ``metadata``)."""
    from alembic.config import Config

    config = Config(attributes=dict(attributes))
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def run_in(connection: Connection, scripts: "ScriptDirectory") -> None:
    """Run the missing changes in ``connection``'s open transaction; the caller commits."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    def missing(revision: object, _: object) -> object:
        return scripts._upgrade_revs("head", revision)  # type: ignore[arg-type]

    with EnvironmentContext(Config(attributes={"connection": connection}), scripts, fn=missing):
        scripts.run_env()


def _first_change(scripts: "ScriptDirectory", current: str | None) -> str:
    from alembic.script.revision import RevisionError

    try:
        return [change.revision for change in scripts.iterate_revisions("head", current or _BASE)][-1]
    except RevisionError as error:  # a revision this program does not know
        raise Refusal("database_newer") from error


def _run(engine: Engine, scripts: "ScriptDirectory") -> None:
    """Foreign keys are off while tables are copied and checked before the commit; SQLite can't switch them inside."""
    with engine.connect().execution_options(fixpoint_writes=True) as connection:
        raw = connection.connection.driver_connection
        assert raw is not None, "a connection that was just taken from the pool is open"
        raw.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                run_in(connection, scripts)
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5)
                if broken:
                    raise ValueError(f"a migration left rows that point to nothing: {broken}")
        finally:
            raw.execute("PRAGMA foreign_keys = ON")
