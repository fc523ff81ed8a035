"""One transaction of HQ's work: rows read and written, then versioned, stamped into the feed and committed."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import islice
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError

from core.merge import Change
from core.refusals import Refusal
from core.rows import Row
from hq.feed import stamps
from hq.feed.registry import RegistryTable
from hq.feed.rows import BranchRows, Key, Seen
from hq.store import Store
from rowstore.bulk import write_many
from rowstore.rows import insert_rows, to_columns

_LOCK_BRANCH = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_CHUNK = 2_000
_REFERENCE = "reference"
_log = logging.getLogger(__name__)
T = TypeVar("T")


class TakenBack(Exception):
    """The database refused what was to be written: the transaction is lost, and is to be done again carefully."""


class NotTaken(Exception):
    """The database refused the rows of a trial; only the kind of its error is told."""


class Work:
    """What one transaction reads and changes; made by :func:`work`.

    After :meth:`stamp`, ``seqs`` tells the new seq of every scope that moved, ``versions`` the version of every
    row that was changed one by one.
    """

    def __init__(self, store: Store, connection: Connection, *, careful: bool = False) -> None:
        """Work within the transaction of ``connection``.

        What is put is written at the end, many rows at once. ``careful`` writes at the end of each :meth:`trial`, so
        that the trial alone fails whose rows the database does not take.
        """
        self.store = store
        self.beside = connection  # for tables that hold no rows; changed rows may not be in the database yet
        self.seqs: dict[str, int] = {}
        self.versions: dict[tuple[type[Row], str], int] = {}
        self.seen = Seen(connection, store.tables)
        self._careful = careful
        self._kept: dict[Callable[[Connection], Any], Any] = {}
        self._lines: dict[tuple[type[Row], str], dict[str, int]] = {}
        self._registry = RegistryTable(connection)
        self._rows: dict[str, BranchRows] = {}
        self._unwritten: set[Key] = set()
        self._written: set[Key] = set()  # before the stamp, because somebody asked for the connection
        self._locked: set[str] = set()

    @property
    def connection(self) -> Connection:
        """The connection, with every change so far in the database."""
        if self._unwritten:
            self._insert([self.seen.changes[key].after for key in self._unwritten])
            self._written |= self._unwritten
            self._unwritten.clear()
        return self.beside

    def kept(self, make: Callable[[Connection], T]) -> T:
        """What a room keeps for this transaction until it is stamped; made when it is first asked for."""
        if make not in self._kept:
            self._kept[make] = make(self.beside)
        found: T = self._kept[make]
        return found

    def lock(self, *branch_ids: str) -> None:
        """Keep other work out of these branches until the end; several at once are taken in sorted order."""
        for branch_id in sorted(set(branch_ids) - self._locked):
            self._locked.add(branch_id)
            if not self.store.is_sqlite:
                self.beside.execute(_LOCK_BRANCH, {"name": f"branch {branch_id}"})

    def rows(self, branch_id: str) -> BranchRows:
        """The rows of one branch (with the reference rows); nobody else changes them until the end."""
        self.lock(branch_id)
        if branch_id not in self._rows:
            self._rows[branch_id] = BranchRows(self.seen, branch_id, self._registry.look_up, self._keep)
        return self._rows[branch_id]

    def view(self, branch_id: str) -> BranchRows:
        """The rows of a branch for looking only: nothing is locked, and what is put there is not stamped."""
        return BranchRows(self.seen, branch_id, self._registry.look_up)

    def reference(self) -> BranchRows:
        """The reference rows alone: places, models, parts, documents."""
        return self.rows(_REFERENCE)

    @contextmanager
    def trial(self, branch_id: str) -> Iterator[BranchRows]:
        """Rows whose changes count only when the block ends well; on an error they are dropped and it goes on."""
        self.lock(branch_id)
        rows = self.view(branch_id)
        try:
            with self.beside.begin_nested() if self._careful else nullcontext():
                yield rows
                if self._careful:
                    self._insert(change.after for change in rows.changes)
        except DBAPIError as error:
            if _is_ill(error):
                raise
            if self._careful:
                raise NotTaken(_kind_of(error)) from None  # its text shows what was to be written
            raise TakenBack from error
        for key, change in rows.own():
            self._keep(key, change)

    def stamp(self) -> None:
        """Give every changed row its new version and its lines in the feed; rows handed out before end here."""
        changes = self.seen.changes
        changed = [_versioned(change) for change in changes.values() if _differs(change)]
        undone = [before for key in self._written if not _differs(changes[key]) and (before := changes[key].before)]
        self.seen.clear()
        for forgotten in (self._rows, self._unwritten, self._written, self._kept):
            forgotten.clear()
        self._insert([*undone, *(after for _, after in changed)])
        self._stamp(changed)
        self.versions |= {(type(after), after.id): after.version for _, after in changed}

    def seq_of(self, changes: Iterable[Change]) -> dict[str, int]:
        """Per scope the seq at which the last of ``changes`` shows; call it after :meth:`stamp`."""
        last: dict[str, int] = {}
        for _, after in changes:
            for scope, seq in self._lines.get((type(after), after.id), {}).items():
                last[scope] = max(seq, last.get(scope, 0))
        return last

    def add_new(self, rows: Iterable[Row]) -> int:
        """Insert many new rows and stamp them at once; returns how many."""
        new = [Change(None, msgspec.structs.replace(row, version=1)) for row in rows]
        insert_rows(self.connection, self.store.tables, (change.after for change in new))
        self.seen.added(change.after for change in new)
        self._stamp(new)
        return len(new)

    def _keep(self, key: Key, change: Change) -> None:
        self.seen.put(key, change)
        self._unwritten.add(key)

    def _insert(self, rows: Iterable[Row]) -> None:
        by_kind: dict[type[Row], list[Row]] = {}
        for row in rows:
            by_kind.setdefault(type(row), []).append(row)
        for kind, some in by_kind.items():
            write_many(self.beside, self.store.tables[kind], some, replace=True, columns_of=to_columns)

    def _stamp(self, changed: Iterable[Change]) -> None:
        stamped = stamps.write(self.beside, changed)
        self.seqs |= stamped.scopes
        self._lines |= stamped.lines


def _is_ill(error: DBAPIError) -> bool:
    """Whether it is the database that fails, not a row: class 54 (limits) tells of a row, by its length."""
    about_a_row = str(getattr(error.orig, "sqlstate", "")).startswith("54")
    return isinstance(error, OperationalError) and not about_a_row


def _kind_of(error: BaseException) -> str:
    """Its type and, of the database's own, SQLSTATE."""
    original = getattr(error, "orig", None) or getattr(error.__cause__, "orig", None) or error
    return " ".join(filter(None, (type(original).__name__, getattr(original, "sqlstate", None))))


