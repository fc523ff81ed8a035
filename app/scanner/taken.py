"""When a picture was taken: what the camera wrote into it, else its file's own time, which proves little."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

from PIL import Image

from app.scanner.opening import opened

_EXIF, _GPS = 0x8769, 0x8825
_ORIGINAL, _OFFSET = 0x9003, 0x9011
_GPS_TIME, _GPS_DAY = 7, 29
_FIRST_YEAR = 2000  # cameras without a set clock say 1970, 1980 or 0000
_CLOCKS_DIFFER = timedelta(days=1)
_MOST_XMP = 256 * 1024
_XMP = re.compile(
    rb"""(?:exif:DateTimeOriginal|photoshop:DateCreated|xmp:CreateDate)(?:\s*=\s*["']|>)([0-9T:+.Z-]{16,40})"""
)


class Taken(NamedTuple):
    """The aware time in whole seconds, and what told it: exif | gps | xmp | file."""

    at: datetime
    source: str

    @property
    def weak(self) -> bool:
        """Whether only the file tells it: copying, sending and mending change that."""
        return self.source == "file"


def taken_at(data: bytes, name: str, modified: float, utc_offset_minutes: int, now: datetime) -> Taken:
    """The first of EXIF (with its own offset, else the station's), GPS and XMP that can be true; else the file's.

    `modified` is the file's time in seconds of the epoch. What lies before the year 2000 or more than a day ahead of
    `now` is a camera whose clock was not set. Refuses as :func:`app.scanner.opening.opened` does.
    """
    place = timezone(timedelta(minutes=utc_offset_minutes))
    with opened(data, name) as image:
        for source, tell in _SOURCES.items():
            at = tell(image, place)
            if at is not None and at.year >= _FIRST_YEAR and at <= now + _CLOCKS_DIFFER:
                return Taken(at.astimezone(UTC).replace(microsecond=0), source)
    return Taken(datetime.fromtimestamp(modified, UTC).replace(microsecond=0), "file")


def _from_exif(image: Image.Image, place: timezone) -> datetime | None:
    facts = image.getexif().get_ifd(_EXIF)
    day, _space, clock = str(facts.get(_ORIGINAL, "")).strip("\0 ").partition(" ")
    offset = str(facts.get(_OFFSET, "")).strip("\0 ")
    return _moment(f"{day.replace(':', '-')}T{clock}{offset}", place) or _moment(
        f"{day.replace(':', '-')}T{clock}", place
    )


def _from_gps(image: Image.Image, _place: timezone) -> datetime | None:
    facts = image.getexif().get_ifd(_GPS)
    day, clock = str(facts.get(_GPS_DAY, "")).strip("\0 ").replace(":", "-"), facts.get(_GPS_TIME)
    try:
        hours, minutes, seconds = (float(part) for part in clock or ())
        begin = datetime.fromisoformat(day).replace(tzinfo=UTC)
        return begin + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    except (ValueError, TypeError, OverflowError, ZeroDivisionError):
        return None


def _from_xmp(image: Image.Image, place: timezone) -> datetime | None:
    found = (_moment(text, place) for text in _xmp_times(image))
    return next((at for at in found if at is not None), None)


def _xmp_times(image: Image.Image) -> Iterator[str]:
    for name in ("xmp", "XML:com.adobe.xmp"):
        packet: Any = image.info.get(name, b"")
        packet = packet.encode() if isinstance(packet, str) else packet
        yield from (match[1].decode() for match in _XMP.finditer(bytes(packet[:_MOST_XMP])))


def _moment(text: str, place: timezone) -> datetime | None:
    """An ISO time; one without an offset is the place's."""
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=place)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


_SOURCES: dict[str, Callable[[Image.Image, timezone], datetime | None]] = {
    "exif": _from_exif,
    "gps": _from_gps,
    "xmp": _from_xmp,
}
