"""Rows of a label and a value, aligned in two columns."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from app.ui.live import Words
from app.ui.widgets.card import empty_layout
from app.ui.widgets.text import Label

Value = Words | QWidget
Row = tuple[Words, Value] | tuple[Words, Value, str]


class KeyValueGrid(QWidget):
    """Values are words (wrapped, copyable) or widgets; a third item of a row is the value's tone or role."""

    def __init__(self, rows: Sequence[Row] = (), label_width: int = 76, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnMinimumWidth(0, label_width)
        self._grid.setColumnStretch(1, 1)
        self.set_rows(rows)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Replaces all rows."""
        empty_layout(self._grid)
        for index, row in enumerate(rows):
            self._place(index, row[0], row[1], row[2] if len(row) > 2 else "")

    def _place(self, index: int, label: Words, value: Value, tone: str) -> None:
        key = Label(label, "muted", wrap=False)
        widget = value if isinstance(value, QWidget) else self._value(value, tone)
        if isinstance(widget, QLabel):
            widget.setAccessibleName(f"{key.text()}: {widget.text()}")
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(key, index, 0, top)
        if _wants_the_width(widget):
            self._grid.addWidget(widget, index, 1)
        else:
            self._grid.addWidget(widget, index, 1, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    @staticmethod
    def _value(words: Words, tone: str) -> Label:
        role = tone if tone in {"muted", "dim", "strong"} else ""
        label = Label(words, role, tone="" if role else tone, wrap=True).selectable()
        label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        label.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        return label


def _wants_the_width(widget: QWidget) -> bool:
    """Wrapped words, and lines that have some: aligned, they would be as narrow as they can be."""
    wraps = isinstance(widget, QLabel) and widget.wordWrap()
    return wraps or widget.sizePolicy().horizontalPolicy() is QSizePolicy.Policy.Expanding
