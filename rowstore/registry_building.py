"""Writing a whole registry file in the order of its keys: sorted keys make full pages at twice the speed."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from core.warranty.facts import RegisteredUnit
from rowstore.registry_format import FORMAT, About, NewNames, registry_connection, write_about
from rowstore.registry_packing import SALT_BYTES, key_of, pack_facts

_PAGE_BYTES = 8192  # fewer levels than 4 kB pages, and less waste at each page's end
_SORT_KIB = 32_000  # what SQLite's sorter may keep in memory; the rest goes through files beside the new one
_TABLES = """
CREATE TABLE about (only INTEGER PRIMARY KEY CHECK (only = 1), content BLOB NOT NULL);
CREATE TABLE models (id INTEGER PRIMARY KEY, model TEXT NOT NULL UNIQUE);
CREATE TABLE dealers (id INTEGER PRIMARY KEY, dealer TEXT NOT NULL, region TEXT NOT NULL, UNIQUE (dealer, region));
CREATE TABLE units (k INTEGER PRIMARY KEY, b BLOB NOT NULL);
"""
# Units under one key stand one after the other. SQLite's || joins the bytes of blobs as they are and calls them text.
_INSERT = "INSERT INTO main.units {rows} ON CONFLICT (k) DO UPDATE SET b = CAST(b || excluded.b AS BLOB)"


class Names(NamedTuple):
    """What the numbers in front of packed facts mean."""

    models: Mapping[int, str]
    dealers: Mapping[int, tuple[str, str]]  # dealer, region


class Source(NamedTuple):
    """Queries of the program itself, their tables named as ``other.…``; the one of units ends in its WHERE."""

    units: str  # key, packed
    models: str  # number, model
    dealers: str  # number, dealer, region


def build_registry(path: Path, units: Iterable[RegisteredUnit], about: About) -> int:
    """Write a new file at ``path`` (replaced if it exists) and return its rows: one for each serial number.

    Memory stays small for any number of units: they are staged in a file beside it. Not durable before the end.
    """
    staging = path.with_name(path.name + ".staging")
    staging.unlink(missing_ok=True)
    try:
        with _new_file(path, about) as file:
            _attach(file, str(staging))
            for setting in ("journal_mode = OFF", "synchronous = OFF"):
                file.execute(f"PRAGMA other.{setting}")
            file.execute("CREATE TABLE other.units (k INTEGER, b BLOB)")
            file.execute("BEGIN")
            file.executemany("INSERT INTO other.units VALUES (?, ?)", _packed(units, NewNames(file), about.salt))
            file.execute(_INSERT.format(rows="SELECT k, b FROM other.units WHERE true ORDER BY 1"))
            return _finish(file, about)
    finally:
        staging.unlink(missing_ok=True)


def build_from_sqlite(path: Path, database: Path, source: Source, about: About) -> int:
    """Like :func:`build_registry` from what ``source`` reads of the SQLite file ``database``, in one consistent state.

    The units never leave SQLite.
    """
    with _new_file(path, about) as file:
        _attach(file, f"{database.absolute().as_uri()}?mode=ro")
        file.execute("BEGIN")
        file.execute(f"INSERT INTO models {source.models}")
        file.execute(f"INSERT INTO dealers {source.dealers}")
        file.execute(_INSERT.format(rows=f"{source.units} ORDER BY 1"))
        return _finish(file, about)


def build_from_sorted(path: Path, rows: Iterable[tuple[int, bytes]], names: Names, about: About) -> int:
    """Like :func:`build_registry` from keys and packed units that come in the order of the keys."""
    with _new_file(path, about) as file:
        file.execute("BEGIN")
        file.executemany(_INSERT.format(rows="VALUES (?, ?)"), rows)
        return _finish(file, about, names)


@contextmanager
def _new_file(path: Path, about: About) -> Iterator[sqlite3.Connection]:
    if len(about.salt) != SALT_BYTES:
        raise ValueError("the registry's salt has 16 bytes")
    path.unlink(missing_ok=True)
    with registry_connection(path) as file:
        for setting in (
            f"page_size = {_PAGE_BYTES}",
            "journal_mode = OFF",
            "synchronous = OFF",
            f"cache_size = -{_SORT_KIB}",
        ):
            file.execute(f"PRAGMA {setting}")
        file.executescript(_TABLES)
        yield file


def _attach(file: sqlite3.Connection, other: str) -> None:
    file.execute("ATTACH ? AS other", (other,))


def _packed(units: Iterable[RegisteredUnit], names: NewNames, salt: bytes) -> Iterator[tuple[int, bytes]]:
    for unit in units:
        yield key_of(unit.serial, salt), names.prefix(unit.model, unit.dealer, unit.region) + pack_facts(unit, salt)


def _finish(file: sqlite3.Connection, about: About, names: Names | None = None) -> int:
    """Commit with names and description, and have the disk confirm it; returns the rows."""
    if names is not None:
        file.executemany("INSERT INTO models VALUES (?, ?)", names.models.items())
        file.executemany("INSERT INTO dealers VALUES (?, ?, ?)", ((n, *of) for n, of in names.dealers.items()))
    rows = int(file.execute("SELECT count(*) FROM main.units").fetchone()[0])
    file.execute("COMMIT")
    file.execute("PRAGMA main.synchronous = FULL")
    file.execute("PRAGMA main.journal_mode = DELETE")
    write_about(file, msgspec.structs.replace(about, rows=rows, format=FORMAT))  # the first commit that is synced
    return rows
