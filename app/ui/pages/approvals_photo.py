"""A photo at a fixed height with rounded corners."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.i18n import _
from app.ui.live import bind


class PhotoView(QWidget):
    """Shows the photo whole, left-aligned."""

    def __init__(self, image: QImage, height: int) -> None:
        super().__init__()
        self._image = image
        self.setFixedHeight(height)
        bind(self, self.setAccessibleName, lambda: _("Photo of the request"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints the photo."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        factor = min(self.width() / self._image.width(), self.height() / self._image.height())
        room = QRectF(0, 0, self._image.width() * factor, self._image.height() * factor)
        clip = QPainterPath()
        clip.addRoundedRect(room, 8, 8)
        painter.setClipPath(clip)
        painter.drawImage(room, self._image)
        painter.end()
