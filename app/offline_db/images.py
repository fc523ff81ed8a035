"""HQ's images of rows: writing many at once by version, and the shadow of a row."""

import operator
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, delete, exists, insert, select, tuple_

from app.offline_db import knowledge_index
from app.offline_db.outbox import Key
from app.offline_db.schema import ROW_TABLES, shadow
from core.rows import BY_NAME, Row, name_of
from rowstore.rows import to_row
from rowstore.sqlite_rows import Values, upsert_text, values_of

_CHUNK = 500
_FIRST = operator.itemgetter(0)
_HAS_SHADOWS = select(exists().select_from(shadow))  # built once


class Image(NamedTuple):
    """What HQ holds of a row: the row, or None when it has none (a tombstone) at ``version``.

    ``values`` are the row's columns where they have been made already, before the write lock is taken.
    """

    key: Key
    version: int
    row: Row | None
    values: Values | None = None


def write(connection: Connection, images: Iterable[Image], *, force: bool = False) -> None:
    """Write images of rows without local effects; an older version never replaces a newer one (but with ``force``)."""
    kinds: dict[str, tuple[list[Image], list[Image]]] = {}
    for image in images:
        entity = image.key[0]
        if entity not in kinds:
            kinds[entity] = ([], [])
        kinds[entity][image.row is None].append(image)
    for entity, (there, gone) in kinds.items():
        if there:
            _upsert(connection, BY_NAME[entity], there, force=force)
        if gone:
            _delete(connection, entity, gone, force=force)
        if entity in knowledge_index.ENTITIES:
            knowledge_index.follow(connection, entity, [image.key[1] for image in (*there, *gone)])


def _upsert(connection: Connection, kind: type[Row], some: list[Image], *, force: bool) -> None:
    """Sorted by key: neighbours in the tree are written one after the other."""
    table = ROW_TABLES[kind]
    values = [image.values or values_of(table, [image.row])[0] for image in some if image.row is not None]
    values.sort(key=_FIRST)
    connection.exec_driver_sql(upsert_text(table, kind, force=force), values)


def _delete(connection: Connection, entity: str, gone: list[Image], *, force: bool) -> None:
    """A row that moved into another scope of this device already has the tombstone's version there: it stays."""
    statement = f'DELETE FROM "{entity}" WHERE id = ?'  # noqa: S608 - the name of one of our own tables
    if force:
        connection.exec_driver_sql(statement, [(image.key[1],) for image in gone])
    else:
        connection.exec_driver_sql(f"{statement} AND version < ?", [(image.key[1], image.version) for image in gone])


def local_row(connection: Connection, key: Key) -> Row | None:
    """The row as it is here."""
    kind = BY_NAME[key[0]]
    table = ROW_TABLES[kind]
    found = connection.execute(select(table).where(table.c.id == key[1])).mappings().first()
    return None if found is None else to_row(kind, found)


def has_shadows(connection: Connection) -> bool:
    """Whether any row carries local effects."""
    return connection.execute(_HAS_SHADOWS).scalar_one()


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
