"""A pill: one word about a state, in a tone, never by colour alone."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui import icons, theme
from app.ui.live import Words, bind
from app.ui.widgets.text import plain_tip

HEIGHT = 22
_PAD, _ICON, _GAP = 9, 14, 5


def pill_width(metrics: QFontMetrics, text: str, icon: str | None = None) -> int:
    """Pixels a pill needs for its text and icon."""
    return metrics.horizontalAdvance(text) + 2 * _PAD + (_ICON + _GAP if icon else 0) + 1


def paint_pill(painter: QPainter, rect: QRect, text: str, tone: str, icon: str | None = None) -> None:
    """Paints a pill into rect (its height is the pill's), eliding the text where room is short."""
    ink, ground = theme.tone_colors(tone)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    radius = rect.height() / 2
    painter.drawRoundedRect(QRectF(rect), radius, radius)
    painter.setPen(ink)
    room = rect.adjusted(_PAD, 0, -_PAD, 0)
    if icon:
        spot = QRect(room.left(), rect.center().y() - _ICON // 2 + 1, _ICON, _ICON)
        icons.paint(painter, spot, icon, ink)
        room.setLeft(room.left() + _ICON + _GAP)
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width() + 1)
    painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
    painter.restore()


class Pill(QWidget):
    """A word on a soft ground; tone is ok, warn, bad, blue or grey."""

    def __init__(
        self, words: Words = "", tone: str = "grey", icon: str | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._text, self._tone, self._icon = "", tone, icon
        self.setFont(theme.base_font(12))
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.say(words)

    @property
    def text(self) -> str:
        """The words shown."""
        return self._text

    @property
    def tone(self) -> str:
        """The tone shown."""
        return self._tone

    def say(self, words: Words, tone: str | None = None, icon: str | None = None) -> None:
        """Changes the words, and tone and icon where given."""
        self._tone, self._icon = tone or self._tone, icon or self._icon
        bind(self, self._set_text, words)

    def _set_text(self, text: str) -> None:
        self._text = text
        self.setAccessibleName(text)
        self.setToolTip("")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the whole text."""
        return QSize(pill_width(QFontMetrics(theme.base_font(12)), self._text, self._icon), HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Room for a few characters."""
        return QSize(min(self.sizeHint().width(), 44), HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints the pill no wider than its text."""
        painter = QPainter(self)
        painter.setFont(theme.base_font(12))
        width = min(self.width(), self.sizeHint().width())
        paint_pill(painter, QRect(0, 0, width, HEIGHT), self._text, self._tone, self._icon)
        painter.end()
        self.setToolTip(plain_tip(self._text) if width < self.sizeHint().width() else "")
