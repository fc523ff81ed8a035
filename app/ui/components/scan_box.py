"""The scan-or-search box: takes what is typed or scanned, and lists commands and finds while a person types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from app import pinyin
from app.i18n import _
from app.ui import icons, theme
from app.ui.live import Words, bind, text_of
from app.ui.widgets.buttons import key_text, paint_keys
from app.ui.widgets.popup_list import PopupList


@dataclass(frozen=True)
class Suggestion:
    """A command or a find: its words, further words it is found by, and what it does."""

    words: Words
    run: Callable[[], object]
    detail: Words = ""
    keywords: str = ""

    def line(self) -> str:
        """As shown in the list."""
        detail = text_of(self.detail)
        return f"{text_of(self.words)}   ·   {detail}" if detail else text_of(self.words)

    def matches(self, typed: str) -> bool:
        """True when every typed word occurs in it, or spells some of it."""
        hay = f"{self.line()} {self.keywords}".casefold()
        return all(word in hay or pinyin.spells(hay, word) for word in typed.casefold().split())


class ScanBox(QLineEdit):
    """`entered` tells text taken by Enter that is no chosen suggestion: a serial, an order, a name."""

    entered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.commands: Callable[[], Sequence[Suggestion]] = tuple
        self.finder: Callable[[str], Sequence[Suggestion]] = lambda _typed: ()
        self._offered: list[Suggestion] = []
        self._popup: PopupList | None = None
        self.setMaxLength(2000)
        self.setMinimumWidth(240)
        self.setMaximumWidth(520)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.addAction(icons.icon("scan", "ink2"), QLineEdit.ActionPosition.LeadingPosition)
        bind(self, self.setPlaceholderText, lambda: _("Scan or search: serial, order, part, customer, command…"))
        bind(self, self.setAccessibleName, lambda: _("Scan or search"))
        self.setTextMargins(0, 0, 56, 0)
        self.textEdited.connect(self._typed)

    def ask(self) -> None:
        """Takes the keyboard and shows the commands (Ctrl+K)."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()
        self._offer(list(self.commands()), choose_first=False)

    def _typed(self, text: str) -> None:
        typed = text.strip()
        if not typed:
            self._offer([], choose_first=False)
            return
        hits = [s for s in self.commands() if s.matches(typed)]
        self._offer([*hits, *self.finder(typed)][:30], choose_first=False)

    def _offer(self, offered: list[Suggestion], *, choose_first: bool) -> None:
        self._offered = offered
        if self._popup is None:
            self._popup = PopupList(self)
            self._popup.taken.connect(self._take)
        self._popup.offer([s.line() for s in offered], choose_first=choose_first)

    def _take(self, line: int) -> None:
        chosen = self._offered[line]
        self._done()
        chosen.run()

    def _done(self) -> None:
        self.clear()
        if self._popup is not None:
            self._popup.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """↑ ↓ walk, Enter takes, Esc leaves."""
        popup, key = self._popup, event.key()
        if key in {Qt.Key.Key_Down, Qt.Key.Key_Up} and popup is not None and popup.isVisible():
            popup.move_by(1 if key == Qt.Key.Key_Down else -1)
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._enter()
        elif key == Qt.Key.Key_Escape:
            self._done()
        else:
            super().keyPressEvent(event)

    def _enter(self) -> None:
        line = self._popup.chosen() if self._popup is not None else -1
        if line >= 0:
            self._take(line)
            return
        text = self.text().strip()
        self._done()
        if text:
            self.entered.emit(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line, and its key at the right."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        words = key_text("Ctrl+K")
        width = QFontMetrics(theme.base_font(11)).horizontalAdvance(words) + 12
        box = QRect(self.width() - width - 10, (self.height() - 18) // 2, width, 18)
        paint_keys(painter, box, words, theme.color("ink2"))
        painter.end()
