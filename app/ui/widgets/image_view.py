"""A picture on a dark ground with outlines of what was read on it, and a result strip below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui import icons, theme
from app.ui.live import Words, text_of

_STRIP = 66
_OUTLINES = {"ok": "#4cc38a", "warn": "#f0b35a", "bad": "#ff8a8d", "grey": "#8fa6bb"}
_STRIPS = {"ok": "#15703f", "warn": "#8a5100", "bad": "#b9222a"}
_SIGNS = {"ok": "check-bold", "warn": "warning", "bad": "x-bold"}


@dataclass(frozen=True)
class Outline:
    """A quadrilateral in the picture's pixels with its words; tone ok, warn, bad or grey."""

    corners: tuple[tuple[float, float], ...]
    words: str
    tone: str = "grey"


class ImageView(QWidget):
    """`show_image` and `set_outlines` draw; `say` fills the strip: a word one can read from a metre, and a detail."""

    def __init__(self, placeholder: Words = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._outlines: tuple[Outline, ...] = ()
        self._placeholder = placeholder
        self._strip: tuple[str, str, str] | None = None
        self.setMinimumSize(240, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """As large as room allows."""
        return QSize(808, 560)

    def show_image(self, image: QImage | None) -> None:
        """Shows a picture, or the placeholder for None."""
        self._image = image if image is not None else QImage()
        self.update()

    def set_outlines(self, outlines: Sequence[Outline]) -> None:
        """Draws these outlines over the picture."""
        self._outlines = tuple(outlines)
        self.setAccessibleDescription("; ".join(o.words for o in outlines))
        self.update()

    def say(self, tone: str, word: str, detail: str = "") -> None:
        """Fills the strip (tone ok, warn or bad); an empty word takes it away."""
        self._strip = (tone, word, detail) if word else None
        self.setAccessibleName(f"{word} {detail}".strip())
        self.update()

    def retranslate(self) -> None:
        """Renews the placeholder."""
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ground, picture, outlines, strip."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        clip = QPainterPath()
        clip.addRoundedRect(QRectF(self.rect()), 10, 10)
        painter.setClipPath(clip)
        painter.fillRect(self.rect(), theme.color("canvas"))
        room = self.rect().adjusted(0, 0, 0, -_STRIP if self._strip else 0)
        if self._image.isNull():
            self._paint_placeholder(painter, room)
        else:
            self._paint_picture(painter, room)
        if self._strip:
            self._paint_strip(painter, *self._strip)
        painter.end()

    def _paint_placeholder(self, painter: QPainter, room: QRect) -> None:
        ink = theme.color("canvas_ink")
        centre = room.center()
        icons.paint(painter, QRect(centre.x() - 28, centre.y() - 56, 56, 56), "scan", ink)
        painter.setPen(ink)
        painter.setFont(theme.base_font(14))
        flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop) | int(Qt.TextFlag.TextWordWrap)
        painter.drawText(room.adjusted(32, room.height() // 2 + 16, -32, 0), flags, text_of(self._placeholder))

    def _frame(self, room: QRect) -> QRectF:
        size = self._image.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left = room.left() + (room.width() - size.width()) / 2
        return QRectF(left, room.top() + (room.height() - size.height()) / 2, size.width(), size.height())

    def _paint_picture(self, painter: QPainter, room: QRect) -> None:
        frame = self._frame(room)
        painter.drawImage(frame, self._image)
        scale = frame.width() / self._image.width()
        for outline in self._outlines:
            points = [QPointF(frame.left() + x * scale, frame.top() + y * scale) for x, y in outline.corners]
            ink = QColor(_OUTLINES.get(outline.tone, _OUTLINES["grey"]))
            painter.setPen(QPen(ink, 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolygon(QPolygonF(points))
            if outline.words and points:
                self._paint_tag(painter, min(points, key=lambda p: p.y()), outline.words, ink)

    def _paint_tag(self, painter: QPainter, corner: QPointF, words: str, ground: QColor) -> None:
        painter.setFont(theme.base_font(12, 600))
        width = painter.fontMetrics().horizontalAdvance(words) + 16
        left = min(max(4.0, corner.x()), max(4.0, self.width() - width - 4.0))
        box = QRectF(left, max(4.0, corner.y() - 26), width, 22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor("#06121e"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)

    def _paint_strip(self, painter: QPainter, tone: str, word: str, detail: str) -> None:
        strip = QRect(0, self.height() - _STRIP, self.width(), _STRIP)
        white = QColor("#ffffff")
        painter.fillRect(strip, QColor(_STRIPS.get(tone, _STRIPS["ok"])))
        icons.paint(painter, QRect(20, strip.top() + 20, 28, 28), _SIGNS.get(tone, "check-bold"), white)
        painter.setPen(white)
        painter.setFont(theme.base_font(26, 600))
        room = strip.adjusted(66, 0, -16, 0)
        middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        shown = painter.fontMetrics().elidedText(word, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, middle, shown)
        rest = room.adjusted(painter.fontMetrics().horizontalAdvance(shown) + 16, 4, 0, 0)
        painter.setFont(theme.base_font(15))
        metrics = painter.fontMetrics()
        lines = max(1, rest.height() // metrics.lineSpacing() - 1)
        shown = metrics.elidedText(detail, Qt.TextElideMode.ElideRight, lines * rest.width() - 40 * (lines - 1))
        painter.drawText(rest, middle | int(Qt.TextFlag.TextWordWrap), shown)
