"""A progress line with an honest figure and a way to cancel."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from app.i18n import _
from app.ui.live import Words
from app.ui.widgets.text import ElidedLabel, Label, Link


class ProgressLine(QWidget):
    """`advance(done, total)` moves it (total 0: unknown); `cancelled` is emitted when the person stops it."""

    cancelled = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self._figure = Label("", "small")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 0)
        row.addWidget(ElidedLabel(words), 0)
        row.addWidget(self._bar, 1)
        row.addWidget(self._figure)
        row.addWidget(Link(lambda: _("Cancel"), self.cancelled.emit))

    def advance(self, done: int, total: int) -> None:
        """Shows done of total."""
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        text = _("{done} of {total}").format(done=f"{done:,}", total=f"{total:,}")
        self._figure.say(text if total else f"{done:,}")
        self._bar.setAccessibleName(self._figure.text())
