"""Pictures and PDF files that a person brings to a page: chosen, dropped on it, or pasted."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from app.i18n import _
from app.ui.live import Words, text_of
from app.ui.widgets.signature_pad import image_png
from app.ui.window_drops import files_of

_PICTURES = "*.jpg *.jpeg *.png *.webp *.bmp *.tif *.tiff *.gif *.heic *.heif *.hif *.avif *.pdf"


class PictureIntake(QObject):
    """Watches a page; `brought` gives a file's path or a picture's bytes, `many` the paths of several files.

    Folders are not taken: they go on to the window.
    """

    brought = Signal(object)
    many = Signal(list)

    def __init__(self, page: QWidget, title: Words, *, several: bool = False) -> None:
        """`title` heads the dialog that asks for a file; without `several` the first of several files is taken."""
        super().__init__(page)
        self._page, self._title, self._several = page, title, several
        page.setAcceptDrops(True)
        page.installEventFilter(self)

    def choose(self) -> None:
        """Asks for a picture or PDF."""
        words = _("Pictures and PDF")
        ask = QFileDialog.getOpenFileNames if self._several else _one_file
        files, _filter = ask(self._page, text_of(self._title), "", f"{words} ({_PICTURES})")
        self._bring([Path(file) for file in files])

    def paste(self) -> None:
        """Takes what is in the clipboard."""
        self._take(QGuiApplication.clipboard().mimeData())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Files and pictures may be dropped anywhere on the page."""
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            if self._take(event.mimeData()):
                event.acceptProposedAction()
            return True
        if isinstance(event, QDragEnterEvent) and _is_for_a_page(event.mimeData()):
            event.acceptProposedAction()
            return True
        return super().eventFilter(watched, event)

    def _take(self, mime: QMimeData) -> bool:
        files = files_of(mime)
        if files:
            self._bring(files)
            return True
        picture = _picture_in(mime)
        if picture is not None:
            self.brought.emit(picture)
        return picture is not None

    def _bring(self, files: list[Path]) -> None:
        if self._several and len(files) > 1:
            self.many.emit(files)
        elif files:
            self.brought.emit(files[0])


def _one_file(parent: QWidget, title: str, folder: str, kinds: str) -> tuple[list[str], str]:
    file, chosen = QFileDialog.getOpenFileName(parent, title, folder, kinds)
    return ([file] if file else []), chosen


def _is_for_a_page(mime: QMimeData) -> bool:
    """Files or a picture; a folder is the window's."""
    return (mime.hasUrls() or mime.hasImage()) and not any(file.is_dir() for file in files_of(mime))


def _picture_in(mime: QMimeData) -> bytes | None:
    """The picture that was dropped or copied."""
    image = QImage(mime.imageData()) if mime.hasImage() else QImage()
    return None if image.isNull() else image_png(image)
