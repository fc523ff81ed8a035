"""Taking a backup back: the file is proved first, then everything is replaced in one transaction."""

import base64
import hashlib
import os
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Date, LargeBinary, Table, delete, insert
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, ProgrammingError

from core.refusals import Refusal
from hq.backups.form import FORMAT, BlobPiece, End, Head, TableRow, read, revision_of, tables
from hq.identity import new_incarnation
from hq.store import Store
from rowstore.tables import UtcDateTime

_PIECE = 2_000
#: What rows raise that no HQ has written: unknown tables and columns, wrong counts and types, ids given twice.
_NOT_OURS = (LookupError, ValueError, TypeError, IntegrityError, DataError, InterfaceError, ProgrammingError)


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken back, and the feed's new incarnation: every device starts its cursors anew."""

    rows: int
    blobs: int
    made_at: datetime
    incarnation: str


def restore(store: Store, blobs: Path, path: Path, now: datetime) -> Restored:
    """Replace everything in ``store`` (of this program's schema) and add the blobs; the server must not run.

    Raises Refusal ``backup_unknown``, ``backup_damaged`` or ``backup_other_version``; nothing is changed then.
    """
    if not path.is_file():
        raise Refusal("backup_unknown", backup=path.name)
    head, end = _prove(path)
    with store.writing() as connection:
        if head.fixpoint_hq_backup != FORMAT or head.revision != revision_of(connection):
            raise Refusal("backup_other_version", backup=path.name, revision=head.revision)
        for table in reversed(tables()):
            connection.execute(delete(table))
        try:
            _fill(connection, path, head, blobs)
        except _NOT_OURS as error:
            raise Refusal("backup_damaged", backup=path.name) from error
    return Restored(
        rows=sum(end.rows.values()), blobs=end.blobs, made_at=head.made_at, incarnation=new_incarnation(store, now)
    )


def _prove(path: Path) -> tuple[Head, End]:
    """Read the whole file once: its hash, its counts, and every blob's own hash."""
    head: Head | None = None
    rows: Counter[str] = Counter()
    digests: dict[str, Any] = {}
    for item in read(path):
        if isinstance(item, Head):
            head = item
        elif isinstance(item, TableRow):
            rows[item.table] += 1
        elif isinstance(item, BlobPiece):
            digests.setdefault(item.sha256, hashlib.sha256()).update(item.data)
        else:
            end = item
            wrong = any(digest.hexdigest() != sha256 for sha256, digest in digests.items())
            counted = {name: count for name, count in end.rows.items() if count}
            if head is None or wrong or len(digests) != end.blobs or dict(rows) != counted:
                raise Refusal("backup_damaged", backup=path.name)
            return head, end
    raise Refusal("backup_damaged", backup=path.name)


def _fill(connection: Connection, path: Path, head: Head, blobs: Path) -> None:
    by_name = {table.name: _Filler(connection, table, head.tables.get(table.name, ())) for table in tables()}
    for item in read(path):
        if isinstance(item, TableRow):
            by_name[item.table].add(item.values)
        elif isinstance(item, BlobPiece):
            _append(blobs, item)
    for filler in by_name.values():
        filler.flush()


class _Filler:
    """Inserts one table's rows in pieces, its values in their columns' own types."""

    def __init__(self, connection: Connection, table: Table, names: tuple[str, ...]) -> None:
        self._connection, self._table, self._names = connection, table, names
        self._readers = [_reader(table.c[name].type) for name in names]
        self._rows: list[dict[str, Any]] = []

    def add(self, values: tuple[Any, ...]) -> None:
        read_values = (
            None if value is None else reader(value) for reader, value in zip(self._readers, values, strict=True)
        )
        self._rows.append(dict(zip(self._names, read_values, strict=True)))
        if len(self._rows) >= _PIECE:
            self.flush()

    def flush(self) -> None:
        if self._rows:
            self._connection.execute(insert(self._table), self._rows)
            self._rows = []


def _reader(kind: Any) -> Callable[[Any], Any]:
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat
    if isinstance(kind, Date):
        return date.fromisoformat
    if isinstance(kind, LargeBinary):
        return base64.b64decode
    return _same


def _same(value: Any) -> Any:
    return value


def _append(folder: Path, piece: BlobPiece) -> None:
    """Write a blob beside its place, and move it there when it is whole; one that is there already stays."""
    path = folder / piece.sha256[:2] / piece.sha256
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("ab") as file:
        file.write(piece.data)
        file.flush()
        os.fsync(file.fileno())
    with part.open("rb") as file:
        whole = hashlib.file_digest(file, "sha256").hexdigest() == piece.sha256
    if whole:
        part.replace(path)
