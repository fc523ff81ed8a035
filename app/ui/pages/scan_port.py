"""The serial-port scanner a window listens to; it goes on by itself after the scanner was unplugged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.offline_db.kept import Settings
from app.scanner.heard import Heard, heard_record
from app.ui.background import Progress, Runner
from core.refusals import Refusal

if TYPE_CHECKING:
    from app.scanner.serial_port import Line, LineState

DEFAULT_BAUD = 9600


def kept_line(settings: Settings) -> Line:
    """The line that is kept on this device, by any version of the program."""
    from app.scanner.serial_port import PARITIES, Line  # pyserial is only for stations that have such a scanner

    baud, parity = settings.get("serial_baud"), settings.get("serial_parity")
    return Line(
        str(settings.get("serial_port") or ""),
        int(baud) if str(baud).isdigit() and int(baud) > 0 else DEFAULT_BAUD,
        parity if parity in PARITIES else "N",
        str(settings.get("serial_device") or ""),
    )


class PortReader(QObject):
    """A scanner on a serial port, opened for as long as it is wanted: `read` tells each record's text.

    `state` is off, connected, looked_for or refused; `refusal` says why it is not connected, `port` where it is.
    """

    read = Signal(str)
    heard = Signal(object)
    state_changed = Signal()
    _stands = Signal(object, object)

    def __init__(self, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._token: Progress | None = None
        self._line: Line | None = None
        self._open: set[Progress] = set()
        self.port, self.state = "", "off"
        self.refusal: Refusal | None = None
        self._stands.connect(self._take)

    @property
    def is_running(self) -> bool:
        """True while the port is listened to, or looked for."""
        return self._token is not None and not self._token.cancelled

    def listen(self, line: Line) -> None:
        """Listens to a line; one without a port ends it."""
        if self.is_running and line == self._line:
            return
        self.stop()
        self._line, self.port = line, line.port
        if line.port:
            self.state = "looked_for"
            self._token = self._runner.start_loop("serial port", lambda token: self._hold(line, token), owner=self)
        self.state_changed.emit()

    def stop(self) -> None:
        """Gives the port back within a twentieth of a second."""
        if self._token is not None:
            self._token.cancel()
        self._token = None
        self.state, self.refusal = "off", None

    @property
    def is_released(self) -> bool:
        """True once no thread of this reader has a port any more; asked from any thread."""
        return not self._open

    def _hold(self, line: Line, token: Progress) -> None:
        self._open.add(token)
        try:
            self._records(line, token)
        finally:
            self._open.discard(token)

    def _records(self, line: Line, token: Progress) -> None:
        from app.scanner.serial_port import LineState, listen

        port = line.port
        for said in listen(line, lambda: token.cancelled, token.sleep):
            if isinstance(said, LineState):
                port = said.port
                self._stands.emit(said, token)
            else:
                heard: Heard = heard_record(said, port)
                self.heard.emit(heard)
                self.read.emit(heard.text)

    def _take(self, said: LineState, token: Progress) -> None:
        if token is self._token:
            self.state, self.port, self.refusal = said.state, said.port, said.refusal
            self.state_changed.emit()
