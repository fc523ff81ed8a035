"""The scanners that are heard on every page: keyboard wedges and the one on a serial port, as the settings say."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from app.offline_db.kept import Settings
from app.scanner.heard import Heard, ScannedText
from app.scanner.wedge import BurstDetector, WedgeSettings
from app.ui.background import Runner
from app.ui.hearing import Hearing
from app.ui.wedge_filter import WedgeFilter
from core.refusals import Refusal

if TYPE_CHECKING:
    from app.ui.pages.scan_port import PortReader

WEDGE_SETTINGS = frozenset({"wedge"})
PORT_SETTINGS = frozenset({"serial_port", "serial_baud", "serial_parity", "serial_device"})


class Scanners(QObject):
    """``read`` tells a code's text (a `ScannedText`, with its evidence) and where it came from (wedge | serial).

    ``refused`` tells why a scan could not be believed; ``heard`` everything that hand scanners brought.
    """

    read = Signal(object, str)
    refused = Signal(object)
    heard = Signal(object)

    def __init__(self, settings: Settings, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._runner = runner
        self._wedge: WedgeFilter | None = None
        self._port: PortReader | None = None
        self._app: QApplication | None = None
        self.heard.connect(self._take)

    def listen(self, app: QApplication) -> None:
        """Begin to listen to every key of the program, and to the serial port when one is set."""
        self._wedge = WedgeFilter(BurstDetector(self._wedge_settings()), self)
        self._wedge.heard.connect(self.heard.emit)
        self._wedge.install(app)
        self._app = app
        if self._settings.get("serial_port"):
            self._listen_to_port()

    @property
    def port(self) -> "PortReader":
        """The one reader of the serial port, which the scan page shows too."""
        if self._port is None:
            from app.ui.pages.scan_port import PortReader  # only a station with such a scanner pays for it

            self._port = PortReader(self._runner, self)
            self._port.heard.connect(self.heard.emit)
        return self._port

    def hearing(self) -> Hearing:
        """What the settings' test bench looks at."""
        return Hearing(self._wedge, self.port, lambda: self.changed("wedge"))

    def changed(self, setting: str) -> None:
        """A setting was changed: it counts at once."""
        if setting in WEDGE_SETTINGS and self._wedge is not None:
            self._wedge.use(BurstDetector(self._wedge_settings()))
        if setting in PORT_SETTINGS:
            self._listen_to_port()

    def stop(self) -> None:
        """Listen no more, and give the serial port back."""
        if self._wedge is not None and self._app is not None:
            self._wedge.remove(self._app)
        if self._port is not None:
            self._port.stop()

    def _take(self, heard: Heard) -> None:
        if heard.kind == "scan":
            self.read.emit(ScannedText.of(heard), heard.source)
        elif isinstance(heard.refusal, Refusal):
            self.refused.emit(heard.refusal)

    def _listen_to_port(self) -> None:
        from app.ui.pages.scan_port import kept_line

        self.port.listen(kept_line(self._settings))

    def _wedge_settings(self) -> WedgeSettings:
        return WedgeSettings.kept(self._settings.get("wedge", {}))
