"""Typing a serial number, checked while it is typed: wrong digits and stand-ins are told beside the field."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.i18n import _
from app.queries.scanning import check_typed
from app.ui import formats, theme
from app.ui.live import Words, bind
from app.ui.refusal_words import refusal_words
from app.ui.widgets import Button, Label, Link
from core.identifiers import DecodedSerial, SerialPattern, fold_serial
from core.refusals import Refusal

_SHORTEST = 6


class TypedSerial(QWidget):
    """A line with its check below; `offered` tells a serial that may be used, `doubted` one that fits no pattern.

    Who hears of a doubt may `suggest` what was meant; a person's click, and nothing else, puts it into the line.
    """

    offered = Signal(str)
    doubted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._patterns: Sequence[SerialPattern] = ()
        self.line = QLineEdit()
        self.line.setMaxLength(40)
        self.line.setFont(theme.mono_font(14))
        bind(self.line, self.line.setPlaceholderText, lambda: _("Type a serial number or IMEI"))
        bind(self.line, self.line.setAccessibleName, lambda: _("Serial number, typed"))
        self.check = Label("", "small", wrap=True)
        self._meant = ""
        self.meant = Link("", self._take_meant)
        self.meant.hide()
        self.button = Button(lambda: _("Take"), self.offer)
        self.button.setEnabled(False)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.line, 1)
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.check)
        column.addWidget(self.meant)
        self.line.textChanged.connect(self._changed)
        self.line.returnPressed.connect(self.offer)
        self._changed("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter in the line only takes what is typed; it does not go on to the page."""
        if event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            super().keyPressEvent(event)

    def know(self, patterns: Sequence[SerialPattern]) -> None:
        """Takes the makers' patterns."""
        self._patterns = patterns
        self._changed(self.line.text())

    def offer(self) -> None:
        """Offers what is typed, when nothing is wrong with it."""
        if self.button.isEnabled():
            self.offered.emit(fold_serial(self.line.text()))

    def suggest(self, typed: str, meant: str | None) -> None:
        """Shows what was probably meant, unless the line has changed since `typed` was doubted."""
        if typed == self.line.text():
            self._meant = meant or ""
            bind(self.meant, self.meant.setText, lambda: _("Did you mean {serial}?").format(serial=self._meant))
            self.meant.setVisible(bool(meant))

    def _take_meant(self) -> None:
        self.line.setText(self._meant)
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _changed(self, text: str) -> None:
        words, tone, good = self._checked(text)
        self.meant.hide()
        if tone in {"bad", "warn"}:
            self.doubted.emit(text)
        self.check.say(words)
        self.check.set_tone(tone)
        self.check.setVisible(bool(text.strip()))
        self.button.setEnabled(good)
        self.line.setAccessibleDescription(self.check.text())

    def _checked(self, text: str) -> tuple[Words, str, bool]:
        if not text.strip():
            return "", "", False
        if len(fold_serial(text)) < _SHORTEST:
            return lambda: _("Too short for a serial number."), "", False
        try:
            decoded = check_typed(text, self._patterns)
        except Refusal as refusal:
            return refusal_words(refusal), "bad", False
        if decoded is not None:
            return _fits(decoded), "ok", True
        if len(fold_serial(text)) == 15 and text.strip().isdigit():
            return lambda: _("An IMEI with the right check digit."), "ok", True
        return lambda: _("Fits no maker’s pattern: compare it with the label character by character."), "warn", True


def _fits(decoded: DecodedSerial) -> Words:
    def words() -> str:
        made = formats.day(decoded.made) if decoded.made else "—"
        return _("Rule {pattern} fits. Made {made}.").format(pattern=decoded.pattern_id, made=made)

    return words
