"""HQ's images of rows: reading them from a page's lines, writing many at once by version, and the shadow of a row."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, select, tuple_
from sqlalchemy.dialects.sqlite import insert as upsert

from app.offline_db.outbox import Key
from app.offline_db.schema import ROW_TABLES, shadow
from core.contract.messages import Line
from core.refusals import Refusal
from core.rows import BY_NAME, Row, name_of
from rowstore.rows import to_columns, to_row

_CHUNK = 500


class Image(NamedTuple):
    """What HQ holds of a row: the row, or None when it has none (a tombstone) at ``version``."""

    key: Key
    version: int
    row: Row | None


def read_line(line: Line) -> Image | None:
    """The line's image; None for a kind this version does not know. Raises Refusal ``hq_unexpected``."""
    kind = BY_NAME.get(line.entity)
    if kind is None:
        return None
    if line.row is None:
        return Image((line.entity, line.id), line.version, None)
    try:
        row = msgspec.json.decode(line.row, type=kind)
    except msgspec.DecodeError as error:
        raise Refusal("hq_unexpected", problem=str(error)) from error
    if row.id != line.id or row.version != line.version:
        raise Refusal("hq_unexpected", problem=f"{line.entity} {line.id}")
    return Image((line.entity, line.id), line.version, row)


def newest(lines: Iterable[Line]) -> dict[Key, Image]:
    """The newest image per row, in the order of the lines."""
    images: dict[Key, Image] = {}
    for image in filter(None, map(read_line, lines)):
        if image.key not in images or image.version >= images[image.key].version:
            images[image.key] = image
    return images


def write(connection: Connection, images: Iterable[Image], *, force: bool = False) -> None:
    """Write images of rows without local effects; an older version never replaces a newer one (but with ``force``)."""
    rows: dict[type[Row], list[Row]] = {}
    gone: dict[type[Row], list[Image]] = {}
    for image in images:
        if image.row is None:
            gone.setdefault(BY_NAME[image.key[0]], []).append(image)
        else:
            rows.setdefault(type(image.row), []).append(image.row)
    for kind, some in rows.items():
        _upsert(connection, kind, some, force=force)
    for kind, dead in gone.items():
        _delete(connection, kind, dead, force=force)


def _upsert(connection: Connection, kind: type[Row], rows: Sequence[Row], *, force: bool) -> None:
    table = ROW_TABLES[kind]
    statement = upsert(table)
    newer = {name: statement.excluded[name] for name in table.c.keys() if name != "id"}  # noqa: SIM118  no mapping
    where = None if force else table.c.version < statement.excluded.version
    statement = statement.on_conflict_do_update(index_elements=[table.c.id], set_=newer, where=where)
    connection.execute(statement, [to_columns(row) for row in rows])


def _delete(connection: Connection, kind: type[Row], dead: Sequence[Image], *, force: bool) -> None:
    """A row that moved into another scope of this device already has the tombstone's version there: it stays."""
    table = ROW_TABLES[kind]
    statement = delete(table).where(table.c.id == bindparam("gone"))
    if not force:
        statement = statement.where(table.c.version < bindparam("at"))
    values = [{"gone": image.key[1]} | ({} if force else {"at": image.version}) for image in dead]
    connection.execute(statement, values)


def local_row(connection: Connection, key: Key) -> Row | None:
    """The row as it is here."""
    kind = BY_NAME[key[0]]
    table = ROW_TABLES[kind]
    found = connection.execute(select(table).where(table.c.id == key[1])).mappings().first()
    return None if found is None else to_row(kind, found)


def has_shadows(connection: Connection) -> bool:
    """Whether any row carries local effects."""
    return connection.execute(select(func.count()).select_from(shadow)).scalar_one() > 0


def shadows_of(connection: Connection, keys: Iterable[Key]) -> dict[Key, Image]:
    """HQ's last images of those rows that carry local effects."""
    found: dict[Key, Image] = {}
    wanted = sorted(keys)
    for begin in range(0, len(wanted), _CHUNK):
        some = tuple_(shadow.c.entity, shadow.c.row_id).in_(wanted[begin : begin + _CHUNK])
        for one in connection.execute(select(shadow).where(some)):
            row = None if one.payload is None else msgspec.json.decode(one.payload, type=BY_NAME[one.entity])
            found[one.entity, one.row_id] = Image((one.entity, one.row_id), one.version, row)
    return found


def cast_shadows(connection: Connection, before: Mapping[Key, Row | None]) -> None:
    """Keep ``before`` as HQ's images of these rows unless some are kept already."""
    images = [Image(key, row.version if row else 0, row) for key, row in before.items()]
    _put(connection, images, replace=False)


def put_shadows(connection: Connection, images: Iterable[Image]) -> None:
    """HQ's newer images of rows with local effects."""
    _put(connection, images, replace=True)


def _put(connection: Connection, images: Iterable[Image], *, replace: bool) -> None:
    values = [
        {
            "entity": image.key[0],
            "row_id": image.key[1],
            "version": image.version,
            "payload": None if image.row is None else msgspec.json.encode(image.row),
        }
        for image in images
    ]
    if values:
        connection.execute(insert(shadow).prefix_with("OR REPLACE" if replace else "OR IGNORE"), values)


def drop_shadows(connection: Connection, keys: Iterable[Key]) -> None:
    """These rows are HQ's again."""
    values = [{"e": entity, "r": row_id} for entity, row_id in keys]
    if values:
        where = (shadow.c.entity == bindparam("e"), shadow.c.row_id == bindparam("r"))
        connection.execute(delete(shadow).where(*where), values)


def shadowed(connection: Connection, keys: Mapping[Key, Image]) -> set[Key]:
    """Those of ``keys`` whose rows carry local effects."""
    if not keys or not has_shadows(connection):
        return set()
    found = connection.execute(select(shadow.c.entity, shadow.c.row_id))
    return {(entity, row_id) for entity, row_id in found if (entity, row_id) in keys}


def key_of(row: Row) -> Key:
    """The row's key."""
    return name_of(type(row)), row.id
