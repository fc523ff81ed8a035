"""The list of articles and templates: a title, and below it where the words that were typed stand, marked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.i18n import _, language
from app.offline_db.knowledge_index import BEGIN, END
from app.queries.knowledge import TEMPLATE, KnownLine
from app.ui import theme
from app.ui.widgets.pill import HEIGHT, paint_pill, pill_width

Index = QModelIndex | QPersistentModelIndex
_LineRole = Qt.ItemDataRole.UserRole + 1
_PAD, _HIGH, _LOW = 10, 54, 36


def title_of(zh: str, en: str) -> str:
    """The title in the language of now, or in the one there is."""
    chosen, other = (zh, en) if language() == "zh_CN" else (en, zh)
    return chosen or other


def pieces(snippet: str) -> list[tuple[str, bool]]:
    """A snippet's texts, each with whether it is what was asked for."""
    found: list[tuple[str, bool]] = []
    for number, piece in enumerate(snippet.replace(END, BEGIN).split(BEGIN)):
        if piece:
            found.append((piece, number % 2 == 1))
    return found


class KnownModel(QAbstractListModel):
    """The lines as the query gave them."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[KnownLine, ...] = ()

    def set_lines(self, lines: Sequence[KnownLine]) -> None:
        """Show these."""
        self.beginResetModel()
        self.lines = tuple(lines)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """How many."""
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The title, also for those who hear it; the whole line for the delegate."""
        if not index.isValid():
            return None
        line = self.lines[index.row()]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return f"{line.number} {title_of(line.title_zh, line.title_en)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return title_of(line.title_zh, line.title_en)
        return line if role == _LineRole else None


class KnownDelegate(QStyledItemDelegate):
    """Paints a line: the title with its number at the right, then the snippet or what it is about."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paints one line."""
        line: KnownLine = index.data(_LineRole)
        rect: QRect = option.rect
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color("select"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme.color("hover"))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), theme.color("line"))
        room = rect.adjusted(_PAD, 7, -_PAD, -6)
        self._head(painter, QRect(room.left(), room.top(), room.width(), HEIGHT), line)
        below = QRect(room.left(), room.top() + HEIGHT + 2, room.width(), room.height() - HEIGHT - 2)
        painter.setFont(theme.base_font(12))
        self._snippet(painter, below, line)
        painter.restore()

    @staticmethod
    def _head(painter: QPainter, room: QRect, line: KnownLine) -> None:
        painter.setFont(theme.base_font(11))
        number = line.number
        width = QFontMetrics(painter.font()).horizontalAdvance(number)
        painter.setPen(theme.color("ink3"))
        middle = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(room, middle, number)
        right = room.width() - width - 10
        if line.entity == TEMPLATE:
            painter.setFont(theme.base_font(12, 600))
            words = _("Template")
            wide = pill_width(painter.fontMetrics(), words)
            paint_pill(painter, QRect(room.left() + right - wide, room.top(), wide, HEIGHT), words, "blue")
            right -= wide + 8
        painter.setFont(theme.base_font(theme.BASE_PIXELS, 600))
        painter.setPen(theme.color("ink"))
        title = painter.fontMetrics().elidedText(
            title_of(line.title_zh, line.title_en), Qt.TextElideMode.ElideRight, right
        )
        painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), title)

    @staticmethod
    def _snippet(painter: QPainter, room: QRect, line: KnownLine) -> None:
        at, metrics = room.left(), painter.fontMetrics()
        shown = pieces(line.snippet) or [(" · ".join((*line.models, *line.symptoms)), False)]
        for text, is_found in shown:
            rest = room.right() - at
            if rest <= 0:
                return
            cut = metrics.elidedText(text, Qt.TextElideMode.ElideRight, rest)
            wide = metrics.horizontalAdvance(cut)
            place = QRect(at, room.top(), wide, metrics.height())
            if is_found:
                painter.fillRect(place, theme.color("warn_soft"))
            painter.setPen(theme.color("ink" if is_found else "ink2"))
            painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), cut)
            at += wide

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Two lines high."""
        line: KnownLine = index.data(_LineRole)
        has_second = bool(line.snippet or line.models or line.symptoms)
        return QSize(200, _HIGH if has_second else _LOW)


class KnownList(QListView):
    """`chosen` tells the line that the keyboard or the mouse is on, `entered` that it was taken by Enter."""

    chosen = Signal(object)
    entered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._told = ""
        self.lines = KnownModel()
        self.setModel(self.lines)
        self.setItemDelegate(KnownDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.selectionModel().currentChanged.connect(lambda index, _old: self._moved(index))

    def show_lines(self, lines: Sequence[KnownLine], pinned: str = "") -> None:
        """Show these; the chosen one stays chosen, else the first is; ``pinned`` is read whether it is here or not."""
        keep = pinned or self._told
        self.lines.set_lines(lines)
        at = next((place for place, one in enumerate(lines) if one.id == keep), -1 if pinned else 0)
        if lines and at >= 0:
            self.setCurrentIndex(self.lines.index(at, 0))
        else:
            self._told = ""

    def line(self) -> KnownLine | None:
        """The chosen line."""
        index = self.currentIndex()
        return self.lines.lines[index.row()] if index.isValid() else None

    def _moved(self, index: QModelIndex) -> None:
        """The same line again, after news, is not told again: who reads it stays where they are."""
        line = self.lines.lines[index.row()] if index.isValid() else None
        if line is not None and line.id != self._told:
            self._told = line.id
            self.chosen.emit(line)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter takes the line."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.entered.emit()
            return
        super().keyPressEvent(event)
