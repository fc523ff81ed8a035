"""Runs before the bundled program: lets pyzbar find the bar-code library that lies in the bundle.

pyzbar asks `ctypes.util.find_library("zbar")`, which looks into the host's list of libraries only: on a machine that
has no libzbar it finds none, though the bundle has one.
"""

import ctypes.util
import sys
from pathlib import Path

_BUNDLED = Path(getattr(sys, "_MEIPASS", ".")) / "libzbar.so.0"
_find_on_host = ctypes.util.find_library


def _find_library(name: str) -> str | None:
    """Answer with the bundled libzbar; anything else is the host's affair."""
    return str(_BUNDLED) if name == "zbar" and _BUNDLED.exists() else _find_on_host(name)


ctypes.util.find_library = _find_library
