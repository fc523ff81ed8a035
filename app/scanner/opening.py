"""Opens pictures of every kind that is read (HEIC and AVIF too) and makes of them what is shown and what is kept."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

from PIL import Image, ImageOps

from core.refusals import Refusal

MOST_PIXELS = 80_000_000
#: What Pillow opens here; anything else is refused before a decoder sees it.
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "PPM", "AVIF", "HEIF")
#: The endings of files that a folder is searched for.
SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".heic", ".heif", ".hif", ".avif"}
)
# What Pillow's readers raise on broken files, beside OSError; libheif's binding adds RuntimeError.
BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip
_KEPT_SIDE = 4_000  # pixels of the longer side of a picture that is written anew to be kept
_KEPT_QUALITY = 88

# Cameras' raw files: by their first bytes where these tell, else by their ending (most of them are TIFF inside).
_RAW_BYTES = re.compile(
    rb"FUJIFILMCCD-RAW|....ftypcrx |IIRO|IIRS|IIU\0|MMOR|II\x2a\0\x10\0\0\0CR|\0MRM|FOVb", re.DOTALL
)
#: Their endings.
RAW_ENDINGS = frozenset(
    {".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".orf", ".raf", ".rw2", ".pef", ".srw",
     ".3fr", ".iiq", ".x3f", ".mrw", ".kdc", ".raw"}
)  # fmt: skip


class Shown(NamedTuple):
    """A picture to be painted: RGB bytes without padding, width, height, and the number by which it was reduced."""

    rgb: bytes
    width: int
    height: int
    factor: float


@cache
def know_all_formats() -> None:
    """Pillow's own formats and HEIC; once per process."""
    import pi_heif  # type: ignore[import-untyped]

    Image.init()
    pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)


@contextmanager
def opened(data: bytes, name: str) -> Iterator[Image.Image]:
    """The picture, not decoded yet, with every bound on its pixels checked.

    Refuses `picture_raw`, `picture_unknown`, `picture_too_large` and, for what breaks in the block, `picture_damaged`.
    """
    know_all_formats()
    if is_raw(data, name):
        raise Refusal("picture_raw", file=name)
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise too_large(name) from error
    except BROKEN as error:
        raise Refusal("picture_unknown", file=name) from error
    with image:
        if image.width * image.height > MOST_PIXELS:
            raise too_large(name)
        try:
            yield image
        except (*BROKEN, MemoryError, Image.DecompressionBombError) as error:
            raise Refusal("picture_damaged", file=name) from error


def too_large(name: str) -> Refusal:
    """The refusal of a picture with too many pixels."""
    return Refusal("picture_too_large", file=name, limit=MOST_PIXELS // 1_000_000)


def is_raw(data: bytes, name: str) -> bool:
    """Whether it is a camera's raw file: its pixels are not a picture yet, its preview not what was taken."""
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    return ending in RAW_ENDINGS or _RAW_BYTES.match(data[:32]) is not None


def shown(data: bytes, name: str, longest: int) -> Shown:
    """The picture upright on white, by the decoder that read its codes, at most `longest` pixels a side."""
    with opened(data, name) as image:
        whole = max(image.size)
        image.draft("RGB", (longest, longest))  # a large JPEG is decoded at a fraction of its size
        upright = _on_white(ImageOps.exif_transpose(image))
        upright.thumbnail((longest, longest))
        return Shown(upright.tobytes(), upright.width, upright.height, whole / max(upright.size))


def as_jpeg(data: bytes, name: str) -> bytes:
    """The picture as a JPEG that every station can show; upright, with what the camera wrote about it.

    The same bytes give the same JPEG, so that a picture brought twice is known again.
    """
    with opened(data, name) as image:
        facts = image.getexif()
        upright = _on_white(ImageOps.exif_transpose(image))
        upright.thumbnail((_KEPT_SIDE, _KEPT_SIDE))
        facts.pop(0x0112, None)  # it stands upright now
        written = io.BytesIO()
        upright.save(written, "JPEG", quality=_KEPT_QUALITY, exif=facts)
        return written.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    """RGB; transparent pixels count as paper."""
    if image.mode.startswith("I;16"):
        image = image.point(lambda tone: tone / 256).convert("L")
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image.convert("RGB")
