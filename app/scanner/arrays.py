"""Reading one picture in memory: zxing-cpp on the whole, then what is left of bars piece by piece, then the rest."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from app.scanner.agreement import counted
from app.scanner.blurred import read_blurred
from app.scanner.codes import Code
from app.scanner.engines import PARTLY_READABLE, STATION_FORMATS, Gray, merge, read_zbar, read_zxing
from app.scanner.preparation import (
    Region,
    View,
    bar_regions,
    looks,
    looks_like_bars,
    same_size,
    to_original,
    unread,
    upright,
    whole_views,
)
from app.scanner.short_itf import read_short_itf

_LARGE = 1400  # pixels of the long side from which a label may be a small part of the picture


def to_gray(array: npt.NDArray[np.uint8]) -> Gray:
    """A contiguous gray picture of a gray, BGR or BGRA array (OpenCV's order)."""
    if array.ndim == 2:
        return np.ascontiguousarray(array)
    way = cv2.COLOR_BGRA2GRAY if array.shape[2] == 4 else cv2.COLOR_BGR2GRAY
    return np.ascontiguousarray(cv2.cvtColor(array, way).astype(np.uint8))


def read_array(
    array: npt.NDArray[np.uint8], formats: Sequence[str] | None = None, *, without: Collection[str] = ()
) -> tuple[Code, ...]:
    """All codes of a picture (gray or BGR), from its top to its bottom, each with the renditions that agree on it.

    The whole picture first; then each place that looks like bars and was not read, turned upright. Only when nothing
    at all was read, other sizes and contrasts of the whole, until one of them reads something, then the fit of an
    EAN-13 to bars that have run into one another, and at last an ITF of four digits. `without` leaves out stages of
    `STAGES`, to measure what they buy.
    """
    gray, wanted = to_gray(array), tuple(formats or STATION_FORMATS)
    codes: list[Code] = []
    for name, stage in STAGES.items():
        if name not in without:
            codes = stage(gray, codes, wanted)
    return tuple(sorted(codes, key=lambda code: (code.centre[1], code.centre[0])))


def _whole(gray: Gray, codes: list[Code], formats: Sequence[str]) -> list[Code]:
    return merge(codes, read_zxing(gray, formats))


def _bars(gray: Gray, codes: list[Code], formats: Sequence[str]) -> list[Code]:
    return read_bars(gray, codes, formats)


def _fine_bars(gray: Gray, codes: list[Code], formats: Sequence[str]) -> list[Code]:
    return read_bars(gray, codes, formats, fine=True) if max(gray.shape) > _LARGE else codes


def _other_views(gray: Gray, codes: list[Code], formats: Sequence[str]) -> list[Code]:
    return codes or merge([], _read_whole(gray, formats))


def _blurred(gray: Gray, codes: list[Code], formats: Sequence[str]) -> list[Code]:
    return codes if codes or not {"EAN13", "UPCA"} & set(formats) else read_blurred(gray)


def _short_itf(gray: Gray, codes: list[Code], formats: Sequence[str]) -> list[Code]:
    return codes if codes or "ITF" not in formats else read_short_itf(gray)


def _agreement(gray: Gray, codes: list[Code], formats: Sequence[str]) -> list[Code]:
    return counted(gray, codes)


Stage = Callable[[Gray, list[Code], Sequence[str]], list[Code]]
STAGES: Mapping[str, Stage] = {
    "whole": _whole,
    "bars": _bars,
    "fine bars": _fine_bars,
    "other views": _other_views,
    "blurred": _blurred,
    "short ITF": _short_itf,
    "agreement": _agreement,
}


def read_bars(gray: Gray, codes: Sequence[Code], formats: Sequence[str], *, fine: bool = False) -> list[Code]:
    """`codes` and those of the places that look like bars and hold none of them."""
    known = list(codes)
    for region in unread(bar_regions(gray, fine=fine), known):
        if unread([region], known):
            known = merge(known, _read_region(gray, region, formats))
    return known


def _read_region(gray: Gray, region: Region, formats: Sequence[str]) -> list[Code]:
    """One deskewed place: as it is, smoothed, sharpened, with more contrast, and at last by zbar."""
    view = upright(gray, region)
    if not looks_like_bars(view):
        return []
    sure = tuple(name for name in formats if name not in PARTLY_READABLE)
    for look in looks(view):
        wanted = sure if look.name.endswith("focused") else tuple(formats)
        codes = _mapped(read_zxing(look.image, wanted, stage=look.name), look)
        if codes:
            return codes
    return _mapped(read_zbar(view.image, formats, stage=view.name), view)


def _read_whole(gray: Gray, formats: Sequence[str]) -> list[Code]:
    for view in whole_views(gray):
        for histogram in (False, True):
            codes = read_zxing(view.image, formats, stage=view.name, histogram=histogram)
            if codes:
                return _mapped(codes, view)
    return _mapped(read_zbar(gray, formats), same_size(gray, ""))


def _mapped(codes: Iterable[Code], view: View) -> list[Code]:
    return [to_original(code, view) for code in codes]
