"""A phone's folder of pictures is looked through, one picture at a time: its time, its codes, a thumbnail, its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec

from app.actions.attachments import MAGIC
from app.actions.desk import Desk
from app.actions.identify_unit import ReadCode, read_codes, read_label
from app.actions.thumbnails import thumbnail_of
from core.identifiers import Invoice, LabelReading, parse_order
from core.late_entry import Picture
from core.operations.add_attachment import MAX_BLOB
from core.refusals import Refusal
from core.rows.access import Rows

#: More than a day's work of a station; a whole phone's memory is chosen by mistake.
MOST_PICTURES = 2_000
#: What slips, labels and invoices carry; fewer kinds are looked for faster.
FORMATS = ("Code128", "QRCode", "EAN13", "Code39", "DataMatrix")
_GUESSED = "serial_only_one_left"


class Steps(Protocol):
    """How far a long job is, and whether it should stop."""

    @property
    def cancelled(self) -> bool: ...

    def step(self, done: int, total: int) -> None: ...


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One picture as it was looked at; the whole of it stays in its file.

    ``serial`` is its label's and ``invoice`` its invoice, each if it is sure.
    """

    path: str
    picture: Picture
    time_source: str  # exif | gps | xmp | file
    codes: tuple[ReadCode, ...] = ()
    serial: str | None = None
    invoice: Invoice | None = None
    thumbnail: bytes = b""
    read_ms: int = 0


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder holds: pictures, files that could not be read, and how many were not looked at any more."""

    seen: tuple[Seen, ...] = ()
    failed: tuple[tuple[str, Refusal], ...] = ()
    left: tuple[str, ...] = ()


def files_in(places: Iterable[Path]) -> list[Path]:
    """The pictures among files and in folders with all that lies below; hidden ones (thumbnails of phones) are not.

    Refuses `pictures_none` and `pictures_too_many`.
    """
    from app.scanner.opening import RAW_ENDINGS, SUFFIXES

    named = list(places)
    found: dict[Path, None] = {}
    for one in named:
        below = sorted(one.rglob("*")) if one.is_dir() else [one]
        for file in below:
            hidden = any(part.startswith(".") for part in file.relative_to(one).parts)
            if not hidden and file.suffix.lower() in SUFFIXES | RAW_ENDINGS and file.is_file():
                found[file] = None
        if len(found) > MOST_PICTURES:
            raise Refusal("pictures_too_many", limit=MOST_PICTURES)
    if not found:
        raise Refusal("pictures_none", folder=named[0].name if named else "")
    return list(found)


def look_through(files: Sequence[Path], desk: Desk, utc_offset_minutes: int, steps: Steps) -> Looked:
    """Look at each; what can't be read is named with its reason, and stopping keeps what was looked at."""
    seen: list[Seen] = []
    failed: list[tuple[str, Refusal]] = []
    for place, file in enumerate(files):
        if steps.cancelled:
            return Looked(seen=tuple(seen), failed=tuple(failed), left=tuple(map(str, files[place:])))
        steps.step(place, len(files))
        try:
            seen.append(look_at(file, desk, utc_offset_minutes))
        except Refusal as refusal:
            failed.append((str(file), refusal))
    steps.step(len(files), len(files))
    return Looked(seen=tuple(seen), failed=tuple(failed))


def look_at(file: Path, desk: Desk, utc_offset_minutes: int) -> Seen:
    """One picture; refuses as :func:`app.scanner.pictures.read_picture` does."""
    from app.scanner.many import read_one_of_many
    from app.scanner.pictures import read_bytes
    from app.scanner.taken import taken_at

    data, name = read_bytes(file)
    reading = read_one_of_many(data, name, FORMATS)
    taken = taken_at(data, name, _modified(file, desk.now()), utc_offset_minutes, desk.now())
    codes = read_codes(reading.codes)
    with desk.store.reading() as rows:
        label = read_label(codes, rows, None)
        serials = _serials(label, rows)
        known = label.serial is not None and rows.look_up(label.serial)[1] is not None
    kept = kept_form(data, name)
    disputed = any(code.disputed for code in codes)
    return Seen(
        path=str(file),
        picture=Picture(
            sha256=hashlib.sha256(kept).hexdigest(),
            name=file.name,
            taken_at=taken.at,
            weak=taken.weak,
            slips=tuple(dict.fromkeys(number for code in codes if (number := parse_order(code.text)))),
            serials=serials,
            invoice=label.invoice is not None,
        ),
        time_source=taken.source,
        codes=codes,
        serial=label.serial if known and not disputed else None,
        invoice=None if disputed else label.invoice,
        thumbnail=thumbnail_of(kept) or kept,
        read_ms=round(reading.ms),
    )


def _serials(label: LabelReading, rows: Rows) -> tuple[str, ...]:
    """The serials that a picture's label tells; any bar code that merely could be one counts if the registry has it."""
    guessed = {code.value for code in label.codes if code.reason.rule == _GUESSED}
    found = (label.serial,) if label.serial else label.tie
    return tuple(one for one in found if one not in guessed or rows.look_up(one)[1] is not None)


def _modified(file: Path, otherwise: datetime) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return otherwise.timestamp()


def kept_form(data: bytes, name: str) -> bytes:
    """The bytes that are attached: as they are where every station can show them, else a JPEG of them."""
    from app.scanner.opening import as_jpeg

    plain = len(data) <= MAX_BLOB and any(data.startswith(magic) for magic in MAGIC)
    return data if plain else as_jpeg(data, name)
