"""How well a camera sees: light, sharpness and movement of a frame, and what a person should do about it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import cv2
import numpy as np

from app.scanner.engines import Gray

# Measured on rendered labels of 1 to 4 pixels a module (docs/scanning-live.md): sharp ones have 0.7 and more of the
# Laplacian's variance for one of the picture's, a blur of 2 pixels 0.03 to 0.14, a movement of 9 pixels 0.13 to 0.23.
_BLURRED = 0.24
_FINEST = 1.9  # pixels a module below which zxing-cpp misses more than it reads
_THUMB = (64, 36)
_BLACK, _DARK, _BRIGHT = 14, 45, 215  # levels of 255
_FLAT = 60.0  # variance of a picture with nothing on it
_MOVED = 9.0  # mean difference of two frames' thumbs, in levels
_PATIENCE_MS = 1200.0  # nothing is said while a code was read so recently
_CALM = 4  # frames that must ask for the same before it is said, so that the words do not flicker


class Hint(StrEnum):
    """What hinders reading; the window has a sentence for each."""

    BLACK = "black"
    DARK = "dark"
    BRIGHT = "bright"
    MOVING = "moving"
    BLURRED = "blurred"
    CLOSER = "closer"


class Sight(NamedTuple):
    """Figures of one frame: `sharpness` (the Laplacian's variance), `focus` (its share of the picture's own),
    mean `light`, the brightest and darkest levels but for a few, and how far it `moved` from the frame before."""

    sharpness: float
    focus: float
    variance: float
    light: float
    darkest: float
    brightest: float
    moved: float


class Watcher:
    """Looks at frame after frame and says calmly what hinders reading; fed from one thread."""

    def __init__(self) -> None:
        self._before: Gray | None = None
        self._read_at = float("-inf")
        self._began: float | None = None
        self._wish: Hint | None = None
        self._times = 0
        self.hint: Hint | None = None

    def look(self, gray: Gray) -> Sight:
        """The figures of a frame, taken of its middle."""
        high, wide = gray.shape
        middle = gray[high // 4 : max(high // 4 + 1, 3 * high // 4), wide // 4 : max(wide // 4 + 1, 3 * wide // 4)]
        size = max(1, middle.shape[1] // 2), max(1, middle.shape[0] // 2)
        half = cv2.resize(middle, size, interpolation=cv2.INTER_AREA)
        thumb = cv2.resize(half, _THUMB, interpolation=cv2.INTER_AREA).astype(np.uint8)
        sharpness, variance = float(cv2.Laplacian(half, cv2.CV_16S).var()), float(half.var())
        darkest, brightest = (float(level) for level in np.percentile(thumb, (5, 99)))
        moved = 0.0 if self._before is None else float(cv2.absdiff(thumb, self._before).mean())
        self._before = thumb
        light = float(thumb.mean())
        return Sight(sharpness, sharpness / (variance + 1), variance, light, darkest, brightest, moved)

    def judge(self, sight: Sight, at_ms: float, *, is_read: bool, modules: Sequence[float] = ()) -> Hint | None:
        """What to tell after a frame; `modules` are pixels a module of places that look like bars and are unread."""
        self._began = at_ms if self._began is None else self._began
        self._read_at = at_ms if is_read else self._read_at
        wish = hindrance(sight, modules)
        if at_ms - max(self._read_at, self._began) < _PATIENCE_MS and wish is not Hint.BLACK:
            wish = None
        self._times = self._times + 1 if wish == self._wish else 1
        self._wish = wish
        if self._times >= _CALM:
            self.hint = wish
        return self.hint


def hindrance(sight: Sight, modules: Sequence[float] = ()) -> Hint | None:
    """The first thing that is wrong with what the camera sees, None when it should be readable."""
    if sight.brightest < _BLACK:
        return Hint.BLACK
    if sight.light < _DARK and sight.brightest < 2 * _DARK:
        return Hint.DARK
    if sight.darkest > _BRIGHT:
        return Hint.BRIGHT
    if sight.moved > _MOVED:
        return Hint.MOVING
    if sight.variance > _FLAT and sight.focus < _BLURRED:
        return Hint.BLURRED
    return Hint.CLOSER if modules and max(modules) < _FINEST else None
