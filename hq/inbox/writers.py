"""Which device last changed a row: tells an operation that met somebody else's change from one that met its own."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select, tuple_

from core.merge import Change
from core.operations.operation import Operation
from core.rows import Row, name_of
from hq.store.schema import last_writer
from rowstore.bulk import write_many


def others_wrote(connection: Connection, changes: Iterable[Change], operation: Operation) -> bool:
    """Whether a row this operation changed had been changed by others since its maker saw it."""
    seen = {(touch.entity, touch.id): touch.base_version for touch in operation.touches}
    stale = [
        (*key, before.version)
        for before, after in changes
        if before is not None and before.version > seen.get(key := (name_of(type(after)), after.id), before.version)
    ]
    if not stale:
        return False
    rows = tuple_(last_writer.c.entity, last_writer.c.row_id, last_writer.c.version)
    where = (last_writer.c.branch_id == operation.branch_id, rows.in_(stale))
    own = select(last_writer.c.row_id).where(*where, last_writer.c.device_id == operation.device)
    return len(connection.execute(own).all()) < len(stale)


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
