"""What this device holds of HQ's rows, added up in ranges, and set right where HQ tells that it differs."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from sqlalchemy import JSON, Boolean, Connection, delete, insert, select

from app.offline_db import feed, images, page_lines
from app.offline_db.engine import reading, writing
from app.offline_db.images import Image
from app.offline_db.outbox import Key
from app.offline_db.rebase import Rebase
from app.offline_db.schema import ROW_TABLES, cursor, set_aside, shadow
from app.offline_db.store import Store
from app.offline_db.unread import Unreadable
from core.contract import sums
from core.contract.messages import REFERENCE_SCOPE, Line, RangeEnd, ScopeSums
from core.rows import BY_NAME, REFERENCE_KINDS, TRADE_KINDS, Row, name_of
from rowstore.rows import to_row

_PIECE = 500
#: Images that were set aside stay readable this long.
_KEPT = timedelta(days=90)


class Mark(NamedTuple):
    """How one row is held here: its version, and the hash of its key, version and content."""

    version: int
    content: int


class Held(NamedTuple):
    """What is held of some ranges of a scope at one cursor, by key text."""

    sums: ScopeSums
    marks: dict[str, Mark]


class Found(NamedTuple):
    """Differences that were found and set right; ``kept`` are rows HQ has not and that carry unsent work."""

    missing: int = 0
    different: int = 0
    extra: int = 0
    kept: int = 0
    examples: tuple[str, ...] = ()

    def plus(self, other: "Found") -> "Found":
        """Both together; of the examples the first twenty."""
        return Found(
            self.missing + other.missing,
            self.different + other.different,
            self.extra + other.extra,
            self.kept + other.kept,
            (*self.examples, *other.examples)[:20],
        )


class _Difference(NamedTuple):
    key: Key
    here: int | None
    there: int | None
    kept: bool = False

    def __str__(self) -> str:
        what = "kept" if self.kept else "missing" if self.here is None else "extra" if self.there is None else "differs"
        return f"{what} {sums.key_text(*self.key)} {self.here} {self.there}"


def add_up(store: Store, scope: str, reason: str) -> ScopeSums | None:
    """The sums of HQ's images of the scope at its cursor; None while it is being read from the beginning.

    Reads one state of the database without keeping any writer waiting.
    """
    with reading(store.engine) as connection:
        at = connection.execute(select(cursor).where(cursor.c.scope == scope)).first()
        if at is None or not at.incarnation or _refilling(connection):
            return None
        added = sums.Sums()
        for image in _images(connection, scope):
            if image.row is not None:
                added.add(sums.key_text(*image.key), image.row)
    return ScopeSums(
        scope=scope,
        incarnation=at.incarnation,
        seq=at.seq,
        rows=sums.fingerprint(),
        entities=sums.entities(),
        counts=tuple(added.counts),
        versions=sums.written(added.versions),
        contents=sums.written(added.contents),
        reason=reason,
    )


def held(store: Store, checked: ScopeSums, mask: str) -> Held:
    """What is held of the ranges in ``mask``, to be compared with HQ's rows page by page."""
    ranges = frozenset(sums.ranges_in(mask))
    marks = {}
    with reading(store.engine) as connection:
        for image in _images(connection, checked.scope):
            key = sums.key_text(*image.key)
            if image.row is not None and sums.range_of(key) in ranges:
                marks[key] = Mark(image.version, sums.content_hash(key, image.row))
    return Held(checked, marks)


def mend(
    store: Store, here: Held, after: str, lines: tuple[Line, ...], end: RangeEnd, *, by_content: bool
) -> Found | None:
    """Set the rows right that a page of HQ's shows to be wrong; None when the scope has moved on meanwhile.

    Only images of HQ's are replaced or taken away, and kept readable. A row that HQ has not but that carries work of
    this device stays.
    """
    unreadable: list[Unreadable] = []
    there = page_lines.newest(lines, unreadable)
    wrong = [
        _difference(here.marks.get(sums.key_text(*key)), image, by_content=by_content) for key, image in there.items()
    ]
    known = {sums.key_text(*key) for key in (*there, *(one.key for one in unreadable))} | set(end.moved)
    extra = [key for key in here.marks if key > after and (not end.more or key <= end.upto) and key not in known]
    differences = [one for one in wrong if one is not None]
    differences += [_Difference(_key(key), here.marks[key].version, None) for key in extra]
    if not differences:
        return Found()
    with writing(store.engine) as connection:
        if not _stands_at(connection, here.sums):
            return None
        rebase = Rebase(connection, store.registry)
        done = _set_right(connection, rebase, here.sums.scope, differences, there, store.clock())
    store.tell(rebase.changed)
    return done


