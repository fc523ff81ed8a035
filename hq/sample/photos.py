"""Photos for the sample: plain drawings of what a camera would show, as small PNG pictures; always the same ones."""

import hashlib
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from hq.sample import signatures
from hq.sample.dice import Dice
from hq.sample.signatures import MEDIA_TYPE, png

_WIDTH, _HEIGHT = 160, 120
_Rows = list[bytearray]


class Photo(NamedTuple):
    """A picture's hash, size and media type, as operations name it."""

    sha256: str
    bytes: int
    media_type: str = MEDIA_TYPE


def _fill(rows: _Rows, left: int, top: int, width: int, height: int, grey: int = 0x28) -> None:
    for row in rows[top : top + height]:
        row[left : left + width] = bytes([grey]) * width


def _bars(rows: _Rows, dice: Dice) -> None:
    """A label with its bar code."""
    at = 20
    while at < _WIDTH - 24:
        width = dice.between(1, 4)
        _fill(rows, at, 50, width, 40)
        at += width + dice.between(1, 4)
    _fill(rows, 20, 20, 70, 6)
    _fill(rows, 20, 32, 50, 6)


def _lines(rows: _Rows, dice: Dice) -> None:
    """A paper with lines of print."""
    for top in range(14, _HEIGHT - 14, 10):
        _fill(rows, 16, top, dice.between(50, _WIDTH - 32), 3)


def _door(rows: _Rows, dice: Dice) -> None:
    """A closed door."""
    _fill(rows, 50, 10, 60, _HEIGHT - 10, 0x90)
    _fill(rows, 96, 60 + dice.below(4), 6, 6)


def _board(rows: _Rows, dice: Dice) -> None:
    """A board with its parts."""
    _fill(rows, 10, 10, _WIDTH - 20, _HEIGHT - 20, 0xB0)
    for _ in range(14):
        _fill(rows, dice.between(14, 120), dice.between(14, 90), dice.between(4, 22), dice.between(4, 14), 0x50)


_DRAWN: dict[str, Callable[[_Rows, Dice], None]] = {
    "label": _bars,
    "invoice": _lines,
    "receipt": _lines,
    "goodwill": _lines,
    "door": _door,
    "photo": _board,
    "water": _board,
}


def pictures() -> tuple[bytes, ...]:
    """All of them."""
    return tuple(map(_picture, _DRAWN))


def photo(name: str) -> Photo:
    """The picture of that name."""
    picture = _picture(name)
    return Photo(hashlib.sha256(picture).hexdigest(), len(picture))


def signature(number: int) -> Photo:
    """A signature as a picture of its order."""
    picture = signatures.pictures()[number % signatures.COUNT]
    return Photo(hashlib.sha256(picture).hexdigest(), len(picture))


@cache
def _picture(name: str) -> bytes:
    rows = [bytearray(b"\xf4" * _WIDTH) for _ in range(_HEIGHT)]
    _DRAWN[name](rows, Dice("photo", name))
    return png(rows)
