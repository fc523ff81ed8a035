"""Writing a whole registry file in the order of its keys: sorted keys make full pages at twice the speed."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from core.warranty.facts import RegisteredUnit
from rowstore.registry_buckets import Layout, bucketed, layout_for
from rowstore.registry_format import FORMAT, About, NewNames, registry_connection, write_about
from rowstore.registry_packing import SALT_BYTES, key_of, pack_facts

_PAGE_BYTES = 8192  # fewer levels than 4 kB pages, and less waste at each page's end
_TABLES = """
CREATE TABLE about (only INTEGER PRIMARY KEY CHECK (only = 1), content BLOB NOT NULL);
CREATE TABLE models (id INTEGER PRIMARY KEY, model TEXT NOT NULL UNIQUE);
CREATE TABLE dealers (id INTEGER PRIMARY KEY, dealer TEXT NOT NULL, region TEXT NOT NULL, UNIQUE (dealer, region));
CREATE TABLE units (k INTEGER PRIMARY KEY, n INTEGER NOT NULL, b BLOB NOT NULL);
"""


class Names(NamedTuple):
    """What the numbers in front of packed facts mean."""

    models: Mapping[int, str]
    dealers: Mapping[int, tuple[str, str]]  # dealer, region


def build_registry(path: Path, units: Iterable[RegisteredUnit], about: About) -> int:
    """Write a new file at ``path`` (replaced if it exists) and return its rows: one for each serial number.

    Memory stays small for any number of units: they are staged in a file beside it. Not durable before the end.
    """
    staging = path.with_name(path.name + ".staging")
    staging.unlink(missing_ok=True)
    try:
        with _new_file(path, about) as file, registry_connection(staging) as beside:
            for setting in ("journal_mode = OFF", "synchronous = OFF"):
                beside.execute(f"PRAGMA {setting}")
            beside.execute("CREATE TABLE units (k INTEGER, b BLOB)")
            beside.execute("BEGIN")
            beside.executemany("INSERT INTO units VALUES (?, ?)", _packed(units, NewNames(file), about.salt))
            count = int(beside.execute("SELECT count(*) FROM units").fetchone()[0])
            return _fill(file, beside.execute("SELECT k, b FROM units ORDER BY k"), layout_for(count), about)
    finally:
        staging.unlink(missing_ok=True)


def build_from_sorted(path: Path, rows: Iterable[tuple[int, bytes]], count: int, names: Names, about: About) -> int:
    """Like :func:`build_registry` from some ``count`` keys and packed units that come in the order of the keys."""
    with _new_file(path, about) as file:
        file.executemany("INSERT INTO models VALUES (?, ?)", names.models.items())
        file.executemany("INSERT INTO dealers VALUES (?, ?, ?)", ((n, *of) for n, of in names.dealers.items()))
        return _fill(file, rows, layout_for(count), about)


@contextmanager
def _new_file(path: Path, about: About) -> Iterator[sqlite3.Connection]:
    """An empty file in a transaction."""
    if len(about.salt) != SALT_BYTES:
        raise ValueError("the registry's salt has 16 bytes")
    path.unlink(missing_ok=True)
    with registry_connection(path) as file:
        for setting in (f"page_size = {_PAGE_BYTES}", "journal_mode = OFF", "synchronous = OFF"):
            file.execute(f"PRAGMA {setting}")
        file.executescript(_TABLES)
        file.execute("BEGIN")
        yield file


def _packed(units: Iterable[RegisteredUnit], names: NewNames, salt: bytes) -> Iterator[tuple[int, bytes]]:
    for unit in units:
        yield key_of(unit.serial, salt), names.prefix(unit.model, unit.dealer, unit.region) + pack_facts(unit, salt)


def _fill(file: sqlite3.Connection, rows: Iterable[tuple[int, bytes]], layout: Layout, about: About) -> int:
    """Write the buckets and the description, and have the disk confirm it; returns the serial numbers."""
    file.executemany("INSERT INTO units VALUES (?, ?, ?)", bucketed(rows, layout))
    count = int(file.execute("SELECT coalesce(sum(n), 0) FROM units").fetchone()[0])
    file.execute("COMMIT")
    file.execute("PRAGMA synchronous = FULL")
    file.execute("PRAGMA journal_mode = DELETE")
    said = msgspec.structs.replace(about, rows=count, bits=layout.bits, format=FORMAT)
    write_about(file, said)  # the first commit that is synced, and with it all before
    return count
