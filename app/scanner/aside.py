"""The hard steps for a camera's frame, done aside: tilted bars turned upright, enlarged, more contrast, zbar."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from app.scanner.codes import Code
from app.scanner.engines import Gray, merge, read_zbar, read_zxing
from app.scanner.preparation import (
    Region,
    View,
    bar_regions,
    contrasted,
    looks_like_bars,
    scaled,
    to_original,
    unread,
    upright,
)

_MOST_PLACES = 3  # a job must end soon; the next one takes the next places
_EDGES_A_MODULE = 1.8  # a bar or gap of Code 128 is 1.83 modules wide on average, of EAN 1.75


class Hard(NamedTuple):
    """What the hard steps found in one frame: codes, the tilted places that held them, and pixels a module of bars that
    stay unread."""

    codes: tuple[Code, ...]
    places: tuple[Region, ...] = ()
    modules: tuple[float, ...] = ()


def read_hard(gray: Gray, known: Sequence[Code], formats: Sequence[str], turn: int) -> Hard:
    """What the plain reading of this frame missed. `known` was read already, `turn` counts the jobs of a camera.

    Every job turns a few places that look like bars upright; when nothing at all is read, it also tries one of the
    preparations of the whole middle, each in its turn, so that no job is long.
    """
    codes, held, modules = list[Code](), list[Region](), list[float]()
    for place, view in _bars(gray, known, turn):
        found = _read_upright(view, formats)
        codes = merge(codes, found)
        if found:
            held.append(place)
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


def read_place(gray: Gray, place: Region, formats: Sequence[str]) -> list[Code]:
    """The codes of a place that held some a moment ago, turned upright and no more: cheap enough for every frame."""
    view = upright(gray, place)
    codes = read_zxing(view.image, formats, stage=view.name, fast=True)
    return [to_original(code, view) for code in codes]


def _read_upright(view: View, formats: Sequence[str]) -> list[Code]:
    """As it is, with the noise along the bars taken away, with even contrast, and by zbar."""
    high = view.image.shape[0]
    smooth = cv2.blur(view.image, (1, max(3, round(high / 12) | 1))).astype(np.uint8)
    for image, name in ((view.image, ""), (smooth, ",smoothed"), (contrasted(view.image), ",contrast")):
        codes = read_zxing(image, formats, stage=view.name + name, fast=True)
        if codes:
            return [to_original(code, view) for code in codes]
    return [to_original(code, view) for code in read_zbar(smooth, formats, stage=view.name)]


def module_pixels(view: View, place: Region) -> float:
    """About how many pixels of the frame the narrowest bar of an upright place is wide, by its number of edges."""
    high = view.image.shape[0]
    profile = view.image[high * 3 // 8 : high * 5 // 8 + 1].mean(axis=0)
    swing = profile - cv2.blur(profile.reshape(1, -1), (61, 1)).ravel()
    sure = swing[np.abs(swing) > max(4.0, 0.25 * float(np.percentile(np.abs(swing), 90)))]
    edges = int(np.count_nonzero(np.diff(np.sign(sure))))
    return place.length / max(1, edges) / _EDGES_A_MODULE


def _enlarged(gray: Gray, formats: Sequence[str]) -> list[Code]:
    return _of_middle(gray, lambda middle: scaled(middle, 2.0, "enlarged"), formats)


def _contrast(gray: Gray, formats: Sequence[str]) -> list[Code]:
    return _of_middle(gray, lambda middle: scaled(contrasted(middle), 1.0, "contrast"), formats, histogram=True)


def _zbar(gray: Gray, formats: Sequence[str]) -> list[Code]:
    middle = _middle(gray)
    return [to_original(code, middle) for code in read_zbar(middle.image, formats)]


def _of_middle(
    gray: Gray, prepare: Callable[[Gray], View], formats: Sequence[str], *, histogram: bool = False
) -> list[Code]:
    middle = _middle(gray)
    view = prepare(middle.image)
    codes = read_zxing(view.image, formats, stage=view.name, histogram=histogram, fast=True)
    return [to_original(to_original(code, view), middle) for code in codes]


def _middle(gray: Gray) -> View:
    """The half of the picture's area in its middle, where a label is held."""
    high, wide = gray.shape
    top, left = round(high * 0.15), round(wide * 0.15)
    cut = np.ascontiguousarray(gray[top : high - top, left : wide - left])
    return View(cut, np.array([[1.0, 0, left], [0, 1.0, top]]), "")


_PREPARATIONS = (_enlarged, _contrast, _zbar)
