"""Views of a picture that decode better: regions that look like bars turned upright, other sizes and contrasts."""

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import NamedTuple

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from app.scanner.codes import Code, Point, contains
from app.scanner.engines import Gray

Matrix = npt.NDArray[np.float64]
_DETAIL_SIZE = 2400  # pixels of the long side in which gradients are taken
_MAP_SIZE = 1000  # pixels of the long side of the map on which places are told apart
_FINE_MAP_SIZE = 1700  # the same for codes that are small in their picture and close together
_WINDOW_SHARE = 60  # a map's long side is so many times the window in which edges are averaged
_FINE_WINDOW_SHARE = 110
_MOST_REGIONS = 12
_THINNEST = 8  # pixels of a picture's shorter side, on the map
_TURNED_PIXELS = 4_000_000
_MOST_SEEDS = 3  # from which a row of bars torn apart is put together
_MOST_TURN = 0.3  # radians between the directions of two pieces
_MOST_SLOPE = 0.5  # of the way from the middle of one to that of the other, in relation to that direction
_LEAST_HEIGHT = 0.4  # of the lower piece, as a share of the other's
_LEAST_LENGTH = 0.15  # the same of the shorter one
_MOST_GAP = 0.4  # between two pieces (or that both share), as a share of the longer one
_FEWEST_CHANGES = 16  # a UPC-E, the shortest code, has 34 edges


class View(NamedTuple):
    """A prepared picture and the 2 × 3 matrix that takes its pixels back to the original's."""

    image: Gray
    back: Matrix
    name: str


class Region(NamedTuple):
    """A place that looks like bars: centre, direction across the bars in radians, size along and across it.

    `slope` is how far the row of bars drifts off that direction (a label seen from the side is sheared).
    """

    centre: Point
    angle: float
    length: float
    height: float
    slope: float = 0.0


class _Grain(NamedTuple):
    """How places are told apart: size of the map, its share that a window is, and what counts as edges of one way."""

    map_size: int
    share: int
    coherence: float
    least_energy: float
    energy_share: float
    least_area: float


_USUAL = _Grain(_MAP_SIZE, _WINDOW_SHARE, 0.6, 60.0, 0.12, 0.0004)
_FINE = _Grain(_FINE_MAP_SIZE, _FINE_WINDOW_SHARE, 0.6, 60.0, 0.12, 0.0003)
# Bars that run into one another leave faint edges with gaps between them.
_BLURRED = _Grain(400, 14, 0.5, 8.0, 0.10, 0.01)


def bar_regions(gray: Gray, *, fine: bool = False) -> list[Region]:
    """Places where all edges run one way, by the structure tensor; greatest first, at most twelve.

    `fine` tells small codes apart that lie close together, and tears large ones to pieces.
    """
    return _regions(gray, _FINE if fine else _USUAL)


def blurred_regions(gray: Gray) -> list[Region]:
    """The same for bars so blurred that :func:`bar_regions` sees pieces of them or nothing.

    Behind the greatest come rows of bars put together of places that may be pieces of one.
    """
    found = _regions(gray, _BLURRED)
    rows, used = list[Region](), set[Region]()
    for seed in found[:_MOST_SEEDS]:
        pieces = [] if seed in used else _pieces(seed, found)
        if len(pieces) > 1:
            rows.append(reduce(_joined, pieces))
            used.update(pieces)
    return [*found[:1], *rows, *found[1:]]


def _pieces(seed: Region, places: Sequence[Region]) -> list[Region]:
    """`seed` and all places that may be pieces of the same row of bars, in the order in which they fit together."""
    pieces, whole = [seed], seed
    while fitting := [place for place in places if place not in pieces and _fits(whole, place)]:
        pieces.append(fitting[0])
        whole = _joined(whole, fitting[0])
    return pieces


class _Beside(NamedTuple):
    """Where one place lies seen from another: the direction of both together, the turn from the one's to the other's,
    and the way between the middles along and beside that direction."""

    angle: float
    turn: float
    along: float
    beside: float


def _beside(one: Region, other: Region) -> _Beside:
    turn = (other.angle - one.angle + np.pi / 2) % np.pi - np.pi / 2
    angle = one.angle + turn * other.length * other.height / (one.length * one.height + other.length * other.height)
    across, down = other.centre[0] - one.centre[0], other.centre[1] - one.centre[1]
    cosine, sine = float(np.cos(angle)), float(np.sin(angle))
    return _Beside(angle, turn, across * cosine + down * sine, down * cosine - across * sine)


def _fits(one: Region, other: Region) -> bool:
    """Whether the bars of both run the same way, stand side by side and are as good as equally high."""
    seen = _beside(one, other)
    shorter, longer = sorted((one.length, other.length))
    lower, higher = sorted((one.height, other.height))
    gap = abs(seen.along) - (one.length + other.length) / 2
    alike = abs(seen.turn) < _MOST_TURN and lower > _LEAST_HEIGHT * higher and shorter > _LEAST_LENGTH * longer
    return alike and abs(seen.beside) < _MOST_SLOPE * abs(seen.along) and abs(gap) < _MOST_GAP * longer


