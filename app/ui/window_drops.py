"""Files and folders dropped anywhere on the window; pages and fields that take drops themselves come first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget


class WindowDrops(QObject):
    """`take` gets the paths and tells whether they were taken."""

    def __init__(self, window: QWidget, take: Callable[[list[Path]], bool]) -> None:
        super().__init__(window)
        self._take = take
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt asks the widget under the mouse first, then what it lies in, up to the window."""
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            files = files_of(event.mimeData())
            if files and self._take(files):
                event.acceptProposedAction()
            return True
        if isinstance(event, QDragEnterEvent) and files_of(event.mimeData()):
            event.acceptProposedAction()
            return True
        return super().eventFilter(watched, event)


def files_of(mime: QMimeData) -> list[Path]:
    """The files and folders of this computer that were dropped or copied."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
