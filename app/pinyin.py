"""Finding Chinese words by what a keyboard without an input method types: pinyin, whole or by first letters."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

_HEARD = 20_000  # texts whose readings are kept: the names of a catalogue of parts in both languages


class _Character(NamedTuple):
    """How one character may be typed: whole, or by a first letter."""

    readings: tuple[str, ...]
    firsts: str


def spells(text: str, typed: str) -> bool:
    """Whether ``typed`` (one word, case folded) spells neighbouring characters of ``text``.

    Each character may be spelt whole or by its first letter, by any of its readings: 黑屏 is found by "hp", "heiping"
    and "hping", 重 by "z" and "c". The last one may be unfinished. Latin letters and digits stand for themselves,
    punctuation is passed over.
    """
    characters, first = _characters(text), typed[:1]
    starts = [place for place, one in enumerate(characters) if first in one.firsts]
    return any(_from(characters[start:], typed) for start in starts)


def begins(text: str, typed: str) -> bool:
    """As `spells`, from the first character of ``text`` on."""
    return _from(_characters(text), typed)


def load() -> None:
    """Read the table of readings now (some 0.1 s), before somebody types and waits for it."""
    _table()


def _from(characters: tuple[_Character, ...], typed: str) -> bool:
    if not typed:
        return False
    spelt = {0}  # how much of what was typed the characters so far may have used up
    for one in characters:
        further = set()
        for used in spelt:
            rest = typed[used:]
            if rest[0] not in one.firsts:
                continue
            further.add(used + 1)
            for reading in one.readings:
                if reading.startswith(rest):
                    return True
                if rest.startswith(reading):
                    further.add(used + len(reading))
        if not further:
            return False
        spelt = further
    return False


@lru_cache(maxsize=_HEARD)
def _characters(text: str) -> tuple[_Character, ...]:
    """The letters, digits and characters of a Chinese text; none of ASCII, which is found as it is."""
    if text.isascii():
        return ()
    return tuple(_of(character) for character in text.casefold() if character.isalnum())


@cache
def _of(character: str) -> _Character:
    marked = _table().get(ord(character))
    readings = tuple(dict.fromkeys(_plain(one) for one in marked.split(","))) if marked else (character,)
    return _Character(readings, "".join(dict.fromkeys(one[0] for one in readings)))


def _plain(reading: str) -> str:
    """A reading without its tone; ü is typed as v."""
    letters = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(one for one in letters if not unicodedata.combining(one))


@cache
def _table() -> Mapping[int, str]:
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")  # which reading a word has: here every one counts
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")
    from pypinyin.constants import PINYIN_DICT

    table: Mapping[int, str] = PINYIN_DICT
    return table
