"""Tells when nobody touched keyboard, mouse or scanner for a while, so that the window can lock itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

_TOUCHES = {
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
    QEvent.Type.TabletPress,
}


class IdleWatch(QObject):
    """`idle` is emitted once after `minutes` without a touch; 0 minutes never."""

    idle = Signal()

    def __init__(self, app: QApplication, minutes: float, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.idle.emit)
        app.installEventFilter(self)
        self.set_minutes(minutes)

    def set_minutes(self, minutes: float) -> None:
        """Changes the patience."""
        if minutes > 0:
            self._timer.start(int(minutes * 60_000))
        else:
            self._timer.stop()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Every touch starts the time anew."""
        if event.type() in _TOUCHES and self._timer.isActive():
            self._timer.start()
        return False
