"""The scanners that are heard on every page: keyboard wedges and the one on a serial port, as the settings say."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from app.offline_db.kept import Settings
from app.scanner.wedge import BurstDetector, WedgeSettings
from app.ui.background import Runner
from app.ui.wedge_filter import WedgeFilter

if TYPE_CHECKING:
    from app.ui.pages.scan_port import PortReader

DEFAULT_BAUD = 9600


class Scanners(QObject):
    """``read`` tells a code's text and where it came from (wedge | serial)."""

    read = Signal(str, str)

    def __init__(self, settings: Settings, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._runner = runner
        self._wedge: WedgeFilter | None = None
        self._port: PortReader | None = None

    def listen(self, app: QApplication) -> None:
        """Begin to listen to every key of the program, and to the serial port when one is set."""
        self._wedge = WedgeFilter(BurstDetector(self._wedge_settings()), self)
        self._wedge.scanned.connect(lambda text: self.read.emit(text, "wedge"))
        self._wedge.install(app)
        if self._settings.get("serial_port"):
            self.port.listen(*self._port_settings())

    @property
    def port(self) -> "PortReader":
        """The one reader of the serial port, which the scan page shows too."""
        if self._port is None:
            from app.ui.pages.scan_port import PortReader  # only a station with such a scanner pays for it

            self._port = PortReader(self._runner, self)
            self._port.read.connect(lambda text: self.read.emit(text, "serial"))
        return self._port

    def changed(self, setting: str) -> None:
        """A setting was changed: it counts at once."""
        if setting == "wedge" and self._wedge is not None:
            self._wedge.use(BurstDetector(self._wedge_settings()))
        if setting in ("serial_port", "serial_baud"):
            self.port.listen(*self._port_settings())

    def stop(self) -> None:
        """Give the serial port back."""
        if self._port is not None:
            self._port.stop()

    def _wedge_settings(self) -> WedgeSettings:
        chosen = self._settings.get("wedge", {})
        return WedgeSettings(prefix=str(chosen.get("prefix", "")), suffix=str(chosen.get("suffix", "")))

    def _port_settings(self) -> tuple[str, int]:
        return str(self._settings.get("serial_port") or ""), int(self._settings.get("serial_baud") or DEFAULT_BAUD)
