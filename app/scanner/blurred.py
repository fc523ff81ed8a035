"""EAN-13 and UPC-A too blurred for edges to be found, read by fitting what the whole code would look like.

The code's place in a row of pixels is searched by the modules that every EAN-13 has, then place, blur, levels of light
and digits are fitted by turns. Accepted is only what leaves little of the row, what the best other number is clearly
farther from, and what rows at several heights give alike.
"""

from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import NamedTuple

import cv2
import numpy as np

from app.scanner.blurred_model import (
    BLURS,
    MODULES,
    QUIET,
    Fit,
    Row,
    best_path,
    judged,
    look,
    path_costs,
    sample_positions,
    template,
)
from app.scanner.codes import Code
from app.scanner.engines import Gray
from app.scanner.preparation import Region, View, blurred_regions, to_original, upright

MOST_RESIDUE = 0.12
LEAST_MARGIN = 1.4  # in the first row; those beside it must give the same number
LEAST_MARGIN_BESIDE = 1.15
_HEIGHTS = (0.5, 0.35, 0.42, 0.58, 0.65)  # of the rows, as shares of a place's height
LEAST_ROWS = 3
_FIRST_ROWS = 2  # in which a code is searched for: the search may miss in the one what it finds in the other

_LENGTH = 400  # pixels to which a place that looks like bars is brought
_SHORTEST = 60  # pixels of a place in the picture
_MOST_REGIONS = 3
_STEP = 2.0  # pixels between the ends that are tried
_BENDS = (-3.0, -1.5, 0.0, 1.5, 3.0)  # modules by which the middle may lie beside the middle of the ends
_ROUGH_BLUR = 1.05
# Light is blurred, not a picture's numbers: they are nearly its square root in a camera's pictures, and nearer to light
# itself where a program has changed the tones.
_TONES = (1.0, 1.6, 2.2)
_USUAL_TONE = 1
_APART = 0.5  # modules
_HOPELESS = 10.0  # what a start may leave (as `_State.rest`); right ones of the dev set left 0.6 to 8.2


class Effort(NamedTuple):
    """How many places are looked at by the known modules, by small moves, and to the end."""

    places: int
    polished: int
    settled: int


THOROUGH, SLIGHT = Effort(400, 20, 4), Effort(150, 12, 3)


class _State(NamedTuple):
    """A place (first pixel, last pixel, bend), its blur (a place in `BLURS`) and tone (in `_TONES`), the chain that
    fits, the levelled samples and what is left of them."""

    place: Row
    blur: int
    tone: int
    path: list[int]
    dark: Row
    rest: float


def read_blurred(gray: Gray) -> list[Code]:
    """The EAN-13 in one of the three likeliest places that look like bars, if it is beyond doubt."""
    for region in blurred_regions(gray)[:_MOST_REGIONS]:
        if region.length >= _SHORTEST and 0.1 * region.length <= region.height <= 3 * region.length:
            code = _read_region(gray, region)
            if code:
                return [code]
    return []


def _read_region(gray: Gray, region: Region) -> Code | None:
    view = _view(gray, region)
    rows = [_row(view.image, share) for share in _HEIGHTS]
    for number, turned in product(range(_FIRST_ROWS), (False, True)):
        first, *beside = [row[::-1] if turned else row for row in (*rows[number:], *rows[:number])]
        found = fit_row(first, *everywhere(len(first)))
        if not found or not is_clear(found[0], LEAST_MARGIN):
            continue
        fit, state = found
        if _agree(fit.text, (fit_row(row, *_near(state.place), SLIGHT) for row in beside)):
            return _code(fit.text, state.place, view, turned=turned)
    return None


def _agree(text: str, beside: Iterator[tuple[Fit, _State] | None]) -> bool:
    """Whether enough of the rows beside give the same number; no more of them are looked at than it takes."""
    same = (found for found in beside if found and found[0].text == text and is_clear(found[0], LEAST_MARGIN_BESIDE))
    return len(list(islice(same, LEAST_ROWS - 1))) == LEAST_ROWS - 1


def is_clear(fit: Fit, margin: float = LEAST_MARGIN) -> bool:
    """Whether a fit is near enough to the row and the best other number far enough from it."""
    return fit.residue <= MOST_RESIDUE and fit.margin >= margin


def _view(gray: Gray, region: Region) -> View:
    """The place upright, brought to one size."""
    view = upright(gray, region)
    factor = _LENGTH / (region.length / float(np.hypot(*view.back[:, 0])))
    image = cv2.resize(view.image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA).astype(np.uint8)
    back = view.back.copy()
    back[:, :2] /= factor
    return View(image, back, "blurred")


