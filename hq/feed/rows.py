"""Rows as one transaction sees them: read once, changed in memory, written together at its end."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import Connection, Table, select

from core.merge import Change
from core.rows import REFERENCE_KINDS, Row
from core.warranty import RegisteredUnit, RegistryState
from rowstore.bulk import among
from rowstore.rows import SqlRows, to_row

R = TypeVar("R", bound=Row)
_REFERENCE = frozenset(REFERENCE_KINDS)


class Key(NamedTuple):
    """A row; ``branch`` is empty for reference rows."""

    branch: str
    kind: type[Row]
    id: str


class Shelf(NamedTuple):
    """The rows of one kind in one branch."""

    branch: str
    kind: type[Row]


def shelf_of(branch_id: str, kind: type[Row]) -> Shelf:
    """Where rows of ``kind`` lie that work in this branch means."""
    return Shelf("" if kind in _REFERENCE else branch_id, kind)


class Seen:
    """What the transaction has read and changed so far; what was read is not asked for again.

    Nobody else changes these rows meanwhile: their branch is locked, or they are reference rows, of which any state
    will do.
    """

    def __init__(self, connection: Connection, tables: Mapping[type[Row], Table]) -> None:
        """Read through ``connection``, which must hold what :meth:`unwritten` does not tell."""
        self._connection = connection
        self._tables = tables
        self._hints: dict[Shelf, set[str]] = {}
        self._orders: dict[str, set[str]] = {}
        self.clear()

    def clear(self) -> None:
        """Forget everything: the database holds it."""
        self._rows: dict[Shelf, dict[str, Row | None]] = {}
        self.changes: dict[Key, Change] = {}
        self._found: dict[tuple[Shelf, tuple[tuple[str, object], ...]], set[str]] = {}
        self._changed_by: dict[Shelf, dict[str, dict[object, set[str]]]] = {}
        self._changed_in: dict[Shelf, dict[str, None]] = {}

    def expect(self, branch_id: str, kind: type[Row], ids: Iterable[str]) -> None:
        """These rows will be asked for: the first question for one of their kind brings them all."""
        self._hints.setdefault(shelf_of(branch_id, kind), set()).update(ids)

    def expect_orders(self, branch_id: str, order_ids: Iterable[str]) -> None:
        """What belongs to these orders will be asked for, kind by kind."""
        self._orders.setdefault(branch_id, set()).update(order_ids)

    def get(self, shelf: Shelf, row_id: str) -> Row | None:
        """The row as it is now."""
        rows = self._on(shelf)
        if row_id not in rows:
            self._read(shelf, {row_id} | self._hints.pop(shelf, set()))
        return rows[row_id]

    def _on(self, shelf: Shelf) -> dict[str, Row | None]:
        found = self._rows.get(shelf)
        if found is None:
            found = self._rows[shelf] = {}
        return found

    def candidates(self, shelf: Shelf, equal: Mapping[str, object]) -> set[str]:
        """Ids of all rows that may have these values (some may not: a row has changed since it was found)."""
        column = "order_id" if "order_id" in equal else next(iter(equal), "")
        return self._stored(shelf, equal) | self._changed(shelf, column).get(equal.get(column), set())

    def put(self, key: Key, change: Change) -> None:
        """A row has changed."""
        first = self.changes.get(key, change)
        self.changes[key] = Change(first.before, change.after)
        shelf = Shelf(key.branch, key.kind)
        self._on(shelf)[key.id] = change.after
        self._changed_in.setdefault(shelf, {})[key.id] = None
        for column, ids in self._changed_by.get(shelf, {}).items():
            ids.setdefault(getattr(change.after, column, None), set()).add(key.id)

    def added(self, rows: Iterable[Row]) -> None:
        """New rows went to the database past this: what was found before is looked for again."""
        self._found.clear()
        for row in rows:
            known = self._rows.get(shelf_of(getattr(row, "branch_id", ""), type(row)))
            if known is not None:
                known.pop(row.id, None)

    def _stored(self, shelf: Shelf, equal: Mapping[str, object]) -> set[str]:
        asked = (shelf, tuple(sorted(equal.items())))
        if asked not in self._found:
            orders = self._orders.get(shelf.branch, set())
            if equal.get("order_id") in orders:
                self._find_all(shelf, equal, orders)
            else:
                self._found[asked] = self._find(shelf, equal)
        return self._found[asked]

    def _find_all(self, shelf: Shelf, equal: Mapping[str, object], orders: set[str]) -> None:
        """The same question for all expected orders at once."""
        for order_id in orders:
            self._found[shelf, tuple(sorted((dict(equal) | {"order_id": order_id}).items()))] = set()
        rest = {name: value for name, value in equal.items() if name != "order_id"}
        table = self._tables[shelf.kind]
        where = [table.c[name] == value for name, value in rest.items()]
        for row in self._ask(shelf, [*where, among(self._connection, table.c.order_id, sorted(orders))]):
            order_id = row.order_id  # type: ignore[attr-defined]
            found = self._found.get((shelf, tuple(sorted((dict(equal) | {"order_id": order_id}).items()))))
            if found is not None:
                found.add(row.id)

    def _find(self, shelf: Shelf, equal: Mapping[str, object]) -> set[str]:
        table = self._tables[shelf.kind]
        return {row.id for row in self._ask(shelf, [table.c[name] == value for name, value in equal.items()])}

    def _read(self, shelf: Shelf, ids: set[str]) -> None:
        table, rows = self._tables[shelf.kind], self._on(shelf)
        unknown = ids - rows.keys()
        rows.update(dict.fromkeys(unknown))
        if unknown:
            self._ask(shelf, [among(self._connection, table.c.id, sorted(unknown))])

    def _ask(self, shelf: Shelf, where: list[Any]) -> list[Row]:
        """Rows of the database, each noted unless a newer state of it is known."""
        table, rows = self._tables[shelf.kind], self._on(shelf)
        scope = [table.c.branch_id == shelf.branch] if shelf.branch else []
        found: list[Row] = []
        for columns in self._connection.execute(select(table).where(*scope, *where)).mappings():
            row = rows.get(columns["id"])
            if row is None:
                row = rows[columns["id"]] = to_row(shelf.kind, columns)
            found.append(row)
        return found

    def _changed(self, shelf: Shelf, column: str) -> dict[object, set[str]]:
        """The changed rows by the values that a column had since then."""
        indexes = self._changed_by.setdefault(shelf, {})
        if column not in indexes:
            ids = indexes[column] = {}
            for row_id in self._changed_in.get(shelf, ()):
                row = self.changes[Key(*shelf, row_id)].after
                ids.setdefault(getattr(row, column, None), set()).add(row_id)
        return indexes[column]


class BranchRows(SqlRows):
    """A branch's rows; what is put here stays here until somebody keeps it, or goes ``through`` at once."""

    def __init__(
        self,
        seen: Seen,
        branch_id: str,
        look_up: Callable[[str], tuple[RegistryState, RegisteredUnit | None]],
        through: Callable[[Key, Change], None] | None = None,
    ) -> None:
        """See what ``seen`` holds."""
        self._seen = seen
        self._branch = branch_id
        self._look_up = look_up
        self._through = through
        self._own: dict[type[Row], dict[str, Change]] = {}
        self._order: list[Key] = []
        self._shelves: dict[type[Row], Shelf] = {}

    def get(self, kind: type[R], row_id: str, /) -> R | None:
        """The row as it is now, or None."""
        own = self._own.get(kind)
        if own is not None and self._through is None and row_id in own:
            return cast("R", own[row_id].after)
        return cast("R | None", self._seen.get(self._shelf(kind), row_id))

    def find(self, kind: type[R], /, **equal: object) -> Sequence[R]:
        """The rows that have these values now, sorted by id."""
        ids = self._seen.candidates(self._shelf(kind), equal).union(self._own.get(kind, ()))
        rows = [row for row_id in sorted(ids) if (row := self.get(kind, row_id)) is not None]
        return [row for row in rows if all(getattr(row, name) == value for name, value in equal.items())]

    def put(self, row: Row, /) -> None:
        """Insert or replace the row, remembering what it was before."""
        kind = type(row)
        shelf = self._shelf(kind)
        if shelf.branch and row.branch_id != self._branch:  # type: ignore[attr-defined]
            raise ValueError(f"{kind.__name__} of another branch")
        own = self._own.setdefault(kind, {})
        known = own.get(row.id)
        if known is None:
            self._order.append(Key(*shelf, row.id))
            before = self._seen.get(shelf, row.id)
        else:
            before = known.before
        own[row.id] = Change(before, row)
        if self._through is not None:
            self._through(Key(*shelf, row.id), own[row.id])

    def _shelf(self, kind: type[Row]) -> Shelf:
        found = self._shelves.get(kind)
        if found is None:
            found = self._shelves[kind] = shelf_of(self._branch, kind)
        return found

    def look_up(self, serial: str, /) -> tuple[RegistryState, RegisteredUnit | None]:
        """What the registry knows of ``serial``."""
        return self._look_up(serial)

    @property
    def changes(self) -> list[Change]:
        """Every row put here, in the order of first putting."""
        return [self._own[key.kind][key.id] for key in self._order]

    def own(self) -> Iterable[tuple[Key, Change]]:
        """The same with the rows' keys."""
        return zip(self._order, self.changes, strict=True)
