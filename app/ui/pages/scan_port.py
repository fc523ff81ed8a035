"""The serial-port scanner a window listens to."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.ui.background import Progress, Runner
from core.refusals import Refusal


class PortReader(QObject):
    """A scanner on a serial port, opened for as long as it is wanted: `read` tells each record's text."""

    read = Signal(str)
    state_changed = Signal()

    def __init__(self, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._token: Progress | None = None
        self.port = ""
        self.refusal: Refusal | None = None
        self._failed.connect(self._end)

    _failed = Signal(object)

    @property
    def is_running(self) -> bool:
        """True while the port is listened to."""
        return self._token is not None and not self._token.cancelled

    def listen(self, port: str, baud: int = 9600) -> None:
        """Listens to `port`; an empty name ends it."""
        if self.is_running and port == self.port:
            return
        self.stop()
        self.port, self.refusal = port, None
        if port:
            self._token = self._runner.start_loop(
                "serial port", lambda token: self._records(port, baud, token), owner=self
            )
        self.state_changed.emit()

    def stop(self) -> None:
        """Gives the port back within a twentieth of a second."""
        if self._token is not None:
            self._token.cancel()
        self._token = None

    def _records(self, port: str, baud: int, token: Progress) -> None:
        from app.scanner.serial_port import SerialScanner

        try:
            with SerialScanner(port, baud) as scanner:
                for record in scanner.records(lambda: token.cancelled):
                    self.read.emit(record)
        except Refusal as refusal:
            if not token.cancelled:
                token.cancel()
                self._failed.emit(refusal)

    def _end(self, refusal: Refusal) -> None:
        self.refusal = refusal
        self.state_changed.emit()
