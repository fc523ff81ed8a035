"""Settings of this device: language, look, lock, scanner with a test bench, data and backups, device, about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app import VERSION, i18n
from app.i18n import N_, _
from app.queries.device import DeviceFacts, device_facts
from app.ui import formats, theme
from app.ui.bench import Bench
from app.ui.care import Care
from app.ui.hearing import Hearing
from app.ui.live import Words
from app.ui.page import Page
from app.ui.pages.settings_data import DataCard
from app.ui.pages.settings_printers import PrintersCard
from app.ui.pages.settings_scanner import ScannerCard
from app.ui.pages.settings_test import TestCard
from app.ui.widgets import (
    Card,
    Chip,
    FilterChips,
    KeyValueGrid,
    Label,
    NumberInput,
    PageHeader,
)

_LANGUAGES = (("zh_CN", "中文"), ("en", "English"))
_THEMES = (("system", N_("Like the system")), ("light", N_("Light")), ("dark", N_("Dark")))
_CLOCK_WRONG_S = 120
LICENCES = (
    ("Qt, PySide6", "LGPL-3.0"),
    ("SQLCipher, SQLAlchemy", "BSD-3-Clause, MIT"),
    ("zxing-cpp", "Apache-2.0"),
    ("OpenCV, ZBar", "Apache-2.0, LGPL-2.1"),
    ("pdfium", "BSD-3-Clause"),
    ("Phosphor icons", "MIT"),
    ("pypinyin", "MIT"),
)
Changed = Callable[[str], object]


def settings_page(
    bench: Bench, on_change: Changed | None = None, care: Care | None = None, hearing: Hearing | None = None
) -> Page:
    """The settings; `on_change` is told the name of each setting that was changed (for what listens to scanners).

    `care` is how the window checks the data and writes a rescue file; without it these are not offered. `hearing` are
    the hand scanners that the window listens to; without them only what the page itself is brought is tested.
    """
    return SettingsPage(bench, on_change or (lambda _name: None), care, hearing or Hearing())


class SettingsPage(Page):
    """Cards in two columns; every choice counts at once."""

    def __init__(self, bench: Bench, on_change: Changed, care: Care | None, hearing: Hearing) -> None:
        super().__init__(scrolls=True)
        self._bench, self._on_change = bench, on_change
        self.body.addWidget(PageHeader(lambda: _("Settings"), lambda: _("They count for this computer, at once.")))
        grid = QGridLayout()
        grid.setSpacing(10)
        left, right = QVBoxLayout(), QVBoxLayout()
        for column in (left, right):
            column.setSpacing(10)
        self.scanner = ScannerCard(bench, self.keep, hearing)
        self.test = TestCard(bench, hearing, self._use_calibration)
        left.addWidget(self._build_look())
        left.addWidget(self.scanner)
        self.printers = PrintersCard(bench)
        left.addWidget(self.printers)
        left.addStretch(1)
        right.addWidget(self.test)
        self.data = DataCard(bench, care, self.load)
        right.addWidget(self.data)
        right.addWidget(self._build_device())
        right.addWidget(self._build_about())
        right.addStretch(1)
        grid.addLayout(left, 0, 0)
        grid.addLayout(right, 0, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self.body.addLayout(grid, 1)
        theme.notice().changed.connect(self._theme_changed)

    def keep(self, name: str, value: Any) -> None:
        """Keeps a setting and tells who listens."""
        self._bench.settings.set(name, value)
        self._on_change(name)

    def _use_calibration(self, values: dict[str, Any]) -> None:
        """A test scan told how the hand scanner is set up."""
        self.keep("wedge", values)
        self.scanner.load()

    # --- language, look, lock ---------------------------------------------------------------------------------

    def _build_look(self) -> Card:
        card = Card(lambda: _("Language and look"), "settings")
        self.languages = FilterChips([Chip(code, name) for code, name in _LANGUAGES])
        self.languages.changed.connect(lambda ids: self._set_language(ids[0]))
        self.themes = FilterChips([Chip(code, _later(name)) for code, name in _THEMES])
        self.themes.changed.connect(lambda ids: self._set_theme(ids[0]))
        self.lock = NumberInput(1, 240, 15)
        self.lock.valueChanged.connect(lambda minutes: self.keep("idle_minutes", minutes))
        self.lock.setFixedWidth(90)
        lock = QWidget()
        row = QHBoxLayout(lock)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.lock)
        row.addWidget(Label(lambda: _("minutes without a key or a scan"), "muted"), 1)
        card.add(_row(lambda: _("Language"), self.languages))
        card.add(_row(lambda: _("Theme"), self.themes))
        card.add(_row(lambda: _("Lock after"), lock))
        return card

    def _set_language(self, code: str) -> None:
        self.keep("language", code)
        i18n.set_language(code)

    def _set_theme(self, name: str) -> None:
        self.keep("theme", name)
        theme.set_theme("dark" if name == "dark" else "light" if name == "light" else "system")

    # --- data, device, about ----------------------------------------------------------------------------------

    def _build_device(self) -> Card:
        card = Card(lambda: _("This device"), "desktop")
        self.device = KeyValueGrid(label_width=96)
        card.add(self.device)
        return card

    @staticmethod
    def _build_about() -> Card:
        card = Card(lambda: _("About"), "info")
        rows: list[Any] = [(lambda: _("Fixpoint"), lambda: _("Version {version}").format(version=VERSION), "strong")]
        rows += [(name, licence) for name, licence in LICENCES]
        card.add(KeyValueGrid(rows, label_width=150))
        return card

    def opened(self, section: str = "", **_params: Any) -> None:
        """Shows what is kept, and reads what the device knows of itself."""
        _turn_on(self.languages, i18n.language())
        _turn_on(self.themes, theme.wanted())
        minutes = self._bench.settings.get("idle_minutes", 15)
        self.lock.blockSignals(True)
        self.lock.setValue(int(minutes))
        self.lock.blockSignals(False)
        self.scanner.load()
        self.printers.load()
        self.test.wake()
        self.load()
        if section == "scanner":
            self.test.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def retranslate(self) -> None:
        """Another place may have changed the language too."""
        _turn_on(self.languages, i18n.language())

    def _theme_changed(self) -> None:
        _turn_on(self.themes, theme.wanted())

    def leaving(self) -> None:
        """What is typed is kept."""
        self.scanner.keep_typed()
        self.test.rest()

    def scanned(self, text: str, source: str) -> bool:
        """Here every scan is a test."""
        self.test.take_text(text, source)
        return True

    def load(self) -> None:
        """Reads device, folder and backups."""
        self._bench.read(lambda rows: device_facts(rows.connection), self._loaded, owner=self)

    def _loaded(self, facts: DeviceFacts) -> None:
        self.data.show_facts(facts)
        self._show_device(facts)

    def _show_device(self, facts: DeviceFacts) -> None:
        device = facts.device
        if device is None:
            self.device.set_rows([(lambda: _("Place"), lambda: _("Not enrolled"))])
            return
        self.device.set_rows(
            [
                (lambda: _("Place"), device.place_name, "strong"),
                (lambda: _("HQ’s address"), device.hq_url),
                (lambda: _("Clock"), *_clock(device.clock_offset_s)),
            ]
        )


def _turn_on(chips: FilterChips, wanted: str) -> None:
    """Shows a chip as chosen without telling anybody."""
    chips.blockSignals(True)
    chips.activate(wanted)
    chips.blockSignals(False)


def _later(message: str) -> Words:
    return lambda: _(message)


def _row(words: Words, editor: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(12)
    label = Label(words, "muted")
    label.setFixedWidth(96)
    row.addWidget(label)
    row.addWidget(editor, 1)
    return row


def _clock(offset_s: int | None) -> tuple[Words, str]:
    if offset_s is None:
        return lambda: _("not compared with HQ yet"), "muted"
    if abs(offset_s) <= _CLOCK_WRONG_S:
        return lambda: _("agrees with HQ’s"), "ok"
    words = formats.duration(abs(offset_s))
    if offset_s > 0:
        return lambda: _("{time} behind HQ’s: set it right").format(time=words), "bad"
    return lambda: _("{time} ahead of HQ’s: set it right").format(time=words), "bad"
