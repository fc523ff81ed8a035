"""The scanner's test bench: what really arrived, byte by byte, from which device, how fast, and what it means."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.actions.identify_unit import read_label
from app.i18n import _
from app.scanner.heard import Heard, ScannedText
from app.ui import formats, theme
from app.ui.bench import Bench
from app.ui.hearing import Hearing
from app.ui.live import bind, text_of
from app.ui.pages.scan_label import meaning_words, rule_words
from app.ui.pages.scan_shot import read_text
from app.ui.pages.settings_calibration import CalibrationPanel
from app.ui.pages.settings_words import KINDS, bytes_words, source_words, support_line, word
from app.ui.pages.settings_words import rule_words as rhythm_words
from app.ui.widgets import Button, Card, Field, Label, Pill
from core.identifiers import JudgedCode
from core.visible import shown

_KEPT = 20
_SHOWN_ROWS = 5


class Entry(NamedTuple):
    """One thing that arrived."""

    heard: Heard
    at: datetime
    judged: JudgedCode | None = None


class TestCard(Card):
    """The newest scan in full, the last twenty as lines; a line that is chosen is shown in full again."""

    __test__ = False  # not one of pytest's

    def __init__(self, bench: Bench, hearing: Hearing, use: Callable[[dict[str, Any]], object]) -> None:
        super().__init__(lambda: _("Scanner test"), "barcode")
        self._bench, self._hearing = bench, hearing
        self._entries: list[Entry] = []
        self._shown = False
        self.line = QLineEdit()
        self.calibration = CalibrationPanel(hearing, use)
        self.copy_button = Button(lambda: _("Copy for support"), self.copy, icon="copy")
        self.clear_button = Button(lambda: _("Clear"), self.clear_history)
        self.calibrate_button = Button(lambda: _("Test scan…"), self._toggle_calibration, icon="scan")
        self._build()
        self._show(None)
        if hearing.wedge is not None:
            hearing.wedge.heard.connect(self._typed_row)

    def _build(self) -> None:
        self.line.setMaxLength(200)
        self.line.setFont(theme.mono_font(13))
        bind(self.line, self.line.setPlaceholderText, lambda: _("Scan or type here and press Enter"))
        self.line.returnPressed.connect(self._typed)
        self.add(Field(lambda: _("Test"), self.line, left=True))
        self.add(self._build_result())
        self.history = QListWidget()
        self.history.setFont(theme.mono_font(12))
        bind(self.history, self.history.setAccessibleName, lambda: _("Last scans"))
        self.history.setFixedHeight(_SHOWN_ROWS * (self.history.fontMetrics().height() + 6) + 4)
        self.history.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.history.currentRowChanged.connect(self._chosen)
        self.add(self.history)
        self.history.hide()
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.calibrate_button, self.copy_button, self.clear_button):
            row.addWidget(button)
        row.addStretch(1)
        self.add(row)
        self.calibration.hide()
        self.add(self.calibration)

    def _build_result(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(8)
        self.kind = Pill("")
        self.result = Label("", "strong", wrap=True).selectable()
        self.result.setFont(theme.mono_font(13, 600))
        head.addWidget(self.kind, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.result, 1)
        column.addLayout(head)
        self.source, self.rule, self.meaning = (Label("", "muted", wrap=True) for _place in range(3))
        self.raw = Label("", "muted", wrap=True).selectable()
        self.raw.setFont(theme.mono_font(12))
        for label in (self.source, self.rule, self.meaning, self.raw):
            column.addWidget(label)
        return box

    # --- coming and going -------------------------------------------------------------------------------------

    def wake(self) -> None:
        """The page is shown: typing that was nearly a scan is told too."""
        self._shown = True

    def rest(self) -> None:
        """The page is left."""
        self._shown = False
        self.calibration.end()

    def retranslate(self) -> None:
        """The list's lines follow the language."""
        self._show_history()

    # --- what arrives -----------------------------------------------------------------------------------------

    def take_text(self, text: str, source: str) -> None:
        """A text that the page was brought, with its evidence where there is any."""
        if text and not self.calibration.waits:
            known = text.heard if isinstance(text, ScannedText) else None
            self._take(known or Heard("scan", source, text, text.encode()))

    def _typed(self) -> None:
        text = self.line.text()
        self.line.clear()
        self.take_text(text, "typed")

    def _typed_row(self, heard: Heard) -> None:
        """A row of keys that is no scan never reaches a page; here its reason is of use."""
        if self._shown and heard.kind != "scan" and not self.calibration.waits:
            self._take(heard)

    def _take(self, heard: Heard) -> None:
        entry = Entry(heard, self._bench.desk.now())
        self._entries = [entry, *self._entries][:_KEPT]
        self._show_history()
        self._show(entry)
        if heard.kind == "scan":
            code = read_text(ScannedText.of(heard))
            self._bench.read(
                lambda rows: read_label((code,), rows, None).codes[:1],
                lambda codes: self._judged(entry, codes),
                owner=self,
            )

    def _judged(self, entry: Entry, codes: tuple[JudgedCode, ...]) -> None:
        judged = entry._replace(judged=codes[0] if codes else None)
        self._entries = [judged if one is entry else one for one in self._entries]
        if self._entries[:1] == [judged]:
            self._show(judged)

    # --- showing ----------------------------------------------------------------------------------------------

    def _show(self, entry: Entry | None) -> None:
        heard = entry.heard if entry else None
        for label in (self.source, self.rule, self.meaning, self.raw):
            label.setVisible(entry is not None)
        self.kind.setVisible(heard is not None)
        self.copy_button.setEnabled(bool(self._entries))
        self.clear_button.setEnabled(bool(self._entries))
        if entry is None or heard is None:
            self.result.say(lambda: _("Nothing has arrived yet."))
            return
        words, tone = KINDS[heard.kind]
        self.kind.say(lambda: _(words), tone)
        self.result.say(shown(heard.text))
        self.source.say(lambda: source_words(heard))
        self.rule.say(lambda: rhythm_words(heard))
        self.rule.setVisible(bool(self.rule.text()))
        self.meaning.say(lambda: _meaning(entry))
        self.meaning.setVisible(bool(self.meaning.text()))
        self.raw.say(bytes_words(heard.raw))

    def _show_history(self) -> None:
        self.history.blockSignals(True)
        self.history.clear()
        for entry in self._entries:
            kind = text_of(word({name: words for name, (words, _tone) in KINDS.items()}, entry.heard.kind))
            line = f"{formats.local(entry.at):%H:%M:%S}  {kind}  {shown(entry.heard.text)}"
            self.history.addItem(QListWidgetItem(line))
        self.history.blockSignals(False)
        self.history.setVisible(bool(self._entries))

    def _chosen(self, row: int) -> None:
        if 0 <= row < len(self._entries):
            self._show(self._entries[row])

    # --- what can be done -------------------------------------------------------------------------------------

    def copy(self) -> None:
        """Puts the last scans into the clipboard as lines of text."""
        lines = [
            support_line(f"{formats.local(one.at):%Y-%m-%d %H:%M:%S}", one.heard, _meaning(one))
            for one in self._entries
        ]
        QGuiApplication.clipboard().setText("\n".join(lines))
        self._bench.nav.toast("ok", lambda: _("Copied"))

    def clear_history(self) -> None:
        """Forgets the scans."""
        self._entries = []
        self._show_history()
        self._show(None)

    def _toggle_calibration(self) -> None:
        if self.calibration.isVisibleTo(self):
            self.calibration.end()
        else:
            self.calibration.begin()


def _meaning(entry: Entry) -> str:
    """What the code means here, and why."""
    if entry.judged is None:
        return ""
    parts = [text_of(meaning_words(entry.judged)), text_of(rule_words(entry.judged))]
    return " · ".join(filter(None, parts))
