"""Which device last changed a row: tells an operation that met somebody else's change from one that met its own."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from core.merge import Change
from core.operations.operation import Operation
from core.rows import Row, name_of
from hq.feed import Work
from hq.store.schema import last_writer
from rowstore.bulk import among, write_many

_Key = tuple[str, str, str]


class Writers:
    """The last writers of rows as far as they were asked for in this transaction."""

    def __init__(self, connection: Connection) -> None:
        """Ask through ``connection``."""
        self._connection = connection
        self._known: dict[_Key, tuple[str, int] | None] = {}
        self._expected: set[_Key] = set()

    def expect(self, keys: Iterable[_Key]) -> None:
        """These (branch, entity, id) may be asked for: the first question brings them all."""
        self._expected.update(keys)

    def of(self, key: _Key) -> tuple[str, int] | None:
        """The device and the version it wrote, when it wrote by an operation."""
        if key not in self._known:
            self._read(self._expected | {key})
            self._expected = set()
        return self._known[key]

    def _read(self, keys: set[_Key]) -> None:
        tables: dict[tuple[str, str], list[str]] = {}
        for branch_id, entity, row_id in keys:
            self._known[branch_id, entity, row_id] = None
            tables.setdefault((branch_id, entity), []).append(row_id)
        for (branch_id, entity), ids in tables.items():
            where = (last_writer.c.branch_id == branch_id, last_writer.c.entity == entity)
            some = among(self._connection, last_writer.c.row_id, ids)
            for found in self._connection.execute(select(last_writer).where(*where, some)):
                self._known[branch_id, entity, found.row_id] = (found.device_id, found.version)


def others_wrote(doing: Work, changes: Iterable[Change], operation: Operation) -> bool:
    """Whether a row this operation changed had been changed by others since its maker saw it."""
    seen = {(touch.entity, touch.id): touch.base_version for touch in operation.touches}
    writers = doing.kept(Writers)
    for before, after in changes:
        if before is None:
            continue
        entity = name_of(type(after))
        base = max(1, seen.get((entity, after.id), before.version))  # what was made here begins at HQ with 1
        if before.version > base:
            own = (operation.device, before.version)
            if writers.of((operation.branch_id, entity, after.id)) != own:
                return True
    return False


def remember(
    connection: Connection, changes: Iterable[Change], versions: Mapping[tuple[type[Row], str], int], device_id: str
) -> None:
    """Note that this device has changed these rows, whose new ``versions`` are known now."""
    values = {
        (type(after), after.id): {
            "branch_id": getattr(after, "branch_id", ""),
            "entity": name_of(type(after)),
            "row_id": after.id,
            "device_id": device_id,
            "version": versions[type(after), after.id],
        }
        for before, after in changes
        if before is not None and (type(after), after.id) in versions
    }
    write_many(connection, last_writer, list(values.values()), replace=True)
