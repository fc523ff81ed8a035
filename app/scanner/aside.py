"""The hard steps for a camera's frame, done aside: tilted bars upright and in focus, enlarged, zbar."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from app.scanner.codes import Code
from app.scanner.engines import PARTLY_READABLE, Gray, merge, read_zbar, read_zxing
from app.scanner.preparation import (
    Region,
    View,
    bar_regions,
    looks_like_bars,
    scaled,
    sharpened,
    to_original,
    unread,
    upright,
)

_MOST_PLACES = 3  # a job must end soon; the next one takes the next places
_EDGES_A_MODULE = 1.8  # a bar or gap of Code 128 is 1.83 modules wide on average, of EAN 1.75


class Held(NamedTuple):
    """A place that held a code, and the look by which it was read."""

    place: Region
    look: str


class Hard(NamedTuple):
    """What the hard steps found in one frame: codes, the tilted places that held them, and pixels a module of bars that
    stay unread."""

    codes: tuple[Code, ...]
    places: tuple[Held, ...] = ()
    modules: tuple[float, ...] = ()


def read_hard(gray: Gray, known: Sequence[Code], formats: Sequence[str], turn: int) -> Hard:
    """What the plain reading of this frame missed. `known` was read already, `turn` counts the jobs of a camera.

    Every job turns a few places that look like bars upright; when nothing at all is read, it also tries one of the
    preparations of the whole middle, each in its turn, so that no job is long.
    """
    codes, held, modules = list[Code](), list[Held](), list[float]()
    for place, view in _bars(gray, known, turn):
        found, look = _read_upright(view, formats)
        codes = merge(codes, found)
        if found:
            held.append(Held(place, look))
        else:
            modules.append(module_pixels(view, place))
    if not codes and not known:
        codes = merge(codes, _PREPARATIONS[turn % len(_PREPARATIONS)](gray, formats))
    return Hard(tuple(codes), tuple(held), tuple(modules))


def _bars(gray: Gray, known: Sequence[Code], turn: int) -> list[tuple[Region, View]]:
    """The unread places that look like bars also when turned upright; other ones first in another turn."""
    places = unread(bar_regions(gray), known)
    views = ((place, upright(gray, place)) for place in places)
    bars = [(place, view) for place, view in views if looks_like_bars(view)]
    start = (turn * _MOST_PLACES) % len(bars) if len(bars) > _MOST_PLACES else 0
    return (bars[start:] + bars[:start])[:_MOST_PLACES]


def read_place(gray: Gray, held: Held, formats: Sequence[str]) -> list[Code]:
    """The codes of a place that held some a moment ago, by the look that read them: cheap enough for every frame."""
    return _read_look(upright(gray, held.place), held.look, formats)


def _read_upright(view: View, formats: Sequence[str]) -> tuple[list[Code], str]:
    """The codes that the first successful look gives, and that look's name."""
    for look in LOOKS:
        codes = _read_look(view, look, formats)
        if codes:
            return codes, look
    return [], ""


def _read_look(view: View, look: str, formats: Sequence[str]) -> list[Code]:
    wanted = [name for name in formats if not look.endswith("focused") or name not in PARTLY_READABLE]
    codes = read_zxing(LOOKS[look](view.image), wanted, stage=view.name + look, fast=True)
    return [to_original(code, view) for code in codes]


def _along(image: Gray, part: int) -> Gray:
    """Smoothed along its bars, which stand upright: the noise goes and every edge stays where it was."""
    return cv2.blur(image, (1, max(3, round(image.shape[0] / part) | 1))).astype(np.uint8)


# Codes that each read beyond the plain look, of 52 hard frames (docs/scanning-live.md): as it is 23, smoothed 43,
# focused 85, refocused 67. More contrast (28) read nothing that these did not; zbar read 51, and wrong EANs besides.
LOOKS: dict[str, Callable[[Gray], Gray]] = {
    "": lambda image: image,
    ",smoothed": lambda image: _along(image, 12),
    ",focused": lambda image: sharpened(_along(image, 4), 2.5, 5),
    ",refocused": lambda image: sharpened(_along(image, 4), 7, 3),
}


def module_pixels(view: View, place: Region) -> float:
    """About how many pixels of the frame the narrowest bar of an upright place is wide, by its number of edges."""
    high = view.image.shape[0]
    profile = view.image[high * 3 // 8 : high * 5 // 8 + 1].mean(axis=0)
    swing = profile - cv2.blur(profile.reshape(1, -1), (61, 1)).ravel()
    sure = swing[np.abs(swing) > max(4.0, 0.25 * float(np.percentile(np.abs(swing), 90)))]
    edges = int(np.count_nonzero(np.diff(np.sign(sure))))
    return place.length / max(1, edges) / _EDGES_A_MODULE


def _enlarged(gray: Gray, formats: Sequence[str]) -> list[Code]:
    middle = _middle(gray)
    view = scaled(middle.image, 2.0, "enlarged")
    codes = read_zxing(view.image, formats, stage=view.name, fast=True)
    return [to_original(to_original(code, view), middle) for code in codes]


def _zbar(gray: Gray, formats: Sequence[str]) -> list[Code]:
    middle = _middle(gray)
    return [to_original(code, middle) for code in read_zbar(middle.image, formats)]


def _middle(gray: Gray) -> View:
    """The half of the picture's area in its middle, where a label is held."""
    high, wide = gray.shape
    top, left = round(high * 0.15), round(wide * 0.15)
    cut = np.ascontiguousarray(gray[top : high - top, left : wide - left])
    return View(cut, np.array([[1.0, 0, left], [0, 1.0, top]]), "")


_PREPARATIONS = (_enlarged, _zbar)
