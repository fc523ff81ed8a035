"""One transaction of HQ's work: rows read and written, then versioned, stamped into the feed and committed."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar, cast

import msgspec
from sqlalchemy import Connection, bindparam, text, update

from core.merge import Change
from core.rows import REFERENCE_KINDS, Row
from core.rows.base import TradeRow
from hq.feed import stamps
from hq.feed.registry import RegistryTable
from hq.store import Store
from rowstore.rows import SqlRows, insert_rows

_LOCK_BRANCH = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_CHUNK = 2_000
R = TypeVar("R", bound=Row)
_REFERENCE = "reference"


_Key = tuple[str, type[Row], str]


class _BranchRows(SqlRows):
    """A branch's rows; one that was read or written in this transaction is not asked for again."""

    def __init__(self, doing: "Work", branch_id: str) -> None:
        super().__init__(doing.connection, doing.store.tables, RegistryTable(doing.connection), branch_id)
        self._branch = branch_id
        self._seen = doing.seen
        self.written: list[_Key] = []

    def get(self, kind: type[R], row_id: str, /) -> R | None:
        key = self._key(kind, row_id)
        if key not in self._seen and (found := super().get(kind, row_id)) is not None:
            self._seen[key] = found
        return cast("R | None", self._seen.get(key))

    def put(self, row: Row, /) -> None:
        super().put(row)
        key = self._key(type(row), row.id)
        self._seen[key] = row
        self.written.append(key)

    def _key(self, kind: type[Row], row_id: str) -> _Key:
        return ("" if kind in REFERENCE_KINDS else self._branch), kind, row_id

    def forget(self) -> None:
        """What was written is taken back."""
        for key in self.written:
            self._seen.pop(key, None)


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
        self.seen: dict[_Key, Row] = {}
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
        try:
            with self.connection.begin_nested():
                yield rows
        except BaseException:
            rows.forget()
            raise
        self._keep(rows.changes)

    def stamp(self) -> None:
        """Give every changed row its new version and its lines in the feed; rows handed out before end here."""
        for rows in self._rows.values():
            self._keep(rows.changes)
        self._rows.clear()
        changed = [_versioned(change) for change in self._kept.values() if _differs(change)]
        self._kept.clear()
        self.seen.clear()
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

    def _fresh(self, branch_id: str) -> _BranchRows:
        return _BranchRows(self, branch_id)

    def _keep(self, changes: Iterable[Change]) -> None:
        for change in changes:
            key = (type(change.after), change.after.id)
            first = self._kept.get(key, change)
            self._kept[key] = Change(first.before, change.after)

    def _write_versions(self, changed: Iterable[Change]) -> None:
        by_kind: dict[type[Row], list[dict[str, object]]] = {}
        for _, row in changed:
            key: dict[str, object] = {"key_id": row.id, "version": row.version}
            if isinstance(row, TradeRow):
                key["key_branch"] = row.branch_id
            by_kind.setdefault(type(row), []).append(key)
        for kind, keys in by_kind.items():
            table = self.store.tables[kind]
            where = [table.c.id == bindparam("key_id")]
            if issubclass(kind, TradeRow):
                where.append(table.c.branch_id == bindparam("key_branch"))
            self.connection.execute(update(table).where(*where).values(version=bindparam("version")), keys)

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
