"""The registry of units at HQ: one reference table, changed units numbered in the scope ``registry``."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Connection, RowMapping, select, text

from core.contract.messages import REGISTRY_SCOPE
from core.warranty import RegisteredUnit, RegistryState
from hq.feed import counters
from hq.store.schema import registry_unit

if TYPE_CHECKING:
    from hq.feed.work import Work

_FIELDS = tuple(RegisteredUnit.__struct_fields__)
_CHUNK = 10_000
_UPSERT = text(
    f"INSERT INTO registry_unit ({', '.join(_FIELDS)}, seq, deleted)"  # noqa: S608 - column names of our own Struct
    f" VALUES ({', '.join(':' + name for name in _FIELDS)}, :seq, :deleted)"
    " ON CONFLICT (serial, model) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in (*_FIELDS, "seq", "deleted") if name not in ("serial", "model"))
).bindparams()


class RegistryTable:
    """Looks units up at HQ, where the registry is always complete."""

    def __init__(self, connection: Connection) -> None:
        """Look up through ``connection``."""
        self._connection = connection

    def look_up(self, serial: str, /) -> tuple[RegistryState, RegisteredUnit | None]:
        """The unit with this serial (the first by model when the number exists twice), or None."""
        return RegistryState.COMPLETE, next(iter(units_of(self._connection, serial)), None)


def units_of(connection: Connection, serial: str) -> list[RegisteredUnit]:
    """The units made under ``serial``, by model."""
    wanted = (registry_unit.c.serial == serial, registry_unit.c.deleted.is_(False))
    statement = select(registry_unit).where(*wanted).order_by(registry_unit.c.model)
    return [to_unit(found) for found in connection.execute(statement).mappings()]


def to_unit(columns: RowMapping) -> RegisteredUnit:
    """The unit in a row of the table."""
    return msgspec.convert({name: columns[name] for name in _FIELDS}, RegisteredUnit)


def units_by_serial(connection: Connection) -> Iterator[RegisteredUnit]:
    """All units, read in a stream."""
    statement = select(registry_unit).where(registry_unit.c.deleted.is_(False))
    for found in connection.execution_options(yield_per=_CHUNK).execute(statement).mappings():
        yield to_unit(found)


def load_registry(doing: "Work", units: Iterable[RegisteredUnit], *, deleted: bool = False) -> int:
    """Write new and changed units and number them in the registry's scope; returns how many.

    ``deleted`` takes them out of the registry instead.
    """
    remaining, total = iter(units), 0
    while piece := list(islice(remaining, _CHUNK)):
        at = counters.take(doing.connection, {REGISTRY_SCOPE: len(piece)})[REGISTRY_SCOPE]
        doing.connection.execute(_UPSERT, [_columns(unit, at + i, deleted) for i, unit in enumerate(piece, 1)])
        doing.seqs[REGISTRY_SCOPE] = at + len(piece)
        total += len(piece)
    return total


def _columns(unit: RegisteredUnit, seq: int, deleted: bool) -> dict[str, Any]:
    return {name: getattr(unit, name) for name in _FIELDS} | {
        "status": unit.status.value,
        "seq": seq,
        "deleted": deleted,
    }
