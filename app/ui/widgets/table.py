"""The kit's table: dense rows with hairlines, pills, sorting, an empty state, and ids instead of indexes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
    QWidget,
)

from app.ui import theme
from app.ui.live import Words, bind
from app.ui.widgets.empty_state import EmptyState
from app.ui.widgets.pill import HEIGHT, paint_pill, pill_width
from app.ui.widgets.rows_model import IdRole, NumberRole, RowsModel, SecondRole, ToneRole

Index = QModelIndex | QPersistentModelIndex
ROW_HEIGHT = 35
_PAD = 8
_PILLS = {"ok", "warn", "bad", "blue", "grey"}
_INKS = {"link": "accent", "dim": "ink3", "muted": "ink2"}


class CellDelegate(QStyledItemDelegate):
    """Paints a cell: ground by state, text or pill by the model's roles, a hairline below."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paints one cell."""
        painter.save()
        self._paint_ground(painter, option, index.row())
        room = option.rect.adjusted(_PAD, 0, -_PAD, -1)
        text, tone = str(index.data(Qt.ItemDataRole.DisplayRole) or ""), index.data(ToneRole)
        painter.setFont(theme.base_font(12 if tone in _PILLS else theme.BASE_PIXELS, 600 if tone == "strong" else 400))
        if tone in _PILLS and text:
            width = min(pill_width(painter.fontMetrics(), text), room.width())
            top = room.top() + (room.height() - HEIGHT) // 2
            paint_pill(painter, QRect(room.left(), top, width, HEIGHT), text, tone)
        else:
            painter.setPen(theme.color(_INKS.get(tone or "", "ink")))
            self._paint_text(painter, room, text, index)
        painter.restore()

    @staticmethod
    def _paint_ground(painter: QPainter, option: QStyleOptionViewItem, line: int) -> None:
        state, rect = option.state, option.rect
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color("select"))
        elif isinstance(option.widget, DataTable) and option.widget.hovered == line:
            painter.fillRect(rect, theme.color("hover"))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), theme.color("line"))

    @staticmethod
    def _paint_text(painter: QPainter, room: QRect, text: str, index: Index) -> None:
        side = Qt.AlignmentFlag.AlignRight if index.data(NumberRole) else Qt.AlignmentFlag.AlignLeft
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(side | Qt.AlignmentFlag.AlignVCenter), shown)
        second = index.data(SecondRole)
        if second:
            rest = room.adjusted(metrics.horizontalAdvance(shown) + 6, 0, 0, 0)
            painter.setPen(theme.color("ink3"))
            cut = metrics.elidedText(second, Qt.TextElideMode.ElideRight, max(0, rest.width()))
            painter.drawText(rest, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), cut)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """The width its text or pill needs."""
        text, second = str(index.data(Qt.ItemDataRole.DisplayRole) or ""), index.data(SecondRole) or ""
        metrics = option.fontMetrics
        width = metrics.horizontalAdvance(text) + (metrics.horizontalAdvance(second) + 6 if second else 0)
        return QSize(width + 2 * _PAD + (20 if index.data(ToneRole) in _PILLS else 2), ROW_HEIGHT)

    def helpEvent(self, event: object, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        """The whole text as a tool tip where it is cut."""
        if self.sizeHint(option, index).width() <= option.rect.width():
            QToolTip.hideText()
            return True
        texts = (str(index.data(Qt.ItemDataRole.DisplayRole) or ""), str(index.data(SecondRole) or ""))
        QToolTip.showText(event.globalPos(), "  ".join(filter(None, texts)), view)  # type: ignore[attr-defined]
        return True


class DataTable(QTableView):
    """Shows a table model; `chosen` tells the id under the cursor, `opened` one that was entered or double-clicked."""

    chosen = Signal(str)
    opened = Signal(str)

    def __init__(self, model: QAbstractItemModel | None = None, empty: EmptyState | None = None) -> None:
        super().__init__()
        self._empty = empty
        self._kept = ("", 0)
        self._leaves: Callable[[str], bool] = lambda _typed: False
        self.hovered = -1
        self._prepare()
        if empty is not None:
            empty.setParent(self.viewport())
        if model is not None:
            self.setModel(model)

    def _prepare(self) -> None:
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setItemDelegate(CellDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setCornerButtonEnabled(False)
        lines, head = self.verticalHeader(), self.horizontalHeader()
        lines.hide()
        lines.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        lines.setDefaultSectionSize(ROW_HEIGHT)
        head.setHighlightSections(False)
        head.setMinimumSectionSize(40)
        head.setFixedHeight(34)
        head.setSectionsMovable(True)
        head.setTextElideMode(Qt.TextElideMode.ElideRight)

    def name(self, words: Words) -> DataTable:
        """Gives the table its accessible name; returns itself."""
        bind(self, self.setAccessibleName, words)
        return self

    def sortable(self) -> DataTable:
        """Lets a person sort by a click on a title; returns itself."""
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        return self

    def setModel(self, model: QAbstractItemModel | None) -> None:
        """Shows another model; column widths come from its columns."""
        super().setModel(model)
        if model is None:
            return
        model.modelAboutToBeReset.connect(self._keep_place)
        model.modelReset.connect(self._find_place)
        model.rowsInserted.connect(self._refresh_empty)
        model.rowsRemoved.connect(self._refresh_empty)
        self.selectionModel().currentRowChanged.connect(self._tell_chosen)
        self._fit_columns(model)
        self._refresh_empty()

    def _keep_place(self) -> None:
        """New rows are coming: the cursor will stay on its id and the view where it is."""
        self._kept = (self.current_id(), self.verticalScrollBar().value())

    def _find_place(self) -> None:
        self._refresh_empty()
        row_id, scrolled = self._kept
        if row_id:
            with QSignalBlocker(self):
                self.select_id(row_id)
        self.verticalScrollBar().setValue(scrolled)

    def _fit_columns(self, model: QAbstractItemModel) -> None:
        head = self.horizontalHeader()
        if not isinstance(model, RowsModel):
            return
        head.setResizeContentsPrecision(50)
        for index, column in enumerate(model.columns):
            if column.stretch:
                head.setSectionResizeMode(index, QHeaderView.ResizeMode.Stretch)
            else:
                self.setColumnWidth(index, column.width or max(self.sizeHintForColumn(index), 64))

    def fit(self) -> None:
        """Fits the columns to the first rows on show, e.g. after new rows came."""
        model = self.model()
        if model is not None:
            self._fit_columns(model)

    def current_id(self) -> str:
        """The id under the cursor; empty when there is none."""
        index = self.currentIndex()
        return str(index.data(IdRole) or "") if index.isValid() else ""

    def select_id(self, row_id: str) -> bool:
        """Puts the cursor on an id (RowsModel only); False when it is not shown."""
        model = self.model()
        line = model.line_of(row_id) if isinstance(model, RowsModel) else -1
        if line >= 0:
            self.selectRow(line)
        return line >= 0

    def _tell_chosen(self, index: QModelIndex, _before: QModelIndex) -> None:
        self.chosen.emit(str(index.data(IdRole) or ""))

    def leave(self, keys: Callable[[str], bool]) -> DataTable:
        """Leaves what is typed to the page where ``keys`` says so, instead of searching rows; returns itself."""
        self._leaves = keys
        return self

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the row under the cursor."""
        if self._leaves(event.text()):
            event.ignore()
            return
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.current_id():
            self.opened.emit(self.current_id())
            return
        super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click opens the row."""
        super().mouseDoubleClickEvent(event)
        if self.current_id():
            self.opened.emit(self.current_id())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The whole row under the pointer is marked, not one cell."""
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(event.position().toPoint().y()))

    def leaveEvent(self, event: QEvent) -> None:
        """No row is marked any more."""
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, line: int) -> None:
        if line != self.hovered:
            self.hovered = line
            self.viewport().update()

    def _refresh_empty(self) -> None:
        if self._empty is None:
            return
        model = self.model()
        self._empty.setVisible(model.rowCount() == 0)
        self._empty.setGeometry(self.viewport().rect())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the empty state in the middle."""
        super().resizeEvent(event)
        self._refresh_empty()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Rows, and a focus ring when the table has the keyboard."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self.viewport())
            painter.setPen(theme.color("focus"))
            painter.drawRect(self.viewport().rect().adjusted(0, 0, -1, -1))
            painter.end()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Puts the cursor on the first row when there is none."""
        super().focusInEvent(event)
        if not self.selectionModel().hasSelection() and self.model().rowCount():
            self.selectRow(max(self.currentIndex().row(), 0))
        self.viewport().update()

    def retranslate(self) -> None:
        """Renews titles and cells."""
        self.horizontalHeader().viewport().update()
        self.viewport().update()


def table_card(table: DataTable) -> QWidget:
    """A table in the frame of a card, its rows up to the card's edge."""
    from app.ui.widgets.card import Card

    card = Card()
    outer = card.layout()
    if outer is not None:
        outer.setContentsMargins(6, 4, 6, 6)
    card.add(table, 1)
    return card
