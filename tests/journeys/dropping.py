"""Drops files on a page as a person does with the mouse."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

_LEFT, _NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
_COPY = Qt.DropAction.CopyAction


def drop(page: QWidget, *files: Path) -> bool:
    """Whether the page let the files in and took them."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    enter = QDragEnterEvent(QPoint(40, 40), _COPY, data, _LEFT, _NONE)
    enter.ignore()
    QApplication.sendEvent(page, enter)
    event = QDropEvent(QPoint(40, 40), _COPY, data, _LEFT, _NONE)
    event.ignore()
    QApplication.sendEvent(page, event)
    return enter.isAccepted() and event.isAccepted()
