"""Rows of a list's lines read at once: what a rule asks of each line is then answered from memory."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import select

from app.offline_db.schema import ROW_TABLES
from app.offline_db.store import LocalRows
from core.rows import Row
from core.warranty import RegisteredUnit, RegistryState
from rowstore.bulk import among
from rowstore.rows import to_row

R = TypeVar("R", bound=Row)


class Ahead:
    """Reads like ``rows``; kinds that were fetched are found in memory by the column they were fetched by."""

    def __init__(self, rows: LocalRows) -> None:
        """Nothing is fetched yet."""
        self._rows = rows
        self._by: dict[type[Row], str] = {}
        self._held: dict[type[Row], dict[str, list[Row]]] = {}

    def fetch(self, kind: type[R], by: str, values: Collection[str]) -> list[R]:
        """Read all rows whose column ``by`` is one of ``values``, sorted by id; they stand for all there are."""
        table, connection = ROW_TABLES[kind], self._rows.connection
        found = connection.execute(select(table).where(among(connection, table.c[by], values))).mappings()
        rows = sorted((to_row(kind, one) for one in found), key=lambda row: row.id)
        held: defaultdict[str, list[Row]] = defaultdict(list)
        for row in rows:
            held[getattr(row, by)].append(row)
        self._by[kind], self._held[kind] = by, {value: held[value] for value in values}
        return rows

    def get(self, kind: type[R], row_id: str, /) -> R | None:
        """The row, or None."""
        if self._by.get(kind) == "id" and row_id in self._held[kind]:
            return cast("R | None", next(iter(self._held[kind][row_id]), None))
        return self._rows.get(kind, row_id)

    def find(self, kind: type[R], /, **equal: object) -> Sequence[R]:
        """Rows whose columns equal the given values, sorted by id."""
        value: Any = equal.get(self._by.get(kind, ""))
        if value is None or value not in self._held[kind]:
            return self._rows.find(kind, **equal)
        held = cast("list[R]", self._held[kind][value])
        return [row for row in held if all(getattr(row, name) == wanted for name, wanted in equal.items())]

    def put(self, row: Row, /) -> None:
        """A list writes nothing."""
        raise TypeError(f"{type(row).__name__} can't be written from a list")

    def look_up(self, serial: str, /) -> tuple[RegistryState, RegisteredUnit | None]:
        """What the registry knows of a serial number."""
        return self._rows.look_up(serial)
