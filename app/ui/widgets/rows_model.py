"""A table model over any sequence of rows, described by columns; it translates and decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from app.ui.live import Words, text_of

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex

IdRole = Qt.ItemDataRole.UserRole + 1
"""The row's id, emitted by DataTable."""
ToneRole = Qt.ItemDataRole.UserRole + 2
"""ok, warn, bad, blue or grey: the cell is painted as a pill; "link", "dim", "strong" colour the text."""
SecondRole = Qt.ItemDataRole.UserRole + 3
"""A second text, dim, after the first (a part's number after its name)."""
SortRole = Qt.ItemDataRole.UserRole + 4
"""What to sort by, where the text is not."""
NumberRole = Qt.ItemDataRole.UserRole + 5
"""True for a column of numbers: right-aligned."""


@dataclass(frozen=True)
class Column(Generic[R]):
    """How one column shows a row of type R; width in pixels, 0 = fits its content, stretch takes what is left."""

    title: Words
    text: Callable[[R], str]
    tone: Callable[[R], str] | None = None
    second: Callable[[R], str] | None = None
    sort: Callable[[R], Any] | None = None
    number: bool = False
    width: int = 0
    stretch: bool = False


class RowsModel(QAbstractTableModel, Generic[R]):
    """Rows of type R in the columns' words; `set_rows` replaces them, `set_row` repaints one."""

    def __init__(self, columns: Sequence[Column[R]], id_of: Callable[[R], str], rows: Sequence[R] = ()) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self._id_of = id_of
        self._rows: list[R] = list(rows)
        self._order: tuple[int, Qt.SortOrder] | None = None

    def set_rows(self, rows: Sequence[R]) -> None:
        """Shows these rows, in the order the person chose; of the same ones as before only what changed is painted."""
        arranged = self._arranged(rows)
        if [self._id_of(row) for row in arranged] != [self._id_of(row) for row in self._rows]:
            self.beginResetModel()
            self._rows = arranged
            self.endResetModel()
            return
        before, self._rows = self._rows, arranged
        for line, (old, new) in enumerate(zip(before, arranged, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(line, 0), self.index(line, len(self.columns) - 1))

    def set_row(self, row: R) -> bool:
        """Replaces the row with the same id; False when it is not here."""
        wanted = self._id_of(row)
        for index, known in enumerate(self._rows):
            if self._id_of(known) == wanted:
                self._rows[index] = row
                self.dataChanged.emit(self.index(index, 0), self.index(index, len(self.columns) - 1))
                return True
        return False

    def row_at(self, index: int) -> R:
        """The row shown at that line."""
        return self._rows[index]

    def line_of(self, row_id: str) -> int:
        """The line of an id; -1 when it is not here."""
        return next((i for i, row in enumerate(self._rows) if self._id_of(row) == row_id), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """How many rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """How many columns."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What the view asks of a cell."""
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], self.columns[index.column()]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return column.text(row)
        if role == IdRole:
            return self._id_of(row)
        if role == ToneRole:
            return column.tone(row) if column.tone else None
        if role == SecondRole:
            return column.second(row) if column.second else None
        if role == NumberRole:
            return column.number
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles in the language of now."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return text_of(column.title)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sorts by a column; a negative one leaves the order as given."""
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        kept = [(self._id_of(self._rows[index.row()]), index.column()) for index in before]
        self._order = (column, order) if 0 <= column < len(self.columns) else None
        self._rows = self._arranged(self._rows)
        lines = self._lines({row_id for row_id, _column in kept})
        self.changePersistentIndexList(before, [self.index(lines[row_id], at) for row_id, at in kept])
        self.layoutChanged.emit()

    def _lines(self, wanted: set[str]) -> dict[str, int]:
        """Where these ids stand now, in one walk."""
        if not wanted:
            return {}
        return {row_id: line for line, row in enumerate(self._rows) if (row_id := self._id_of(row)) in wanted}

    def _arranged(self, rows: Sequence[R]) -> list[R]:
        if self._order is None:
            return list(rows)
        column, order = self._order
        key = self.columns[column].sort or self.columns[column].text
        return sorted(rows, key=key, reverse=order == Qt.SortOrder.DescendingOrder)
