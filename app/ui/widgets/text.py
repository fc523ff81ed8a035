"""Labels in the kit's roles, a label that elides with a tool tip, and a link that works by keyboard."""

from __future__ import annotations

import html
from collections.abc import Callable

from PySide6 import QtGui
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QSizePolicy, QStyle, QStyleOptionFrame, QWidget

from app.ui import icons, theme
from app.ui.live import Words, bind

_NARROW = 64


def plain_tip(text: str) -> str:
    """``text`` for a tool tip or message box, which take what looks like markup for markup: shown as it is written."""
    return f"<span>{html.escape(text)}</span>" if QtGui.Qt.mightBeRichText(text) else text


class Label(QLabel):
    """A plain-text label; role is h1, h2, big, strong, muted, dim, small or tiny, tone is ok, warn, bad or blue."""

    def __init__(
        self, words: Words = "", role: str = "", *, tone: str = "", wrap: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setProperty("tone", tone)
        self.setWordWrap(wrap)
        if wrap:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.say(words)

    def say(self, words: Words) -> None:
        """Shows these words from now on."""
        bind(self, self.setText, words)

    def minimumSizeHint(self) -> QSize:
        """A wrapped label may become narrow: one endless word never widens the window."""
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), _NARROW), hint.height()) if self.wordWrap() else hint

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A word that is wider than the label is told whole by the tool tip."""
        super().resizeEvent(event)
        if self.wordWrap():
            widest = max(map(self.fontMetrics().horizontalAdvance, self.text().split()), default=0)
            self.setToolTip(plain_tip(self.text()) if widest > self.width() else "")

    def set_tone(self, tone: str) -> None:
        """Changes the tone at once."""
        self.setProperty("tone", tone)
        self.style().unpolish(self)
        self.style().polish(self)

    def selectable(self) -> Label:
        """Lets a person select and copy the text; returns itself."""
        flags = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        self.setTextInteractionFlags(flags)
        return self


class ElidedLabel(Label):
    """One line that ends in … where room is short; the whole text is its tool tip then."""

    def minimumSizeHint(self) -> QSize:
        """Narrow: a long text never widens the window."""
        return QSize(24, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """The whole text, when there is room."""
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 4, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Gives the tool tip only when something is hidden."""
        QLabel.resizeEvent(self, event)
        short = self.fontMetrics().horizontalAdvance(self.text()) > self.width()
        self.setToolTip(plain_tip(self.text()) if short else "")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints the elided text in the style sheet's colour."""
        painter = QPainter(self)
        option = QStyleOptionFrame()
        option.initFrom(self)
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        align = int(self.alignment() | Qt.AlignmentFlag.AlignVCenter)
        self.style().drawItemText(painter, self.rect(), align, option.palette, True, shown, self.foregroundRole())
        painter.end()


class Link(QPushButton):
    """A text that acts: reached by Tab, fired by Enter, Space or a click."""

    def __init__(
        self, words: Words, on_click: Callable[[], object] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("link", True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAutoDefault(False)
        bind(self, self.setText, words)
        if on_click is not None:
            self.clicked.connect(lambda: on_click())


class Rule(QFrame):
    """A hairline between rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "rule")


class Icon(QWidget):
    """An icon of the kit in a theme colour, `size` pixels square."""

    def __init__(self, name: str, token: str = "ink2", size: int = 18, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._token = name, token
        self.setFixedSize(size, size)
        self.setAccessibleName(name)

    def set_icon(self, name: str, token: str = "") -> None:
        """Shows another icon."""
        self._name, self._token = name, token or self._token
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints the icon."""
        painter = QPainter(self)
        icons.paint(painter, self.rect(), self._name, theme.color(self._token))
        painter.end()


def repolish(widget: QWidget) -> None:
    """Applies the style sheet anew after a dynamic property changed."""
    style: QStyle = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()
