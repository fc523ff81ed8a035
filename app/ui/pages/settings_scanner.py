"""The scanner's settings: camera, what the hand scanner adds and how it is set up, and the serial port."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from app.i18n import _
from app.scanner.wedge import WedgeSettings
from app.ui.bench import Bench
from app.ui.hearing import Hearing
from app.ui.live import Words, bind
from app.ui.pages.settings_port import PortFields
from app.ui.pages.settings_words import LAYOUTS, word
from app.ui.widgets import Button, Card, Field, Label

if TYPE_CHECKING:
    from app.scanner.devices import CameraDevice

_ENDS: tuple[tuple[int, Words], ...] = (
    (1, lambda: _("Enter or Tab")), (2, lambda: _("Enter twice")), (0, lambda: _("nothing")),
)  # fmt: skip


class ScannerCard(Card):
    """Camera, hand scanner, serial port."""

    def __init__(self, bench: Bench, keep: Callable[[str, Any], None], hearing: Hearing) -> None:
        super().__init__(lambda: _("Scanner"), "scan")
        self._bench, self._keep = bench, keep
        self.camera = self._line(lambda: _("Device number, film file or network address"))
        self.serial = PortFields(bench, keep, hearing)
        self.port = self.serial.port
        self.prefix, self.suffix, self.gs = (self._line(lambda: _("none")) for _place in range(3))
        self.layout_box, self.ends = QComboBox(), QComboBox()
        self.find_button = Button(lambda: _("Find"), self.find_cameras, icon="search")
        self._build()
        self.camera.editingFinished.connect(lambda: self._kept("camera_source", self.camera.text().strip()))
        self.prefix.editingFinished.connect(self._keep_wedge)
        self.suffix.editingFinished.connect(self._keep_wedge)
        self.gs.editingFinished.connect(self._keep_wedge)
        self.layout_box.activated.connect(lambda _index: self._keep_wedge())
        self.ends.activated.connect(lambda _index: self._keep_wedge())

    @staticmethod
    def _line(words: Words) -> QLineEdit:
        line = QLineEdit()
        line.setMaxLength(200)
        bind(line, line.setPlaceholderText, words)
        return line

    def _build(self) -> None:
        camera = QWidget()
        row = QHBoxLayout(camera)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.camera, 1)
        row.addWidget(self.find_button)
        self.camera_field = Field(lambda: _("Camera"), camera, left=True)
        bind(self.camera, self.camera.setAccessibleName, lambda: _("Camera"))
        self.add(self.camera_field)
        added = QWidget()
        both = QHBoxLayout(added)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(8)
        for words, line in ((lambda: _("before"), self.prefix), (lambda: _("after"), self.suffix)):
            both.addWidget(Label(words, "muted"))
            both.addWidget(line, 1)
            bind(line, line.setAccessibleName, words)
        self.add(Field(lambda: _("Scanner adds"), added, left=True))
        self.add(
            Field(lambda: _("Keyboard"), self._pair(self.layout_box, lambda: _("ends with"), self.ends), left=True)
        )
        hint = lambda: _("What comes in its place, when the character itself does not")  # noqa: E731 - words that follow
        self.add(Field(lambda: _("Group separator"), self.gs, hint, left=True))
        self.gs.setMaxLength(3)
        bind(self.layout_box, self.layout_box.setAccessibleName, lambda: _("Keyboard the scanner is set to"))
        bind(self.ends, self.ends.setAccessibleName, lambda: _("What ends a scan"))
        self.serial.build(self)
        self.result = Label("", "muted", wrap=True)
        self.add(self.result)
        self.result.hide()

    @staticmethod
    def _pair(first: QWidget, words: Words, second: QWidget) -> QWidget:
        pair = QWidget()
        row = QHBoxLayout(pair)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(first, 1)
        row.addWidget(Label(words, "muted"))
        row.addWidget(second, 1)
        return pair

    def load(self) -> None:
        """Shows what is kept, and the ports of this computer."""
        get = self._bench.settings.get
        self.camera.setText(str(get("camera_source", "") or ""))
        wedge = WedgeSettings.kept(get("wedge", {}))
        for line, text in ((self.prefix, wedge.prefix), (self.suffix, wedge.suffix), (self.gs, wedge.gs)):
            line.setText(text)
        self._fill(wedge)
        self.serial.load()

    def _fill(self, wedge: WedgeSettings) -> None:
        self.layout_box.clear()
        for name in LAYOUTS:
            self.layout_box.addItem(str(word(LAYOUTS, name)()), name)  # type: ignore[operator]
        self.layout_box.setCurrentIndex(max(0, self.layout_box.findData(wedge.layout)))
        self.ends.clear()
        for count, words in _ENDS:
            self.ends.addItem(words() if callable(words) else words, count)
        self.ends.setCurrentIndex(max(0, self.ends.findData(wedge.enters)))

    def retranslate(self) -> None:
        """The lists' words follow the language."""
        self.serial.retranslate()
        self._fill(WedgeSettings.kept(self._bench.settings.get("wedge", {})))

    def keep_typed(self) -> None:
        """Keeps what is in the lines, as leaving them does."""
        self._kept("camera_source", self.camera.text().strip())
        self._keep_wedge()
        self.serial.keep_typed()

    def _kept(self, name: str, value: str) -> None:
        if value != str(self._bench.settings.get(name, "") or ""):
            self._keep(name, value)

    def _keep_wedge(self) -> None:
        """Older versions of the program read prefix and suffix of this, and leave the rest alone."""
        kept = WedgeSettings.kept(self._bench.settings.get("wedge", {}))
        wedge = kept._replace(
            prefix=self.prefix.text(),
            suffix=self.suffix.text(),
            gs=self.gs.text(),
            layout=self.layout_box.currentData() or "",
            enters=int(self.ends.currentData() if self.ends.currentData() is not None else 1),
        )
        if wedge != kept:
            self._keep("wedge", dict(wedge._asdict()))

    def find_cameras(self) -> None:
        """Looks for cameras; may take a second."""
        self.find_button.setEnabled(False)
        self._bench.runner.run(lambda _progress: _cameras(), self._found, owner=self)

    def _found(self, found: list[CameraDevice]) -> None:
        self.find_button.setEnabled(True)
        self.result.show()
        if not found:
            self.result.say(lambda: _("No camera answers. Plug it in, or close the program that uses it."))
            return
        self.camera.setText(str(found[0].number))
        self._kept("camera_source", str(found[0].number))
        names = ", ".join(f"{device.number} {device.name}".strip() for device in found)
        self.result.say(lambda: _("Cameras found: {names}").format(names=names))


def _cameras() -> list[CameraDevice]:
    from app.scanner.devices import cameras

    return cameras()
