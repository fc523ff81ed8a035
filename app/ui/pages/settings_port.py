"""The serial port's settings: picked from a list or typed, its speed found by test scans, and how it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from app.i18n import _
from app.ui.background import Failure, Progress
from app.ui.bench import Bench
from app.ui.hearing import Hearing
from app.ui.live import Words, bind, text_of
from app.ui.pages.scan_port import kept_line
from app.ui.pages.settings_words import PARITIES, word
from app.ui.refusal_words import refusal_words, told
from app.ui.widgets import Button, Card, Field, Label, Pill

if TYPE_CHECKING:
    from app.scanner.serial_port import Port, Tried

_STATES: dict[str, tuple[Words, str]] = {
    "off": (lambda: _("off"), "grey"),
    "connected": (lambda: _("connected"), "ok"),
    "looked_for": (lambda: _("being looked for"), "warn"),
    "refused": (lambda: _("can’t be opened"), "bad"),
}
_SPEEDS = (2400, 4800, 9600, 19200, 38400, 57600, 115200)


class PortFields(QObject):
    """Port, speed and parity; they count at once."""

    def __init__(self, bench: Bench, keep: Callable[[str, Any], None], hearing: Hearing) -> None:
        super().__init__()
        self._bench, self._keep, self._hearing = bench, keep, hearing
        self._known: list[Port] = []
        self._search: Progress | None = None
        self.port, self.speed, self.parity = QComboBox(), QComboBox(), QComboBox()
        self.port.setEditable(True)
        self.find_button = Button(lambda: _("Find speed"), self.find_speed, icon="search")
        self.state, self.said = Pill(""), Label("", "muted", wrap=True)

    def build(self, card: Card) -> None:
        """Puts the fields into the card."""
        self.port.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.port.setMinimumContentsLength(12)
        card.add(Field(lambda: _("Serial port"), _line(self.port, self.state), left=True))
        card.add(Field(lambda: _("Speed"), _line(self.speed, self.parity, self.find_button), left=True))
        card.add(self.said)
        self.said.hide()
        bind(self.port, self.port.setAccessibleName, lambda: _("Serial port"))
        bind(self.speed, self.speed.setAccessibleName, lambda: _("Speed"))
        bind(self.parity, self.parity.setAccessibleName, lambda: _("Parity"))
        self.port.activated.connect(self._picked)
        self.speed.activated.connect(lambda _index: self._keep_one("serial_baud", self.speed.currentData()))
        self.parity.activated.connect(lambda _index: self._keep_one("serial_parity", self.parity.currentData()))
        line = self.port.lineEdit()
        if line is not None:
            line.editingFinished.connect(self.keep_typed)
        if self._hearing.port is not None:
            self._hearing.port.state_changed.connect(self.show_state)

    def load(self) -> None:
        """Shows what is kept, and the ports of this computer."""
        line = kept_line(self._bench.settings)
        self.speed.clear()
        for baud in sorted({*_SPEEDS, line.baud}):
            self.speed.addItem(str(baud), baud)
        self.speed.setCurrentIndex(self.speed.findData(line.baud))
        self.retranslate()
        self._show_ports([])
        self.show_state()
        self._bench.runner.run(lambda _progress: _ports(), self._show_ports, owner=self)

    def retranslate(self) -> None:
        """The parities' words follow the language."""
        self.parity.clear()
        for code in PARITIES:
            self.parity.addItem(text_of(word(PARITIES, code)), code)
        self.parity.setCurrentIndex(self.parity.findData(kept_line(self._bench.settings).parity))

    def show_state(self) -> None:
        """Tells how the line stands, and why when it does not."""
        reader = self._hearing.port
        words, tone = _STATES[reader.state if reader is not None else "off"]
        self.state.say(words, tone)
        self.find_button.setEnabled(bool(kept_line(self._bench.settings).port) or self._search is not None)
        if reader is not None and reader.refusal is not None:
            self._say(refusal_words(reader.refusal))
        elif self._search is None:
            self.said.hide()

    def _show_ports(self, known: list[Port]) -> None:
        kept = str(self._bench.settings.get("serial_port", "") or "")
        self._known = known
        self.port.clear()
        self.port.addItem("", "")
        for port in known:
            same = port.description == port.name
            self.port.addItem(port.name if same else f"{port.name}  ·  {port.description}", port.name)
        if kept and kept not in {port.name for port in known}:
            self.port.addItem(kept, kept)
        self.port.setCurrentIndex(max(0, self.port.findData(kept)))
        self.port.setEditText(kept)

    def _picked(self, row: int) -> None:
        self.port.setEditText(str(self.port.itemData(row) or ""))
        self.keep_typed()

    def keep_typed(self) -> None:
        """Keeps the port that is typed or picked, and which device it is."""
        name = self.port.currentText().partition("  ·  ")[0].strip()
        if name == str(self._bench.settings.get("serial_port", "") or ""):
            return
        self._bench.settings.set("serial_device", next((one.device for one in self._known if one.name == name), ""))
        self._keep("serial_port", name)
        self.show_state()

    def _keep_one(self, name: str, value: object) -> None:
        if value != self._bench.settings.get(name):
            self._keep(name, value)

    # --- the search for a speed -------------------------------------------------------------------------------

    def find_speed(self) -> None:
        """Tries one speed after the other while a person scans; a second press ends it."""
        if self._search is not None:
            self._search.cancel()
            return
        line = kept_line(self._bench.settings)
        reader = self._hearing.port
        if reader is not None:
            reader.stop()
        steps: list[Tried] = []

        def job(progress: Progress) -> Tried | None:
            from app.scanner.serial_port import find_speed

            while reader is not None and not reader.is_released and not progress.sleep(0.02):
                continue  # what it would still read would be missing here
            for tried in find_speed(line, lambda: progress.cancelled):
                steps.append(tried)
                progress.step(len(steps), 0)
            return steps[-1] if steps and steps[-1].state == "fits" else None

        self.find_button.say(lambda: _("Stop"))
        self._search = self._bench.runner.run(
            job, self._found, self._failed, owner=self, progress=lambda done, _of: self._tried(steps[done - 1])
        )

    def _tried(self, tried: Tried) -> None:
        baud = tried.baud
        if tried.state == "noise":
            self._say(lambda: _("{baud}: noise; the next speed is tried. Scan again.").format(baud=baud))
        elif tried.raw:
            self._say(lambda: _("{baud}: readable. Scan the same code once more.").format(baud=baud))
        else:
            self._say(lambda: _("{baud}: scan any code.").format(baud=baud))

    def _found(self, tried: Tried | None) -> None:
        self._end_search()
        if tried is None:
            self._say(lambda: _("No speed fitted. Look at cable and parity, and that the scanner beeps."))
            return
        self._say(lambda: _("{baud} fits: two scans were equal.").format(baud=tried.baud))
        self._keep("serial_baud", tried.baud)
        self.speed.setCurrentIndex(self.speed.findData(tried.baud))

    def _failed(self, failure: Failure) -> None:
        self._end_search()
        self._say(told(failure))

    def _end_search(self) -> None:
        self._search = None
        self.find_button.say(lambda: _("Find speed"))
        if self._hearing.port is not None:
            self._hearing.port.listen(kept_line(self._bench.settings))

    def _say(self, words: Words) -> None:
        self.said.show()
        self.said.say(words)


def _line(first: QWidget, *others: QWidget) -> QWidget:
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    row.addWidget(first, 1)
    for other in others:
        row.addWidget(other)
    return line


def _ports() -> list[Port]:
    from app.scanner.serial_port import ports

    return ports()