def _row(image: Gray, share: float) -> Row:
    high = image.shape[0]
    some: Row = image[int(high * (share - 0.03)) : int(high * (share + 0.03)) + 1].mean(axis=0, dtype=np.float64)
    return some


def everywhere(width: int) -> tuple[Row, Row]:
    """Ends within the middle of a row whose place of bars is `_LENGTH` wide, windows and margins included."""
    middle, ends = width / 2, np.arange(0.62 * _LENGTH / 2, 1.02 * _LENGTH / 2, _STEP)
    return middle - ends[::-1], middle + ends


def _near(place: Row) -> tuple[Row, Row]:
    """Ends some modules about those of a row beside."""
    ways = np.arange(-8.0, 9.0, _STEP)
    return place[0] + ways, place[1] + ways


def _code(text: str, place: Row, view: View, *, turned: bool) -> Code:
    high, wide = view.image.shape
    ends = [wide - 1 - float(x) for x in place[:2]] if turned else [float(x) for x in place[:2]]
    heights = [high * share for share in ((0.7, 0.3) if turned else (0.3, 0.7))]
    corners = ((ends[0], heights[0]), (ends[1], heights[0]), (ends[1], heights[1]), (ends[0], heights[1]))
    return to_original(Code("EAN13", text, text.encode(), "]E0", corners, "fixpoint/blurred"), view)


def fit_row(row: Row, lefts: Row, rights: Row, effort: Effort = THOROUGH) -> tuple[Fit, _State] | None:
    """The best fit of a row (light is high) whose code begins at one of `lefts` and ends at one of `rights`."""
    light = [255 * (np.clip(row, 0, 255) / 255) ** tone for tone in _TONES]
    rough = _roughly_levelled(light[_USUAL_TONE], max(3, round(0.25 * _LENGTH)))
    settled: list[_State] = []
    for start in _starts(rough, lefts, rights, effort):
        if start.rest > _HOPELESS:
            continue
        settled.append(_settled(light, start, [state.path for state in settled]))
    if not settled:
        return None
    state = min(settled, key=lambda state: state.rest)
    fit = judged(state.dark, BLURS[state.blur])
    return (fit, state) if fit else None


def _starts(rough: Row, lefts: Row, rights: Row, effort: Effort) -> Iterator[_State]:
    """The likeliest places with the chains that fit there: by the known modules, then by what digits would leave."""
    places = _likely_places(rough, lefts, rights, effort.places)
    if not len(places):
        return
    module = float(rights.mean() - lefts.mean()) / MODULES
    costs = _place_costs(rough, places)
    for step in (0.25, 0.12):
        moves = step * np.stack(np.meshgrid(*[np.array([-1, 0, 1])] * 3), axis=-1).reshape(-1, 3) * (module, module, 2)
        places = (places[costs.argsort()[: effort.polished], None] + moves[None]).reshape(-1, 3)
        costs = _place_costs(rough, places)
    taken: list[Row] = []
    for index in costs.argsort():
        place = places[index]
        if all(_apart(place, one, module) for one in taken):
            taken.append(place)
            yield _start(rough, place)
        if len(taken) == effort.settled:
            return


def _apart(one: Row, other: Row, module: float) -> bool:
    """Whether two places are so different, at an end or in the middle, that the fit may lead them to different ones."""
    left, right, bend = one - other
    return max(map(float, (abs(left), abs(right), abs((left + right) / 2 + bend * module)))) > _APART * module


def _likely_places(rough: Row, lefts: Row, rights: Row, most: int) -> Row:
    """The likeliest places, by the modules that are dark or light in every code."""
    grid = np.stack(np.meshgrid(lefts, rights, _BENDS, indexing="ij"), axis=-1).reshape(-1, 3)
    known = np.flatnonzero(template())
    spots = _stretch(grid, known - QUIET + 0.5)
    seen = rough[np.clip(np.rint(spots), 0, len(rough) - 1).astype(np.intp)]
    score = seen @ (template()[known] - template()[known].mean())
    likely: Row = grid[score.argsort()[-most:]]
    return likely


def _place_costs(rough: Row, places: Row) -> Row:
    samples: Row = np.interp(_stretch(places, sample_positions()), np.arange(len(rough)), rough)
    return path_costs(samples, _ROUGH_BLUR)