def _versioned(change: Change) -> Change:
    before, after = change
    return Change(before, msgspec.structs.replace(after, version=before.version + 1 if before else 1))


def _differs(change: Change) -> bool:
    before, after = change
    return before is None or msgspec.structs.replace(after, version=before.version) != before


@contextmanager
def work(store: Store, *, careful: bool = False) -> Iterator[Work]:
    """One transaction of work; at its end changed rows are stamped, it is committed and those who wait are told."""
    with store.writing() as connection:
        doing = Work(store, connection, careful=careful)
        yield doing
        doing.stamp()
    store.tell(doing.seqs)


def thorough(store: Store, do: Callable[[Work], T]) -> T:
    """Do it in one transaction of work; when the database does not take all that was put, once more and carefully.

    A rule's refusal and a database that is ill are raised as they are.
    """
    try:
        with work(store) as doing:
            return do(doing)
    except Refusal:
        raise
    except Exception as error:  # what could not be written fails its own trial the second time
        if isinstance(error, DBAPIError) and _is_ill(error):
            raise
        # its text stays out of the log: it may show what was to be written
        _log.warning("a batch is taken again, operation by operation: %s", _kind_of(error))
    with work(store, careful=True) as doing:
        return do(doing)


def load(doing: Work, rows: Iterable[Row]) -> int:
    """Insert many new rows (a sample, an import) in pieces, each stamped into the feed; returns how many.

    All of it stays one transaction: the caller's ``work``.
    """
    remaining, total = iter(rows), 0
    while piece := list(islice(remaining, _CHUNK)):
        total += doing.add_new(piece)
    return total
