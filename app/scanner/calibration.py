"""A scan of a code whose text is known tells how a scanner is set up: frame, layout, Caps Lock, GS, and its end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.scanner.frame import aim_of
from app.scanner.strokes import GS, LAYOUTS, Stroke, as_typed, by_position, caps_lock
from app.scanner.wedge import GS_AS_ITSELF, Input, WedgeSettings

_HEAD, _TAIL = "Yz-0189", "Aq_Wm/?"
BARS_TEXT = _HEAD + _TAIL
"""What the bars say: letters that change places between layouts, both cases, digits and punctuation."""
MATRIX_TEXT = _HEAD + GS + _TAIL
"""What the QR code says: the same around a group separator, which bars can't hold."""


class Calibration(NamedTuple):
    """What the test scan revealed. `believed`: whether its rhythm is a scanner's without any further setting.

    `gs`: "" (there was none to see, or it was lost), "control" for the character itself, else what stands for it.
    """

    settings: WedgeSettings
    symbology_id: str
    gs: str
    believed: bool
    median_ms: float


def calibrate(row: Input) -> Calibration | None:
    """What the keys of a test scan reveal; None when they do not hold the test code's text."""
    for layout, caps, text in _readings(row.strokes):
        found = _pattern(caps).fullmatch(text)
        if found is None:
            continue
        prefix, head = _without_aim(found["prefix"])
        gs = found["gs"]
        settings = WedgeSettings(
            prefix=prefix,
            suffix=found["suffix"],
            gs=GS_AS_ITSELF if gs == GS else gs,
            layout=layout,
            caps=caps if caps_lock(row.strokes) else "",
            enters=row.ends,
        )
        return Calibration(settings, head, "control" if gs == GS else gs, row.kind == "scan", row.rhythm.median_ms)
    return None


def _readings(strokes: Sequence[Stroke]) -> Iterator[tuple[str, str, str]]:
    """Every reading of the keys: (layout, what Caps Lock does, text); by places first, which no input method spoils."""
    for layout in LAYOUTS:
        placed = by_position(strokes, layout)
        if placed is not None:
            yield layout, "swap", placed
            yield layout, "keep", placed
    typed = as_typed(strokes)
    if typed is not None:
        caps = caps_lock(strokes)
        yield "pc", "swap", typed.swapcase() if caps else typed
        yield "pc", "keep", typed


def _pattern(caps: str) -> re.Pattern[str]:
    """The test text and what may stand around and inside it; who makes up for Caps Lock turns its letters around."""
    head, tail = (_HEAD, _TAIL) if caps == "swap" else (_HEAD.swapcase(), _TAIL.swapcase())
    around = r"{prefix}{head}(?P<gs>.{{0,3}}?){tail}(?P<suffix>.{{0,20}})"
    words = around.format(prefix=r"(?P<prefix>.{0,20}?)", head=re.escape(head), tail=re.escape(tail))
    return re.compile(words, re.DOTALL)


def _without_aim(text: str) -> tuple[str, str]:
    """A prefix without the AIM identifier, which stands before or behind the characters that were set up."""
    for place in range(len(text)):
        if head := aim_of(text[place:] + "."):
            return text[:place] + text[place + len(head) :], head
    return text, ""
