"""The page as it will be printed, whole or larger, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.i18n import _, speaking
from app.ui.live import Words, bind, retranslate
from app.ui.printing.choices import Choice
from app.ui.printing.kinds import Kind, Print
from app.ui.printing.sheet import PaperSize, paint_page
from app.ui.widgets import Button, Label, Link

LARGER = 2
"""How much larger the other view is."""
_LABEL_ROOM, _PAPER_ROOM = (440, 300), (400, 540)


class Painted(NamedTuple):
    """A page for the preview: which one, of how many."""

    image: QImage
    page: int
    pages: int


def room_for(kind: Kind) -> tuple[int, int]:
    """Width and height of the preview in pixels."""
    return _LABEL_ROOM if kind.is_label else _PAPER_ROOM


def size_words(size: PaperSize) -> str:
    """A size as people call it."""
    return _PAPER_NAMES.get((size.width, size.height), f"{size.width:g} × {size.height:g} mm")


_PAPER_NAMES: dict[tuple[float, float], str] = {(210, 297): "A4", (148, 210): "A5"}


def painted(what: Print, choice: Choice, page: int, _progress: object) -> Painted:
    """The page by the printer's dots, made small where nobody waits for it."""
    with speaking(choice.language):
        image, pages = paint_page(what.compose, choice.size, choice.dpi, max(0, page))
    width, height = room_for(what.kind)
    smooth = Qt.TransformationMode.SmoothTransformation
    small = image.scaled(width * LARGER, height * LARGER, Qt.AspectRatioMode.KeepAspectRatio, smooth)
    return Painted(small, max(0, page), pages)


class PrintPreview(QWidget):
    """Shows pages that somebody else paints: `page_asked` tells which one is wanted next (from 0)."""

    page_asked = Signal(int)

    def __init__(self, width: int, height: int, *, enlarges: bool) -> None:
        super().__init__()
        self._room = (width - 4, height - 4)
        self._image = QImage()
        self._page, self._larger = 0, False
        self.picture = Label("")
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        bind(self.picture, self.picture.setAccessibleName, lambda: _("How it will look on paper"))
        self._area = QScrollArea()
        self._area.setFixedSize(width, height)
        self._area.setWidgetResizable(True)
        self._area.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._area.setWidget(self.picture)
        bind(self._area, self._area.setAccessibleName, lambda: _("Preview"))
        self.before = _turner("‹", lambda: _("Page before"), lambda: self.turn(-1), "PgUp")
        self.after = _turner("›", lambda: _("Page after"), lambda: self.turn(1), "PgDown")
        self.count = Label("", "muted")
        self.zoom = Link(lambda: _("Whole page") if self._larger else _("Larger"), self.enlarge)
        self.zoom.setVisible(enlarges)
        self._lay_out()
        self.clear()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (self.before, self.count, self.after):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.zoom)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._area)
        column.addLayout(row)

    @property
    def page(self) -> int:
        """The page on show, from 0."""
        return self._page

    def clear(self) -> None:
        """Shows nothing, where nothing can be printed."""
        self.picture.clear()
        self._image = QImage()
        self._say_pages(0)

    def show_page(self, image: QImage, page: int, pages: int) -> None:
        """Shows a page of so many."""
        self._image, self._page = image, min(page, pages - 1)
        self._say_pages(pages)
        self._draw()

    def turn(self, by: int) -> None:
        """Asks for another page."""
        self.page_asked.emit(self._page + by)

    def enlarge(self) -> None:
        """Changes between the whole page and one that can be read."""
        self._larger = not self._larger
        retranslate(self.zoom)
        self._draw()

    def _say_pages(self, pages: int) -> None:
        page = self._page
        self.count.say(f"{page + 1}/{pages}")
        for widget in (self.before, self.count, self.after):
            widget.setVisible(pages > 1)
        self.before.setEnabled(page > 0)
        self.after.setEnabled(page + 1 < pages)

    def _draw(self) -> None:
        if self._image.isNull():
            return
        width, height = (side * (LARGER if self._larger else 1) for side in self._room)
        smooth = Qt.TransformationMode.SmoothTransformation
        shown = self._image.scaled(width, height, Qt.AspectRatioMode.KeepAspectRatio, smooth)
        self.picture.setPixmap(QPixmap.fromImage(shown))
        self.picture.setMinimumSize(shown.size() if self._larger else self.picture.minimumSizeHint() * 0)


def _turner(sign: str, words: Words, call: Callable[[], object], keys: str) -> Button:
    made = Button(sign, call, shortcut=keys)
    bind(made, made.setAccessibleName, words)
    return made
