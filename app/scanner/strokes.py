"""Keys as a keyboard-wedge scanner presses them: when, where on the keyboard, and what that place means by layout."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

ENTER, TAB, GS = "\r", "\t", "\x1d"
TERMINATORS = frozenset({ENTER, TAB})


@dataclass(slots=True, eq=False)
class Stroke:
    """One key that went down at `at_ms`.

    `text` is what the computer's layout made of it; empty when an input method took the key. `position` is the key's
    place on the keyboard (the kernel's code; 0: not known), `caps` whether Caps Lock was on (None: not known).
    `up_ms` is when it was let go, `overlaps` whether another key was still down then, as under a person's two hands.
    """

    at_ms: float
    text: str = ""
    position: int = 0
    shift: bool = False
    caps: bool | None = None
    repeated: bool = False
    up_ms: float | None = None
    overlaps: bool = False

    @property
    def hold_ms(self) -> float | None:
        """How long the key was down; None when nobody told."""
        return None if self.up_ms is None else self.up_ms - self.at_ms


def _rows(*rows: tuple[int, str, str]) -> dict[int, tuple[str, str]]:
    return {
        first + step: (plain, shifted)
        for first, plains, shifteds in rows
        for step, (plain, shifted) in enumerate(zip(plains, shifteds, strict=True))
    }


_PAD = {
    place: (key, key)
    for place, key in {
        71: "7", 72: "8", 73: "9", 74: "-", 75: "4", 76: "5", 77: "6", 78: "+", 79: "1", 80: "2", 81: "3", 82: "0",
        83: ".", 55: "*", 98: "/", 57: " ",
    }.items()
}  # fmt: skip
PAD_DIGITS = {place: key for place, (key, _) in _PAD.items() if key.isdigit()}
LAYOUTS: dict[str, dict[int, tuple[str, str]]] = {
    "us": _PAD | _rows(
        (2, "1234567890-=", "!@#$%^&*()_+"), (16, "qwertyuiop[]", "QWERTYUIOP{}"), (30, "asdfghjkl;'", 'ASDFGHJKL:"'),
        (41, "`", "~"), (43, "\\", "|"), (44, "zxcvbnm,./", "ZXCVBNM<>?"), (86, "\\", "|"),
    ),
    "de": _PAD | _rows(
        (2, "1234567890ß´", '!"§$%&/()=?`'), (16, "qwertzuiopü+", "QWERTZUIOPÜ*"), (30, "asdfghjklöä", "ASDFGHJKLÖÄ"),
        (41, "^", "°"), (43, "#", "'"), (44, "yxcvbnm,.-", "YXCVBNM;:_"), (86, "<", ">"),
    ),
    "fr": _PAD | _rows(
        (2, "&é\"'(-è_çà)=", "1234567890°+"), (16, "azertyuiop^$", "AZERTYUIOP¨£"), (30, "qsdfghjklmù", "QSDFGHJKLM%"),
        (41, "²", "²"), (43, "*", "µ"), (44, "wxcvbn,;:!", "WXCVBN?./§"), (86, "<", ">"),
    ),
}  # fmt: skip
"""What each place gives without and with Shift, on the layouts that scanners are set to most."""


def by_position(strokes: Iterable[Stroke], layout: str) -> str | None:
    """The text by the keys' places on `layout` and Shift alone, whatever the computer made of them.

    Control characters stay as they are. None when a key's place is not known.
    """
    table, text = LAYOUTS[layout], ""
    for stroke in strokes:
        pair = table.get(stroke.position)
        if stroke.text and stroke.text < " ":
            text += stroke.text
        elif pair is None:
            return None
        else:
            text += pair[stroke.shift]
    return text


def as_typed(strokes: Iterable[Stroke]) -> str | None:
    """The text by the computer's layout; None when an input method took one of the keys."""
    texts = [stroke.text for stroke in strokes]
    return "".join(texts) if all(texts) else None


def caps_lock(strokes: Iterable[Stroke]) -> bool:
    """Whether Caps Lock is known to have been on."""
    return any(stroke.caps for stroke in strokes)
