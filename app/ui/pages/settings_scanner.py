"""The scanner's settings and its test bench: what really arrives, byte by byte, and from which device."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from app.actions.identify_unit import shown
from app.i18n import _
from app.ui import theme
from app.ui.bench import Bench
from app.ui.live import Words, bind
from app.ui.refusal_words import code_words
from app.ui.widgets import Button, Card, Field, Label, Rule

if TYPE_CHECKING:
    from app.scanner.devices import CameraDevice

_MOST_BYTES = 60
#: AIM identifiers that a scanner may send in front of the code: the letter tells the symbology.
_AIM = {
    "A": "Code 39", "C": "Code 128", "E": "EAN/UPC", "d": "Data Matrix", "Q": "QR Code", "G": "Code 93",
    "F": "Codabar", "I": "ITF", "L": "PDF417", "z": "Aztec", "e": "GS1 DataBar",
}  # fmt: skip


class ScannerCard(Card):
    """Camera, serial port, what the hand scanner adds, and the test line."""

    def __init__(self, bench: Bench, keep: Callable[[str, Any], None]) -> None:
        super().__init__(lambda: _("Scanner"), "scan")
        self._bench, self._keep = bench, keep
        self.camera = self._line(lambda: _("Device number, film file or network address"))
        self.port = QComboBox()
        self.port.setEditable(True)
        self.prefix, self.suffix = self._line(lambda: _("none")), self._line(lambda: _("none"))
        self.find_button = Button(lambda: _("Find"), self.find_cameras, icon="search")
        self._build()
        self.camera.editingFinished.connect(lambda: self._kept("camera_source", self.camera.text().strip()))
        self.prefix.editingFinished.connect(self._keep_wedge)
        self.suffix.editingFinished.connect(self._keep_wedge)
        self.port.activated.connect(lambda _index: self._keep_port())
        line = self.port.lineEdit()
        if line is not None:
            line.editingFinished.connect(self._keep_port)

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
        self.add(Field(lambda: _("Serial port"), self.port, left=True))
        added = QWidget()
        both = QHBoxLayout(added)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(8)
        for words, line in ((lambda: _("before"), self.prefix), (lambda: _("after"), self.suffix)):
            both.addWidget(Label(words, "muted"))
            both.addWidget(line, 1)
            bind(line, line.setAccessibleName, words)
        self.add(Field(lambda: _("Scanner adds"), added, left=True))
        self.add(Rule())
        self.test = self._line(lambda: _("Scan or type here and press Enter"))
        self.test.setFont(theme.mono_font(13))
        self.test.returnPressed.connect(lambda: self.show_test(self.test.text(), "typed"))
        self.add(Field(lambda: _("Test"), self.test, left=True))
        self.result = Label("", wrap=True)
        self.raw = Label("", "muted", wrap=True)
        self.raw.setFont(theme.mono_font(12))
        self.add(self.result)
        self.add(self.raw)
        self.result.say(lambda: _("Nothing has arrived yet."))

    def load(self) -> None:
        """Shows what is kept, and the ports of this computer."""
        get = self._bench.settings.get
        self.camera.setText(str(get("camera_source", "") or ""))
        wedge = get("wedge", {})
        self.prefix.setText(str(wedge.get("prefix", "")))
        self.suffix.setText(str(wedge.get("suffix", "")))
        self._show_ports([])
        self._bench.runner.run(lambda _progress: _ports(), self._show_ports, owner=self)

    def keep_typed(self) -> None:
        """Keeps what is in the lines, as leaving them does."""
        self._kept("camera_source", self.camera.text().strip())
        self._keep_wedge()
        self._keep_port()

    def _kept(self, name: str, value: str) -> None:
        if value != str(self._bench.settings.get(name, "") or ""):
            self._keep(name, value)

    def _keep_wedge(self) -> None:
        wedge = {"prefix": self.prefix.text(), "suffix": self.suffix.text()}
        if wedge != {"prefix": "", "suffix": ""} | dict(self._bench.settings.get("wedge", {})):
            self._keep("wedge", wedge)

    def _keep_port(self) -> None:
        self._kept("serial_port", self.port.currentText().strip())

    def _show_ports(self, ports: list[str]) -> None:
        kept = str(self._bench.settings.get("serial_port", "") or "")
        self.port.clear()
        self.port.addItems(["", *[name for name in ports if name != kept], *([kept] if kept else [])])
        self.port.setCurrentText(kept)

    def find_cameras(self) -> None:
        """Looks for cameras; may take a second."""
        self.find_button.setEnabled(False)
        self._bench.runner.run(lambda _progress: _cameras(), self._found, owner=self)

    def _found(self, found: list[CameraDevice]) -> None:
        self.find_button.setEnabled(True)
        if not found:
            self.result.say(lambda: _("No camera answers. Plug it in, or close the program that uses it."))
            return
        self.camera.setText(str(found[0].number))
        self._kept("camera_source", str(found[0].number))
        names = ", ".join(f"{device.number} {device.name}".strip() for device in found)
        self.result.say(lambda: _("Cameras found: {names}").format(names=names))

    def show_test(self, text: str, source: str) -> None:
        """Shows what arrived: its source, length, symbology where the scanner tells it, and its bytes."""
        if not text:
            return
        self.test.clear()
        kind, length, symbology = code_words("scan", source), len(text), _symbology(text)

        def words() -> str:
            parts = [kind() if callable(kind) else kind, _("{n} characters").format(n=length)]
            return " · ".join([*parts, symbology or _("symbology not told")]) + f"\n{shown(text)}"

        self.result.say(words)
        data = text.encode()
        more = " …" if len(data) > _MOST_BYTES else ""
        self.raw.say(data[:_MOST_BYTES].hex(" ").upper() + more)


def _symbology(text: str) -> str:
    """What the AIM identifier in front of a code tells (]C1 …); empty when the scanner sends none."""
    if len(text) < 3 or text[0] != "]":
        return ""
    return " ".join(filter(None, (_AIM.get(text[1], ""), text[:3])))


def _ports() -> list[str]:
    from app.scanner.serial_port import ports

    return [name for name, _description in ports()]


def _cameras() -> list[CameraDevice]:
    from app.scanner.devices import cameras

    return cameras()
