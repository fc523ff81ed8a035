"""Texts and bytes as a person may see them: what is invisible, or hides or turns its neighbours, is spelt out."""

import re

#: Characters that hide or turn what stands beside them (zero width, writing direction) are spelt out.
_HIDING = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\x80-\x9f\ud800-\udfff]")
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "␡"}


def shown(text: str) -> str:
    """The text with control characters as visible pictures (␝ for the group separator); the bytes keep them."""
    return _HIDING.sub(lambda found: f"‹{ord(found[0]):04X}›", text.translate(_PICTURES))


def shown_bytes(raw: bytes) -> str:
    """Bytes one by one, with no encoding guessed: ASCII as itself or its picture, any other as ‹E6›."""
    return "".join(f"‹{byte:02X}›" if byte > 0x7F else _PICTURES.get(byte, chr(byte)) for byte in raw)
