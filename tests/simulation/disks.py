"""Disks that die with their computer, lose what SQLite had not synced, are full or read-only: under SQLAlchemy."""

import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.util import LRUCache

#: SQLite's result codes (https://www.sqlite.org/rescode.html).
_ERRORS = {"full": (13, "database or disk is full"), "readonly": (8, "attempt to write a readonly database")}
#: Where the trouble shows: a full disk at the first page that is written, or only at the commit.
_WRITES = {"full": ("INSERT INTO operation", "UPDATE cursor"), "readonly": ("BEGIN IMMEDIATE",)}
_FULL = 2  # PRAGMA synchronous: each commit reaches the disk


#: Per class of dialect: one that equals its like, and the statements compiled for it. A run opens many engines.
_SHARED: dict[type, tuple[type, Any]] = {}


def _share_compiled(engine: Engine) -> None:
    dialect: Any = engine.dialect
    plain = type(dialect)
    if plain not in _SHARED:
        alike: dict[str, Any] = {"supports_statement_cache": True}
        alike |= {"__eq__": lambda one, other: type(one) is type(other), "__hash__": lambda _: hash(plain)}
        _SHARED[plain] = type(plain.__name__, (plain,), alike), LRUCache(3_000)
    dialect.__class__, engine._compiled_cache = _SHARED[plain]


class Died(BaseException):
    """The process is gone at this instant; ``who`` names it."""

    def __init__(self, who: str) -> None:
        """``who``: a device's name, or HQ's."""
        super().__init__(who)
        self.who = who


class Disk:
    """The database file of one computer. It crashes at the ``countdown``-th commit from now, before or after it."""

    def __init__(self, who: str, database: Path, driver: Any) -> None:
        """``driver`` is the database's module: its errors are raised as SQLite would."""
        self.who = who
        self.database = database
        self._driver = driver
        self.trouble: str | None = None  # full | readonly
        self.countdown = 0
        self.after = False
        self.commits = 0
        self.poison: str | None = None  # a statement that carries this text fails
        self._image = database.parent / "unsynced"
        self._stamp = 0

    def attach(self, engine: Engine) -> None:
        """Stand under every statement and commit of ``engine``."""
        _share_compiled(engine)
        dialect: Any = engine.dialect
        plain_commit = dialect.do_commit

        def commit(connection: Any) -> None:
            self._before(connection)
            plain_commit(connection)
            self._after()

        dialect.do_commit = commit
        for name in ("do_execute", "do_executemany", "do_execute_no_params"):
            setattr(dialect, name, self._guarded(getattr(dialect, name)))

    def _guarded(self, run: Any) -> Any:
        def guarded(cursor: Any, statement: str, *rest: Any) -> None:
            if self.trouble and statement.lstrip().startswith(_WRITES[self.trouble]):
                self._fail(self.trouble)
            if self.poison and rest and statement.startswith("INSERT INTO note") and self.poison in str(rest[0]):
                raise self._driver.IntegrityError("a constraint that no check knows")
            run(cursor, statement, *rest)

        return guarded

    def _fail(self, trouble: str) -> None:
        code, text = _ERRORS[trouble]
        error = self._driver.OperationalError(text)
        error.sqlite_errorcode = code
        raise error

    def die_at(self, countdown: int, *, after: bool) -> None:
        """Crash at a coming commit."""
        self.countdown, self.after = countdown, after

    def calm(self) -> None:
        """No crash is due."""
        self.countdown = 0

    def _before(self, connection: Any) -> None:
        if self.trouble:
            self._fail(self.trouble)
        self.commits += 1
        self._keep_what_is_synced(connection)
        if self.countdown and not self.after:
            self._count()

    def _after(self) -> None:
        if self._image.exists() and self.database.stat().st_mtime_ns != self._stamp:
            shutil.rmtree(self._image)  # a checkpoint has synced everything
        if self.countdown and self.after:
            self._count()

    def _count(self) -> None:
        self.countdown -= 1
        if not self.countdown:
            raise Died(self.who)

    def _keep_what_is_synced(self, connection: Any) -> None:
        """With less than FULL the commit stays in the computer's memory: keep the files as a power cut leaves them."""
        level = connection.cursor().execute("PRAGMA synchronous").fetchone()[0]
        if level >= _FULL or self._image.exists():
            return
        self._image.mkdir()
        for file in self._files():
            shutil.copyfile(file, self._image / file.name)
        self._stamp = self.database.stat().st_mtime_ns

    def _files(self) -> list[Path]:
        names = (self.database.name + suffix for suffix in ("", "-wal"))
        return [file for name in names if (file := self.database.with_name(name)).exists()]

    def synced(self) -> None:
        """The database was closed in order: everything is on the disk."""
        shutil.rmtree(self._image, ignore_errors=True)

    def power_cut(self) -> None:
        """What was not synced is gone; the database is closed."""
        if not self._image.exists():
            return
        for suffix in ("", "-wal", "-shm"):
            self.database.with_name(self.database.name + suffix).unlink(missing_ok=True)
        for file in self._image.iterdir():
            shutil.copyfile(file, self.database.with_name(file.name))
        shutil.rmtree(self._image)
