"""A progress line with an honest figure and a way to cancel."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from app.i18n import _
from app.ui import formats
from app.ui.live import Words
from app.ui.widgets.text import ElidedLabel, Label, Link


class ProgressLine(QWidget):
    """`advance(done, total)` moves it (total 0: unknown); `cancelled` is emitted when the person stops it."""

    cancelled = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None, *, can_cancel: bool = True) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self._figure = Label("", "small")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 0)
        self._words = ElidedLabel(words)
        row.addWidget(self._words, 0)
        row.addWidget(self._bar, 1)
        row.addWidget(self._figure)
        if can_cancel:
            row.addWidget(Link(lambda: _("Cancel"), self.cancelled.emit))

    def say(self, words: Words) -> None:
        """Another step has begun."""
        self._words.say(words)
        self._words.updateGeometry()

    def advance(self, done: int, total: int) -> None:
        """Shows done of total."""
        self._show(done, total, formats.number(done), formats.number(total))

    def advance_bytes(self, done: int, total: int) -> None:
        """Shows how many bytes of how many."""
        most = 1_000_000  # a bar counts to 2^31 at most
        self._show(
            done * most // max(total, 1), most if total else 0, formats.bytes_size(done), formats.bytes_size(total)
        )

    def _show(self, value: int, most: int, done: str, total: str) -> None:
        self._bar.setRange(0, most)
        self._bar.setValue(value)
        self._figure.say(lambda: _("{done} of {total}").format(done=done, total=total) if most else done)
        self._bar.setAccessibleName(self._figure.text())
