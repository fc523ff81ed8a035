"""The people of a place as a list with round initials, worked by arrows or by typing a name or its pinyin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QElapsedTimer, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app import pinyin
from app.i18n import _
from app.ui import theme
from app.ui.components.person_badge import paint_initial
from app.ui.live import Words, bind, text_of

_PersonRole = Qt.ItemDataRole.UserRole + 1
_HEIGHT = 52


class Listed(Protocol):
    """What the list needs of a person."""

    @property
    def name(self) -> str:
        """The name."""
        ...

    @property
    def role(self) -> Words:
        """What people call the role."""
        ...


class _Line(QStyledItemDelegate):
    """Disc, name, role."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, _HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        person: Listed = index.data(_PersonRole)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        body = option.rect.adjusted(0, 1, -2, -1)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(theme.color("focus") if selected else Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("select" if selected else "hover"))
            painter.drawRoundedRect(body, 8, 8)
        paint_initial(painter, QRect(body.left() + 10, body.top() + 9, 32, 32), person.name)
        room = body.adjusted(54, 0, -8, 0)
        self._words(painter, room.adjusted(0, 6, 0, -body.height() // 2), person.name, 600, "ink", 14)
        self._words(painter, room.adjusted(0, body.height() // 2, 0, -6), text_of(person.role), 400, "ink2", 12)
        painter.restore()

    @staticmethod
    def _words(painter: QPainter, room: QRect, text: str, weight: int, token: str, pixels: int) -> None:
        painter.setFont(theme.base_font(pixels, weight))
        painter.setPen(theme.color(token))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), shown)


class PeopleList(QListWidget):
    """`chosen` tells the person under the cursor, `confirmed` that Enter was pressed or a line clicked."""

    chosen = Signal(object)
    confirmed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._typed, self._since = "", QElapsedTimer()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setItemDelegate(_Line(self))
        self.setMouseTracking(True)
        self.setMinimumHeight(_HEIGHT * 3)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        bind(self, self.setAccessibleName, lambda: _("People of this place"))
        self.currentItemChanged.connect(self._tell)
        self.itemClicked.connect(lambda _item: self.confirmed.emit())

    def set_people(self, people: Sequence[Listed]) -> None:
        """Shows these people, the first one chosen."""
        self.clear()
        self._since.invalidate()
        for person in people:
            item = QListWidgetItem(f"{person.name} {text_of(person.role)}")
            item.setData(_PersonRole, person)
            self.addItem(item)
        self.setFixedHeight(min(max(len(people), 3), 7) * _HEIGHT + 4)
        if people:
            self.setCurrentRow(0)

    def keyboardSearch(self, search: str) -> None:
        """Goes to the next person whose name begins with what was typed without a pause, or is spelt by it."""
        pause = not self._since.isValid() or self._since.elapsed() > QApplication.keyboardInputInterval()
        self._since.start()
        self._typed = search.casefold() if pause else self._typed + search.casefold()
        line = self._next_named(self._typed, self.currentRow() + (1 if pause else 0))
        if line is None and len(set(self._typed)) == 1:  # one letter again and again walks through those it fits
            line = self._next_named(self._typed[0], self.currentRow() + 1)
        if line is not None:
            self.setCurrentRow(line)

    def _next_named(self, typed: str, first: int) -> int | None:
        lines: list[int] = [*range(first, self.count()), *range(min(first, self.count()))]
        for line in lines:
            name: str = self.item(line).data(_PersonRole).name.casefold()
            if name.startswith(typed) or pinyin.begins(name, typed):
                return line
        return None

    def _tell(self, item: QListWidgetItem | None, _before: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(_PersonRole))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on to the password."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.confirmed.emit()
            return
        super().keyPressEvent(event)
