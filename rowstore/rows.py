"""Reading and writing rows through SQLAlchemy Core: core's ``Rows`` over one connection, with what changed."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec
from sqlalchemy import Connection, Insert, RowMapping, Select, Table, Update, bindparam, insert, select, update

from core.merge import Change
from core.rows import REFERENCE_KINDS, Row
from core.warranty import RegisteredUnit, RegistryState

R = TypeVar("R", bound=Row)


class Registry(Protocol):
    """Where units are looked up by serial."""

    def look_up(self, serial: str, /) -> tuple[RegistryState, RegisteredUnit | None]:
        """What is known of ``serial``, and how complete the registry is."""


class NoRegistry:
    """A registry that is not there: every verdict says so."""

    def look_up(self, serial: str, /) -> tuple[RegistryState, RegisteredUnit | None]:
        """Nothing is known."""
        return RegistryState.MISSING, None


@functools.cache
def _has_raw(kind: type[Row]) -> bool:
    """Whether a field is raw JSON in the Struct: only decoding makes those."""
    return any(field.type is msgspec.Raw for field in msgspec.structs.fields(kind))


@functools.cache
def _by_id(table: Table, *, scoped: bool) -> Select[Any]:
    """The row with an id; built once per table, because building costs more than asking."""
    statement = select(table).where(table.c.id == bindparam("wanted_id"))
    return statement.where(table.c.branch_id == bindparam("wanted_branch")) if scoped else statement


@functools.lru_cache(maxsize=1_000)
def _equal(table: Table, names: tuple[str, ...]) -> Select[Any]:
    """The rows whose columns equal values that are bound by the columns' names; built once too."""
    return select(table).where(*(table.c[name] == bindparam(name) for name in names))


@functools.cache
def _insert(table: Table) -> Insert:
    return insert(table)


@functools.cache
def _update(table: Table, *, scoped: bool) -> Update:
    statement = update(table).where(table.c.id == bindparam("wanted_id"))
    return statement.where(table.c.branch_id == bindparam("wanted_branch")) if scoped else statement


def to_row(kind: type[R], columns: Mapping[str, Any] | RowMapping) -> R:
    """The Struct of a table row."""
    values = {name: columns[name] for name in kind.__struct_fields__}
    if _has_raw(kind):
        return msgspec.json.decode(msgspec.json.encode(values), type=kind)
    return msgspec.convert(values, kind)


def to_columns(row: Row) -> dict[str, Any]:
    """Column values of a row: scalars as they are, nested values as JSON builtins."""
    columns = {}
    for name in row.__struct_fields__:
        value = getattr(row, name)
        if isinstance(value, msgspec.Raw):
            value = msgspec.json.decode(value)
        elif isinstance(value, list | tuple | dict | msgspec.Struct):
            value = msgspec.to_builtins(value)
        elif isinstance(value, str):
            value = str(value)
        columns[name] = value
    return columns


class SqlRows:
    """The rows of one branch (or, at a station, all local rows), read and written through one connection.

    With ``branch_id`` every query on a row of the trade carries it. ``changes`` tells, per row, what it was before
    this object first wrote it and what it is now.
    """

    def __init__(
        self,
        connection: Connection,
        tables: Mapping[type[Row], Table],
        registry: Registry | None = None,
        branch_id: str | None = None,
    ) -> None:
        """Read and write through ``connection``, whose transaction the caller commits."""
        self._connection = connection
        self._tables = tables
        self._registry = registry or NoRegistry()
        self._branch_id = branch_id
        self._changes: dict[tuple[type[Row], str], Change] = {}

    def get(self, kind: type[R], row_id: str, /) -> R | None:
        """The row with this id, or None."""
        scoped = self._is_scoped(kind)
        statement = _by_id(self._tables[kind], scoped=scoped)
        wanted = {"wanted_id": row_id} | ({"wanted_branch": self._branch_id} if scoped else {})
        found = self._connection.execute(statement, wanted).mappings().first()
        return None if found is None else to_row(kind, found)

    def find(self, kind: type[R], /, **equal: object) -> Sequence[R]:
        """The rows whose columns equal the given values, sorted by id.

        Sorted here, not by the database: asked for that order, SQLite walks a branch's whole key instead of the index.
        """
        found = self._connection.execute(*self._asked(kind, equal)).mappings()
        return sorted((to_row(kind, columns) for columns in found), key=lambda row: row.id)

    def put(self, row: Row, /) -> None:
        """Insert or replace the row, remembering what it was before."""
        kind = type(row)
        if self._branch_id is not None and kind not in REFERENCE_KINDS and row.branch_id != self._branch_id:  # type: ignore[attr-defined]
            raise ValueError(f"{kind.__name__} of another branch")
        key = (kind, row.id)
        before = self._changes[key].before if key in self._changes else self.get(kind, row.id)
        known = key in self._changes or before is not None
        self._changes[key] = Change(before, row)
        self._write(row, known=known)

    def look_up(self, serial: str, /) -> tuple[RegistryState, RegisteredUnit | None]:
        """What the registry knows of ``serial``."""
        return self._registry.look_up(serial)

    @property
    def changes(self) -> list[Change]:
        """Every row written through this object, in the order of first writing."""
        return list(self._changes.values())

    def _asked(self, kind: type[Row], equal: Mapping[str, object]) -> tuple[Select[Any], dict[str, Any]]:
        """The statement of ``find`` and its values; NULL and truth are words of the statement, not values."""
        table = self._tables[kind]
        if "branch_id" in equal or any(value is None or isinstance(value, bool) for value in equal.values()):
            wanted = [table.c[name] == value for name, value in equal.items()]
            return select(table).where(*wanted, *self._scope(kind)), {}
        values = dict(equal) | ({"branch_id": self._branch_id} if self._is_scoped(kind) else {})
        return _equal(table, tuple(values)), values

    def _is_scoped(self, kind: type[Row]) -> bool:
        return self._branch_id is not None and kind not in REFERENCE_KINDS

    def _scope(self, kind: type[Row]) -> list[Any]:
        return [self._tables[kind].c.branch_id == self._branch_id] if self._is_scoped(kind) else []

    def _write(self, row: Row, *, known: bool) -> None:
        table, columns = self._tables[type(row)], to_columns(row)
        if not known:
            self._connection.execute(_insert(table), columns)
            return
        scoped = self._is_scoped(type(row))
        wanted = {"wanted_id": row.id} | ({"wanted_branch": self._branch_id} if scoped else {})
        self._connection.execute(_update(table, scoped=scoped), columns | wanted)


def insert_rows(connection: Connection, tables: Mapping[type[Row], Table], rows: Iterable[Row]) -> int:
    """Insert many new rows, one executemany per kind; returns how many."""
    by_kind: dict[type[Row], list[dict[str, Any]]] = {}
    for row in rows:
        by_kind.setdefault(type(row), []).append(to_columns(row))
    for kind, values in by_kind.items():
        connection.execute(insert(tables[kind]), values)
    return sum(map(len, by_kind.values()))


__all__ = ["NoRegistry", "Registry", "SqlRows", "insert_rows", "to_columns", "to_row"]
