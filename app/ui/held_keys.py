"""Keys held back for a moment where they would do something at once (a button, a menu, a list): a scan must not."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtGui import QKeyEvent, QWindow
from shiboken6 import isValid

HOLD_MS = 80
"""A person does not notice this delay of a key that presses a button; a scanner's third key comes sooner."""


class HeldKeys(QObject):
    """Keeps key events with the window they were for; `give_back` lets them through in their order."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._held: list[tuple[QWindow, QKeyEvent]] = []
        self.giving_back = False
        self.due = QTimer(self)
        self.due.setSingleShot(True)
        self.due.setInterval(HOLD_MS)

    def __bool__(self) -> bool:
        return bool(self._held)

    def hold(self, window: QWindow, event: QKeyEvent) -> None:
        """Keeps a copy of the event; the filter that calls this stops the event itself."""
        self._held.append((window, event.clone()))
        self.due.start()

    def holds_press_of(self, event: QKeyEvent) -> bool:
        """Whether the press that belongs to this release is held."""
        return any(one.key() == event.key() and one.type() == QEvent.Type.KeyPress for _window, one in self._held)

    def drop(self) -> None:
        """They were a scan's."""
        self._held.clear()

    def give_back(self) -> None:
        """They were a person's: they act now."""
        held, self._held = self._held, []
        self.giving_back = True
        for window, event in held:
            if isValid(window):
                QCoreApplication.sendEvent(window, event)
        self.giving_back = False
