"""Writing many rows of one table by one statement: PostgreSQL reads them from one JSON text, SQLite from a list."""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Dialect,
    LargeBinary,
    Table,
    Text,
    TextClause,
    any_,
    bindparam,
    func,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

_encode = msgspec.json.Encoder().encode
#: One statement takes at most so many rows: its JSON text stays a few megabytes.
_AT_ONCE = 5_000

Values = Mapping[str, Any] | msgspec.Struct


def write_many(
    connection: Connection,
    table: Table,
    rows: Sequence[Values],
    *,
    replace: bool = False,
    columns_of: Callable[[Any], Mapping[str, Any]] | None = None,
) -> None:
    """Insert ``rows`` (mappings or Structs whose names are the table's columns, none twice).

    ``replace``: a row whose key is there takes the new values. ``columns_of`` turns a row into values that SQLAlchemy
    takes; PostgreSQL needs only what JSON can tell. Binary columns take bytes.
    """
    for begin in range(0, len(rows), _AT_ONCE):
        some = rows[begin : begin + _AT_ONCE]
        if connection.dialect.name == "postgresql":
            statement = _from_json(table, connection.dialect, replace=replace)
            connection.execute(statement, {"rows": _encode(some).decode()})
        else:
            values = [columns_of(row) if columns_of else _plain(table, row) for row in some]
            connection.execute(_one_by_one(table, replace=replace), values)


def among(connection: Connection, column: ColumnElement[str], values: Iterable[str]) -> ColumnElement[bool]:
    """The condition that ``column`` is one of ``values``, however many, as one bound value: it is compiled once."""
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam(None, list(values), type_=postgresql.ARRAY(Text)))
    each = func.json_each(_encode(list(values)).decode()).table_valued("value")
    return column.in_(select(each.c.value))


@functools.cache
def _from_json(table: Table, dialect: Dialect, *, replace: bool) -> TextClause:
    quote = dialect.identifier_preparer.quote
    names = [quote(column.name) for column in table.c]
    binary = {quote(column.name) for column in table.c if isinstance(column.type, LargeBinary)}
    kinds = ", ".join(
        f"{name} {'text' if name in binary else column.type.compile(dialect)}"
        for name, column in zip(names, table.c, strict=True)
    )
    taken = ", ".join(f"decode({name}, 'base64')" if name in binary else name for name in names)
    statement = (
        f"INSERT INTO {quote(table.name)} ({', '.join(names)}) SELECT {taken}"  # noqa: S608 - names of our own tables
        f" FROM json_to_recordset(CAST(:rows AS json)) AS given({kinds})"
    )
    if replace:
        keys = [quote(column.name) for column in table.primary_key]
        rest = [name for name in names if name not in keys]
        change = "UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in rest) if rest else "NOTHING"
        statement += f" ON CONFLICT ({', '.join(keys)}) DO {change}"
    return text(statement)


@functools.cache
def _one_by_one(table: Table, *, replace: bool) -> Any:
    statement = sqlite.insert(table)
    if not replace:
        return statement
    keys = list(table.primary_key)
    rest = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)


def _plain(table: Table, row: Values) -> dict[str, Any]:
    given = msgspec.structs.asdict(row) if isinstance(row, msgspec.Struct) else row
    return {
        name: msgspec.to_builtins(value) if isinstance(table.c[name].type, JSON) else value
        for name, value in given.items()
    }
