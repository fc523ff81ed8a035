"""Boxes as station and warehouse see them: their list, what a clerk has counted, and what became of each part."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from app.offline_db.schema import ROW_TABLES
from app.offline_db.store import LocalRows
from app.queries.old_parts import OldPartLine, in_box
from core.identifiers import box_id, fold, fold_serial
from core.operations.boxes import box_being_packed
from core.refusals import Refusal
from core.rows.boxes import Box, BoxCount, BoxDifference, BoxLine
from core.rows.parts import OldPart
from core.rows.people import Person, Place
from core.rows.reference import Part

BOXES, COUNTS, OLD = ROW_TABLES[Box], ROW_TABLES[BoxCount], ROW_TABLES[OldPart]
PLACES, PEOPLE = ROW_TABLES[Place], ROW_TABLES[Person]


class BoxRow(NamedTuple):
    """One box in a list. ``parts`` are those packed or, once it is sealed, listed; ``counted`` once it is closed."""

    id: str
    number: str
    state: str
    station: str
    parts: int
    sealed_at: datetime | None
    shipped_at: datetime | None
    carrier: str
    carrier_number: str
    opened_at: datetime | None
    closed_at: datetime | None
    counted: int
    differences: tuple[BoxDifference, ...]


class CountLine(NamedTuple):
    """One count as the clerk sees it: only what was read, nothing of what the list says."""

    id: str
    tag: str | None
    part_id: str | None
    serial: str | None
    finding: str
    grade: str | None
    next_place: str | None
    has_photo: bool
    by: str
    at: datetime


class Counting(NamedTuple):
    """A box being counted: its counts, newest first, and how many pieces these are; the list only once it is closed."""

    box: BoxRow
    counts: tuple[CountLine, ...]
    pieces: int
    listed: int | None


class Packing(NamedTuple):
    """The box being packed, with what lies in it, the last packed first; None when the next part begins one."""

    box: BoxRow | None
    lines: tuple[OldPartLine, ...]


def list_boxes(rows: LocalRows, states: Collection[str] = (), limit: int = 500) -> list[BoxRow]:
    """The boxes in these states (all when none is named): open ones, then those that were last touched."""
    last = func.coalesce(BOXES.c.closed_at, BOXES.c.opened_at, BOXES.c.shipped_at, BOXES.c.sealed_at)
    wanted = select(BOXES.c.id).order_by(last.is_not(None), last.desc(), BOXES.c.number).limit(limit)
    if states:
        wanted = wanted.where(BOXES.c.state.in_(list(states)))
    found = [rows.get(Box, box) for box in rows.connection.execute(wanted).scalars()]
    return [row_of(rows, box) for box in found if box is not None]


def row_of(rows: LocalRows, box: Box) -> BoxRow:
    """The box as a line."""
    station = rows.get(Place, box.station_id) if box.station_id else None
    packed = rows.connection.execute(select(func.count()).where(OLD.c.box_id == box.id)).scalar_one()
    return BoxRow(
        id=box.id,
        number=box.number,
        state=box.state.value,
        station=station.name if station else "",
        parts=len(box.manifest) if box.sealed_at else packed,
        sealed_at=box.sealed_at,
        shipped_at=box.shipped_at,
        carrier=box.carrier or "",
        carrier_number=box.carrier_number or "",
        opened_at=box.opened_at,
        closed_at=box.closed_at,
        counted=box.counted,
        differences=box.differences,
    )


def packing(rows: LocalRows, place_id: str, number: str | None = None) -> Packing:
    """The station's box with that number, or the one being packed."""
    box = rows.get(Box, box_id(number)) if number is not None else box_being_packed(rows, place_id)
    if box is None:
        return Packing(None, ())
    return Packing(row_of(rows, box), tuple(in_box(rows.connection, box.id)))


def manifest(rows: LocalRows, number: str) -> tuple[BoxRow, tuple[BoxLine, ...], dict[str, Part]]:
    """A sealed box with its list and the parts on it; raises Refusal ``box_not_sealed``."""
    box = rows.get(Box, box_id(number))
    if box is None or box.sealed_at is None:
        raise Refusal("box_not_sealed", number=number)
    known = {line.part_id: rows.get(Part, line.part_id) for line in box.manifest}
    return row_of(rows, box), box.manifest, {name: part for name, part in known.items() if part}


def counting(rows: LocalRows, number: str) -> Counting:
    """The box as a clerk counts it; raises Refusal ``box_unknown`` when nobody here has opened it."""
    box = rows.get(Box, box_id(number))
    if box is None:
        raise Refusal("box_unknown", number=number)
    columns = (
        *(COUNTS.c.id, COUNTS.c.tag, COUNTS.c.part_id, COUNTS.c.serial, COUNTS.c.finding, COUNTS.c.grade),
        *(COUNTS.c.next_place, COUNTS.c.photo_sha256.is_not(None), func.coalesce(PEOPLE.c.name, "")),
        COUNTS.c.counted_at,
    )
    joined = COUNTS.outerjoin(PEOPLE, PEOPLE.c.id == COUNTS.c.counted_by)
    mine = (COUNTS.c.box_id == box.id, COUNTS.c.voided.is_(False))
    newest = select(*columns).select_from(joined).where(*mine).order_by(COUNTS.c.counted_at.desc(), COUNTS.c.id.desc())
    lines = tuple(CountLine(*row) for row in rows.connection.execute(newest))
    listed = len(box.manifest) if box.closed_at and box.sealed_at else None
    return Counting(row_of(rows, box), lines, len({_piece(line) for line in lines}), listed)


def _piece(line: CountLine) -> tuple[str | None, ...]:
    return (line.tag,) if line.tag else (line.part_id, line.serial or line.id)


def find_unread(rows: LocalRows, part_id: str, serial: str, station_id: str | None = None) -> OldPart:
    """The old part whose tag can't be read, by its part, serial number and (where several have them) station.

    Raises Refusal ``old_part_unknown`` and, when it is not told by these, ``old_part_several``.
    """
    told = {"part_id": fold(part_id).upper(), "serial": fold_serial(serial) or None}
    found = rows.find(OldPart, **told | ({"station_id": station_id} if station_id else {}))
    if not found:
        raise Refusal("old_part_unknown")
    if len(found) > 1:
        raise Refusal("old_part_several", count=len(found), tags=", ".join(old.tag for old in found))
    return found[0]


def suppliers_of(rows: LocalRows, lines: Iterable[OldPartLine]) -> str:
    """The supplier of these parts, empty when there is none or more than one."""
    found = {part.supplier for line in lines if (part := rows.get(Part, line.part_id)) and part.supplier}
    return found.pop() if len(found) == 1 else ""


def is_part(connection: Connection, text: str) -> bool:
    """Whether a scanned code is a part's number."""
    parts = ROW_TABLES[Part]
    found: Any = connection.execute(select(parts.c.id).where(parts.c.id == fold(text).upper())).first()
    return found is not None
