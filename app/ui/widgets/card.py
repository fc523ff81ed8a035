"""A card: a titled panel with a body, and perhaps something at the right of the title."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from app.ui.live import Words, bind
from app.ui.widgets.text import ElidedLabel, Icon


class Card(QFrame):
    """Put content into `body` (a vertical layout) or by `add`."""

    def __init__(
        self,
        title: Words | None = None,
        icon: str | None = None,
        trailing: QWidget | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(14, 10, 14, 12)
        outer.setSpacing(8)
        self._head = QHBoxLayout()
        self._head.setSpacing(8)
        self._title: ElidedLabel | None = None
        if title is not None:
            self._build_head(title, icon)
            outer.addLayout(self._head)
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        outer.addLayout(self.body, 1)
        self._trailing: QWidget | None = None
        if trailing is not None:
            self.set_trailing(trailing)

    def _build_head(self, title: Words, icon: str | None) -> None:
        if icon:
            self._head.addWidget(Icon(icon, "ink"), 0, Qt.AlignmentFlag.AlignVCenter)
        self._title = ElidedLabel(title, "h2")
        self._head.addWidget(self._title, 1)
        bind(self, self.setAccessibleName, title)

    def set_title(self, title: Words) -> None:
        """Renames the card (one made with a title)."""
        if self._title is not None:
            self._title.say(title)
            bind(self, self.setAccessibleName, title)

    def set_trailing(self, widget: QWidget | None) -> None:
        """Puts a widget at the right of the title, in place of the one there."""
        if self._trailing is not None:
            self._head.removeWidget(self._trailing)
            self._trailing.deleteLater()
        self._trailing = widget
        if widget is not None:
            self._head.addWidget(widget, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def add(self, item: QWidget | QLayout, stretch: int = 0) -> None:
        """Adds a widget or layout below the rest."""
        if isinstance(item, QLayout):
            self.body.addLayout(item, stretch)
        else:
            self.body.addWidget(item, stretch)

    def clear(self) -> None:
        """Removes everything from the body."""
        empty_layout(self.body)


def empty_layout(layout: QLayout) -> None:
    """Takes every item out of a layout and deletes its widgets."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            empty_layout(inner)
