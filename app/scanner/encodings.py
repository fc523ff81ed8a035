"""The text of a matrix code's bytes when it declares no encoding: never a silent guess between two that both fit."""

import unicodedata
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

# What a decoder's own guess may stem from; a text that none of these gives was put together from declared parts.
_GUESSED = ("utf-8", "latin-1", "cp1252", "cp932", "shift_jis", "gb18030", "big5", "euc-jp", "euc-kr")

_HALF_KANA = range(0xFF61, 0xFFA0)  # the half-width marks and kana of Shift-JIS, one byte each
_VOICED, _HALF_VOICED = "\uff9e", "\uff9f"
_VOICEABLE = frozenset("ｳｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎ")
_HALF_VOICEABLE = frozenset("ﾊﾋﾌﾍﾎ")
_NEVER_FIRST = frozenset("ｧｨｩｪｫｬｭｮｯｰﾞﾟ")


class Reading(NamedTuple):
    """A text, and whether it is the only one these bytes can sensibly mean."""

    text: str
    certain: bool


def read_text(raw: bytes, guess: str = "") -> Reading:
    """The text of `raw`: strict UTF-8, then GB18030 as Chinese invoices and labels use; `guess` is the decoder's own.

    Where the guess fits as well (Japanese kana, Latin letters between others), the more usual one is given and said
    to be uncertain.
    """
    unicode = _decoded(raw, "utf-8")
    if unicode is not None:
        return Reading(unicode, unicode.isascii() or guess in {"", unicode} or _decoded(raw, "gb2312") is None)
    chinese = _decoded(raw, "gb18030")
    if guess and "\ufffd" not in guess and all(_decoded(raw, name) != guess for name in _GUESSED):
        return Reading(guess, certain=False)
    if chinese is None:
        return Reading(guess or raw.decode("latin-1"), certain=False)
    if _decoded(raw, "gb2312") is None:
        rival = any(fits(guess) for fits in _PLAUSIBLE)
        return Reading(guess, certain=False) if rival else Reading(chinese, certain=True)
    if not _half_width_kana(guess):
        return Reading(chinese, certain=True)
    return Reading(guess if _VOICED in guess or _HALF_VOICED in guess else chinese, certain=False)


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _runs(text: str) -> list[str]:
    """The pieces of `text` that are not ASCII."""
    return "".join(character if ord(character) > 127 else " " for character in text).split()


def _half_width_kana(text: str) -> bool:
    """Whether all that is not ASCII is half-width kana, spelt as kana can be."""
    runs = _runs(text)
    return bool(runs) and all(_is_spelt(run) for run in runs)


def _is_spelt(run: str) -> bool:
    if run[0] in _NEVER_FIRST or any(ord(character) not in _HALF_KANA for character in run):
        return False
    return all(
        (mark != _VOICED or before in _VOICEABLE) and (mark != _HALF_VOICED or before in _HALF_VOICEABLE)
        for before, mark in pairwise(run)
    )


def _kana(text: str) -> bool:
    """Whether there are hiragana or full-width katakana."""
    return any("\u3041" <= character <= "\u30fa" for character in text)


def _kanji(text: str) -> bool:
    """Whether all that is not ASCII is ideographs."""
    runs = _runs(text)
    return bool(runs) and all("\u4e00" <= character <= "\u9fff" for run in runs for character in run)


def _latin(text: str) -> bool:
    """Whether what is not ASCII is one or two Latin letters at a time, beside ASCII ones (société, für)."""
    runs = _runs(text)
    usual = all(len(run) < 3 and all(_is_latin(character) for character in run) for run in runs)
    return bool(runs) and usual and sum(character.isascii() and character.isalpha() for character in text) > len(runs)


def _is_latin(character: str) -> bool:
    return "\u00c0" <= character <= "\u024f" and unicodedata.category(character) in {"Lu", "Ll"}


# What a guess must look like to rival a text with characters beyond GB2312, which are rare.
_PLAUSIBLE: tuple[Callable[[str], bool], ...] = (_kana, _half_width_kana, _kanji, _latin)
