"""The sheet behind F1: every key that works at this moment."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from app.i18n import _
from app.ui import keys, theme
from app.ui.components.popover import Popover
from app.ui.widgets.buttons import paint_keys
from app.ui.widgets.card import empty_layout
from app.ui.widgets.text import Label

_LINES = 12


class _Keys(QWidget):
    """A key's name in its box."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self.setAccessibleName(text)
        width = QFontMetrics(theme.base_font(11)).horizontalAdvance(text) + 14
        self.setFixedSize(QSize(max(width, 28), 20))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_keys(painter, QRect(0, 0, self.width(), self.height()), self._text, theme.color("ink"))
        painter.end()


class KeySheet(Popover):
    """Lists the shortcuts of the window and of the page that is shown."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host, lambda: _("Keyboard shortcuts"), width=560)
        self.setObjectName("key_sheet")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(3, 1)
        self.body.addLayout(self._grid)

    def refresh(self) -> None:
        """Asks the window what can be pressed now."""
        empty_layout(self._grid)
        for number, hint in enumerate(keys.hints(self._host)):
            column, line = divmod(number, _LINES)
            self._grid.addWidget(_Keys(hint.keys), line, column * 2, Qt.AlignmentFlag.AlignLeft)
            self._grid.addWidget(Label(hint.words, wrap=True), line, column * 2 + 1)
