"""What is pulled: the rows a station really gets, copied until there are enough, and flat rows like the peers'."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

import msgspec

from core.rows import REFERENCE_KINDS, Row, is_visible_to
from core.rows.people import Credential, Person, Place
from core.rows.reference import Part
from hq.bootstrap import open_store
from hq.feed import load, work
from hq.identity import establish, issue_enrol_code
from hq.sample import Sample, sample
from hq.store import Store

_DAY = date(2026, 3, 2)
_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
#: Rows that name places and people stay as they are; all else of a station is copied.
_NOT_COPIED = (*REFERENCE_KINDS, Person, Credential)
_NUMBERED = ("number", "serial", "tag", "reported_serial")
STATION = "SZ01"
_MONTHS_MS = 120 * 86_400_000


def build_mix(folder: Path, rows: int) -> None:
    """An HQ whose first station gets ``rows`` rows: its orders of three months and all that belongs to them, again
    and again with ids and numbers of their own, each time some months later."""
    made = sample(_DAY, stations=3, units=4_000, orders=400)
    _fill(folder, made, _copies(made, rows))


def build_flat(folder: Path, rows: int) -> None:
    """An HQ with ``rows`` more spare parts, of about 254 bytes each: flat reference rows."""
    made = sample(_DAY, stations=1, units=600, orders=0)
    some = next(row for row in made.rows if type(row) is Part)
    parts = (msgspec.structs.replace(some, id=f"B{n:07d}", supplier="S" * 24) for n in range(rows))
    _fill(folder, made, parts)


def enrol_code(folder: Path) -> str:
    """A code for a new device of the station."""
    store = open_store(folder)
    try:
        with store.writing() as connection:
            place = connection.exec_driver_sql("SELECT id FROM place WHERE code = ?", (STATION,)).scalar_one()
            return issue_enrol_code(connection, place, datetime.now(UTC).replace(microsecond=0))
    finally:
        store.close()


def _fill(folder: Path, made: Sample, more: Iterator[Row]) -> None:
    store: Store = open_store(folder)
    try:
        with work(store) as doing:
            load(doing, made.rows)
            load(doing, more)
        establish(store, datetime.now(UTC).replace(microsecond=0))
    finally:
        store.close()


def _copies(made: Sample, rows: int) -> Iterator[Row]:
    station = next(row for row in made.rows if isinstance(row, Place) and row.code == STATION)
    wanted = [row for row in made.rows if type(row) not in _NOT_COPIED and is_visible_to(row, station.id)]
    return islice(_again(wanted), max(0, rows - len(wanted)))


def _again(wanted: list[Row]) -> Iterator[Row]:
    own = {row.id.encode() for row in wanted}
    texts = [(type(row), msgspec.json.encode(row)) for row in wanted]
    copy = 0
    while True:
        copy += 1

        def renamed(found: re.Match[bytes], later: int = copy * _MONTHS_MS) -> bytes:
            return _later(found[0], later) if found[0] in own else found[0]

        for kind, text in texts:
            yield _numbered(msgspec.json.decode(_ID.sub(renamed, text), type=kind), copy)


def _later(row_id: bytes, by: int) -> bytes:
    """The id of a row made so many milliseconds later: ids begin with their time, so that new ones lie at the end."""
    at = b"%012x" % (int(row_id[:8] + row_id[9:13], 16) + by)
    return at[:8] + b"-" + at[8:] + row_id[13:]


def _numbered(row: Row, copy: int) -> Row:
    values = {name: getattr(row, name, None) for name in _NUMBERED if name in row.__struct_fields__}
    return msgspec.structs.replace(row, **{name: f"{value[:-4]}{copy:04d}" for name, value in values.items() if value})
