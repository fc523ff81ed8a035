"""Rows in memory with the same door as the database's, so that sample orders are made by the trade's own functions."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, TypeVar, cast

from core.rows import Row
from core.warranty import RegisteredUnit, RegistryState

R = TypeVar("R", bound=Row)
_Index = dict[object, set[str]]


class MemoryRows:
    """All rows of a sample; ``find`` uses an index per column that is built when it is first asked for."""

    def __init__(self) -> None:
        """Begin empty."""
        self._units: dict[str, RegisteredUnit] = {}
        self._rows: dict[type[Row], dict[str, Row]] = defaultdict(dict)
        self._indexes: dict[tuple[type[Row], str], _Index] = {}

    def get(self, kind: type[R], row_id: str, /) -> R | None:
        """The row, or None."""
        return cast("R | None", self._rows[kind].get(row_id))

    def find(self, kind: type[R], /, **equal: object) -> Sequence[R]:
        """Rows whose columns equal the given values, sorted by id."""
        rows = self._rows[kind]
        if not equal:
            return [cast("R", rows[row_id]) for row_id in sorted(rows)]
        sets = [self._index(kind, name).get(value, set()) for name, value in equal.items()]
        return [cast("R", rows[row_id]) for row_id in sorted(set.intersection(*sets))]

    def put(self, row: Row, /) -> None:
        """Insert or replace ``row``."""
        kind = type(row)
        before = self._rows[kind].get(row.id)
        self._rows[kind][row.id] = row
        for (indexed, name), index in self._indexes.items():
            if indexed is not kind:
                continue
            if before is not None:
                index[getattr(before, name)].discard(row.id)
            index.setdefault(getattr(row, name), set()).add(row.id)

    def look_up(self, serial: str, /) -> tuple[RegistryState, RegisteredUnit | None]:
        """What the registry knows of a serial number; it is complete here."""
        return RegistryState.COMPLETE, self._units.get(serial)

    def know(self, unit: RegisteredUnit) -> None:
        """Let the registry know a unit."""
        self._units[unit.serial] = unit

    def everything(self) -> list[Row]:
        """Every row, kind by kind as they were first written, sorted by id within a kind."""
        return [row for rows in self._rows.values() for _, row in sorted(rows.items())]

    def _index(self, kind: type[Any], name: str) -> _Index:
        found = self._indexes.get((kind, name))
        if found is None:
            found = self._indexes[kind, name] = {}
            for row_id, row in self._rows[kind].items():
                found.setdefault(getattr(row, name), set()).add(row_id)
        return found

    def of_branch(self, branch_id: str) -> "BranchRows":
        """The same rows as one branch's work sees them."""
        return BranchRows(self, branch_id)


class BranchRows:
    """A branch's view of rows in memory; what is put goes into them."""

    def __init__(self, rows: MemoryRows, branch_id: str) -> None:
        """Look through ``rows``; only what leads with ``branch_id`` is found."""
        self._rows, self._branch_id = rows, branch_id

    def get(self, kind: type[R], row_id: str, /) -> R | None:
        """The row, or None when there is none or it is another branch's."""
        row = self._rows.get(kind, row_id)
        return row if row is None or getattr(row, "branch_id", self._branch_id) == self._branch_id else None

    def find(self, kind: type[R], /, **equal: object) -> Sequence[R]:
        """The branch's rows whose columns equal the given values, sorted by id."""
        return self._rows.find(kind, branch_id=self._branch_id, **equal)

    def put(self, row: Row, /) -> None:
        """Insert or replace ``row``."""
        self._rows.put(row)

    def look_up(self, serial: str, /) -> tuple[RegistryState, RegisteredUnit | None]:
        """What the registry knows of a serial number."""
        return self._rows.look_up(serial)
