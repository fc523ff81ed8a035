"""Scanners on a serial port (USB virtual COM ports too): found again after they were unplugged, and their speed."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Literal, NamedTuple, Self

import serial
from serial.tools import list_ports

from app.scanner.records import RecordSplitter, is_noise
from core.refusals import Refusal

SPEEDS = (9600, 19200, 38400, 57600, 115200, 4800, 2400)
PARITIES = ("N", "E", "O")
_POLL_S, _LOOK_AGAIN_S = 0.05, 0.5
_PROBE_SILENCE_MS = 120.0
_PROBE_LEAST = 4
_REFUSED = {errno.EACCES, errno.EBUSY, errno.EAGAIN}
"""No right to open it, or another program has it: its bytes would go to one of the two by chance."""


class Port(NamedTuple):
    """A serial port of this computer: the name to open, a description, and what tells the device among others."""

    name: str
    description: str
    device: str = ""


class Line(NamedTuple):
    """How to reach a scanner: port, speed, parity (N, E, O), and the device that was there when it was set up."""

    port: str
    baud: int = 9600
    parity: str = "N"
    device: str = ""


class LineState(NamedTuple):
    """How a line stands; `refusal` says why it is not connected."""

    state: Literal["connected", "looked_for", "refused"]
    port: str
    refusal: Refusal | None = None


class Tried(NamedTuple):
    """One step of the search for a speed: waiting for a scan at it, noise came, or it fits."""

    baud: int
    state: Literal["waiting", "noise", "fits"]
    raw: bytes = b""


def ports() -> list[Port]:
    """The serial ports of this computer; USB devices carry maker, product and their own serial number."""
    return [
        Port(
            str(port.device),
            str(port.description or port.device),
            f"{port.vid:04X}:{port.pid:04X}:{port.serial_number or ''}" if port.vid is not None else "",
        )
        for port in list_ports.comports()
    ]


class SerialScanner:
    """A scanner at a port, opened by name; use as a context manager.

    Refuses `serial_port_missing` or `serial_port_refused` when the port can't be opened; :meth:`records` refuses
    `serial_port_unplugged`.
    """

    def __init__(self, port: str, baud: int = 9600, gap_ms: float = 60.0, parity: str = "N") -> None:
        self.port = port
        self._splitter = RecordSplitter(gap_ms)
        try:
            self._line = serial.Serial(port, baud, timeout=_POLL_S, parity=parity, exclusive=True)
        except (serial.SerialException, ValueError, OSError) as error:
            problem = getattr(error, "strerror", None) or str(error)
            code = "serial_port_refused" if getattr(error, "errno", None) in _REFUSED else "serial_port_missing"
            raise Refusal(code, port=port, problem=problem) from error

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
            yield from self._splitter.feed(self.read(), time.monotonic() * 1000)

    def read(self) -> bytes:
        """What came within a twentieth of a second."""
        try:
            data: bytes = self._line.read(max(1, self._line.in_waiting))
        except (serial.SerialException, OSError, TypeError) as error:  # TypeError: closed while it was reading
            raise Refusal("serial_port_unplugged", port=self.port) from error
        return data


def listen(
    line: Line, stopped: Callable[[], bool], wait: Callable[[float], object], look: Callable[[], list[Port]] = ports
) -> Iterator[str | LineState]:
    """The records of a scanner and how its line stands, for as long as nobody stops it.

    A scanner that is unplugged is looked for twice a second, under the old name and, by its device, under any other.
    """
    told: LineState | None = None
    while not stopped():
        found = line._replace(port=_where(line, look()))
        try:
            with SerialScanner(found.port, found.baud, parity=found.parity) as scanner:
                told = LineState("connected", found.port)
                yield told
                yield from scanner.records(stopped)
        except Refusal as refusal:
            state: Literal["refused", "looked_for"] = (
                "refused" if refusal.code == "serial_port_refused" else "looked_for"
            )
            now = LineState(state, found.port, refusal)
            if told is None or (now.state, now.port) != (told.state, told.port):
                yield now
            told = now
            wait(_LOOK_AGAIN_S)


def _where(line: Line, known: Sequence[Port]) -> str:
    """The port's name now: where its device is, which may have another name since it was plugged in again."""
    same = [port.name for port in known if line.device and port.device == line.device]
    return line.port if not same or line.port in same else same[0]


def find_speed(line: Line, stopped: Callable[[], bool], speeds: Sequence[int] = SPEEDS) -> Iterator[Tried]:
    """Finds the speed of a scanner while a person scans any code again and again: one speed after the other.

    A speed fits when two scans in a row are readable and equal. Refuses what `SerialScanner` refuses.
    """
    for _round in range(3):
        for baud in speeds:
            with SerialScanner(line.port, baud, parity=line.parity) as scanner:
                yield Tried(baud, "waiting")
                before = b""
                while data := _one_burst(scanner, stopped):
                    readable = len(data.strip()) >= _PROBE_LEAST and not is_noise(data.strip(b"\r\n\x02\x03"))
                    if not readable or (before and data != before):
                        yield Tried(baud, "noise", data)
                        break
                    if data == before:
                        yield Tried(baud, "fits", data)
                        return
                    before = data
                    yield Tried(baud, "waiting", data)
            if stopped():
                return


def _one_burst(scanner: SerialScanner, stopped: Callable[[], bool]) -> bytes:
    """What comes until it is silent again; empty when somebody stops the waiting."""
    data, last = bytearray(), 0.0
    while not stopped():
        came = scanner.read()
        now = time.monotonic() * 1000
        data += came
        last = now if came else last
        if data and now - last > _PROBE_SILENCE_MS:
            return bytes(data)
    return b""