def forget_old(connection: Connection, now: datetime) -> None:
    """Let go of images that were set aside long ago."""
    connection.execute(delete(set_aside).where(set_aside.c.at < now - _KEPT))


def _difference(mark: Mark | None, image: Image, *, by_content: bool) -> _Difference | None:
    if mark is None:
        return _Difference(image.key, None, image.version)
    assert image.row is not None, "pages of ranges hold no tombstones"
    same = mark.version == image.version and (
        not by_content or mark.content == sums.content_hash(sums.key_text(*image.key), image.row)
    )
    return None if same else _Difference(image.key, mark.version, image.version)


def _set_right(
    connection: Connection,
    rebase: Rebase,
    scope: str,
    differences: list[_Difference],
    there: Mapping[Key, Image],
    now: datetime,
) -> Found:
    below = images.shadows_of(connection, [one.key for one in differences])
    kept = {one.key for one in differences if one.there is None and one.key in below}
    page = {
        one.key: there.get(one.key) or Image(one.key, one.here or 0, None) for one in differences if one.key not in kept
    }
    _put_aside(connection, scope, [one for one in differences if one.key in page], below, now)
    rebase.apply(page, force=True)
    feed.follow_parked(connection, page.values())
    differences = [one._replace(kept=one.key in kept) for one in differences]
    return Found(
        missing=sum(one.here is None for one in differences),
        different=sum(one.here is not None and one.there is not None for one in differences),
        extra=sum(one.there is None and not one.kept for one in differences),
        kept=len(kept),
        examples=tuple(map(str, differences[:20])),
    )


def _put_aside(
    connection: Connection, scope: str, gone: list[_Difference], below: Mapping[Key, Image], now: datetime
) -> None:
    values = []
    for one in gone:
        row = below[one.key].row if one.key in below else images.local_row(connection, one.key)
        if one.here is not None and row is not None:
            key = {"scope": scope, "entity": one.key[0], "row_id": one.key[1], "version": one.here}
            values.append(key | {"payload": msgspec.json.encode(row), "at": now})
    if values:
        connection.execute(insert(set_aside), values)


def _stands_at(connection: Connection, checked: ScopeSums) -> bool:
    at = connection.execute(select(cursor).where(cursor.c.scope == checked.scope)).first()
    return at is not None and (at.seq, at.incarnation) == (checked.seq, checked.incarnation) and not at.refilling


def _refilling(connection: Connection) -> bool:
    return connection.execute(select(cursor.c.scope).where(cursor.c.refilling)).first() is not None


def _images(connection: Connection, scope: str) -> Iterator[Image]:
    """HQ's images of the scope's rows: a device follows one place, so every row of the trade is of that scope."""
    kinds = REFERENCE_KINDS if scope == REFERENCE_SCOPE else TRADE_KINDS
    below = {(found.entity, found.row_id): found for found in connection.execute(select(shadow))}
    for kind in kinds:
        entity = name_of(kind)
        for row in _rows(connection, kind):
            if (entity, row.id) not in below:
                yield Image((entity, row.id), row.version, row)
    names = {name_of(kind) for kind in kinds}
    for key, found in below.items():
        if key[0] in names and found.payload is not None:
            yield Image(key, found.version, msgspec.json.decode(found.payload, type=BY_NAME[key[0]]))


def _rows(connection: Connection, kind: type[Row]) -> Iterator[Row]:
    """The rows as they are stored, without the detour over Python's own times: half of the work for wide rows."""
    table, names = ROW_TABLES[kind], kind.__struct_fields__
    if any(field.type is msgspec.Raw for field in msgspec.structs.fields(kind)):
        for columns in connection.execute(select(table).where(table.c.version > 0)).mappings():
            yield to_row(kind, columns)
        return
    truths = [name for name in names if isinstance(table.c[name].type, Boolean)]
    nested = [name for name in names if isinstance(table.c[name].type, JSON)]
    listed = ", ".join(f'"{name}"' for name in names)
    statement = f'SELECT {listed} FROM "{table.name}" WHERE version > 0'  # noqa: S608 - names of our own tables
    for found in connection.exec_driver_sql(statement, execution_options={"yield_per": _PIECE}):
        values = dict(zip(names, found, strict=True))
        for name in nested:
            if values[name] is not None:
                values[name] = msgspec.json.decode(values[name])
        for name in truths:
            if values[name] is not None:
                values[name] = bool(values[name])
        yield msgspec.convert(values, kind)


def _key(text: str) -> Key:
    entity, _, row_id = text.partition("/")
    return entity, row_id
