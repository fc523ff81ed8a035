"""The scan page’s devices: how each stands, and the camera’s button."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.i18n import _
from app.ui.bench import Bench
from app.ui.live import Words
from app.ui.pages.scan_cards import DeviceLine, SourcesBar
from app.ui.pages.scan_devices import CameraReader, camera_source
from app.ui.pages.scan_port import PortReader, kept_line
from app.ui.refusal_words import code_words, refusal_words
from app.ui.widgets import Button


class ScanSources(QObject):
    """Camera and serial port of one page; `text_read` tells what the page's own port reads."""

    text_read = Signal(str)

    def __init__(self, bench: Bench, port: PortReader | None, on_start: Callable[[], object], parent: QWidget) -> None:
        super().__init__(parent)
        self._bench, self._on_start = bench, on_start
        self._last = ""
        self.bar = SourcesBar()
        self.camera = CameraReader(bench.runner, bench.desk.now, self)
        self.button = Button(lambda: _("Start camera"), self.toggle_camera, icon="video-camera")
        self._own_port = port is None
        self.port = port or PortReader(bench.runner, self)
        if self._own_port:
            self.port.read.connect(self.text_read.emit)
        self.port.state_changed.connect(self.show)
        self.camera.ended.connect(self.show)
        self.show()

    def wake(self) -> None:
        """The page is shown: listens to the port."""
        if self._own_port:
            self.port.listen(kept_line(self._bench.settings))
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
            self.show()
            return
        source = self._source()
        if source is None:
            self._set_up()
            return
        self._on_start()
        self.camera.start(source)
        self.show()

    def show(self) -> None:
        """Tells how each device stands."""
        self.bar.show_devices([self._camera_line(), self._wedge_line(), self._port_line()])
        running = self.camera.is_running
        self.button.say((lambda: _("Stop camera")) if running else (lambda: _("Start camera")))

    def _source(self) -> int | str | None:
        return camera_source(str(self._bench.settings.get("camera_source", "") or ""))

    def _set_up(self) -> None:
        self._bench.nav.open("settings", section="scanner")

    def _camera_line(self) -> DeviceLine:
        source, kind = self._source(), code_words("scan", "camera")
        if source is None:
            return self._none_line(kind)
        if self.camera.is_running:
            return DeviceLine(kind, _camera_name(source), lambda: _("reading"), "ok")
        return DeviceLine(kind, _camera_name(source), lambda: _("ready to read"), "grey")

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


def _camera_name(source: int | str) -> Words:
    if isinstance(source, int):
        return lambda: _("Camera {n}").format(n=source)
    return Path(source).name if "://" not in source else source
