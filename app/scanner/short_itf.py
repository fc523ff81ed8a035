"""An ITF of four digits: so short that bars of anything else pass for it, so it has to stand every rendition."""

import numpy as np

from app.scanner.agreement import looks_of, place_of
from app.scanner.codes import Code
from app.scanner.engines import Gray, read_zxing
from app.scanner.preparation import Region, upright

_SHORTEST = {"ITF": 4}
_MARGIN = 0.1  # of the code's length, on both sides without a bar (ten modules are 0.22)
_CALM = 0.25  # of the contrast of the bars: more than that in a margin is a bar


def read_short_itf(gray: Gray) -> list[Code]:
    """The codes of four digits with light margins that all renditions of their places give alike.

    Meant for a picture in which nothing else was read; `acceptance` never takes one for sure.
    """
    found = read_zxing(gray, ("ITF",), stage="short", shortest=_SHORTEST)
    return [code for code in found if len(code.text) == _SHORTEST["ITF"] and _stands(gray, code)]


def _stands(gray: Gray, code: Code) -> bool:
    place = place_of(code)
    image = upright(gray, place).image
    return _has_margins(image, place) and all(
        [one.text for one in read_zxing(look, ("ITF",), fast=True, histogram=histogram, shortest=_SHORTEST)]
        == [code.text]
        for look, histogram in looks_of(image)
    )


def _has_margins(image: Gray, place: Region) -> bool:
    """Whether both sides of the bars of an upright place are as light as paper (beyond a picture's edge its last pixel
    counts)."""
    high, wide = image.shape
    row = image[high // 3 : high - high // 3].mean(axis=0)
    length = wide * place.length / (place.length * 1.3 + 40)
    begin, end, margin = (wide - length) / 2, (wide + length) / 2, length * _MARGIN
    bars = row[round(begin) : round(end)]
    dark, light = np.percentile(bars, (5, 95))
    sides = (
        row[max(0, round(begin - margin)) : round(begin - margin / 5)],
        row[round(end + margin / 5) : round(end + margin)],
    )
    return all(float(side.min()) > light - _CALM * (light - dark) for side in sides)
