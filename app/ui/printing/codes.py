"""Bar codes as modules, ready to be drawn as rectangles of whole dots."""

from __future__ import annotations

from typing import Any

import barcode

CODE128_QUIET = 10
"""Modules of white that Code 128 needs at each side."""
QR_QUIET = 4
"""Modules of white that a QR code needs around it."""


def code128(text: str) -> str:
    """The modules of a Code 128 as "1" (bar) and "0" (space); ValueError for text it cannot hold."""
    if not text or not text.isascii() or not text.isprintable():
        raise ValueError(f"not a text for Code 128: {text!r}")
    made: Any = barcode.get("code128", text)
    modules: str = made.build()[0]
    return modules


def qr(text: str) -> list[list[bool]]:
    """The modules of a QR code, row by row, True = dark, without quiet zone; ValueError for an empty text."""
    import zxingcpp  # heavy: not before something is printed

    if not text:
        raise ValueError("an empty QR code")
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image: Any = zxingcpp.write_barcode_to_image(made, scale=1, add_quiet_zones=False)
    rows: Any = memoryview(image).tolist()
    return [[cell < 128 for cell in row] for row in rows]
