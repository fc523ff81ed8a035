"""Pictures and PDF files that a person brings to a page: chosen, dropped on it, or pasted."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from app.i18n import _
from app.ui.live import Words, text_of
from app.ui.widgets.signature_pad import image_png

_PICTURES = "*.jpg *.jpeg *.png *.webp *.bmp *.tif *.tiff *.gif *.heic *.heif *.hif *.avif *.pdf"


class PictureIntake(QObject):
    """Watches a page; `brought` gives a file's path or a picture's bytes."""

    brought = Signal(object)

    def __init__(self, page: QWidget, title: Words) -> None:
        """`title` heads the dialog that asks for a file."""
        super().__init__(page)
        self._page, self._title = page, title
        page.setAcceptDrops(True)
        page.installEventFilter(self)

    def choose(self) -> None:
        """Asks for a picture or PDF."""
        words = _("Pictures and PDF")
        file, _filter = QFileDialog.getOpenFileName(self._page, text_of(self._title), "", f"{words} ({_PICTURES})")
        if file:
            self.brought.emit(Path(file))

    def paste(self) -> None:
        """Takes what is in the clipboard."""
        self._take(QGuiApplication.clipboard().mimeData())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Files and pictures may be dropped anywhere on the page."""
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            if self._take(event.mimeData()):
                event.acceptProposedAction()
            return True
        if isinstance(event, QDragEnterEvent) and (event.mimeData().hasUrls() or event.mimeData().hasImage()):
            event.acceptProposedAction()
            return True
        return super().eventFilter(watched, event)

    def _take(self, mime: QMimeData) -> bool:
        source = _picture_in(mime)
        if source is not None:
            self.brought.emit(source)
        return source is not None


def _picture_in(mime: QMimeData) -> Path | bytes | None:
    """The first file, or the picture, that was dropped or copied."""
    files = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    if files:
        return files[0]
    if mime.hasImage():
        image = QImage(mime.imageData())
        return None if image.isNull() else image_png(image)
    return None
