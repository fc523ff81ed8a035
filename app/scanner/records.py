"""Cuts what a serial line brings into records, and tells noise from codes."""

from __future__ import annotations

from app.scanner.encodings import read_text

LONGEST_RECORD = 4096
_ENDS, _STX = b"\r\n\x03", 0x02
_ALLOWED = frozenset(b"\t\x04\x1c\x1d\x1e\x1f")


def is_noise(data: bytes) -> bool:
    """Whether bytes are no code's text: control characters that codes do not hold, or no text in any encoding used."""
    if any((byte < 0x20 and byte not in _ALLOWED) or byte == 0x7F for byte in data):
        return True
    for encoding in ("utf-8", "gb18030"):
        try:
            return not data.decode(encoding).isprintable() and not set(data) & _ALLOWED
        except UnicodeDecodeError:
            continue
    return True


class RecordSplitter:
    """Cuts a stream of bytes into records: each ends with CR, LF or ETX, or with silence of `gap_ms`; STX begins one.

    A record longer than 4,096 bytes is noise and is thrown away to its end; so is one that is no text.
    """

    def __init__(self, gap_ms: float = 60.0) -> None:
        self._gap = gap_ms
        self._held = bytearray()
        self._last = 0.0
        self._too_long = False
        self.noise = 0

    def feed(self, data: bytes, at_ms: float) -> list[str]:
        """Take the bytes that came at `at_ms` (none: only time passed); returns the records that ended."""
        records = []
        if self._held and at_ms - self._last > self._gap:
            records.append(self._take())
        for byte in data:
            if byte in _ENDS:
                records.append(self._take())
            elif byte == _STX:
                self._held.clear()
            elif len(self._held) < LONGEST_RECORD:
                self._held.append(byte)
            else:
                self._too_long = True
        if data:
            self._last = at_ms
        return [record for record in records if record]

    def _take(self) -> str:
        data, noisy = bytes(self._held), self._too_long or is_noise(bytes(self._held))
        self._held.clear()
        self._too_long = False
        if noisy:
            self.noise += 1
        return "" if noisy else read_text(data).text
