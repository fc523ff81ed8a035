"""Buttons that show their shortcut inside, so that a person learns the key while clicking."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeySequence, QPainter, QPaintEvent, QPen, QShortcutEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QStyle, QStyleOptionButton, QWidget

from app.ui import icons, theme
from app.ui.live import Words, bind
from app.ui.widgets.text import plain_tip

_GAP, _ICON, _HINT_PAD = 7, 16, 5


def key_text(keys: str) -> str:
    """Keys as a person reads them: "Ctrl+P" → "Ctrl P"."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText).replace("+", " ")


class Button(QPushButton):
    """A button with words, an icon and a shortcut, all optional but the words."""

    def __init__(
        self,
        words: Words,
        on_click: Callable[[], object] | None = None,
        *,
        icon: str | None = None,
        shortcut: str = "",
        primary: bool = False,
        big: bool = False,
        danger: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon, self.keys = icon, shortcut
        for name, value in (("primary", primary), ("big", big), ("danger", danger)):
            self.setProperty(name, value)
        self._font = theme.base_font(14 if big else theme.BASE_PIXELS, 600)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.say(words)
        if on_click is not None:
            self.clicked.connect(lambda: on_click())

    def say(self, words: Words) -> None:
        """Changes the words."""
        bind(self, self._set_words, words)

    def _set_words(self, text: str) -> None:
        self.setText(text)
        self.setAccessibleName(text)
        self.setToolTip(plain_tip(f"{text}  {key_text(self.keys)}") if self.keys else "")
        if self.keys:  # setText clears the shortcut
            self.setShortcut(QKeySequence(self.keys))
        self.updateGeometry()

    @property
    def _hint(self) -> str:
        return key_text(self.keys) if self.keys else ""

    def _hint_width(self) -> int:
        return QFontMetrics(theme.base_font(11)).horizontalAdvance(self._hint) + 2 * _HINT_PAD if self._hint else 0

    def _content_width(self) -> int:
        width = QFontMetrics(self._font).horizontalAdvance(self.text())
        width += _ICON + _GAP if self._icon else 0
        return width + (self._hint_width() + _GAP + 1 if self._hint else 0)

    def sizeHint(self) -> QSize:
        """Room for words, icon and key."""
        big = bool(self.property("big"))
        return QSize(self._content_width() + (42 if big else 30), 38 if big else 32)

    def minimumSizeHint(self) -> QSize:
        """A button may become narrow; its words elide then."""
        return QSize(min(64, self.sizeHint().width()), self.sizeHint().height())

    def event(self, event: QEvent) -> bool:
        """A shortcut acts at once; the base class would first show the button pressed for 100 ms."""
        if event.type() == QEvent.Type.Shortcut and isinstance(event, QShortcutEvent):
            if event.isAmbiguous():
                self.setFocus(Qt.FocusReason.ShortcutFocusReason)
            else:
                self.click()
            return True
        return super().event(event)

    def ink(self) -> QColor:
        """The colour of the words now."""
        if not self.isEnabled():
            return theme.color("ink3")
        if self.property("primary"):
            return theme.color("accent_ink")
        return theme.color("bad" if self.property("danger") else "ink")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The style draws the ground, the kit draws what stands on it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        self.style().drawControl(QStyle.ControlElement.CE_PushButton, option, painter, self)
        room = self.rect().adjusted(8, 0, -8, 0)
        spare = max(0, room.width() - self._content_width())
        room.setLeft(room.left() + spare // 2)
        self._paint_content(painter, room, spare)
        painter.end()

    def _paint_content(self, painter: QPainter, room: QRect, spare: int) -> None:
        ink = self.ink()
        if self._icon:
            icons.paint(painter, QRect(room.left(), room.center().y() - _ICON // 2 + 1, _ICON, _ICON), self._icon, ink)
            room.setLeft(room.left() + _ICON + _GAP)
        hint = self._hint_width()
        words = room.adjusted(0, 0, -(hint + _GAP if hint else 0), 0)
        painter.setFont(self._font)
        painter.setPen(ink)
        shown = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, words.width() + 1)
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
        if hint:
            left = room.left() + painter.fontMetrics().horizontalAdvance(shown) + _GAP
            paint_keys(painter, QRect(left, room.center().y() - 8, hint, 17), self._hint, ink)


def paint_keys(painter: QPainter, rect: QRect, text: str, ink: QColor) -> None:
    """Paints a key's name in a small outlined box."""
    painter.save()
    outline = QColor(ink)
    outline.setAlphaF(0.3)
    painter.setPen(QPen(outline, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    font: QFont = theme.base_font(11)
    painter.setFont(font)
    painter.setPen(ink)
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), text)
    painter.restore()


class PrimaryButton(Button):
    """The one next right thing: big, filled, usually with a function key."""

    def __init__(
        self,
        words: Words,
        on_click: Callable[[], object] | None = None,
        *,
        icon: str | None = None,
        shortcut: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(words, on_click, icon=icon, shortcut=shortcut, primary=True, big=True, parent=parent)
