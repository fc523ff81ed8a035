"""The files of a snapshot: built from HQ's table, packed, described; and which are finished."""

import hashlib
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import zstandard
from sqlalchemy import Connection, select

from core.contract.codec import ZSTD_LEVEL
from core.contract.messages import REGISTRY_SCOPE, SnapshotManifest
from hq.feed.registry import names_of, pack_missing
from hq.store import Store
from hq.store.schema import feed_meta, scope_counter
from rowstore.registry_building import build_from_sorted
from rowstore.registry_format import FORMAT, About

#: A piece is proven by its own hash; a cut line costs at most one (bytes).
PIECE_BYTES = 128 * 1024
_READ_BYTES = 1 << 20
_SORT_MEMORY = "64MB"  # of PostgreSQL's server, for one sort; the rest goes through its temporary files
_UNITS = "FROM registry_unit WHERE NOT deleted AND packed IS NOT NULL"
_SORTED = f"SELECT key, packed {_UNITS} ORDER BY key"


def registry_seq(connection: Connection) -> int:
    """Where the registry's scope stands."""
    counted = select(scope_counter.c.seq).where(scope_counter.c.scope == REGISTRY_SCOPE)
    return connection.execute(counted).scalar_one_or_none() or 0


def make_snapshot(store: Store, folder: Path, generation: str, today: date) -> SnapshotManifest:
    """Build ``generation`` in ``folder``: its packed file is whole and on the disk when this returns."""
    plain, packed = (folder / f"{generation}.{kind}" for kind in ("sqlite", "zst"))
    while _pack_some(store):
        pass
    try:
        about = _build(store, plain, today)
        return _pack(plain, packed, generation, about)
    finally:
        plain.unlink(missing_ok=True)


def _pack_some(store: Store) -> int:
    with store.reading() as connection:  # as a rule nothing is missing, and no writer has to wait for that
        missing = connection.exec_driver_sql("SELECT serial FROM registry_unit WHERE packed IS NULL LIMIT 1").first()
    if missing is None:
        return 0
    with store.writing() as connection:
        return pack_missing(connection)


def _build(store: Store, plain: Path, today: date) -> About:
    with store.reading() as connection:
        meta = connection.execute(select(feed_meta.c.incarnation, feed_meta.c.registry_salt)).one()
        at_seq = registry_seq(connection)
        about = About(salt=meta.registry_salt, at_seq=at_seq, as_of=today, incarnation=meta.incarnation)
        count = connection.exec_driver_sql(f"SELECT count(*) {_UNITS}").scalar_one()
        units = (_from_sqlite if store.is_sqlite else _from_postgres)(connection)
        rows = build_from_sorted(plain, units, count, names_of(connection), about)
    return msgspec.structs.replace(about, rows=rows)


def _from_sqlite(connection: Connection) -> Iterator[tuple[int, bytes]]:
    """Keys and packed units in the order of keys, as the driver gives them: rows of SQLAlchemy take twice as long."""
    driver = connection.connection.driver_connection
    assert driver is not None, "a connection in use has a driver's connection"
    yield from driver.execute(_SORTED)


def _from_postgres(connection: Connection) -> Iterator[tuple[int, bytes]]:
    """The same by PostgreSQL's COPY: a third of the time of rows."""
    connection.exec_driver_sql(f"SET LOCAL work_mem = '{_SORT_MEMORY}'")
    driver = connection.connection.driver_connection
    assert driver is not None, "a connection in use has a driver's connection"
    with driver.cursor() as cursor, cursor.copy(f"COPY ({_SORTED}) TO STDOUT (FORMAT BINARY)") as copy:
        copy.set_types(["int8", "bytea"])
        yield from copy.rows()


class _Hashes:
    """The hash of all bytes and of each piece, as they come."""

    def __init__(self) -> None:
        self._whole, self._piece, self._room = hashlib.sha256(), hashlib.sha256(), PIECE_BYTES
        self._pieces: list[str] = []

    def take(self, data: bytes) -> None:
        self._whole.update(data)
        rest = memoryview(data)
        while rest:
            part, rest = rest[: self._room], rest[self._room :]
            self._piece.update(part)
            self._room -= len(part)
            if not self._room:
                self._end_piece()

    def finish(self) -> tuple[str, tuple[str, ...]]:
        """The whole's hash and those of the pieces, the last of which may be short."""
        if self._room < PIECE_BYTES:
            self._end_piece()
        return self._whole.hexdigest(), tuple(self._pieces)

    def _end_piece(self) -> None:
        self._pieces.append(self._piece.hexdigest())
        self._piece, self._room = hashlib.sha256(), PIECE_BYTES


def _pack(plain: Path, packed: Path, generation: str, about: About) -> SnapshotManifest:
    """Pack in one pass that also hashes the plain file, the packed one and its pieces."""
    whole, hashes = hashlib.sha256(), _Hashes()
    with plain.open("rb") as source, packed.open("wb") as target:
        packer = zstandard.ZstdCompressor(level=ZSTD_LEVEL).compressobj(size=plain.stat().st_size)

        def put(data: bytes) -> None:
            target.write(data)
            hashes.take(data)

        while chunk := source.read(_READ_BYTES):
            whole.update(chunk)
            put(packer.compress(chunk))
        put(packer.flush())
        target.flush()
        os.fsync(target.fileno())
    packed_sha256, pieces = hashes.finish()
    return SnapshotManifest(
        scope=REGISTRY_SCOPE,
        generation=generation,
        sha256=whole.hexdigest(),
        bytes=plain.stat().st_size,
        packed_sha256=packed_sha256,
        packed_bytes=packed.stat().st_size,
        rows=about.rows,
        at_seq=about.at_seq,
        schema=FORMAT,
        incarnation=about.incarnation,
        piece_bytes=PIECE_BYTES,
        pieces=pieces,
    )
