"""The registry of all units as one SQLite file, asked and brought up to date; plain: it holds no personal data."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import date
from pathlib import Path

import msgspec

from core.warranty.facts import RegisteredUnit
from rowstore.registry_buckets import Bucket, Layout, changed, entry_of
from rowstore.registry_packing import key_of, pack_facts, pack_names, take_number, unpack_facts

#: 1 kept each serial number in a row of its own.
FORMAT = 2
_BUSY_SECONDS = 5.0
_MOST_UNITS_OF_ONE_SERIAL = 16
_MOST_PREFIXES = 50_000  # kept in memory: thousands of dealers sell hundreds of models


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a registry file says about itself; ``at_seq`` is the place in HQ's feed from which a delta continues."""

    salt: bytes  # 16 bytes, the same in a snapshot and all deltas that follow it
    at_seq: int
    as_of: date  # HQ's day
    incarnation: str = ""
    complete: bool = True
    rows: int = 0  # filled in by the builder: serial numbers in the file
    bits: int = 0  # filled in by the builder: of a key's bits, those that name its bucket
    format: int = FORMAT


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One unit in a delta: names in full (each file numbers them for itself), the rest packed."""

    model: str
    dealer: str
    region: str
    facts: bytes


class Change(msgspec.Struct, frozen=True, array_like=True):
    """All that is now known under one serial number's key; no entries: the key is gone. Names no serial number."""

    key: int
    entries: tuple[Entry, ...]


def change_of(serial: str, units: Iterable[RegisteredUnit], salt: bytes) -> Change:
    """The change that makes ``units`` all that is known of ``serial``."""
    entries = (Entry(unit.model, unit.dealer, unit.region, pack_facts(unit, salt)) for unit in units)
    return Change(key_of(serial, salt), tuple(entries))


def apply_delta(path: Path, changes: Iterable[Change], at_seq: int, as_of: date) -> int:
    """Write changes and the new cursor in one durable transaction; returns the rows now in the file.

    Look-ups by others go on, but for the moment of the commit. Raises ``sqlite3.Error`` or ``ValueError`` when the file
    is not usable.
    """
    with registry_connection(path) as file:
        file.execute("PRAGMA synchronous = FULL")
        file.execute("BEGIN IMMEDIATE")
        about = read_about(file)
        names = NewNames(file)
        layout, by_bucket = Layout(about.bits), dict[int, dict[bytes, bytes]]()
        for change in changes:
            number, rest = layout.split(change.key)
            by_bucket.setdefault(number, {})[rest] = _packed(names, change)
        grown = sum(_change(file, number, some, layout) for number, some in sorted(by_bucket.items()))
        about = msgspec.structs.replace(about, rows=about.rows + grown)
        write_about(file, msgspec.structs.replace(about, at_seq=at_seq, as_of=as_of))
        file.execute("COMMIT")
    return about.rows


def problem_of(path: Path) -> str:
    """What is wrong with a file, in a few words; empty when it is whole. Reads all of it."""
    try:
        with registry_connection(path, read_only=True) as file:
            about = read_about(file)
            said = file.execute("PRAGMA quick_check(1)").fetchone()[0]
            rows = file.execute("SELECT coalesce(sum(n), 0) FROM units").fetchone()[0]
    except (sqlite3.Error, ValueError) as error:
        return str(error)
    if said != "ok":
        return str(said)
    return "" if rows == about.rows else f"{rows} rows instead of {about.rows}"


def settle(path: Path) -> None:
    """Undo a delta that was cut off, and remove its journal: SQLite would play it into the file put in its place."""
    if path.exists():
        with suppress(sqlite3.Error), registry_connection(path, read_only=True) as file:
            file.execute("SELECT count(*) FROM about").fetchone()
    path.with_name(path.name + "-journal").unlink(missing_ok=True)


class RegistryReader:
    """One open registry file, for one thread at a time; raises ``sqlite3.Error`` or ``ValueError`` if unusable."""

    def __init__(self, path: Path) -> None:
        """Open the file for reading only."""
        self._file = _open(path, read_only=True)
        try:
            self._names = _ReadNames(self._file)
            about = self.about()
            self._salt, self._layout = about.salt, Layout(about.bits)
        except BaseException:
            self._file.close()
            raise

    def about(self) -> About:
        """What the file says about itself now; a delta moves its cursor."""
        return read_about(self._file)

    def units_of(self, serial: str) -> tuple[RegisteredUnit, ...]:
        """The units made under ``serial``, by model where several share it; empty when none is known."""
        number, rest = self._layout.split(key_of(serial, self._salt))
        row = self._file.execute("SELECT n, b FROM units WHERE k = ?", (number,)).fetchone()
        if row is None:
            return ()
        units = tuple(self._unpacked(entry_of(rest, *row), serial))
        return units if len(units) < 2 else tuple(sorted(units, key=lambda unit: unit.model))

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def _unpacked(self, packed: bytes, serial: str) -> Iterator[RegisteredUnit]:
        at = 0
        for _ in range(_MOST_UNITS_OF_ONE_SERIAL):
            if at >= len(packed):
                return
            model, at = take_number(packed, at)
            dealer, at = take_number(packed, at)
            names = (self._names.model(model), *self._names.dealer(dealer))
            unit, at = unpack_facts(packed, at, serial, self._salt, names)
            yield unit


