"""What an empty place says: what belongs there and how to get it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.live import Words
from app.ui.widgets.text import Icon, Label


class EmptyState(QWidget):
    """An icon, a title, a sentence, and perhaps a button."""

    def __init__(
        self,
        title: Words,
        text: Words = "",
        icon: str = "empty",
        action: QWidget | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        centre = Qt.AlignmentFlag.AlignHCenter
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 24, 24, 24)
        box.setSpacing(8)
        box.addStretch()
        box.addWidget(Icon(icon, "ink3", 40), 0, centre)
        self._title, self._text = Label(title, "strong", wrap=True), Label(text, "muted", wrap=True)
        for label in (self._title, self._text):
            label.setAlignment(centre)
            box.addWidget(label)
        if action is not None:
            box.addSpacing(8)
            box.addWidget(action, 0, centre)
        box.addStretch()

    def say(self, title: Words, text: Words = "") -> None:
        """Changes the words (e.g. "nothing matches the filter")."""
        self._title.say(title)
        self._text.say(text)
