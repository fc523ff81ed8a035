"""Rhythms of people and scanners, as tables: what the wedge detector must tell apart, and how often it errs.

The people's figures stand for fast professional typists (median gaps from 60 ms, rolled pairs of 20–30 ms), number
pads, held keys and fingers drawn over the keys; the scanners' for USB, radio, delayed and coarsely timed ones.
"""

import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from app.scanner.strokes import ENTER, LAYOUTS, Stroke
from app.scanner.wedge import BurstDetector, Input, WedgeSettings

_US = {text: (place, shifted) for place, pair in LAYOUTS["us"].items() for shifted, text in enumerate(pair)}
_US |= {"\r": (28, 0), "\t": (15, 0)}
_TAP_MS = 85.0
"""The fastest finger strikes one key twelve times a second."""


class Class(NamedTuple):
    """Gaps in ms: the usual one and its spread (of a normal law), a share of rolled keys, how long keys are down."""

    name: str
    gap: float
    spread: float
    rolled: float = 0.0
    hold: float = 4.0
    tick: float = 1.0  # the clock's step: 1 ms, or Windows' 15.6


PEOPLE = (
    Class("slow, two fingers", 220, 80, 0.0, 110),
    Class("average", 150, 50, 0.05, 100),
    Class("fast", 90, 30, 0.2, 85),
    Class("fastest", 60, 18, 0.35, 75),
    Class("fastest, coarse clock", 60, 18, 0.35, 75, 15.625),
    Class("number pad", 110, 25, 0.0, 80),
    Class("number pad, fastest", 70, 15, 0.1, 65),
    Class("fingers drawn over keys", 18, 6, 1.0, 90),
)
SCANNERS = (
    Class("USB, 1 ms", 2, 0.5, hold=1),
    Class("USB, 8 ms", 8, 1, hold=4),
    Class("USB, coarse clock", 8, 1, hold=4, tick=15.625),
    Class("radio", 14, 5, hold=7),
    Class("radio, weak", 24, 7, hold=10),
    Class("delay of 20 ms", 20, 2, hold=8),
    Class("delay of 50 ms", 50, 2, hold=8),
)


def strokes_of(text: str, kind: Class, dice: random.Random, start: float = 0.0) -> list[tuple[float, Stroke, bool]]:
    """The downs and ups of a text in their order: (time, key, whether it goes down)."""
    out, at, up = [], start, {}
    for key, after in zip(text, text[1:] + " ", strict=True):
        place, shifted = _US.get(key, (0, 0))
        stroke = Stroke(_ticked(at, kind.tick), key, place, bool(shifted), caps=False)
        if key in up and up[key][1] > at - 5:  # it has to come up before it can go down again
            out[up[key][0]] = (at - 5, *out[up[key][0]][1:])
        out.append((stroke.at_ms, stroke, True))
        hold = max(0.5, dice.gauss(kind.hold, kind.hold / 5))
        if kind in SCANNERS:
            hold = min(hold, kind.gap * 0.6)  # a scanner lets go before it presses the next key
        out.append((_ticked(at + hold, kind.tick), stroke, False))
        up[key] = len(out) - 1, at + hold
        rolled = dice.random() < kind.rolled
        at += max(0.6, dice.uniform(20, 30) if rolled and kind.gap > 40 else dice.gauss(kind.gap, kind.spread))
        if kind.gap > 40 and after in up and kind not in SCANNERS:
            at = max(at, out[up[after][0] - 1][0] + _TAP_MS)
    if kind in SCANNERS:
        return out
    return sorted(out, key=lambda one: (one[0], one[2]))


def _ticked(at: float, tick: float) -> float:
    return at // tick * tick


def play(events: list[tuple[float, Stroke, bool]], settings: WedgeSettings | None = None) -> list[Input]:
    """What a detector makes of them, silence at the end included."""
    detector = BurstDetector(settings)
    rows, at = [], 0.0
    for at, stroke, down in events:
        if down:
            rows += detector.press(stroke)
        else:
            detector.release(stroke.position, at)
    return rows + detector.flush(at + 10_000)


def scans_of(rows: list[Input]) -> list[str]:
    """The texts of the scans among the rows."""
    return [row.text for row in rows if row.kind == "scan"]


def without_releases(events: list[tuple[float, Stroke, bool]]) -> list[tuple[float, Stroke, bool]]:
    """The same keys where nobody tells when they go up, nor where they are."""
    return [(at, replace(stroke, position=0), True) for at, stroke, down in events if down]


WORDS = (
    "K35U5523A0810472", "LED55K35U", "6901234567892", "260531793113837", "SZ-260317-0271", "1380013800013912345678",
    "shenzhen nanshan", "2026-03-17", "HTTPS://ID.GS1.ORG/01/09506000134352", "panel flickers after ten minutes",
)  # fmt: skip


def table(runs: int = 400) -> Iterator[tuple[str, str, float]]:
    """By class: false accepts of people (in percent of rows), false rejects of scanners, with and without ups."""
    for kind in (*PEOPLE, *SCANNERS):
        for told in (True, False):
            dice, wrong = random.Random(7), 0
            for number in range(runs):
                text = WORDS[number % len(WORDS)]
                events = strokes_of(text + ENTER, kind, dice)
                rows = play(events if told else without_releases(events))
                wrong += any(row.kind != "typing" for row in rows) if kind in PEOPLE else scans_of(rows) != [text]
            yield kind.name, "downs and ups" if told else "downs only", 100 * wrong / runs


if __name__ == "__main__":
    for line in table(int(sys.argv[1]) if len(sys.argv) > 1 else 400):
        print("{:26} {:14} {:6.2f} %".format(*line))  # noqa: T201 - a bench prints
