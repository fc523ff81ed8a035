"""What happened, newest first: time, what, and who in a dimmer line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from app.ui.live import Words, text_of
from app.ui.widgets.card import empty_layout
from app.ui.widgets.pill import Pill
from app.ui.widgets.text import Label


@dataclass(frozen=True)
class Happening:
    """One entry; with a tone its words stand in a pill."""

    when: Words
    words: Words
    detail: Words = ""
    tone: str = ""


class Timeline(QWidget):
    """Shows happenings in two columns."""

    def __init__(self, happenings: Sequence[Happening] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(1)
        self._grid.setColumnMinimumWidth(0, 58)
        self._grid.setColumnStretch(1, 1)
        self.set_happenings(happenings)

    def set_happenings(self, happenings: Sequence[Happening]) -> None:
        """Replaces all entries."""
        empty_layout(self._grid)
        line = 0
        for entry in happenings:
            line = self._place(line, entry)

    def _place(self, line: int, entry: Happening) -> int:
        top = Qt.AlignmentFlag.AlignTop
        when = Label(entry.when, "small")
        self._grid.addWidget(when, line, 0, top)
        if entry.tone:
            self._grid.addWidget(Pill(entry.words, entry.tone), line, 1, Qt.AlignmentFlag.AlignLeft)
        else:
            self._grid.addWidget(Label(entry.words, wrap=True), line, 1)
        if text_of(entry.detail):
            line += 1
            self._grid.addWidget(Label(entry.detail, "small", wrap=True), line, 1)
        self._grid.setRowMinimumHeight(line + 1, 6)
        return line + 2