class _ReadNames:
    """Models and dealers by number, each read when it is first met: a file may know thousands."""

    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file
        self._models: dict[int, str] = {}
        self._dealers: dict[int, tuple[str, str]] = {}

    def model(self, number: int) -> str:
        if number not in self._models:
            (self._models[number],) = self._one("SELECT model FROM models WHERE id = ?", number)
        return self._models[number]

    def dealer(self, number: int) -> tuple[str, str]:
        if number not in self._dealers:
            name, region = self._one("SELECT dealer, region FROM dealers WHERE id = ?", number)
            self._dealers[number] = (name, region)
        return self._dealers[number]

    def _one(self, query: str, number: int) -> tuple[str, ...]:
        found: tuple[str, ...] | None = self._file.execute(query, (number,)).fetchone()
        if found is None:
            raise ValueError("a name of the registry is missing")
        return found


class NewNames:
    """Numbers for models and dealers while writing: those of the file, and new ones for new names."""

    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file
        self._prefixes: dict[tuple[str, str, str], bytes] = {}
        self._models: dict[str, int] = {name: number for number, name in file.execute("SELECT id, model FROM models")}
        rows = file.execute("SELECT id, dealer, region FROM dealers")
        self._dealers: dict[tuple[str, str], int] = {(dealer, region): number for number, dealer, region in rows}

    def prefix(self, model: str, dealer: str, region: str) -> bytes:
        """The bytes that stand for the three names in front of a unit's facts."""
        known = self._prefixes.get((model, dealer, region))
        if known is not None:
            return known
        if len(self._prefixes) >= _MOST_PREFIXES:
            self._prefixes.clear()
        packed = pack_names(self._model(model), self._dealer(dealer, region))
        return self._prefixes.setdefault((model, dealer, region), packed)

    def _model(self, model: str) -> int:
        if model not in self._models:
            self._models[model] = max(self._models.values(), default=-1) + 1
            self._file.execute("INSERT INTO models VALUES (?, ?)", (self._models[model], model))
        return self._models[model]

    def _dealer(self, dealer: str, region: str) -> int:
        if (dealer, region) not in self._dealers:
            self._dealers[dealer, region] = max(self._dealers.values(), default=-1) + 1
            self._file.execute("INSERT INTO dealers VALUES (?, ?, ?)", (self._dealers[dealer, region], dealer, region))
        return self._dealers[dealer, region]


def read_about(file: sqlite3.Connection) -> About:
    """What an open file says about itself; ``ValueError`` when it is of another format."""
    row = file.execute("SELECT content FROM about").fetchone()
    if row is None:
        raise ValueError("the registry file was not finished")
    try:
        about = msgspec.json.decode(row[0], type=About)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from error
    if about.format != FORMAT:
        raise ValueError(f"registry format {about.format}")
    return about


def write_about(file: sqlite3.Connection, about: About) -> None:
    """Have an open file say this about itself."""
    file.execute("INSERT OR REPLACE INTO about VALUES (1, ?)", (msgspec.json.encode(about),))


def _packed(names: NewNames, change: Change) -> bytes:
    return b"".join(names.prefix(entry.model, entry.dealer, entry.region) + entry.facts for entry in change.entries)


def _change(file: sqlite3.Connection, number: int, changes: dict[bytes, bytes], layout: Layout) -> int:
    """Write one bucket's changes; returns by how many serial numbers it has grown."""
    row = file.execute("SELECT n, b FROM units WHERE k = ?", (number,)).fetchone()
    before = Bucket(number, *(row or (0, b"")))
    after = changed(before, changes, layout.width)
    if after.keys:
        file.execute("INSERT OR REPLACE INTO units VALUES (?, ?, ?)", after)
    else:
        file.execute("DELETE FROM units WHERE k = ?", (number,))
    return after.keys - before.keys


def _open(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    # a reader opens for writing too: only so can it undo a delta that was cut off, which it must before it may read
    uri = f"{path.absolute().as_uri()}?mode={'rw' if read_only else 'rwc'}"
    file = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    file.execute(f"PRAGMA query_only = {int(read_only)}")
    return file


@contextmanager
def registry_connection(path: Path, *, read_only: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection closed at the end, which also rolls an unfinished transaction back."""
    with closing(_open(path, read_only=read_only)) as file:
        try:
            yield file
        finally:
            with suppress(sqlite3.Error):
                file.rollback()
