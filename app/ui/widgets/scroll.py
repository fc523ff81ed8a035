"""A column that scrolls up and down only; its content takes the window's width."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget


class ScrollColumn(QScrollArea):
    """Put content into `body`. Unlike a plain scroll area it knows how high wrapped texts are at its width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inner = QWidget()
        self._inner.setProperty("surface", "none")
        self.body = QVBoxLayout(self._inner)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(10)
        self.setWidget(self._inner)
        self._inner.installEventFilter(self)
        self.viewport().setAutoFillBackground(False)

    def natural_height(self, width: int) -> int:
        """Pixels the content needs at this width."""
        for widget in self._inner.findChildren(QWidget):
            widget.ensurePolished()  # the style sheet decides type sizes, and so heights
        self.body.activate()
        if self.body.hasHeightForWidth():
            return self.body.totalMinimumHeightForWidth(width)
        return self.body.totalMinimumSize().height()

    def _fit(self) -> None:
        width = self.viewport().width()
        self._inner.resize(width, max(self.viewport().height(), self.natural_height(width)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The content takes the new width."""
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The content asks for another height."""
        if watched is self._inner and event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)
