"""An order's scans as evidence: what was read when, by whom and with what, and what proves a unit's serial number."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal
from urllib.parse import unquote

import msgspec

from core.identifiers import fold_serial
from core.judging import local_day
from core.making import Doubt, Making, making_of
from core.rows.access import Rows
from core.rows.orders import OrderUnit, ScanEvent, ScannedCode, WorkOrder
from core.rows.people import Person
from core.visible import shown, shown_bytes

#: read: a code that was chosen as the number; picked: a person chose among its codes; unproven: none of them holds it.
How = Literal["read", "picked", "typed", "unproven", "unread"]
_NUMBERS = frozenset({"serial", "imei1", "imei2"})


class CodeSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One code of a scan; nothing in ``text`` and ``raw`` (the bytes) is invisible. See :class:`ScannedCode`."""

    format: str
    symbology_id: str
    text: str
    raw: str
    chosen_as: str | None
    engine: str
    agreed: int
    disputed: bool
    doubtful: bool
    page: int


class ScanSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One scan. ``number`` counts an order's scans from 1 by their time; ``picture_here``: its picture is at hand."""

    id: str
    number: int
    scanned_at: datetime
    person_id: str
    person: str
    device_kind: str
    device_name: str
    read_ms: int | None
    codes: tuple[CodeSeen, ...]
    picture_sha256: str | None
    picture_here: bool


class SerialProof(msgspec.Struct, frozen=True, kw_only=True):
    """Where a unit's serial number comes from: the scan and its code (counted from 0), or that there is none.

    ``made`` and ``doubts`` are what the number itself says of the day of making, see :mod:`core.making`.
    """

    unit_id: str
    position: int
    model: str
    serial: str
    how: How
    scan: int | None = None
    code: int | None = None
    made: str = ""
    doubts: tuple[Doubt, ...] = ()


class OrderScans(msgspec.Struct, frozen=True, kw_only=True):
    """All scans of an order by their time, and what proves each unit's serial number."""

    order_id: str
    order: str
    units: tuple[SerialProof, ...]
    scans: tuple[ScanSeen, ...]


def order_scans(order: WorkOrder, rows: Rows, now: datetime, is_here: Callable[[str], bool]) -> OrderScans:
    """The order's scans as of ``now`` (aware); ``is_here`` tells of a picture's SHA-256 whether this end holds it."""
    today = local_day(rows, order.station_id, now)
    events = sorted(rows.find(ScanEvent, order_id=order.id), key=lambda event: (event.scanned_at, event.id))
    units = sorted(rows.find(OrderUnit, order_id=order.id), key=lambda unit: (unit.position, unit.id))
    return OrderScans(
        order_id=order.id,
        order=order.number,
        units=tuple(_proof(unit, events, making_of(unit, rows, today)) for unit in units),
        scans=tuple(_scan(number, event, rows, is_here) for number, event in enumerate(events, 1)),
    )


def _scan(number: int, event: ScanEvent, rows: Rows, is_here: Callable[[str], bool]) -> ScanSeen:
    person = rows.get(Person, event.scanned_by)
    return ScanSeen(
        id=event.id,
        number=number,
        scanned_at=event.scanned_at,
        person_id=event.scanned_by,
        person=person.name if person else "",
        device_kind=shown(event.device_kind),
        device_name=shown(event.device_name),
        read_ms=event.read_ms,
        codes=tuple(map(_code, event.codes)),
        picture_sha256=event.picture_sha256,
        picture_here=event.picture_sha256 is not None and is_here(event.picture_sha256),
    )


def _code(code: ScannedCode) -> CodeSeen:
    return CodeSeen(
        format=shown(code.format),
        symbology_id=shown(code.symbology_id),
        text=shown(code.text),
        raw=_raw(code.raw),
        chosen_as=shown(code.chosen_as) if code.chosen_as else None,
        engine=shown(code.engine),
        agreed=code.agreed,
        disputed=code.disputed,
        doubtful=code.doubtful,
        page=code.page,
    )


def _raw(text: str) -> str:
    """The bytes, visible; what is no base64 is shown as it was sent, for a station sends what it likes."""
    try:
        return shown_bytes(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return shown(text)


def _proof(unit: OrderUnit, events: Sequence[ScanEvent], making: Making) -> SerialProof:
    said = SerialProof(
        unit_id=unit.id,
        position=unit.position,
        model=unit.model or "",
        serial=unit.serial or "",
        how="unread",
        made=making.made,
        doubts=making.doubts,
    )
    if not unit.serial:
        return said
    found = next((number for number, event in enumerate(events, 1) if event.id == unit.scan_id), None)
    if unit.serial_source == "typed":
        return msgspec.structs.replace(said, how="typed", scan=found)
    place = _holding(unit.serial, events[found - 1].codes) if found else None
    if found is None or place is None:
        return msgspec.structs.replace(said, how="unproven", scan=found)
    how: How = "read" if events[found - 1].codes[place].chosen_as in _NUMBERS else "picked"
    return msgspec.structs.replace(said, how=how, scan=found, code=place)


def _holding(serial: str, codes: Sequence[ScannedCode]) -> int | None:
    """The code that holds the number, one that was chosen as one before others; the word of a station is not taken."""
    wanted = fold_serial(serial)
    holding = [place for place, code in enumerate(codes) if wanted in fold_serial(unquote(code.text))]
    return next((place for place in holding if codes[place].chosen_as in _NUMBERS), next(iter(holding), None))
