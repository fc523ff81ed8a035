"""A line that finds a coded choice by its code, by words of either language or by pinyin while a person types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app import pinyin
from app.ui import icons
from app.ui.live import Words, bind
from app.ui.widgets.popup_list import PopupList

_SHOWN = 50


@dataclass(frozen=True)
class Choice:
    """Something to choose: its id, the text shown, and further words it is found by (the other language …)."""

    id: str
    text: str
    keywords: str = ""

    def rank(self, word: str) -> int | None:
        """How well a typed word (case folded) fits, 0 best: the id, its begin, a text's begin, within; None not at all.

        Chinese texts are found by pinyin as well.
        """
        known, texts = self.id.casefold(), (self.text.casefold(), self.keywords.casefold())
        if known.startswith(word):
            return 0 if known == word else 1
        if any(text.startswith(word) or pinyin.begins(text, word) for text in texts):
            return 2
        return 3 if any(word in text or pinyin.spells(text, word) for text in (known, *texts)) else None


def find(choices: Sequence[Choice], typed: str, limit: int = _SHOWN) -> list[Choice]:
    """The choices in which every typed word is found, the best first."""
    words = typed.casefold().split()
    hits = []
    for choice in choices:
        ranks = [rank for word in words if (rank := choice.rank(word)) is not None]
        if len(ranks) == len(words):
            hits.append((min(ranks, default=0), choice))
    hits.sort(key=lambda hit: hit[0])
    return [choice for _rank, choice in hits[:limit]]


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
