"""A line that finds a coded choice by its code or by words of either language while a person types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.ui import icons
from app.ui.live import Words, bind
from app.ui.widgets.popup_list import PopupList

_SHOWN = 50


@dataclass(frozen=True)
class Choice:
    """Something to choose: its id, the text shown, and further words it is found by (other language, pinyin …)."""

    id: str
    text: str
    keywords: str = ""

    def matches(self, words: Sequence[str]) -> bool:
        """True when every typed word occurs somewhere in it."""
        hay = f"{self.id} {self.text} {self.keywords}".casefold()
        return all(word in hay for word in words)


def find(choices: Sequence[Choice], typed: str, limit: int = _SHOWN) -> list[Choice]:
    """The choices that match what was typed, those whose code or text begins with it first."""
    words = typed.casefold().split()
    hits = [choice for choice in choices if choice.matches(words)]
    start = " ".join(words)
    hits.sort(key=lambda c: not (c.id.casefold().startswith(start) or c.text.casefold().startswith(start)))
    return hits[:limit]


class ComboSearch(QLineEdit):
    """Type to filter, ↑ ↓ to move, Enter to take, Esc to put back; `picked` tells the id ("" when emptied)."""

    picked = Signal(str)

    def __init__(self, choices: Sequence[Choice] = (), placeholder: Words = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices: tuple[Choice, ...] = tuple(choices)
        self._hits: list[Choice] = []
        self._picked: Choice | None = None
        self._popup: PopupList | None = None
        self.setClearButtonEnabled(True)
        self.addAction(icons.icon("search", "ink3"), QLineEdit.ActionPosition.LeadingPosition)
        bind(self, self.setPlaceholderText, placeholder)
        bind(self, self.setAccessibleName, placeholder)  # a Field around it names it better
        self.textEdited.connect(self._typed)
        self.textChanged.connect(self._maybe_emptied)

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """Offers these choices from now on."""
        self._choices = tuple(choices)

    def current_id(self) -> str:
        """The id of the choice taken; empty when none is."""
        return self._picked.id if self._picked else ""

    def pick(self, choice_id: str) -> bool:
        """Takes a choice without asking; False when there is no such one."""
        found = next((choice for choice in self._choices if choice.id == choice_id), None)
        if found is not None:
            self._take(found)
        return found is not None

    def _typed(self, text: str) -> None:
        self._hits = find(self._choices, text)
        if self._popup is None:
            self._popup = PopupList(self)
            self._popup.taken.connect(lambda line: self._take(self._hits[line]))
        self._popup.offer([f"{c.id}  {c.text}" for c in self._hits])

    def _take(self, choice: Choice) -> None:
        self._picked = choice
        self.setText(f"{choice.id}  {choice.text}")
        self.setCursorPosition(0)
        self._hide()
        self.picked.emit(choice.id)

    def _maybe_emptied(self, text: str) -> None:
        if not text and self._picked is not None:
            self._picked = None
            self._hide()
            self.picked.emit("")

    def _hide(self) -> None:
        if self._popup is not None:
            self._popup.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Moves in the list, takes, puts back."""
        popup = self._popup if self._popup is not None and self._popup.isVisible() else None
        key = event.key()
        if popup is None:
            if key == Qt.Key.Key_Down:
                self._typed("" if self._picked else self.text())
                return
            super().keyPressEvent(event)
        elif key in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
            popup.move_by(1 if key == Qt.Key.Key_Down else -1)
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._take(self._hits[popup.chosen()])
        elif key == Qt.Key.Key_Escape:
            self._put_back()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """What is not a choice does not stay in the line."""
        super().focusOutEvent(event)
        self._put_back()

    def _put_back(self) -> None:
        self._hide()
        self.setText(f"{self._picked.id}  {self._picked.text}" if self._picked else "")
        self.setCursorPosition(0)