def _stretch(places: Row, at: Row) -> Row:
    """The pixels (places × positions) at which positions `at` (in modules) of codes lie."""
    left, right, bend = (places[:, number, None] for number in range(3))
    share, module = at[None, :] / MODULES, (right - left) / MODULES
    pixels: Row = left + (right - left) * share + 4 * bend * module * share * (1 - share)
    return pixels


def _sampled(row: Row, place: Row) -> Row:
    sampled: Row = np.interp(_stretch(place[None], sample_positions())[0], np.arange(len(row)), row)
    return sampled


def _start(rough: Row, place: Row) -> _State:
    """The better of a slight and a strong blur, by the rough levels."""
    sampled = _sampled(rough, place)
    cost, path, blur = min((*best_path(sampled, BLURS[blur]), blur) for blur in (2, 5))
    return _State(place, blur, _USUAL_TONE, path, sampled, cost)


def _settled(light: Sequence[Row], state: _State, known: Sequence[list[int]]) -> _State:
    """Place, blur, tone and levels fitted to the chain, and the chain to them, by turns until nothing changes.

    `known` are chains to which other starts have led: as soon as this one comes to one of them it is no other.
    """
    for _ in range(6):
        if state.path in known:
            break
        before, place = state, state.place
        for _ in range(2):
            place = _moved(light[before.tone], place, look(before.path, BLURS[before.blur]))
        sampled = _sampled(light[before.tone], place)
        blur = min(_near_ones(before.blur, BLURS), key=lambda blur: _misfit(sampled, look(before.path, BLURS[blur])))
        seen = look(before.path, BLURS[blur])
        tone = min(_near_ones(before.tone, _TONES), key=lambda tone: _misfit(_sampled(light[tone], place), seen))
        dark = _levelled(_sampled(light[tone], place), seen)
        cost, path = best_path(dark, BLURS[blur])
        state = _State(place, blur, tone, path, dark, cost)
        if path == before.path and abs(cost - before.rest) < 0.01 * cost:
            break
    return state


def _misfit(sampled: Row, seen: Row) -> float:
    """What a look leaves of a row of samples at its best levels."""
    return float(((_levelled(sampled, seen) - seen) ** 2).sum())


def _near_ones(index: int, of: Sequence[float]) -> range:
    return range(max(0, index - 1), min(len(of), index + 2))


def _moved(row: Row, place: Row, seen: Row) -> Row:
    """The place nearby where the row looks most like `seen`: one step by its slopes, levels of light solved along."""
    module = float(place[1] - place[0]) / MODULES
    steps = np.array([0.25 * module, 0.25 * module, 0.1])
    slopes = [(_sampled(row, place + step) - _sampled(row, place - step)) / 2 for step in np.diag(steps)]
    parts = np.concatenate([_light(seen), -np.stack(slopes, axis=1)], axis=1)
    found = _solved(parts, _sampled(row, place))
    moved: Row = place + np.clip(found[-3:], -2, 2) * steps
    return moved


def _solved(parts: Row, row: Row) -> Row:
    """How much of each part is in the row, by least squares drawn a trace towards none: there is one answer then."""
    products = parts.T @ parts
    found: Row = np.linalg.solve(products + 1e-9 * np.trace(products) * np.eye(len(products)), parts.T @ row)
    return found


def _light(seen: Row) -> Row:
    """Light and contrast, both changing evenly along the code (samples × 6)."""
    along = np.linspace(-1, 1, len(seen))
    return np.stack([np.ones_like(along), along, along**2, seen, seen * along, seen * along**2], axis=1)


def _levelled(row: Row, seen: Row) -> Row:
    """`row` in shares of contrast: 0 as light paper, 1 as dark bars; far off where bars would be lighter than paper."""
    parts = _light(seen)
    found = _solved(parts, row)
    paper, contrast = parts[:, :3] @ found[:3], parts[:, :3] @ found[3:]
    shares: Row = np.full_like(row, 9.0) if contrast.max() >= -1 else (row - paper) / contrast
    return shares


def _roughly_levelled(row: Row, reach: int) -> Row:
    """The first guess at :func:`_levelled`: by the lightest and darkest pixels within `reach`."""
    line, near = row.reshape(1, -1).astype(np.float32), np.ones((1, 2 * reach + 1), np.uint8)
    light, dark = cv2.dilate(line, near).ravel(), cv2.erode(line, near).ravel()
    rough: Row = (light - row) / np.maximum(light - dark, 2.0)
    return rough
