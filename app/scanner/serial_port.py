"""Scanners on a serial port (USB virtual COM ports too): their records as codes' texts."""

import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

import serial
from serial.tools import list_ports

from app.scanner.codes import decode_text
from core.refusals import Refusal

LONGEST_RECORD = 4096
_POLL_S = 0.05


def ports() -> list[tuple[str, str]]:
    """The serial ports of this computer: name to open, and a description."""
    return [(str(port.device), str(port.description or port.device)) for port in list_ports.comports()]


class RecordSplitter:
    """Cuts a stream of bytes into records: each ends with CR or LF, or with silence of `gap_ms`.

    A record longer than 4,096 bytes is noise and is thrown away to its end.
    """

    def __init__(self, gap_ms: float = 60.0) -> None:
        self._gap = gap_ms
        self._held = bytearray()
        self._last = 0.0
        self._too_long = False

    def feed(self, data: bytes, at_ms: float) -> list[str]:
        """Take the bytes that came at `at_ms` (none: only time passed); returns the records that ended."""
        records = []
        if self._held and at_ms - self._last > self._gap:
            records.append(self._take())
        for byte in data:
            if byte in b"\r\n":
                records.append(self._take())
            elif len(self._held) < LONGEST_RECORD:
                self._held.append(byte)
            else:
                self._too_long = True
        if data:
            self._last = at_ms
        return [record for record in records if record]

    def _take(self) -> str:
        record = "" if self._too_long else decode_text(bytes(self._held))
        self._held.clear()
        self._too_long = False
        return record


class SerialScanner:
    """A scanner at a port, opened by name; use as a context manager.

    Refuses `serial_port_missing` when the port can't be opened; :meth:`records` refuses `serial_port_unplugged`.
    """

    def __init__(self, port: str, baud: int = 9600, gap_ms: float = 60.0) -> None:
        self.port = port
        self._splitter = RecordSplitter(gap_ms)
        try:
            self._line = serial.Serial(port, baud, timeout=_POLL_S)
        except (serial.SerialException, ValueError, OSError) as error:
            problem = getattr(error, "strerror", None) or str(error)
            raise Refusal("serial_port_missing", port=port, problem=problem) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the port back; closing twice is fine."""
        self._line.close()

    def records(self, stopped: Callable[[], bool]) -> Iterator[str]:
        """Each record's text as it comes, until `stopped()` is true (looked at twenty times a second)."""
        while not stopped():
            yield from self._splitter.feed(self._read(), time.monotonic() * 1000)

    def _read(self) -> bytes:
        try:
            data: bytes = self._line.read(max(1, self._line.in_waiting))
        except (serial.SerialException, OSError, TypeError) as error:  # TypeError: closed while it was reading
            raise Refusal("serial_port_unplugged", port=self.port) from error
        return data
