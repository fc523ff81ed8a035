"""The registry of units at HQ: one reference table, changed units numbered in the scope ``registry``.

A unit is packed for the registry file once, when it is written: building the file then only sorts and copies.
"""

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Connection, RowMapping, Table, insert, select, text

from core.contract.messages import REGISTRY_SCOPE
from core.warranty import RegisteredUnit, RegistryState
from hq.feed import counters
from hq.store.schema import feed_meta, registry_dealer, registry_model, registry_unit
from rowstore.registry_building import Names
from rowstore.registry_packing import key_of, pack_facts, pack_names

if TYPE_CHECKING:
    from hq.feed.work import Work

_FIELDS = tuple(RegisteredUnit.__struct_fields__)
_CHUNK = 10_000
_MOST_FRONTS = 50_000  # kept in memory: thousands of dealers sell hundreds of models
_WRITTEN = (*_FIELDS, "seq", "deleted", "key", "packed")
_UPSERT = text(
    f"INSERT INTO registry_unit ({', '.join(_WRITTEN)})"  # noqa: S608 - column names of our own Struct
    f" VALUES ({', '.join(':' + name for name in _WRITTEN)})"
    " ON CONFLICT (serial, model) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _WRITTEN if name not in ("serial", "model"))
).bindparams()
_PACK = text("UPDATE registry_unit SET key = :key, packed = :packed WHERE serial = :serial AND model = :model")


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


def load_registry(doing: "Work", units: Iterable[RegisteredUnit], *, deleted: bool = False) -> int:
    """Write new and changed units and number them in the registry's scope; returns how many.

    ``deleted`` takes them out of the registry instead.
    """
    remaining, total = iter(units), 0
    packer: _Packer | None = None
    while piece := list(islice(remaining, _CHUNK)):
        at = counters.take(doing.connection, {REGISTRY_SCOPE: len(piece)})[REGISTRY_SCOPE]
        packer = packer or _Packer(doing.connection)  # the counter's lock is held: nobody else numbers names now
        packed = packer.pack(piece)
        rows = [_columns(unit, at + i, deleted) | packed[i - 1] for i, unit in enumerate(piece, 1)]
        doing.connection.execute(_UPSERT, rows)
        doing.seqs[REGISTRY_SCOPE] = at + len(piece)
        total += len(piece)
    return total


def pack_missing(connection: Connection) -> int:
    """Pack some units that a version without packing wrote; returns how many, 0 when there are none left."""
    counters.take(connection, {REGISTRY_SCOPE: 0})
    missing = select(registry_unit).where(registry_unit.c.packed.is_(None)).limit(_CHUNK)
    units = [to_unit(found) for found in connection.execute(missing).mappings()]
    if units:
        packed = _Packer(connection).pack(units)
        names = [{"serial": unit.serial, "model": unit.model} for unit in units]
        connection.execute(_PACK, [name | values for name, values in zip(names, packed, strict=True)])
    return len(units)


def names_of(connection: Connection) -> Names:
    """What the numbers in packed units mean."""
    models = {number: model for number, model in connection.execute(select(registry_model))}  # noqa: C416 - rows
    dealers = {number: (dealer, region) for number, dealer, region in connection.execute(select(registry_dealer))}
    return Names(models, dealers)


class _Packer:
    """Packs units with HQ's numbers for names; new names are numbered. Only under the lock of the scope's counter."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._salt: bytes | None = connection.execute(select(feed_meta.c.registry_salt)).scalar_one_or_none()
        names = names_of(connection)
        self._models = {model: number for number, model in names.models.items()}
        self._dealers = {dealer: number for number, dealer in names.dealers.items()}
        self._fronts: dict[tuple[str, str, str], bytes] = {}

    def pack(self, units: Iterable[RegisteredUnit]) -> list[dict[str, Any]]:
        """The columns ``key`` and ``packed`` of each; empty while HQ has no salt yet."""
        salt = self._salt
        if salt is None:
            return [{"key": None, "packed": None} for _ in units]
        return [
            {"key": key_of(unit.serial, salt), "packed": self._front(unit) + pack_facts(unit, salt)} for unit in units
        ]

    def _front(self, unit: RegisteredUnit) -> bytes:
        names = (unit.model, unit.dealer, unit.region)
        if names not in self._fronts:
            if len(self._fronts) >= _MOST_FRONTS:
                self._fronts.clear()
            model = self._number(registry_model, self._models, unit.model, {"model": unit.model})
            whose = {"dealer": unit.dealer, "region": unit.region}
            dealer = self._number(registry_dealer, self._dealers, (unit.dealer, unit.region), whose)
            self._fronts[names] = pack_names(model, dealer)
        return self._fronts[names]

    def _number(self, table: Table, known: dict[Any, int], name: object, columns: dict[str, str]) -> int:
        if name not in known:
            known[name] = max(known.values(), default=-1) + 1
            self._connection.execute(insert(table).values(number=known[name], **columns))
        return known[name]


def _columns(unit: RegisteredUnit, seq: int, deleted: bool) -> dict[str, Any]:
    return {name: getattr(unit, name) for name in _FIELDS} | {
        "status": unit.status.value,
        "seq": seq,
        "deleted": deleted,
    }
