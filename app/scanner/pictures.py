"""Picture files → codes, with bounds on bytes and pixels and a clear refusal for what is no picture."""

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from app.scanner.arrays import read_array
from app.scanner.codes import ImageReading, moved
from app.scanner.opening import opened
from core.refusals import Refusal

MOST_BYTES = 64 * 1024 * 1024
_DECODED_PIXELS = 16_000_000  # a larger picture is reduced before it is searched


def read_bytes(source: bytes | Path) -> tuple[bytes, str]:
    """The bytes of a file and the name to use in sentences.

    Refuses `file_missing`, `file_unreadable` and `file_too_large`.
    """
    if isinstance(source, bytes):
        data, name = source, "picture"
    else:
        data, name = _from_disk(source), source.name
    if len(data) > MOST_BYTES:
        raise Refusal("file_too_large", file=name, limit=MOST_BYTES // 2**20)
    return data, name


def _from_disk(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise Refusal("file_missing", file=str(path)) from error
    except OSError as error:
        raise Refusal("file_unreadable", file=path.name, problem=error.strerror or str(error)) from error


def read_picture(source: bytes | Path, formats: Sequence[str] | None = None) -> ImageReading:
    """All codes of a picture file.

    Corners and size are in pixels of the picture as a person sees it (its EXIF rotation applied). Refuses
    `picture_unknown`, `picture_raw`, `picture_damaged`, `picture_too_large` and what :func:`read_bytes` refuses.
    """
    return picture_of(*read_bytes(source), formats)


def picture_of(data: bytes, name: str, formats: Sequence[str] | None) -> ImageReading:
    """:func:`read_picture` of bytes at hand; `name` stands in the sentences of refusals."""
    began = time.perf_counter()
    gray, factor = load_gray(data, name)
    codes = tuple(moved(code, 0, 0, factor) for code in read_array(gray, formats))
    size = (round(gray.shape[1] * factor), round(gray.shape[0] * factor))
    return ImageReading(codes, size, hashlib.sha256(data).hexdigest(), (time.perf_counter() - began) * 1000)


def load_gray(data: bytes, name: str) -> tuple[npt.NDArray[np.uint8], int]:
    """The picture in gray, upright, and the whole number by which it was reduced; refuses as :func:`opened` does."""
    with opened(data, name) as image:
        return _prepared(image)


def _prepared(image: Image.Image) -> tuple[npt.NDArray[np.uint8], int]:
    factor = 1
    while image.width * image.height > _DECODED_PIXELS * factor**2:
        factor += 1
    image.load()
    upright = ImageOps.exif_transpose(image)
    gray = _to_gray(upright.reduce(factor) if factor > 1 and upright.mode != "P" else upright)
    if factor > 1 and upright.mode == "P":
        gray = gray.reduce(factor)
    return np.ascontiguousarray(np.asarray(gray, dtype=np.uint8)), factor


def _to_gray(image: Image.Image) -> Image.Image:
    """Gray on white: transparent pixels count as paper, 16-bit tones are brought to 8."""
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("L")
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    return image.convert("L")