def _joined(one: Region, other: Region) -> Region:
    """Both as one place whose rows go from the middle of the one to the middle of the other."""
    seen = _beside(one, other)
    left = min(-one.length / 2, seen.along - other.length / 2)
    right = max(one.length / 2, seen.along + other.length / 2)
    slope, middle = seen.beside / seen.along, (left + right) / 2
    x = one.centre[0] + middle * (np.cos(seen.angle) - slope * np.sin(seen.angle))
    y = one.centre[1] + middle * (np.sin(seen.angle) + slope * np.cos(seen.angle))
    return Region((float(x), float(y)), seen.angle, right - left, min(one.height, other.height), slope)


def _regions(gray: Gray, grain: _Grain) -> list[Region]:
    if min(gray.shape) < _THINNEST * max(1.0, max(gray.shape) / _MAP_SIZE):
        return []
    xx, yy, xy, scale = _tensor(gray, grain.map_size, grain.share)
    energy = xx + yy
    coherence = np.sqrt((xx - yy) ** 2 + 4 * xy**2) / (energy + 1e-3)
    floor = max(grain.least_energy, grain.energy_share * float(np.percentile(energy, 99)))
    mask = ((coherence > grain.coherence) & (energy > floor)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    least = max(float(_THINNEST**2), grain.least_area * mask.size)
    order = sorted(range(1, count), key=lambda index: -int(stats[index, cv2.CC_STAT_AREA]))
    large = [index for index in order[:_MOST_REGIONS] if stats[index, cv2.CC_STAT_AREA] >= least]
    return [_region(labels == index, xx, yy, xy, scale) for index in large]


def _tensor(gray: Gray, map_size: int, share: int) -> tuple[Matrix, Matrix, Matrix, float]:
    """The averaged products of the gradients on a map of the picture, and the map's scale.

    Gradients are taken in the picture's detail and only their squares reduced: reduced first, the narrow bars of a
    label that is small in a large photograph would turn gray.
    """
    detail = min(1.0, _DETAIL_SIZE / max(gray.shape))
    fine = cv2.resize(gray, None, fx=detail, fy=detail, interpolation=cv2.INTER_AREA)
    smooth = cv2.GaussianBlur(fine, (3, 3), 0)
    across, down = cv2.Scharr(smooth, cv2.CV_32F, 1, 0) / 16, cv2.Scharr(smooth, cv2.CV_32F, 0, 1) / 16
    ratio = min(1.0, map_size / max(fine.shape))
    size = max(1, round(fine.shape[1] * ratio)), max(1, round(fine.shape[0] * ratio))
    side = max(9, round(max(size) / share) | 1)
    maps = (
        cv2.boxFilter(cv2.resize(product, size, interpolation=cv2.INTER_AREA), -1, (side, side)).astype(np.float64)
        for product in (across * across, down * down, across * down)
    )
    xx, yy, xy = maps
    return xx, yy, xy, detail * ratio


def _region(inside: npt.NDArray[np.bool_], xx: Matrix, yy: Matrix, xy: Matrix, scale: float) -> Region:
    angle = 0.5 * float(np.arctan2(2 * xy[inside].sum(), xx[inside].sum() - yy[inside].sum()))
    rows, columns = np.nonzero(inside)
    along = columns * np.cos(angle) + rows * np.sin(angle)
    beside = -columns * np.sin(angle) + rows * np.cos(angle)
    slope = float(np.clip(np.cov(along, beside)[0, 1] / max(1.0, float(np.var(along))), -1, 1))
    slope = slope if np.ptp(along) > np.ptp(beside) else 0.0
    level = beside - slope * along
    middle = (along.min() + along.max()) / 2
    off = (level.min() + level.max()) / 2 + slope * middle
    x, y = middle * np.cos(angle) - off * np.sin(angle), middle * np.sin(angle) + off * np.cos(angle)
    size = float(np.ptp(along) / scale), float(np.ptp(level) / scale)
    return Region((float(x / scale), float(y / scale)), angle, *size, slope)


def unread(regions: Sequence[Region], codes: Sequence[Code]) -> list[Region]:
    """The regions in which no code has been read (a linear code's corners may be one thin line of it)."""
    return [
        region
        for region in regions
        if not any(contains(code.corners, region.centre, region.height / 2) for code in codes)
    ]


def looks_like_bars(view: View) -> bool:
    """Whether the middle of an upright view, averaged down its columns, still changes often between dark and light.

    Text, edges of labels and wood grain do not: averaged, they become gray or one step.
    """
    high = view.image.shape[0]
    profile = view.image[high * 3 // 8 : high * 5 // 8 + 1].mean(axis=0)
    swing = profile - cv2.blur(profile.reshape(1, -1), (61, 1)).ravel()
    sure = swing[np.abs(swing) > max(4.0, 0.25 * float(np.percentile(np.abs(swing), 90)))]
    return int(np.count_nonzero(np.diff(np.sign(sure)))) >= _FEWEST_CHANGES


def upright(gray: Gray, region: Region) -> View:
    """`region` with a quiet margin, its bars upright and in one row, enlarged when small and reduced when large."""
    length, height = region.length * 1.3 + 40, region.height * 1.2 + 20
    zoom = float(np.clip(1200 / length, 0.5, 3.0))
    width, tall = max(32, round(length * zoom)), max(32, round(height * zoom))
    cosine, sine = zoom * np.cos(region.angle), zoom * np.sin(region.angle)
    x, y = region.centre
    along = np.array([cosine, sine, -cosine * x - sine * y])
    beside = np.array([-sine, cosine, sine * x - cosine * y]) - region.slope * along
    forth = np.array([along, beside]) + np.array([[0, 0, width / 2], [0, 0, tall / 2]])
    flags = cv2.INTER_CUBIC if zoom >= 1 else cv2.INTER_AREA
    image = cv2.warpAffine(gray, forth, (width, tall), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return View(image.astype(np.uint8), cv2.invertAffineTransform(forth).astype(np.float64), "deskewed")


def rotated(gray: Gray, angle: float, name: str) -> View:
    """The whole picture turned by `angle` radians, on a canvas that holds all of it."""
    high, wide = gray.shape
    cosine, sine = np.cos(angle), np.sin(angle)
    width, tall = int(wide * abs(cosine) + high * abs(sine)), int(wide * abs(sine) + high * abs(cosine))
    forth = np.array(
        [
            [cosine, sine, width / 2 - cosine * wide / 2 - sine * high / 2],
            [-sine, cosine, tall / 2 + sine * wide / 2 - cosine * high / 2],
        ]
    )
    image = cv2.warpAffine(gray, forth, (width, tall), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return View(image.astype(np.uint8), cv2.invertAffineTransform(forth).astype(np.float64), name)


def scaled(gray: Gray, factor: float, name: str) -> View:
    """The whole picture in another size."""
    way = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    image = cv2.resize(gray, None, fx=factor, fy=factor, interpolation=way)
    return View(image.astype(np.uint8), np.array([[1 / factor, 0, 0], [0, 1 / factor, 0]]), name)


def same_size(image: npt.NDArray[np.uint8], name: str) -> View:
    """A view that differs from the original in its tones only."""
    return View(image, np.array([[1.0, 0, 0], [0, 1.0, 0]]), name)


def sharpened(image: Gray, strength: float = 2.5, radius: float = 3) -> Gray:
    """Edges raised, for pictures out of focus."""
    return cv2.addWeighted(image, strength, cv2.GaussianBlur(image, (0, 0), radius), 1 - strength, 0).astype(np.uint8)


def contrasted(image: Gray) -> Gray:
    """Contrast evened out by tiles, for shade and glare."""
    return cv2.createCLAHE(3.0, (8, 8)).apply(image).astype(np.uint8)


def looks(view: View) -> Iterator[View]:
    """An upright place as it is, smoothed along its bars, brought into focus, with even contrast, and inverted.

    Bars stand upright here, so a tall blur takes the noise away and leaves every edge where it was; what is left bears
    a far stronger sharpening than a picture would. The strengths were measured on blurs of 2 to 2.4 pixels.
    """
    image, high = view.image, view.image.shape[0]
    little, much = (cv2.blur(image, (1, max(3, round(high / part) | 1))).astype(np.uint8) for part in (12, 4))
    yield view
    yield View(little, view.back, view.name + ",smoothed")
    yield View(sharpened(much, 2.5, 5), view.back, view.name + ",focused")
    yield View(sharpened(much, 7, 3), view.back, view.name + ",refocused")
    yield View(contrasted(image), view.back, view.name + ",contrast")
    yield View(255 - image, view.back, view.name + ",inverted")


def whole_views(gray: Gray) -> Iterator[View]:
    """The whole picture in other contrasts, sizes and angles, the most rewarding first; none of a mere strip."""
    if min(gray.shape) < _THINNEST:
        return
    yield same_size(sharpened(gray), "sharpened")
    yield same_size(cv2.medianBlur(gray, 3).astype(np.uint8), "smoothed")
    yield scaled(gray, 0.5, "reduced")
    if max(gray.shape) < 2000:
        yield scaled(gray, 2.0, "enlarged")
    yield same_size(contrasted(gray), "contrast")
    if sum(gray.shape) ** 2 / 2 < max(_TURNED_PIXELS, 3 * gray.size):  # a long strip turned is mostly canvas
        yield rotated(gray, np.pi / 4, "turned")


def to_original(code: Code, view: View) -> Code:
    """`code` read in `view`, with its corners in the original's pixels."""
    if not code.corners:
        return code
    points = np.array([[x, y, 1.0] for x, y in code.corners]) @ view.back.T
    return msgspec.structs.replace(code, corners=tuple((float(x), float(y)) for x, y in points))
