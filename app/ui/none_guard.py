"""Keeps Python below 3.12 alive under Qt wheels that were built as if None, True and False were never counted.

Wheels of PySide6 6.12 use a stable interface in which these three are immortal, as they are since Python 3.12.
Python 3.10 and 3.11 count them: each call that answers None takes one reference too many away, and after some
ten thousand calls the interpreter stops with "deallocating None". Their count is therefore raised out of reach.
"""

from __future__ import annotations

import ctypes
import sys

_OUT_OF_REACH = 1 << 40


def apply() -> bool:
    """Raises the counts once; True when this Python needed it."""
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython":
        return False
    for single in (None, True, False):
        count = ctypes.c_ssize_t.from_address(id(single))
        if count.value < _OUT_OF_REACH:
            count.value += 2 * _OUT_OF_REACH
    return True
