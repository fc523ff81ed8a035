"""Boxes of old parts on their way to the warehouse: what was packed, what the clerk counted, how the two differ."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from core.rows.base import PlaceRow


class BoxState(StrEnum):
    """A box's way, by the furthest thing that was done with it."""

    OPEN = "open"
    SEALED = "sealed"
    SHIPPED = "shipped"
    COUNTING = "counting"
    CLOSED = "closed"


class BoxLine(msgspec.Struct, frozen=True, kw_only=True):
    """One old part of a box's list, as it stood when the box was sealed."""

    old_part_id: str
    tag: str
    part_id: str
    serial: str | None = None
    no_serial: bool = False
    due_on: date | None = None


class BoxDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One piece that is not as the list says.

    ``tag``, ``part_id`` and ``serial`` are the list's (the piece's own when it is over), ``found_…`` what was read.
    """

    kind: str  # missing | over | wrong_part | wrong_serial | damaged | late
    tag: str | None
    part_id: str | None
    serial: str | None = None
    found_part_id: str | None = None
    found_serial: str | None = None
    old_part_id: str | None = None
    count_id: str | None = None


class Box(PlaceRow, frozen=True, kw_only=True):
    """A box of one station. Its id follows from its number, so that whoever reads the number means the same row."""

    warehouse_id: str | None
    number: str  # core.identifiers.box_number
    state: BoxState = BoxState.OPEN
    sealed_at: datetime | None = None
    sealed_by: str | None = None
    manifest: tuple[BoxLine, ...] = ()
    manifest_sha256: str | None = None
    shipped_at: datetime | None = None
    carrier: str | None = None
    carrier_number: str | None = None
    opened_at: datetime | None = None  # the count began
    opened_by: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    counted: int = 0  # pieces, once the count is closed
    differences: tuple[BoxDifference, ...] = ()  # once it is closed and sealed; told anew by every later count


class BoxCount(PlaceRow, frozen=True, kw_only=True):
    """One piece as a clerk had it in hand: what could be read of it, and in what state it is."""

    warehouse_id: str | None
    box_id: str
    tag: str | None = None  # None: it could not be read
    part_id: str | None = None
    serial: str | None = None
    finding: str = "ok"  # ok | damaged
    grade: str | None = None  # refurbish | scrap | supplier
    next_place: str | None = None
    photo_sha256: str | None = None
    photo_bytes: int | None = None
    counted_by: str
    counted_at: datetime
    voided: bool = False
