"""What scanners put around a code: prefix, suffix, and the AIM identifier that tells its symbology."""

from __future__ import annotations

import re
from typing import NamedTuple

AIM = {
    "A": "Code 39", "C": "Code 128", "E": "EAN/UPC", "d": "Data Matrix", "Q": "QR Code", "G": "Code 93",
    "F": "Codabar", "I": "ITF", "L": "PDF417", "z": "Aztec", "e": "GS1 DataBar", "U": "MaxiCode", "H": "Code 11",
    "M": "MSI", "S": "Interleaved 2 of 5", "h": "Han Xin",
}  # fmt: skip
"""The letter of an AIM identifier (]C1 …) and the family of codes it stands for."""
FORMATS = {
    "A": "Code39", "C": "Code128", "d": "DataMatrix", "Q": "QRCode", "G": "Code93", "F": "Codabar", "I": "ITF",
    "L": "PDF417", "z": "Aztec", "e": "DataBar",
}  # fmt: skip
"""The same as the decoders name their formats; EAN and UPC share a letter and differ by their modifier."""
_RETAIL = {"]E0": "EAN13", "]E4": "EAN8", "]X0": ""}
_IDENTIFIER = re.compile(rf"\][{''.join(AIM)}][0-9A-Za-z](?=.)", re.DOTALL)


class Framed(NamedTuple):
    """A code's content, and the AIM identifier that stood in front of it (empty: none)."""

    content: str
    symbology_id: str = ""

    @property
    def format(self) -> str:
        """The symbology as the decoders name it; empty when it was not told."""
        return _RETAIL.get(self.symbology_id) or FORMATS.get(self.symbology_id[1:2], "")


def unframed(text: str, prefix: str = "", suffix: str = "") -> Framed | None:
    """The content between prefix and suffix, without its AIM identifier, which may stand before the prefix or after it.

    None when a prefix or suffix that is set up is not there. Caps Lock may have turned the letters of both around.
    """
    head = aim_of(text)
    rest = text[len(head) :]
    if not _begins(rest, prefix):
        head, rest = "", text
    if not _begins(rest, prefix) or not _begins(rest[::-1], suffix[::-1]) or len(rest) < len(prefix) + len(suffix):
        return None
    rest = rest[len(prefix) : len(rest) - len(suffix)]
    inner = "" if head else aim_of(rest)
    return Framed(rest[len(inner) :], head or inner)


def aim_of(text: str) -> str:
    """The AIM identifier at the beginning of the text; empty when there is none."""
    found = _IDENTIFIER.match(text)
    return found.group() if found else ""


def symbology_words(symbology_id: str) -> str:
    """Family and identifier for people: “Code 128 ]C1”; empty when nothing was told."""
    return " ".join(filter(None, (AIM.get(symbology_id[1:2], ""), symbology_id)))


def _begins(text: str, start: str) -> bool:
    return text[: len(start)] in (start, start.swapcase())
