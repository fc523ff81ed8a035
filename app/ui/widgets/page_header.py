"""The line at the top of a page: its title, pills about its state, and its buttons at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.ui.live import Words
from app.ui.widgets.card import empty_layout
from app.ui.widgets.text import ElidedLabel, Label


class PageHeader(QWidget):
    """`say` renames, `set_pills` replaces what stands after the title, `add_button` adds at the right."""

    def __init__(self, title: Words, subtitle: Words = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        self._title, self._subtitle = Label(title, "h1"), ElidedLabel(subtitle, "muted")
        row.addWidget(self._title)
        self._pills = QHBoxLayout()
        self._pills.setSpacing(8)
        row.addLayout(self._pills)
        row.addWidget(self._subtitle, 1)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        row.addLayout(self._buttons)
        self.setMinimumHeight(36)

    def say(self, title: Words, subtitle: Words = "") -> None:
        """Changes title and subtitle."""
        self._title.say(title)
        self._subtitle.say(subtitle)
        self._subtitle.updateGeometry()

    def set_pills(self, *widgets: QWidget) -> None:
        """Shows these after the title."""
        empty_layout(self._pills)
        for widget in widgets:
            self._pills.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)

    def add_button(self, button: QWidget) -> None:
        """Adds a button at the right."""
        self._buttons.addWidget(button)
