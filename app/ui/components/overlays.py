"""What lies over the window without taking its keyboard: toasts in the corner, and the flash after a scan."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGraphicsDropShadowEffect, QWidget

from app.ui import icons, theme
from app.ui.live import Words, text_of
from app.ui.widgets.toast import Toast

_MOST, _EDGE, _GAP = 4, 16, 8
_FLASH_MS = 900
_GROUNDS = {"ok": "#15703f", "warn": "#8a5100", "bad": "#b9222a"}
_SIGNS = {"ok": "check-bold", "warn": "warning", "bad": "x-bold"}


class Toasts(QObject):
    """Stacks toasts in the lower right corner of a host; the oldest goes when there are too many."""

    def __init__(self, host: QWidget, bottom: int = 34) -> None:
        super().__init__(host)
        self._host, self._bottom = host, bottom
        self._shown: list[Toast] = []
        host.installEventFilter(self)

    def show(
        self,
        tone: str,
        title: Words,
        text: Words = "",
        *,
        link: Words = "",
        on_link: Callable[[], object] | None = None,
    ) -> Toast:
        """Shows one more and returns it."""
        toast = Toast(tone, title, text, link=link, on_link=on_link, parent=self._host)
        shadow = QGraphicsDropShadowEffect(toast)
        shadow.setBlurRadius(22)
        shadow.setOffset(0, 4)
        shadow.setColor(QColor(0, 0, 0, 60))
        toast.setGraphicsEffect(shadow)
        toast.gone.connect(lambda: self._remove(toast))
        self._shown.append(toast)
        while len(self._shown) > _MOST:
            self._remove(self._shown[0])
        toast.show()
        self._place()
        return toast

    def texts(self) -> list[str]:
        """The titles on show, oldest first."""
        return [toast.accessibleName() for toast in self._shown]

    def _remove(self, toast: Toast) -> None:
        if toast in self._shown:
            self._shown.remove(toast)
            toast.hide()
            toast.deleteLater()
            self._place()

    def _place(self) -> None:
        bottom = self._host.height() - self._bottom - _EDGE
        for toast in reversed(self._shown):
            toast.setFixedWidth(340)
            height = toast.heightForWidth(340) if toast.hasHeightForWidth() else toast.sizeHint().height()
            toast.setGeometry(self._host.width() - 340 - _EDGE, bottom - height, 340, height)
            toast.raise_()
            bottom -= height + _GAP

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follows the host's size."""
        if watched is self._host and event.type() == QEvent.Type.Resize:
            self._place()
        return False


class Flash(QWidget):
    """A coloured frame with a word, gone by itself; the mouse goes through it."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self._host, self._tone, self._word = host, "ok", ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def flash(self, tone: str, word: Words, *, milliseconds: int = _FLASH_MS) -> None:
        """Shows tone ok, warn or bad with a word."""
        self._tone, self._word = tone, text_of(word)
        self.setAccessibleName(self._word)
        self.setGeometry(self._host.rect())
        self.raise_()
        self.show()
        self.update()
        self._timer.start(milliseconds)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A thick frame, and a band with sign and word in the middle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground, white = QColor(_GROUNDS.get(self._tone, _GROUNDS["ok"])), QColor("#ffffff")
        painter.setPen(QPen(ground, 28))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self.rect())
        painter.setFont(theme.base_font(48, 700))
        words = painter.fontMetrics().elidedText(self._word, Qt.TextElideMode.ElideRight, self.width() - 260)
        width = painter.fontMetrics().horizontalAdvance(words) + 160
        band = QRect((self.width() - width) // 2, self.height() // 2 - 60, width, 120)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(band), 20, 20)
        icons.paint(painter, QRect(band.left() + 32, band.top() + 36, 48, 48), _SIGNS.get(self._tone, "info"), white)
        painter.setPen(white)
        painter.setFont(theme.base_font(48, 700))
        painter.drawText(band.adjusted(100, 0, -20, 0), int(Qt.AlignmentFlag.AlignVCenter), words)
        painter.end()
