"""From the keys of a burst to the text the scanner meant: layout, Caps Lock, input method, group separators, frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.scanner.frame import unframed
from app.scanner.strokes import GS, LAYOUTS, Stroke, as_typed, by_position, caps_lock
from app.scanner.wedge import WedgeSettings
from core.refusals import Refusal

_WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
ADDRESSES = ("http://", "https://")


class WedgeText(NamedTuple):
    """What a scan says. `raw` is the text as it came, frame and all; `mended` names what was put right.

    `mended`: "caps" | "caps_kept" | "layout" | "input_method" | "wide", in the words of the test bench.
    """

    text: str
    symbology_id: str
    format: str
    raw: str
    mended: tuple[str, ...] = ()


def read_keys(strokes: Sequence[Stroke], settings: WedgeSettings) -> WedgeText:
    """The text that was meant.

    Refuses `scan_layout` when the scanner's keyboard and the computer's may differ and nobody has told which one it
    is set to, `scan_swallowed` when an input method took keys whose place is not known.
    """
    raw, mended = _letters(strokes, settings)
    wide = raw.translate(_WIDE)
    if wide != raw:
        mended = (*mended, "wide")
    text = wide.replace(settings.gs, GS) if settings.gs else wide
    framed = unframed(text, settings.prefix, settings.suffix)
    if framed is None or not framed.content:
        raise Refusal("scan_frame", text=text[:80])
    return WedgeText(framed.content, framed.symbology_id, framed.format, text, mended)


def _letters(strokes: Sequence[Stroke], settings: WedgeSettings) -> tuple[str, tuple[str, ...]]:
    """The characters, and how they were found."""
    typed, caps = as_typed(strokes), caps_lock(strokes)
    if settings.layout in LAYOUTS or typed is None:
        placed = by_position(strokes, settings.layout if settings.layout in LAYOUTS else "us")
        if placed is None and typed is None:
            raise Refusal("scan_swallowed")
        if placed is not None:
            how = ("input_method",) if typed is None else ("layout",) if placed.lower() != typed.lower() else ()
            return _with_caps(placed, placed.swapcase(), settings, how) if caps else (placed, how)
    assert typed is not None, "what has no places has texts"
    if settings.layout == "" and _differs(strokes, typed):
        raise Refusal("scan_layout", text=typed[:80])
    return _with_caps(typed.swapcase(), typed, settings, ()) if caps else (typed, ())


def _differs(strokes: Sequence[Stroke], typed: str) -> bool:
    """Whether a keyboard as in the USA, to which scanners are set when they leave the factory, means something else."""
    placed = by_position(strokes, "us")
    return placed is not None and placed.lower() != typed.translate(_WIDE).lower()


def _with_caps(plain: str, kept: str, settings: WedgeSettings, how: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """With Caps Lock on: `plain` when the scanner knows nothing of it, `kept` when it makes up for it itself.

    Which one it is was found by a test scan, or is told by the letters: labels are printed in capitals. Of all other
    letters the plain ones count, because most scanners know nothing of Caps Lock.
    """
    swap = settings.caps == "swap" or (settings.caps == "" and not _is_likely(kept, plain))
    if plain == kept:
        return plain, how
    return (plain, (*how, "caps")) if swap else (kept, (*how, "caps_kept"))


def _is_likely(kept: str, plain: str) -> bool:
    return kept.isupper() and plain.islower() and not plain.startswith(ADDRESSES)
