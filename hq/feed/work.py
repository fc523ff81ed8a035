"""One transaction of HQ's work: rows read and written, then versioned, stamped into the feed and committed."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

import msgspec
from sqlalchemy import Connection, text, update

from core.merge import Change
from core.rows import Row
from hq.feed import stamps
from hq.feed.registry import RegistryTable
from hq.store import Store
from rowstore.rows import SqlRows, insert_rows

_LOCK_BRANCH = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_CHUNK = 2_000
_REFERENCE = "reference"


class Work:
    """What one transaction reads and changes; made by :func:`work`.

    After :meth:`stamp`, ``seqs`` tells the new seq of every scope that moved, ``versions`` the version of every
    row that was changed one by one.
    """

    def __init__(self, store: Store, connection: Connection) -> None:
        """Work within the transaction of ``connection``."""
        self.store = store
        self.connection = connection
        self.seqs: dict[str, int] = {}
        self.versions: dict[tuple[type[Row], str], int] = {}
        self._lines: dict[tuple[type[Row], str], dict[str, int]] = {}
        self._rows: dict[str, SqlRows] = {}
        self._kept: dict[tuple[type[Row], str], Change] = {}
        self._locked: set[str] = set()

    def lock(self, *branch_ids: str) -> None:
        """Keep other work out of these branches until the end; several at once are taken in sorted order."""
        for branch_id in sorted(set(branch_ids) - self._locked):
            self._locked.add(branch_id)
            if not self.store.is_sqlite:
                self.connection.execute(_LOCK_BRANCH, {"name": f"branch {branch_id}"})

    def rows(self, branch_id: str) -> SqlRows:
        """The rows of one branch (with the reference rows); nobody else changes them until the end."""
        self.lock(branch_id)
        if branch_id not in self._rows:
            self._rows[branch_id] = self._fresh(branch_id)
        return self._rows[branch_id]

    def view(self, branch_id: str) -> SqlRows:
        """The rows of a branch for looking only: nothing is locked, and what is put there is not stamped."""
        return self._fresh(branch_id)

    def reference(self) -> SqlRows:
        """The reference rows alone: places, models, parts, documents."""
        return self.rows(_REFERENCE)

    @contextmanager
    def trial(self, branch_id: str) -> Iterator[SqlRows]:
        """Rows whose changes count only when the block ends well; on an error they are taken back and it goes on."""
        self.lock(branch_id)
        rows = self._fresh(branch_id)
        with self.connection.begin_nested():
            yield rows
        self._keep(rows.changes)

    def stamp(self) -> None:
        """Give every changed row its new version and its lines in the feed; rows handed out before end here."""
        for rows in self._rows.values():
            self._keep(rows.changes)
        self._rows.clear()
        changed = [_versioned(change) for change in self._kept.values() if _differs(change)]
        self._kept.clear()
        self._write_versions(changed)
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
        self._stamp(new)
        return len(new)

    def _fresh(self, branch_id: str) -> SqlRows:
        return SqlRows(self.connection, self.store.tables, RegistryTable(self.connection), branch_id)

    def _keep(self, changes: Iterable[Change]) -> None:
        for change in changes:
            key = (type(change.after), change.after.id)
            first = self._kept.get(key, change)
            self._kept[key] = Change(first.before, change.after)

    def _write_versions(self, changed: Iterable[Change]) -> None:
        for _, row in changed:
            table = self.store.tables[type(row)]
            keys = [table.c[name] == getattr(row, name) for name in (column.name for column in table.primary_key)]
            self.connection.execute(update(table).where(*keys).values(version=row.version))

    def _stamp(self, changed: Iterable[Change]) -> None:
        stamped = stamps.write(self.connection, changed)
        self.seqs |= stamped.scopes
        self._lines |= stamped.lines


def _versioned(change: Change) -> Change:
    before, after = change
    return Change(before, msgspec.structs.replace(after, version=before.version + 1 if before else 1))


def _differs(change: Change) -> bool:
    before, after = change
    return before is None or msgspec.structs.replace(after, version=before.version) != before


@contextmanager
def work(store: Store) -> Iterator[Work]:
    """One transaction of work; at its end changed rows are stamped, it is committed and those who wait are told."""
    with store.writing() as connection:
        doing = Work(store, connection)
        yield doing
        doing.stamp()
    store.tell(doing.seqs)


def load(doing: Work, rows: Iterable[Row]) -> int:
    """Insert many new rows (a sample, an import) in pieces, each stamped into the feed; returns how many.

    All of it stays one transaction: the caller's ``work``.
    """
    remaining, total = iter(rows), 0
    while piece := list(islice(remaining, _CHUNK)):
        total += doing.add_new(piece)
    return total
