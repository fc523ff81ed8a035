"""Reading camera frames fast enough to look through: little work on most frames, a thorough look now and then."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.scanner.arrays import read_bars, to_gray
from app.scanner.codes import Code, moved
from app.scanner.engines import STATION_FORMATS, Gray, read_zxing

_ROUND = 10
_CENTRE = (0.70, 0.60)  # shares of width and height in which people hold a label


class LiveReader:
    """Reads frame after frame of one source, from one thread.

    Most frames: the middle only, upright codes. Every third also looks sideways; every fifth looks at the whole frame;
    once in ten, places that look like tilted bars are turned upright.
    """

    def __init__(self, formats: Sequence[str] | None = None) -> None:
        self._formats = tuple(formats or STATION_FORMATS)
        self._frame = 0

    def read(self, image: npt.NDArray[np.uint8]) -> tuple[Code, ...]:
        """The codes of this frame (BGR or gray), corners in its pixels; often none though the next has some."""
        turn, gray = self._frame % _ROUND, to_gray(image)
        self._frame += 1
        if turn % 5 == 4:
            return tuple(read_zxing(gray, self._formats))
        if turn == 1:
            return tuple(read_bars(gray, read_zxing(gray, self._formats, fast=True), self._formats))
        return self._read_centre(gray, fast=turn % 3 != 0)

    def _read_centre(self, gray: Gray, *, fast: bool) -> tuple[Code, ...]:
        high, wide = gray.shape
        left, top = round(wide * (1 - _CENTRE[0]) / 2), round(high * (1 - _CENTRE[1]) / 2)
        middle = np.ascontiguousarray(gray[top : high - top, left : wide - left])
        return tuple(moved(code, left, top) for code in read_zxing(middle, self._formats, fast=fast))
