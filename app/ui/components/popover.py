"""A panel that floats over the window without blocking it; Esc, a click elsewhere or its button closes it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGraphicsDropShadowEffect,
    QHBoxLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from app.i18n import _
from app.ui import icons
from app.ui.live import Words, bind
from app.ui.widgets.text import Label


class Popover(QFrame):
    """Put content into `body`; `show_below` places it under an anchor, `show_centred` in the middle."""

    def __init__(self, host: QWidget, title: Words, width: int = 380) -> None:
        super().__init__(host)
        self.setProperty("kind", "pop")
        self.setFixedWidth(width)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._host = host
        self._anchor: QWidget | None = None
        self._before: QWidget | None = None
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 12, 16, 16)
        outer.setSpacing(10)
        head = QHBoxLayout()
        head.addWidget(Label(title, "h2"), 1)
        close = QToolButton()
        close.setIcon(icons.icon("remove", "ink2"))
        bind(close, close.setAccessibleName, lambda: _("Close"))
        close.clicked.connect(self.close_panel)
        head.addWidget(close)
        outer.addLayout(head)
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        outer.addLayout(self.body)
        bind(self, self.setAccessibleName, title)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(28)
        shadow.setOffset(0, 6)
        shadow.setColor(QColor(0, 0, 0, 70))
        self.setGraphicsEffect(shadow)
        self.hide()

    def refresh(self) -> None:
        """Fills the body anew; subclasses do."""

    def show_below(self, anchor: QWidget) -> None:
        """Opens under the anchor, its right edges aligned; closes when it was open."""
        if self.isVisible():
            self.close_panel()
            return
        self._anchor = anchor
        self._open()
        corner = anchor.mapTo(self._host, QPoint(anchor.width(), anchor.height() + 6))
        self.move(max(8, min(corner.x() - self.width(), self._host.width() - self.width() - 8)), corner.y())

    def show_centred(self) -> None:
        """Opens in the middle of the window; closes when it was open."""
        if self.isVisible():
            self.close_panel()
            return
        self._open()
        self.move((self._host.width() - self.width()) // 2, max(8, (self._host.height() - self.height()) // 2))

    def _open(self) -> None:
        self._before = QApplication.focusWidget()
        self.refresh()
        self.fit()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]

    def fit(self) -> None:
        """Takes the height that the content needs, within the host's."""
        self.layout().activate()  # type: ignore[union-attr]
        self.adjustSize()
        self.resize(self.width(), min(self.heightForWidth(self.width()) if self.hasHeightForWidth() else
                                      self.sizeHint().height(), self._host.height() - 70))  # fmt: skip

    def close_panel(self) -> None:
        """Closes it and gives the keyboard back."""
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
        self.hide()
        if self._before is not None and isValid(self._before):
            self._before.setFocus()
        self._before = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
            return
        super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click elsewhere closes it; one on the anchor is left to the anchor."""
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonPress and self.isVisible():
            inside = isinstance(watched, QWidget) and (watched is self or self.isAncestorOf(watched))
            if isinstance(watched, QWidget) and not inside and watched is not self._anchor:
                self.close_panel()
        return False
