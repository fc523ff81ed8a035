"""The shape of what is coming, shown while it loads."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.i18n import _
from app.ui import theme
from app.ui.live import bind

_LINE, _GAP = 12, 14
_WIDTHS = (0.92, 0.74, 0.84, 0.58, 0.8, 0.66)


class LoadingSkeleton(QWidget):
    """Grey lines of unequal length; it does not move, so that it costs nothing on old machines."""

    def __init__(self, lines: int = 4, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = lines
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bind(self, self.setAccessibleName, lambda: _("Loading"))

    def sizeHint(self) -> QSize:
        """Room for all lines."""
        return QSize(240, self._lines * (_LINE + _GAP))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints the lines."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("skeleton"))
        for line in range(self._lines):
            width = self.width() * _WIDTHS[line % len(_WIDTHS)]
            painter.drawRoundedRect(QRectF(0, line * (_LINE + _GAP) + _GAP / 2, width, _LINE), 5, 5)
        painter.end()
