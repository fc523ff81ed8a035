"""Thumbnails: a small JPEG of a picture, which reaches the other places long before the picture itself."""

import io
from typing import TYPE_CHECKING

from core.operations.add_attachment import MAX_THUMBNAIL

if TYPE_CHECKING:
    from PIL import Image

#: Pixels of the longer side: enough to tell a label from a broken screen in a list.
SIDE = 320
_QUALITIES = (75, 55, 35)
_MOST_PIXELS = 80_000_000
#: A picture of so few bytes is its own thumbnail.
_SMALL = MAX_THUMBNAIL


def thumbnail_of(data: bytes) -> bytes | None:
    """A JPEG of at most 64 kB, upright as a person sees the picture; None for what is small already or no picture."""
    if len(data) <= _SMALL:
        return None
    from PIL import Image, ImageOps, UnidentifiedImageError  # loaded with the first picture

    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return None
            picture.draft("RGB", (2 * SIDE, 2 * SIDE))  # a large JPEG is decoded at a fraction of its size
            small = ImageOps.exif_transpose(picture).convert("RGB")
            small.thumbnail((SIDE, SIDE))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return None  # a damaged picture is kept as it came: it has no thumbnail
    return next((jpeg for quality in _QUALITIES if len(jpeg := _jpeg(small, quality)) <= MAX_THUMBNAIL), None)


def _jpeg(picture: "Image.Image", quality: int) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=quality, optimize=True)
    return written.getvalue()
