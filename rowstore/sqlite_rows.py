"""Many rows of a kind at once in SQLite's own values, with one upsert statement per kind: what a pull writes by.

The same values go through SQLAlchemy's types one by one elsewhere; a test compares both ways for rows of every kind.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import insert

from core.rows import Row
from rowstore.tables import UtcDateTime

#: One row in the order of its Struct's fields: text, numbers and None.
Values = tuple[Any, ...]
_Encoder = Callable[[Sequence[Any]], Sequence[Any]]
_LEAST, _MOST = -(2**63), 2**63 - 1
_MOMENT_CHARACTERS = len("2026-03-02T09:00:00Z")
_encode_lines = msgspec.json.Encoder().encode_lines


class Plan(NamedTuple):
    """How rows of one kind become values: an encoder for each column whose values SQLite does not take as they are."""

    encoders: tuple[tuple[int, _Encoder], ...]


def json_text(value: Any) -> str:
    """A nested value as its column holds it: JSON without spaces, in UTF-8."""
    return msgspec.json.encode(value).decode()


def values_of(table: Table, rows: Sequence[Row]) -> list[Values]:
    """The values of rows of one kind. Raises ValueError for what no column takes: a time without zone, a document
    without content; numbers are left to :func:`check_numbers` and to the driver (OverflowError).
    """
    if not rows:
        return []
    plain = map(msgspec.structs.astuple, rows)
    encoders = _plan(table, type(rows[0])).encoders
    if not encoders:
        return list(plain)
    columns: list[Sequence[Any]] = list(zip(*plain, strict=True))
    for place, encode in encoders:
        columns[place] = encode(columns[place])
    return list(zip(*columns, strict=True))


def check_numbers(row: Row) -> None:
    """Raises ValueError for a number beyond 64 bits."""
    for value in msgspec.structs.astuple(row):
        if isinstance(value, int) and not _LEAST <= value <= _MOST:
            raise ValueError("a number beyond 64 bits")


@functools.cache
def upsert_text(table: Table, kind: type[Row], *, force: bool) -> str:
    """The statement for :func:`values_of`; an older version replaces nothing, but with ``force`` anything does."""
    names = kind.__struct_fields__
    statement = insert(table)
    newer = {name: statement.excluded[name] for name in names if name != "id"}
    where = None if force else table.c.version < statement.excluded.version
    statement = statement.on_conflict_do_update(index_elements=[table.c.id], set_=newer, where=where)
    compiled = statement.compile(dialect=sqlite.dialect(paramstyle="qmark"), column_keys=list(names))
    order = tuple(compiled.positiontup or ())
    if order != names:
        raise TypeError(f"columns of {table.name} lie in another order than the fields: {order}")
    return str(compiled)


@functools.cache
def _plan(table: Table, kind: type[Row]) -> Plan:
    fields = msgspec.structs.fields(kind)
    found = [(place, _encoder(table.c[field.name], field.type)) for place, field in enumerate(fields)]
    return Plan(tuple((place, encode) for place, encode in found if encode is not None))


def _encoder(column: Column[Any], annotation: Any) -> _Encoder | None:
    """None for a column whose values SQLite takes as they are."""
    kind = column.type
    if isinstance(kind, UtcDateTime):
        return _moments
    if isinstance(kind, JSON):
        texts = _raw_texts if annotation is msgspec.Raw else _texts
        return functools.partial(texts, null=None if kind.none_as_null else "null")
    if isinstance(kind, BigInteger | Boolean):  # the driver takes both as they are; beyond 64 bits it refuses
        return None
    if isinstance(kind, Date) or annotation not in (str, str | None):
        return msgspec.to_builtins  # days and enumerations
    return None


def _moments(values: Sequence[Any]) -> Sequence[Any]:
    texts: Sequence[Any] = msgspec.to_builtins(values)
    if set(map(len, filter(None, texts))) <= {_MOMENT_CHARACTERS}:
        return texts
    bind = UtcDateTime().process_bind_param  # another zone, parts of a second, or no zone
    return [bind(value, sqlite.dialect()) for value in values]


def _texts(values: Sequence[Any], null: str | None) -> Sequence[Any]:
    texts = _encode_lines(values).decode().split("\n")[:-1]
    return [null if text == "null" else text for text in texts]


def _raw_texts(values: Sequence[Any], null: str | None) -> Sequence[Any]:
    """Raw JSON is written without what its sender put between the tokens; it must hold something."""
    texts = _texts([msgspec.json.decode(value) for value in values], null)
    if None in texts:
        raise ValueError("a document without content")
    return texts
