"""Buttons that show a key which the page itself handles, so that the key stays free in the search box and in lines."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence

from app.ui.widgets import Button


class KeyButton(Button):
    """Shows its key without binding it."""

    def _set_words(self, text: str) -> None:
        super()._set_words(text)
        self.setShortcut(QKeySequence())
