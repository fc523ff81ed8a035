"""A pad for a signature by mouse, pen or finger, with a typed name for those who cannot draw."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QImage,
    QImageWriter,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QTabletEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from app.i18n import _
from app.ui import theme
from app.ui.live import bind
from app.ui.widgets.text import Link

Stroke = list[QPointF]
_MAX_POINTS = 20_000
_PNG = QSize(900, 300)


class _Paper(QWidget):
    """Takes the strokes, kept in fractions of its size so that they survive a resize."""

    drawn = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.strokes: list[Stroke] = []
        self.name = ""
        self._open = False
        self.setMinimumSize(240, 110)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.CrossCursor)
        bind(self, self.setAccessibleName, lambda: _("Signature"))

    def sizeHint(self) -> QSize:
        return QSize(420, 140)

    def _point(self, at: QPointF) -> QPointF:
        return QPointF(at.x() / max(1, self.width()), at.y() / max(1, self.height()))

    def begin(self, at: QPointF) -> None:
        if sum(map(len, self.strokes)) < _MAX_POINTS:
            self.strokes.append([self._point(at)])
            self._open = True
            self.update()

    def extend(self, at: QPointF) -> None:
        if self._open and sum(map(len, self.strokes)) < _MAX_POINTS:
            self.strokes[-1].append(self._point(at))
            self.update()

    def end(self) -> None:
        if self._open:
            self._open = False
            self.drawn.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.begin(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.extend(event.position())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self.end()

    def tabletEvent(self, event: QTabletEvent) -> None:
        kind = event.type()
        if kind == QTabletEvent.Type.TabletPress:
            self.begin(event.position())
        elif kind == QTabletEvent.Type.TabletMove:
            self.extend(event.position())
        elif kind == QTabletEvent.Type.TabletRelease:
            self.end()
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("field_line"), 1))
        painter.setBrush(theme.color("paper"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.setPen(QPen(theme.color("field_line"), 1, Qt.PenStyle.DashLine))
        line = int(self.height() * 0.78)
        painter.drawLine(20, line, self.width() - 20, line)
        if not self.strokes and not self.name:
            painter.setPen(theme.color("ink3") if theme.shown() == "light" else theme.color("paper_ink"))
            painter.drawText(self.rect().adjusted(0, 0, 0, -12), int(Qt.AlignmentFlag.AlignCenter), _("Sign here"))
        self.draw(painter, self.rect())
        painter.end()

    def draw(self, painter: QPainter, rect: QRect) -> None:
        """Draws strokes, or the typed name, in ink into rect."""
        width, solid, round_cap = max(2.0, min(rect.height(), 300) / 75), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap
        painter.setPen(QPen(theme.color("paper_ink"), width, solid, round_cap, Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for stroke in self.strokes:
            path = QPainterPath(_scaled(stroke[0], rect))
            for point in stroke[1:] or [stroke[0] + QPointF(0.002, 0)]:
                path.lineTo(_scaled(point, rect))
            painter.drawPath(path)
        if self.name and not self.strokes:
            font = QFont(theme.base_font(max(20, rect.height() // 3)))
            font.setItalic(True)
            painter.setFont(font)
            painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), self.name)


def _scaled(point: QPointF, rect: QRect) -> QPointF:
    return QPointF(rect.left() + point.x() * rect.width(), rect.top() + point.y() * rect.height())


class SignaturePad(QWidget):
    """`png()` gives the picture, None while nothing was signed; `changed` tells each stroke or letter."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.paper = _Paper()
        self._name = QLineEdit()
        self._name.setMaxLength(60)
        bind(self._name, self._name.setPlaceholderText, lambda: _("Or type the name of who signs"))
        bind(self._name, self._name.setAccessibleName, lambda: _("Name of who signs"))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addWidget(self.paper, 1)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self._name, 1)
        row.addWidget(Link(lambda: _("Undo stroke"), self.undo))
        row.addWidget(Link(lambda: _("Clear"), self.clear))
        box.addLayout(row)
        self._name.textChanged.connect(self._typed)
        self.paper.drawn.connect(self.changed)

    def _typed(self, text: str) -> None:
        self.paper.name = text.strip()
        self.paper.update()
        self.changed.emit()

    @property
    def signed(self) -> bool:
        """True once there is a stroke or a name."""
        return bool(self.paper.strokes or self.paper.name)

    @property
    def typed_name(self) -> str:
        """The typed name, empty when the signature was drawn only."""
        return self.paper.name

    def undo(self) -> None:
        """Takes the last stroke away."""
        if self.paper.strokes:
            self.paper.strokes.pop()
            self.paper.update()
            self.changed.emit()

    def clear(self) -> None:
        """Empties the pad and the name."""
        self.paper.strokes.clear()
        self._name.clear()
        self.paper.update()
        self.changed.emit()

    def png(self) -> bytes | None:
        """The signature as a PNG of 900 × 300 on white, or None."""
        if not self.signed:
            return None
        image = QImage(_PNG, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paper.draw(painter, image.rect())
        painter.end()
        return image_png(image)


def image_png(image: QImage) -> bytes:
    """An image as PNG bytes."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(data.data())
