"""The device's encrypted database as a SQLAlchemy engine: opening it, reading, writing, and naming damage."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn
from weakref import WeakKeyDictionary

import sqlcipher3.dbapi2 as driver
from sqlalchemy import ClauseElement, Connection, Engine, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.pool import QueuePool

from app.file_lock import alone
from app.files import PRIVATE_FILE, disk_refusals, write_atomically
from app.offline_db import cipher, restoring
from app.offline_db.backup_names import newest_backup
from app.offline_db.integrity import damaged_pages
from app.offline_db.profile import Profile
from app.offline_db.storage_errors import is_damage, refusal_of
from core.refusals import Refusal
from rowstore.sqlite_rows import json_text

# The window's readers, one writer and the sync loop: few connections that stay open. The dialect's own choice (one
# connection per thread, for ever) would open one for each worker thread; without a pool each use would pay the opening
# (a small read: 0.55 ms against 0.09 ms) and begin with an empty cache of decrypted pages.
_POOL_SIZE = 4
_POOL_MOST = 12
_POOL_WAIT_SECONDS = 15
#: The count of commits is one signed 32-bit number of the database's first page.
_MOST_COMMITS = 2**31 - 1
_own_commits: "WeakKeyDictionary[Engine, set[int]]" = WeakKeyDictionary()


def open_engine(profile: Profile, key: bytes) -> Engine:
    """The profile's database (made when there is none), checked to be encrypted and to open with ``key``.

    Refuses with ``database_not_encrypted``, ``database_key_wrong``, ``database_damaged``, ``database_unwritable``,
    ``disk_full`` or ``profile_in_use`` (a restore is under way). The same refusals may come from any later statement.
    The key is in no URL, log line or ``repr``. ``engine.dispose()`` gives the files back.
    """
    lock = profile.use_lock()
    _share(profile, lock.take(shared=True))
    try:
        with disk_refusals(profile.path):
            restoring.finish(profile)
            _prepare(profile, key)
        engine = create_engine(
            "sqlite://",
            module=driver,
            creator=lambda: _connect(profile, key),
            poolclass=QueuePool,
            pool_size=_POOL_SIZE,
            max_overflow=_POOL_MOST - _POOL_SIZE,
            pool_timeout=_POOL_WAIT_SECONDS,
            pool_use_lifo=True,  # the connection used last has the warmest cache
            hide_parameters=True,  # customers' names and numbers stay out of error texts
            json_serializer=json_text,
        )
    except BaseException:
        lock.release()
        raise
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", lambda context: _explain(context, profile, key))
    event.listen(engine, "engine_disposed", lambda _: lock.release())
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one unchanging state of the database; it never waits for a writer."""
    with engine.connect() as connection:
        yield connection


def answer(engine: Engine, question: str) -> list[tuple[Any, ...]]:
    """What one statement without values finds, as SQLite keeps it; consistent by itself, so without a transaction.

    A tenth of the time of :func:`reading`, for what is asked again and again while nothing happens.
    """
    raw = engine.raw_connection()
    try:
        found: list[tuple[Any, ...]] = raw.cursor().execute(question).fetchall()
    except driver.Error:
        with reading(engine) as connection:  # once more by the door that explains what is wrong
            return [tuple(row) for row in connection.exec_driver_sql(question)]
    finally:
        raw.close()
    return found


def as_text(question: ClauseElement) -> str:
    """A question as :func:`answer` takes it; its values become part of the text."""
    return str(question.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection inside one durable transaction: committed at the end, rolled back on any exception.

    The write lock is taken at the start (``BEGIN IMMEDIATE``), so what is read inside cannot change before the commit.
    Refuses with ``database_busy`` when another process holds the lock for more than ten seconds.
    """
    with engine.connect().execution_options(fixpoint_writes=True) as connection:
        own = _own_commits.get(engine)
        number = 0
        try:
            with connection.begin():
                yield connection
                number = _count(connection)
                if own is not None:
                    own.add(number)
        except BaseException:
            if own is not None:
                own.discard(number)
            raise


def own_commits(engine: Engine) -> set[int]:
    """The numbers of the commits that this process makes through ``engine`` from now on; the caller removes old ones.

    Commits of all processes are counted together in the database, so that one can tell another's from its own.
    """
    return _own_commits.setdefault(engine, set())


def _count(connection: Connection) -> int:
    """Number the transaction that is about to be committed."""
    number = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one()) % _MOST_COMMITS + 1
    connection.exec_driver_sql(f"PRAGMA user_version = {number}")
    return number


@contextmanager
def outside(engine: Engine) -> Iterator[Connection]:
    """A connection with no transaction around its statements: for VACUUM, ATTACH and settings of the connection."""
    with engine.connect().execution_options(fixpoint_outside=True) as connection:
        yield connection


def _share(profile: Profile, shared: bool) -> None:
    if not shared:
        raise Refusal("profile_in_use", folder=str(profile.path))


def _prepare(profile: Profile, key: bytes) -> None:
    """See that the file is encrypted and opens with this key; a new one gets its first page."""
    if not profile.has_database:
        if profile.key_check.exists():  # there was one: an empty database in its place would hide the loss
            raise Refusal("database_missing", file=str(profile.database), backup=_backup_to_restore(profile))
        # two processes that begin one file at once would each choose its salt, and neither could read the other's
        with alone(profile.path / "making.lock", profile.path):
            _try(profile, key, create=True)
            profile.database.chmod(PRIVATE_FILE)
    else:
        if cipher.is_plain(profile.database):
            raise Refusal("database_not_encrypted", file=str(profile.database))
        _try(profile, key)
    if not profile.key_check.exists():
        write_atomically(profile.key_check, cipher.key_check(key).encode())


def _try(profile: Profile, key: bytes, *, create: bool = False) -> None:
    raw = _connect(profile, key, create=create)
    try:
        raw.execute("PRAGMA journal_mode = WAL")  # readers go on while one writes; stays with the file
        raw.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except driver.Error as error:
        _raise(error, profile, key)
    finally:
        raw.close()


def _connect(profile: Profile, key: bytes, *, create: bool = False) -> cipher.Raw:
    try:
        return cipher.connect(profile.database, key, create=create)
    except driver.Error as error:
        _raise(error, profile, key)


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("fixpoint_outside"):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("fixpoint_writes") else "BEGIN")


def _explain(context: ExceptionContext, profile: Profile, key: bytes) -> None:
    """Replace the driver's error by the refusal a person can act on, wherever the statement was run."""
    error = context.original_exception
    if is_damage(error) or refusal_of(error, profile.path) is not None:
        _raise(error, profile, key)


def _raise(error: BaseException, profile: Profile, key: bytes) -> NoReturn:
    if is_damage(error):
        raise _damage(profile, key) from error
    refusal = refusal_of(error, profile.path)
    if refusal is None:
        raise error
    raise refusal from error


def _damage(profile: Profile, key: bytes) -> Refusal:
    """Wrong key or damaged page: the key's fingerprint beside the database decides."""
    if profile.key_check.exists() and profile.key_check.read_text() != cipher.key_check(key):
        return Refusal("database_key_wrong", file=str(profile.database))
    pages = damaged_pages(profile.database, key)
    return Refusal("database_damaged", page=pages[0] if pages else "?", backup=_backup_to_restore(profile))


def _backup_to_restore(profile: Profile) -> str:
    backup = newest_backup(profile)
    return backup.name if backup else "—"
