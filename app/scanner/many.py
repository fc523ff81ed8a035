"""Reading a picture that is one of hundreds: what a person meant to be read is large in it; no more is searched for.

The whole at its full size once, then places that look like bars at a smaller size. What only the long search of
:func:`app.scanner.arrays.read_array` finds (other sizes and contrasts of the whole) stays unread here: a person looks
at what was read anyway, and the scan page reads the picture thoroughly.
"""

import hashlib
import math
import time
from collections.abc import Sequence

import cv2
import numpy as np

from app.scanner.arrays import read_bars
from app.scanner.codes import ImageReading, moved
from app.scanner.engines import merge, read_zxing
from app.scanner.pictures import load_gray

_SEARCHED = 3_200_000  # pixels in which places that look like bars are searched for


def read_one_of_many(data: bytes, name: str, formats: Sequence[str]) -> ImageReading:
    """The codes of a picture; refuses as :func:`app.scanner.pictures.read_picture` does."""
    began = time.perf_counter()
    gray, factor = load_gray(data, name)
    codes = merge([], read_zxing(gray, formats))
    share = min(1.0, math.sqrt(_SEARCHED / gray.size))
    small = cv2.resize(gray, None, fx=share, fy=share, interpolation=cv2.INTER_AREA) if share < 1 else gray
    known = [moved(code, 0, 0, share) for code in codes]
    searched = read_bars(np.ascontiguousarray(small, dtype=np.uint8), known, formats, fine=True)
    found = [moved(code, 0, 0, 1 / share) for code in searched]
    placed = tuple(moved(code, 0, 0, factor) for code in found)
    size = (round(gray.shape[1] * factor), round(gray.shape[0] * factor))
    return ImageReading(placed, size, hashlib.sha256(data).hexdigest(), (time.perf_counter() - began) * 1000)
