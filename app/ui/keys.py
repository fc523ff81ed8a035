"""Shortcuts with words, so that the sheet behind F1 can list every one that works now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.ui.live import Words, text_of
from app.ui.widgets.buttons import Button, key_text


@dataclass(frozen=True)
class KeyHint:
    """One line of the sheet."""

    keys: str
    words: str


class WordedShortcut(QShortcut):
    """A shortcut that knows what it does."""

    def __init__(self, owner: QWidget, keys: str, words: Words, call: Callable[[], object]) -> None:
        super().__init__(QKeySequence(keys), owner)
        self.words = words
        self.activated.connect(lambda: call())


def bind_keys(
    owner: QWidget, keys: str, words: Words, call: Callable[[], object], *, whole_window: bool = True
) -> WordedShortcut:
    """Calls on these keys while the owner is on the screen (or, not `whole_window`, has the keyboard)."""
    made = WordedShortcut(owner, keys, words, call)
    context = Qt.ShortcutContext
    made.setContext(context.WindowShortcut if whole_window else context.WidgetWithChildrenShortcut)
    return made


def hints(root: QWidget) -> list[KeyHint]:
    """What can be pressed now: shortcuts and buttons under root that are visible, without doubles."""
    found: dict[str, KeyHint] = {}
    for shortcut in root.findChildren(WordedShortcut):
        owner = shortcut.parent()
        if isinstance(owner, QWidget) and (owner is root or owner.isVisible()):
            keys = key_text(shortcut.key().toString())
            found.setdefault(keys, KeyHint(keys, text_of(shortcut.words)))
    for button in root.findChildren(Button):
        if button.keys and button.isVisible():
            keys = key_text(button.keys)
            found.setdefault(keys, KeyHint(keys, button.text()))
    return sorted(found.values(), key=lambda hint: (len(hint.keys), hint.keys))
