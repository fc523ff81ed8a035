"""A quiet message in the corner that goes by itself; nothing has to be clicked away."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.ui.live import Words, text_of
from app.ui.widgets.text import Icon, Label, Link

_ICONS = {"ok": "ok", "warn": "warn", "bad": "bad", "blue": "info"}
_TOKENS = {"ok": "ok", "warn": "warn", "bad": "bad", "blue": "accent"}
SHORT_MS, LONG_MS = 4_000, 9_000


class Toast(QFrame):
    """Tone ok, blue, warn or bad; stays while the pointer rests on it; `gone` is emitted once."""

    gone = Signal()

    def __init__(
        self,
        tone: str,
        title: Words,
        text: Words = "",
        *,
        link: Words = "",
        on_link: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "toast")
        self.setProperty("tone", tone)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMaximumWidth(380)
        self.setMinimumWidth(260)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 10, 14, 10)
        row.setSpacing(10)
        row.addWidget(Icon(_ICONS.get(tone, "info"), _TOKENS.get(tone, "accent"), 20), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(Label(title, "strong", wrap=True))
        if text_of(text):
            column.addWidget(Label(text, "muted", wrap=True))
        if text_of(link) and on_link is not None:
            column.addWidget(Link(link, on_link), 0, Qt.AlignmentFlag.AlignLeft)  # else its width limits the column's
        row.addLayout(column, 1)
        self.setAccessibleName(text_of(title))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(LONG_MS if tone in {"warn", "bad"} else SHORT_MS)
        self._timer.timeout.connect(self.gone.emit)
        self._timer.start()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Stays while somebody reads it."""
        super().enterEvent(event)
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        """Goes some time after."""
        super().leaveEvent(event)
        self._timer.start()
