"""Thumbnails of photos in a line, with a place to add more by file, drag-and-drop or paste."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QSizePolicy, QWidget

from app.i18n import _
from app.ui import icons, theme
from app.ui.live import Words, bind
from app.ui.widgets.flow_layout import FlowLayout
from app.ui.widgets.signature_pad import image_png
from app.ui.widgets.text import plain_tip

_SIZE = QSize(96, 70)
_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".pdf")


@dataclass(frozen=True)
class Photo:
    """A photo to show: id, what it shows (spoken and in the tool tip), and its thumbnail."""

    id: str
    name: str
    image: QImage


class _Thumb(QAbstractButton):
    """One picture, or the dashed place for a new one."""

    def __init__(self, image: QImage | None = None) -> None:
        super().__init__()
        self._image = image
        self.setFixedSize(_SIZE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        body = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self._image is None:
            self._paint_place(painter, body)
        else:
            clip = QPainterPath()
            clip.addRoundedRect(body, 6, 6)
            painter.setClipPath(clip)
            keep = Qt.AspectRatioMode.KeepAspectRatioByExpanding
            scaled = self._image.scaled(self.size(), keep, Qt.TransformationMode.SmoothTransformation)
            left, top = (scaled.width() - self.width()) // 2, (scaled.height() - self.height()) // 2
            painter.drawImage(0, 0, scaled, left, top, self.width(), self.height())
            painter.setClipping(False)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("focus"), 2))
            painter.drawRoundedRect(body, 6, 6)
        painter.end()

    def _paint_place(self, painter: QPainter, body: QRectF) -> None:
        painter.setPen(QPen(theme.color("field_line"), 1.5, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(body, 6, 6)
        ink = theme.color("ink3")
        icons.paint(painter, self.rect().adjusted(38, 10, -38, -40), "photo", ink)
        painter.setPen(ink)
        painter.setFont(theme.base_font(11))
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.drawText(self.rect().adjusted(4, 34, -4, 0), int(flags) | int(Qt.TextFlag.TextWordWrap), self.text())


class PhotoStrip(QWidget):
    """`files_added` tells paths, `image_pasted` PNG bytes, `opened` the id of a picture that was clicked."""

    files_added = Signal(list)
    image_pasted = Signal(bytes)
    opened = Signal(str)

    def __init__(
        self, add_words: Words | None = None, *, pick_files: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self._flow = FlowLayout(self, spacing=8)
        self._add = _Thumb()
        words = add_words or (lambda: _("Drop, paste or choose"))
        bind(self._add, self._add.setText, words)
        bind(self._add, self._add.setAccessibleName, words)
        self._flow.addWidget(self._add)
        if pick_files:
            self._add.clicked.connect(self._choose)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def add_clicked(self) -> Signal:
        """The signal of the place for new photos (with `pick_files=False` the page decides what it does)."""
        return self._add.clicked  # type: ignore[return-value]

    def set_photos(self, photos: Sequence[Photo]) -> None:
        """Shows these photos."""
        while (item := self._flow.takeAt(0)) is not None:
            old = item.widget()
            if old is not None and old is not self._add:
                old.hide()
                old.deleteLater()
        for photo in photos:
            thumb = _Thumb(photo.image)
            thumb.setAccessibleName(photo.name)
            thumb.setToolTip(plain_tip(photo.name))
            thumb.clicked.connect(lambda _on=False, i=photo.id: self.opened.emit(i))
            self._flow.addWidget(thumb)
        self._flow.addWidget(self._add)
        self.updateGeometry()

    def set_addable(self, addable: bool) -> None:
        """Whether photos may be added: without it the place for new ones is gone and drops are not taken."""
        self._add.setVisible(addable)
        self.setAcceptDrops(addable)
        self.updateGeometry()

    def focus_adding(self) -> None:
        """Puts the keyboard on the place for new photos."""
        self._add.setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose(self) -> None:
        pattern = " ".join(f"*{suffix}" for suffix in _SUFFIXES)
        names, _kind = QFileDialog.getOpenFileNames(self, _("Choose photos"), "", f"{_('Pictures')} ({pattern})")
        if names:
            self.files_added.emit(names)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes pictures and files of pictures."""
        if _files(event.mimeData()) or event.mimeData().hasImage():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Tells what was dropped."""
        self._take(event.mimeData())
        event.acceptProposedAction()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+V adds what the clipboard holds."""
        if event.matches(QKeySequence.StandardKey.Paste):
            self._take(QGuiApplication.clipboard().mimeData())
            return
        super().keyPressEvent(event)

    def _take(self, data: QMimeData) -> None:
        files = _files(data)
        if files:
            self.files_added.emit(files)
        elif data.hasImage():
            image = QImage(data.imageData())
            if not image.isNull():
                self.image_pasted.emit(image_png(image))


def _files(data: QMimeData) -> list[str]:
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return [str(path) for path in paths if path.suffix.lower() in _SUFFIXES or path.is_dir()]
