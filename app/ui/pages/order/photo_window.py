"""One photo large: at once as small as it is here, whole as soon as it has come from HQ, with progress and trouble."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import _
from app.queries.order_view import Picture
from app.ui.background import Failure
from app.ui.bench import Bench
from app.ui.live import Words, text_of
from app.ui.refusal_words import told
from app.ui.widgets import Button, ImageView, Label, ProgressLine


class PhotoWindow(QDialog):
    """A window of its own that stays out of the way."""

    def __init__(self, bench: Bench, picture: Picture, name: Words, small: QImage | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(text_of(name))
        self.resize(900, 640)
        self._bench, self._picture = bench, picture
        self.is_whole = False
        self.view = ImageView()
        if small is not None:
            self.view.show_image(small)
        self.progress = ProgressLine(lambda: _("Fetching the whole picture from HQ"), can_cancel=False)
        self.progress.hide()
        self.trouble = Label("", tone="bad", wrap=True)
        self.again = Button(lambda: _("Try again"), self.load, icon="syncing")
        self._foot = QWidget()
        row = QHBoxLayout(self._foot)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.trouble, 1)
        row.addWidget(self.again)
        self._foot.hide()
        column = QVBoxLayout(self)
        column.addWidget(self.view, 1)
        column.addWidget(self.progress)
        column.addWidget(self._foot)

    def load(self) -> None:
        """Bring the whole: from here, or from HQ, going on where an earlier fetch was cut."""
        self._foot.hide()
        blobs, picture = self._bench.blobs, self._picture
        if blobs.has(picture.sha256) or self._bench.fetch is None:
            self._bench.runner.run(lambda _p: blobs.read(picture.sha256), self._show, self._failed, owner=self)
            return
        self.progress.advance(0, 0)
        self.progress.show()
        self._bench.photo(
            picture.sha256,
            picture.bytes,
            self._show,
            owner=self,
            failed=self._failed,
            progress=self.progress.advance_bytes,
        )

    def _show(self, content: bytes) -> None:
        self.progress.hide()
        image = QImage.fromData(content)
        if image.isNull():
            self._tell(lambda: _("This file can’t be shown as a picture."))
            return
        self.is_whole = True
        self.view.show_image(image)

    def _failed(self, failure: Failure) -> None:
        self.progress.hide()
        self._tell(told(failure))

    def _tell(self, words: Words) -> None:
        self.trouble.say(words)
        self._foot.show()
