"""A picture's thumbnail: small, upright, never in the way."""

import io

import pytest
from PIL import Image

from app.actions.thumbnails import SIDE, thumbnail_of
from core.operations.add_attachment import MAX_THUMBNAIL


def picture(kind: str, size: tuple[int, int], **options: object) -> bytes:
    written = io.BytesIO()
    noise = Image.effect_noise(size, 90).convert("RGB")
    noise.save(written, kind, **options)
    return written.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_large_picture_gets_a_small_one(kind: str) -> None:
    thumbnail = thumbnail_of(picture(kind, (1600, 900)))
    assert thumbnail is not None and len(thumbnail) <= MAX_THUMBNAIL
    with Image.open(io.BytesIO(thumbnail)) as seen:
        assert (seen.format, seen.size) == ("JPEG", (SIDE, SIDE * 9 // 16))


def test_it_stands_as_a_person_sees_the_picture() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    thumbnail = thumbnail_of(picture("JPEG", (1600, 900), exif=exif))
    assert thumbnail is not None
    with Image.open(io.BytesIO(thumbnail)) as seen:
        assert seen.size == (SIDE * 9 // 16, SIDE)


@pytest.mark.parametrize(
    "data",
    [
        picture("PNG", (40, 40)),
        b"%PDF-1.7" + bytes(200_000),
        b"\xff\xd8\xff" + bytes(200_000),
        picture("JPEG", (1600, 900))[:100_000],
    ],
    ids=["small already", "a PDF", "broken", "cut off"],
)
def test_what_has_none_is_kept_all_the_same(data: bytes) -> None:
    assert thumbnail_of(data) is None
