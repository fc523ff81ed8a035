"""A list that drops below an editor and never takes the keyboard from it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QStringListModel, Qt, Signal
from PySide6.QtWidgets import QFrame, QListView, QVBoxLayout, QWidget

_LINES, _LINE_HEIGHT = 9, 28


class PopupList(QFrame):
    """`offer` shows lines below the anchor, `move` walks through them, `taken` tells the number of a clicked one."""

    taken = Signal(int)

    def __init__(self, anchor: QWidget) -> None:
        super().__init__(anchor, Qt.WindowType.ToolTip)
        self._anchor = anchor
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setProperty("kind", "pop")
        box = QVBoxLayout(self)
        box.setContentsMargins(4, 4, 4, 4)
        self._list = QListView()
        self._list.setProperty("kind", "pop")
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setUniformItemSizes(True)
        self._list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._rows = QStringListModel(self)
        self._list.setModel(self._rows)
        for widget in (self, self._list):
            widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        box.addWidget(self._list)
        self._list.clicked.connect(lambda index: self.taken.emit(index.row()))
        anchor.installEventFilter(self)

    def offer(self, lines: Sequence[str], *, choose_first: bool = True) -> None:
        """Shows these lines; none hides the list."""
        if not lines:
            self.hide()
            return
        self._rows.setStringList(list(lines))
        self.choose(0 if choose_first else -1)
        corner = self._anchor.mapToGlobal(QPoint(0, self._anchor.height() + 2))
        height = min(len(lines), _LINES) * _LINE_HEIGHT + 12
        self.setGeometry(corner.x(), corner.y(), max(self._anchor.width(), 260), height)
        self._anchor.window().installEventFilter(self)
        self.show()

    def lines(self) -> list[str]:
        """What is on offer."""
        return self._rows.stringList()

    def chosen(self) -> int:
        """The number of the chosen line; -1 when none is."""
        return self._list.currentIndex().row() if self.isVisible() else -1

    def choose(self, line: int) -> None:
        """Chooses a line; -1 none."""
        if line < 0:
            self._list.clearSelection()
            self._list.setCurrentIndex(self._rows.index(-1))
        else:
            self._list.setCurrentIndex(self._rows.index(line))

    def move_by(self, step: int) -> None:
        """Walks down (1) or up (-1), round the ends."""
        count = self._rows.rowCount()
        if count:
            here = self._list.currentIndex().row()
            self.choose((max(here, -1 if step > 0 else 0) + step) % count)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Goes when the editor or its window hides, moves or loses the keyboard."""
        kind = event.type()
        gone = {QEvent.Type.Hide, QEvent.Type.Move, QEvent.Type.WindowDeactivate}
        if kind in gone or (watched is self._anchor and kind == QEvent.Type.FocusOut):
            self.hide()
        return super().eventFilter(watched, event)
