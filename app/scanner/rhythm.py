"""The rhythm of a row of keys: a scanner's, or a person's. Pure statistics, no state."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from app.scanner.strokes import Stroke

SPLIT_MS = 300.0
"""Longer silences end a row; shorter ones may stand inside a scan that was delivered in pieces."""
_LEAST_PAUSE_MS, _PAUSE_GAPS = 25.0, 4.0
_PIECE = 3
_HELD_MS, _HELD_TIMES = 40.0, 3.0
_LIKE_MS, _LIKE_TIMES = 5.0, 2.0
_TAPPED_MS, _TAPPED_TIMES = 20.0, 2.0


class Bound(NamedTuple):
    """A class of scanners: at least `keys` keys, half the gaps up to `median_ms`, nine of ten up to `most_ms`.

    `spread_ms`: the most between the slowest and the fastest of the middle eight tenths of the gaps; twice as much when
    the keys were seen going up sooner than any finger lets go.
    """

    rule: str
    keys: int
    median_ms: float
    most_ms: float
    spread_ms: float


BOUNDS = (
    Bound("machine", 6, 16.0, 34.0, 34.0),
    Bound("fast", 6, 35.0, 55.0, 30.0),
    Bound("steady", 6, 65.0, 75.0, 10.0),
)
"""USB scanners and Windows' coarse clock; radio scanners; scanners that were told to wait between characters."""


class Rhythm(NamedTuple):
    """Median gap, its ninth tenth and spread in ms over `keys` keys; `rule` is the bound it keeps, empty: none."""

    keys: int
    median_ms: float
    most_ms: float
    spread_ms: float
    rule: str


def median(values: Sequence[float]) -> float:
    """The middle value; 0 of none."""
    return statistics.median(values) if values else 0.0


def gaps_of(strokes: Sequence[Stroke]) -> list[float]:
    """The times between keys, in ms."""
    return [after.at_ms - before.at_ms for before, after in pairwise(strokes)]


def rhythm_of(pieces: Sequence[Sequence[Stroke]]) -> Rhythm:
    """The rhythm inside the pieces; the pauses between them do not count."""
    keys = sum(map(len, pieces))
    gaps = sorted(gap for piece in pieces for gap in gaps_of(piece))
    if not gaps:
        return Rhythm(keys, 0.0, 0.0, 0.0, "")
    low, most = _tenth(gaps, 1), _tenth(gaps, 9)
    found = Rhythm(keys, median(gaps), most, most - low, "")
    hold = usual_hold([stroke for piece in pieces for stroke in piece])
    looser = _TAPPED_TIMES if hold is not None and hold <= _TAPPED_MS else 1.0
    rule = next((bound.rule for bound in BOUNDS if _keeps(found, bound, looser)), "")
    return found._replace(rule=rule)


def _tenth(ordered: Sequence[float], tenths: int) -> float:
    return ordered[min(len(ordered) - 1, round((len(ordered) - 1) * tenths / 10))]


def _keeps(found: Rhythm, bound: Bound, looser: float) -> bool:
    slow = found.median_ms > bound.median_ms or found.most_ms > bound.most_ms
    return not slow and found.spread_ms <= looser * bound.spread_ms and found.keys >= bound.keys


def pieces_of(strokes: Sequence[Stroke]) -> list[list[Stroke]]:
    """The row cut where it paused: at gaps of more than four times its median, and of 25 ms at least."""
    gaps = gaps_of(strokes)
    pause = max(_LEAST_PAUSE_MS, _PAUSE_GAPS * median(gaps))
    pieces = [[*strokes[:1]]]
    for gap, stroke in zip(gaps, strokes[1:], strict=True):
        if gap > pause:
            pieces.append([])
        pieces[-1].append(stroke)
    return pieces


def is_quick(piece: Sequence[Stroke]) -> bool:
    """Whether a piece of three keys or more could be a scanner's."""
    found = rhythm_of([piece])
    return found.keys >= _PIECE and any(
        found.median_ms <= bound.median_ms and found.spread_ms <= bound.spread_ms for bound in BOUNDS
    )


def is_held(stroke: Stroke, usual_ms: float | None) -> bool | None:
    """Whether the key was held as people hold keys, beside a scanner's `usual_ms`; None when nobody can tell."""
    hold = stroke.hold_ms
    if hold is None or usual_ms is None or _LIKE_TIMES * usual_ms + _LIKE_MS < hold <= _held_ms(usual_ms):
        return None
    return hold > _held_ms(usual_ms)


def _held_ms(usual_ms: float) -> float:
    return max(_HELD_MS, _HELD_TIMES * usual_ms)


def covers(stroke: Stroke, others: Sequence[Stroke]) -> bool:
    """Whether two other keys or more went down while this one was down: it is not of their hand."""
    up = stroke.up_ms
    return up is not None and sum(stroke.at_ms < other.at_ms < up for other in others) > 1


def usual_hold(strokes: Sequence[Stroke]) -> float | None:
    """The median time that the row's keys were down; None when most of them were not seen going up."""
    holds = [hold for stroke in strokes if (hold := stroke.hold_ms) is not None]
    return statistics.median(holds) if len(holds) * 2 > len(strokes) else None
