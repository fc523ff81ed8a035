"""Writing a backup: one consistent state of the database, and the blobs it knows as whole."""

import hashlib
import os
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Table, select

from hq.backups.form import BLOB_PIECE, FORMAT, BlobPiece, Head, TableRow, Writer, revision_of, tables
from hq.identity import headquarters
from hq.store import Store
from hq.store.schema import blob

_PIECE = 2_000


class Dumped(msgspec.Struct, frozen=True, kw_only=True):
    """What was written; ``missing_blobs`` are known to the database but not on the disk."""

    file: str
    bytes: int
    rows: int
    blobs: int
    missing_blobs: int


def dump(store: Store, blobs: Path, path: Path, now: datetime) -> Dumped:
    """Write the backup to ``path``, whole or not at all; others go on working meanwhile."""
    part = path.with_name(f".{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with part.open("wb") as file:
            writer = Writer(file)
            with store.reading() as connection:
                writer.line(_head(connection, now))
                rows = {str(table.name): _rows(connection, table, writer) for table in tables()}
                known = list(connection.execute(select(blob.c.sha256).where(blob.c.complete.is_(True))).scalars())
            written = sum(_blob(blobs, sha256, writer) for sha256 in sorted(known))
            writer.finish(rows, written)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return Dumped(
        file=str(path),
        bytes=path.stat().st_size,
        rows=sum(rows.values()),
        blobs=written,
        missing_blobs=len(known) - written,
    )


def _head(connection: Connection, now: datetime) -> Head:
    columns = {str(table.name): tuple(map(str, table.c.keys())) for table in tables()}
    return Head(
        fixpoint_hq_backup=FORMAT,
        revision=revision_of(connection),
        hq_id=headquarters(connection).hq_id,
        made_at=now,
        tables=columns,
    )


def _rows(connection: Connection, table: Table, writer: Writer) -> int:
    name, count = str(table.name), 0
    for found in connection.execution_options(yield_per=_PIECE).execute(select(table)):
        writer.line(TableRow(name, tuple(found)))
        count += 1
    return count


def _blob(folder: Path, sha256: str, writer: Writer) -> bool:
    """Write a blob's pieces; False when its file is gone or changed, which is said but stops no backup."""
    path = folder / sha256[:2] / sha256
    if not path.is_file():
        return False
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            return False
        file.seek(0)
        while piece := file.read(BLOB_PIECE):
            writer.line(BlobPiece(sha256, piece))
    return True
