"""One SQLAlchemy table per row kind, derived from core's Struct, so that no column is declared twice."""

import enum
import types
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Union, get_args, get_origin

import msgspec
from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, DateTime, Dialect, MetaData, Table, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from core.rows import KINDS, TRADE_KINDS, Row, name_of


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time in whole seconds: timestamptz in PostgreSQL, sortable ISO text ("…Z") in SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type of the database."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse naive times; they are defects."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        utc = value.astimezone(UTC).replace(microsecond=0)
        return f"{utc.isoformat()[:19]}Z" if dialect.name == "sqlite" else utc  # a fifth of the time of strftime

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """An aware UTC time."""
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


_SIMPLE: dict[Any, TypeEngine[Any]] = {
    str: Text(),
    int: BigInteger(),
    bool: Boolean(),
    datetime: UtcDateTime(),
    date: Date(),
}


def _column_type(annotation: Any) -> tuple[TypeEngine[Any], bool]:
    """The column's type and whether it may be null."""
    if get_origin(annotation) in (Union, types.UnionType):
        parts = [part for part in get_args(annotation) if part is not type(None)]
        return (_column_type(parts[0])[0] if len(parts) == 1 else JSON()), True
    if annotation in _SIMPLE:
        return _SIMPLE[annotation], False
    if isinstance(annotation, type) and issubclass(annotation, enum.StrEnum):
        return Text(), False
    return JSON(none_as_null=True), annotation is Any


def table_for(kind: type[Row], metadata: MetaData, *, lead: Sequence[str] = ()) -> Table:
    """The table of ``kind``; its primary key is ``lead`` + id."""
    columns = []
    for field in msgspec.structs.fields(kind):
        kind_of_column, nullable = _column_type(field.type)
        primary = field.name == "id" or field.name in lead
        columns.append(Column(field.name, kind_of_column, primary_key=primary, nullable=nullable and not primary))
    key = [*lead, "id"]
    columns.sort(key=lambda column: key.index(column.name) if column.primary_key else len(key))
    return Table(name_of(kind), metadata, *columns)


def row_tables(metadata: MetaData, *, branch_leads: bool) -> dict[type[Row], Table]:
    """The tables of all kinds; at HQ (``branch_leads``) the keys of the trade's rows lead with the branch."""
    return {
        kind: table_for(kind, metadata, lead=("branch_id",) if branch_leads and kind in TRADE_KINDS else ())
        for kind in KINDS
    }
