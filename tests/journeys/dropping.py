"""Drops a file on a page as a person does with the mouse."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

_LEFT, _NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
_COPY = Qt.DropAction.CopyAction


def drop(page: QWidget, file: Path) -> bool:
    """Whether the page let the file in and took it."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    enter = QDragEnterEvent(QPoint(40, 40), _COPY, data, _LEFT, _NONE)
    enter.ignore()
    QApplication.sendEvent(page, enter)
    event = QDropEvent(QPoint(40, 40), _COPY, data, _LEFT, _NONE)
    event.ignore()
    QApplication.sendEvent(page, event)
    return enter.isAccepted() and event.isAccepted()
