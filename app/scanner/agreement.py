"""How many renditions of one picture give the same text: what a single picture has in place of several frames."""

from collections.abc import Iterator, Sequence

import cv2
import msgspec
import numpy as np

from app.scanner.acceptance import RULES, STRICTEST
from app.scanner.codes import MATRIX_FORMATS, Code, Point, contains
from app.scanner.engines import Gray, read_zbar, read_zxing
from app.scanner.preparation import Region, scaled, to_original, upright

_THINNEST_SHARE = 0.12  # of a code's length: its corners may be those of one thin line through it
_FEWEST_ROWS = 12
_STACKED_FORMATS = frozenset({"DataBar", "DataBarExp"})
_RETAIL = ("EAN13", "UPCA")


def counted(gray: Gray, codes: Sequence[Code]) -> list[Code]:
    """`codes` of a picture, the linear ones with the number of its renditions that gave their very text."""
    return [code if code.format in MATRIX_FORMATS else _counted(gray, code) for code in codes]


def _counted(gray: Gray, code: Code) -> Code:
    """Its place alone, turned upright, is read again until enough renditions agree; one that differs undoes them."""
    enough = RULES.get(code.format, STRICTEST).renditions
    agreed = code.agreed  # the reader of blurred bars stands alone, and no engine will join it
    if code.engine.endswith("/blurred"):
        return code
    for found, middle in _renditions(gray, code) if agreed < enough else ():
        if any(one.identity == code.identity for one in found):
            agreed += 1
        elif any(contains(one.corners, middle) for one in found):
            agreed = 1
            break
        if agreed >= enough:
            break
    return msgspec.structs.replace(code, agreed=agreed)


def _renditions(gray: Gray, code: Code) -> Iterator[tuple[list[Code], Point]]:
    """What other rows, another threshold, another size and another engine read; and the point where the code lies.

    The corners of a stacked code do not tell where its rows are: the whole picture is looked through for it.
    """
    if code.format in _STACKED_FORMATS:
        yield read_zxing(gray, (code.format,), histogram=True), code.centre
        for factor in (1.5, 0.7):
            view = scaled(gray, factor, "")
            yield [to_original(one, view) for one in read_zxing(view.image, (code.format,))], code.centre
        return
    view, names = upright(gray, place_of(code)), _RETAIL if code.format in _RETAIL else (code.format,)
    for image, histogram in looks_of(view.image):
        high, wide = image.shape
        yield read_zxing(image, names, fast=True, histogram=histogram), (wide / 2, high / 2)
    yield read_zbar(view.image, names), (view.image.shape[1] / 2, view.image.shape[0] / 2)


def looks_of(image: Gray) -> Iterator[tuple[Gray, bool]]:
    """Pictures of one row of bars, and whether one threshold is taken for all of it."""
    high = image.shape[0]
    if high >= 2 * _FEWEST_ROWS:
        yield np.ascontiguousarray(image[: high // 2]), False
        yield np.ascontiguousarray(image[high // 2 :]), False
    yield cv2.blur(image, (1, max(3, high // 8))).astype(np.uint8), True
    yield cv2.resize(image, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA).astype(np.uint8), False


def place_of(code: Code) -> Region:
    """Where a code lies: zxing's corners begin at the code's own top left, zbar's are an outline of any form."""
    points = np.array(code.corners or ((0.0, 0.0),), dtype=np.float32)
    if len(points) != 4 or code.engine.startswith("zbar"):
        (x, y), (length, height), angle = cv2.minAreaRect(points)
        turned = np.radians(angle + (90 if height > length else 0))
        length, height = max(length, height), min(length, height)
        return Region((x, y), float(turned), length, max(height, _THINNEST_SHARE * length))
    first, last = (points[0] + points[3]) / 2, (points[1] + points[2]) / 2
    across, down = last - first
    length = float(np.hypot(across, down))
    height = float(np.linalg.norm(points[0] - points[3]) + np.linalg.norm(points[1] - points[2])) / 2
    middle = (float(first[0] + last[0]) / 2, float(first[1] + last[1]) / 2)
    return Region(middle, float(np.arctan2(down, across)), length, max(height, _THINNEST_SHARE * length))
