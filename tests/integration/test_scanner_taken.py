"""When a picture was taken: EXIF, GPS, XMP, the file; cameras whose clock was never set."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from app.scanner.taken import Taken, taken_at
from tests.integration.test_scanner_opening import HEIC

NOW = datetime(2026, 3, 17, 12, tzinfo=UTC)
MODIFIED = datetime(2026, 3, 17, 11, 30, tzinfo=UTC)
CHINA = 480
_EXIF, _GPS = 0x8769, 0x8825


def picture(*, exif=None, gps=None, xmp=None, kind="JPEG"):
    facts = Image.Exif()
    if exif is not None:
        facts.get_ifd(_EXIF).update(exif)
        facts[_EXIF] = facts.get_ifd(_EXIF)
    if gps is not None:
        facts.get_ifd(_GPS).update(gps)
        facts[_GPS] = facts.get_ifd(_GPS)
    written = io.BytesIO()
    options = {"xmp": xmp} if xmp else {}
    Image.new("RGB", (8, 8)).save(written, kind, exif=facts, **options)
    return written.getvalue()


def told(data):
    return taken_at(data, "x.jpg", MODIFIED.timestamp(), CHINA, NOW)


DTO, OFFSET = 0x9003, 0x9011
GPS_TIME = {29: "2026:03:17", 7: (1.0, 2.0, 3.0)}
XMP = b'<x:xmpmeta><rdf:Description xmp:CreateDate="2026-03-17T09:00:00+08:00"/></x:xmpmeta>'
NINE = datetime(2026, 3, 17, 1, tzinfo=UTC)
FILE = Taken(MODIFIED, "file")


def test_the_cameras_own_offset_counts_else_the_stations():
    assert told(picture(exif={DTO: "2026:03:17 09:00:00", OFFSET: "+09:00"})) == (NINE - timedelta(hours=1), "exif")
    assert told(picture(exif={DTO: "2026:03:17 09:00:00"})) == (NINE, "exif")
    assert told(picture(exif={DTO: "2026:03:17 09:00:00", OFFSET: "nonsense"})) == (NINE, "exif")


def test_gps_then_xmp_then_the_file():
    assert told(picture(gps=GPS_TIME, xmp=XMP)) == (datetime(2026, 3, 17, 1, 2, 3, tzinfo=UTC), "gps")
    assert told(picture(xmp=XMP)) == (NINE, "xmp")
    assert told(picture(xmp=XMP.replace(b"+08:00", b""))) == (NINE, "xmp")
    assert told(picture()) == FILE
    assert told(picture()).weak and not told(picture(xmp=XMP)).weak


@pytest.mark.parametrize(
    "wrong", ["0000:00:00 00:00:00", "1980:01:01 00:00:00", "2026:03:19 09:00:00", "2026:13:45 99:00:00", "", "\0" * 19]
)
def test_a_clock_that_was_never_set_is_no_time(wrong):
    assert told(picture(exif={DTO: wrong}, gps=GPS_TIME)).source == "gps"
    assert told(picture(exif={DTO: wrong})) == FILE


@pytest.mark.parametrize(
    "wrong", [{29: "x", 7: (1.0, 2.0, 3.0)}, {29: "2026:03:17"}, {29: "2026:03:17", 7: (1.0, 2.0)}]
)
def test_broken_gps_is_no_time(wrong):
    assert told(picture(gps=wrong)) == FILE


def test_heic_tells_its_time():
    assert taken_at(HEIC.read_bytes(), "x.heic", 0, CHINA, NOW) == (
        datetime(2026, 3, 17, 1, 12, 30, tzinfo=UTC),
        "exif",
    )
