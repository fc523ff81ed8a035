"""A checklist: what is in order and what is not, with a link that mends it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.ui.live import Words, text_of
from app.ui.widgets.card import empty_layout
from app.ui.widgets.text import Icon, Label, Link

_ICONS = {"ok": "check", "warn": "warning", "bad": "warning", "todo": "circle"}
_TOKENS = {"ok": "ok", "warn": "warn", "bad": "bad", "todo": "ink3"}


@dataclass(frozen=True)
class Check:
    """One line; state is ok, warn, bad or todo; `mend` runs when its link is used."""

    state: str
    words: Words
    link: Words = ""
    mend: Callable[[], object] | None = None


class Checklist(QWidget):
    """Shows checks one below the other."""

    def __init__(self, checks: Sequence[Check] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(6)
        self.set_checks(checks)

    def set_checks(self, checks: Sequence[Check]) -> None:
        """Replaces all lines."""
        empty_layout(self._box)
        for check in checks:
            self._box.addWidget(self._line(check))

    @staticmethod
    def _line(check: Check) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        top = Qt.AlignmentFlag.AlignTop
        row.addWidget(Icon(_ICONS[check.state], _TOKENS[check.state], 18), 0, top)
        words = Label(check.words, wrap=True)
        row.addWidget(words, 1)
        line.setAccessibleName(f"{check.state}: {words.text()}")
        if text_of(check.link) and check.mend is not None:
            row.addWidget(Link(check.link, check.mend), 0, top)
        return line
