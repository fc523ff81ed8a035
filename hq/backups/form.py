"""The backup file's form: zstd-packed JSON lines — a head, rows and pieces of blobs, and an end that proves them."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import zstandard
from sqlalchemy import Connection, Table, text

from core.refusals import Refusal
from hq.store.schema import metadata

FORMAT = 1
BLOB_PIECE = 512 * 1024
#: A line holds one row or one piece of a blob; nothing we write is near this.
_LONGEST_LINE = 64 * 1024 * 1024
_READ = 1024 * 1024


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The first line: the schema's revision and each table's columns, in the order of the rows' values."""

    fixpoint_hq_backup: int
    revision: str
    hq_id: str
    made_at: datetime
    tables: dict[str, tuple[str, ...]]


class TableRow(msgspec.Struct, frozen=True, array_like=True, tag="r"):
    """One row of a table."""

    table: str
    values: tuple[Any, ...]


class BlobPiece(msgspec.Struct, frozen=True, array_like=True, tag="b"):
    """The next piece of a blob."""

    sha256: str
    data: bytes


class End(msgspec.Struct, frozen=True, array_like=True, tag="e"):
    """The last line: rows per table, blobs, and the SHA-256 of all lines before it."""

    rows: dict[str, int]
    blobs: int
    sha256: str


Item = TableRow | BlobPiece | End


def tables() -> list[Table]:
    """All tables, those that others refer to first."""
    return list(metadata.sorted_tables)


def revision_of(connection: Connection) -> str:
    """The schema's revision."""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


class Writer:
    """Writes lines into ``file`` and keeps their hash."""

    def __init__(self, file: BinaryIO) -> None:
        """Pack into ``file``; call :meth:`finish` at the end."""
        self._packed = zstandard.ZstdCompressor(level=6, write_checksum=True).stream_writer(file, closefd=False)
        self._hash = hashlib.sha256()

    def line(self, item: msgspec.Struct) -> None:
        """Write one line."""
        data = msgspec.json.encode(item) + b"\n"
        self._hash.update(data)
        self._packed.write(data)

    def finish(self, rows: dict[str, int], blobs: int) -> None:
        """Write the end."""
        self.line(End(rows, blobs, self._hash.hexdigest()))
        self._packed.close()  # type: ignore[no-untyped-call]


def read(path: Path) -> Iterator[Head | Item]:
    """The file's lines, each as it is read; raises Refusal ``backup_damaged`` at the first wrong one."""
    hashed, first, ended = hashlib.sha256(), True, False
    try:
        for line in _lines(path):
            if ended:
                raise Refusal("backup_damaged", backup=path.name)
            if first:
                head = msgspec.json.decode(line, type=Head)
                first = False
                yield head
            else:
                item: Item = msgspec.json.decode(line, type=Item)
                ended = isinstance(item, End)
                if isinstance(item, End) and item.sha256 != hashed.hexdigest():
                    raise Refusal("backup_damaged", backup=path.name)
                yield item
            hashed.update(line)
    except (zstandard.ZstdError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal("backup_damaged", backup=path.name) from error
    if not ended:
        raise Refusal("backup_damaged", backup=path.name)


def _lines(path: Path) -> Iterator[bytes]:
    rest = b""
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as packed:
        while piece := packed.read(_READ):
            *whole, rest = (rest + piece).split(b"\n")
            yield from (line + b"\n" for line in whole)
            if len(rest) > _LONGEST_LINE:
                raise Refusal("backup_damaged", backup=path.name)
    if rest:
        raise Refusal("backup_damaged", backup=path.name)
