"""The scan page’s devices: how each stands, and the camera’s button."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.i18n import _
from app.ui.bench import Bench
from app.ui.live import Words
from app.ui.pages.scan_camera import CameraBar, source_name
from app.ui.pages.scan_cards import DeviceLine, SourcesBar
from app.ui.pages.scan_devices import CameraReader, View
from app.ui.pages.scan_port import PortReader, kept_line
from app.ui.refusal_words import code_words, refusal_words
from app.ui.widgets import Button


class ScanSources(QObject):
    """Camera and serial port of one page: `text_read` tells what its port reads, `stopped` that the camera rests."""

    text_read = Signal(str)
    stopped = Signal()

    def __init__(self, bench: Bench, port: PortReader | None, on_start: Callable[[], object], parent: QWidget) -> None:
        super().__init__(parent)
        self._bench, self._on_start = bench, on_start
        self._last = ""
        self.bar = SourcesBar()
        self.formats: tuple[str, ...] = ()  # those of the order's product line; empty: the usual ones
        self.camera = CameraReader(bench.runner, bench.desk.now, self)
        self.camera_bar = CameraBar(bench, self.camera.focus, self._show_as)
        self.camera_bar.changed.connect(self._start_anew)
        self.button = Button(lambda: _("Start camera"), self.toggle_camera, icon="video-camera")
        self._own_port = port is None
        self.port = port or PortReader(bench.runner, self)
        if self._own_port:
            self.port.read.connect(self.text_read.emit)
        self.port.state_changed.connect(self.show)
        self.camera.ended.connect(self._rested)
        self.camera.failed.connect(lambda _refusal: self.camera_bar.tell(None))
        self.show()

    def wake(self) -> None:
        """The page is shown: listens to the port."""
        if self._own_port:
            self.port.listen(kept_line(self._bench.settings))
        self.camera_bar.wake()
        self.show()

    def rest(self) -> None:
        """The page is left: gives camera and port back."""
        self.camera.stop()
        if self._own_port:
            self.port.stop()

    def read_last(self, source: str) -> None:
        """Tells which device has read."""
        self._last = source
        self.show()

    def toggle_camera(self) -> None:
        """Starts or stops the camera; leads to the settings when none is set up."""
        if self.camera.is_running:
            self.camera.stop()
            self._rested()
            return
        source = self.camera_bar.source
        if source is None:
            self._set_up()
            return
        self._on_start()
        self._begin(source)

    def _rested(self) -> None:
        self.camera_bar.tell(None)
        self.show()
        self.stopped.emit()

    def _begin(self, source: int | str) -> None:
        self.camera.view = self.camera_bar.view
        self.camera.start(self.camera_bar.setup(source, self.formats))
        self.show()

    def narrow(self, formats: tuple[str, ...]) -> None:
        """Looks for these formats only; a running camera goes on with them."""
        if formats != self.formats:
            self.formats = formats
            self._start_anew()

    def _start_anew(self) -> None:
        """Another camera, size or set of formats; what was read stays."""
        source = self.camera_bar.source
        if self.camera.is_running and source is not None:
            self._begin(source)
        self.show()

    def _show_as(self, view: View) -> None:
        self.camera.view = view

    def show(self) -> None:
        """Tells how each device stands."""
        self.bar.show_devices([self._camera_line(), self._wedge_line(), self._port_line()])
        running = self.camera.is_running
        self.button.say((lambda: _("Stop camera")) if running else (lambda: _("Start camera")))

    def _set_up(self) -> None:
        self._bench.nav.open("settings", section="scanner")

    def _camera_line(self) -> DeviceLine:
        source, kind = self.camera_bar.source, code_words("scan", "camera")
        if source is None:
            return self._none_line(kind)
        if self.camera.is_running:
            return DeviceLine(kind, source_name(source, self.camera_bar.devices), lambda: _("reading"), "ok")
        return DeviceLine(kind, source_name(source, self.camera_bar.devices), lambda: _("ready to read"), "grey")

    def _wedge_line(self) -> DeviceLine:
        return DeviceLine(code_words("scan", "wedge"), "", *self._state("wedge"))

    def _port_line(self) -> DeviceLine:
        kind = code_words("scan", "serial")
        if self.port.refusal is not None:
            sentence, looked_for = refusal_words(self.port.refusal), self.port.state == "looked_for"
            state = (lambda: _("being looked for")) if looked_for else (lambda: _("out of reach"))
            return DeviceLine(kind, sentence, state, "warn" if looked_for else "bad", lambda: _("Set up"), self._set_up)
        if not self.port.port:
            return self._none_line(kind)
        return DeviceLine(kind, self.port.port, *self._state("serial"))

    def _none_line(self, kind: Words) -> DeviceLine:
        return DeviceLine(kind, "", lambda: _("off"), "grey", lambda: _("Set up"), self._set_up)

    def _state(self, source: str) -> tuple[Words, str]:
        if self._last == source:
            return lambda: _("has read"), "ok"
        return lambda: _("ready to read"), "grey"
