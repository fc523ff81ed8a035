"""Bringing what was scanned or typed to one form, and knowing texts that stand for “no number”."""

from itertools import pairwise

_WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), ord("-"))
_INVISIBLE: dict[int, int | None] = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_FOLD: dict[int, int | None] = {**_WIDE, **_DASHES, **_INVISIBLE, 0x3000: 0x20, 0x00A0: 0x20}
# Not str.strip(): it would eat the group separator (0x1d) that ends a GS1 element.
_EDGE = " \t\r\n\v\f\0"

_WORDS = frozenset({
    "NA", "NONE", "NULL", "NIL", "TEST", "UNKNOWN", "TBD", "SN", "SAMPLE", "DEMO", "SERIAL", "SERIALNO", "SERIALNUMBER",
    "NOTAVAILABLE", "无", "没有", "不详", "暂无", "同上", "样机", "示例", "测试",
})  # fmt: skip


def fold(text: str) -> str:
    """`text` with full-width characters and odd dashes as ASCII, without invisible characters and edge blanks."""
    return text.translate(_FOLD).strip(_EDGE)


def fold_serial(text: str) -> str:
    """A serial number's one form: folded, upper case, no blanks inside."""
    return fold(text).upper().replace(" ", "")


def is_digits(text: str) -> bool:
    """Whether `text` is one or more ASCII digits (str.isdigit also accepts ² and other scripts)."""
    return text.isascii() and text.isdigit()


def is_placeholder(text: str) -> bool:
    """Whether `text` stands for “no number”: empty, NA and the like, one character repeated, digits in a row."""
    core = "".join(character for character in fold_serial(text) if character.isalnum())
    if core in _WORDS or len(set(core)) <= 1:
        return True
    return is_digits(core) and _in_a_row(core)


def _in_a_row(digits: str) -> bool:
    """Whether every digit follows the one before it, up or down (9 and 0 are neighbours)."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(digits)}
    return steps in ({1}, {9})
