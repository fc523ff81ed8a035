"""The left rail: the places of this person's role, icon and word, with a number where something waits."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy, QVBoxLayout, QWidget

from app.i18n import _
from app.ui import icons, theme
from app.ui.live import bind
from app.ui.page import PageSpec
from app.ui.widgets.card import empty_layout
from app.ui.widgets.text import plain_tip

WIDTH = 76


class _Place(QAbstractButton):
    """One place: icon above word, number at the icon."""

    def __init__(self, spec: PageSpec) -> None:
        super().__init__()
        self._spec, self._badge = spec, 0
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        bind(self, self._name, lambda: _(spec.title))

    def _name(self, words: str) -> None:
        self.setText(words)
        waiting = _("{title}, {n} waiting").format(title=words, n=self._badge)
        self.setAccessibleName(waiting if self._badge else words)
        self.update()

    def set_badge(self, count: int) -> None:
        self._badge = count
        self._name(self.text())

    def sizeHint(self) -> QSize:
        return QSize(WIDTH - 16, 54)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lit = self.isChecked()
        body = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(QPen(theme.color("accent_soft"), 1.5) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("rail_on") if lit or self.underMouse() else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(body, 8, 8)
        ink = theme.color("rail_on_ink" if lit or self.underMouse() else "rail_ink")
        icons.paint(painter, QRect(self.width() // 2 - 11, 8, 22, 22), self._spec.icon, ink)
        painter.setPen(ink)
        painter.setFont(theme.base_font(11))
        words = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width() - 2)
        painter.drawText(QRect(0, 33, self.width(), 16), int(Qt.AlignmentFlag.AlignCenter), words)
        self.setToolTip(plain_tip(self.text()) if words != self.text() else "")
        if self._badge:
            self._paint_badge(painter)
        painter.end()

    def _paint_badge(self, painter: QPainter) -> None:
        text = str(self._badge) if self._badge < 100 else "99+"
        painter.setFont(theme.base_font(10, 600))
        width = max(16, painter.fontMetrics().horizontalAdvance(text) + 9)
        box = QRectF(self.width() / 2 + 3, 4, width, 15)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("badge"))
        painter.drawRoundedRect(box, 7.5, 7.5)
        painter.setPen(theme.color("badge_ink"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)


class _Mark(QWidget):
    """The program's sign at the top."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(42)
        self._icon = icons.app_icon()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._icon.paint(painter, QRect((self.width() - 32) // 2, 2, 32, 32))
        painter.end()


class Rail(QFrame):
    """`chosen` tells the page a person asked for."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "rail")
        self.setFixedWidth(WIDTH)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(8, 8, 8, 10)
        self._box.setSpacing(4)
        self._places: dict[str, _Place] = {}
        bind(self, self.setAccessibleName, lambda: _("Places"))

    def set_pages(self, specs: Sequence[PageSpec]) -> None:
        """Shows these places; those at the bottom stay there."""
        empty_layout(self._box)
        self._places = {}
        self._box.addWidget(_Mark())
        for spec in (s for s in specs if not s.at_bottom):
            self._add(spec)
        self._box.addStretch(1)
        for spec in (s for s in specs if s.at_bottom):
            self._add(spec)

    def _add(self, spec: PageSpec) -> None:
        place = _Place(spec)
        place.clicked.connect(lambda _on=False: self.chosen.emit(spec.id))
        self._places[spec.id] = place
        self._box.addWidget(place)

    def light(self, page_id: str) -> None:
        """Marks where the person is."""
        for known, place in self._places.items():
            place.setAutoExclusive(False)
            place.setChecked(known == page_id)
            place.setAutoExclusive(True)

    def set_badge(self, page_id: str, count: int) -> None:
        """Puts a number on a place, 0 takes it away; unknown places are passed over (other roles have them)."""
        place = self._places.get(page_id)
        if place is not None:
            place.set_badge(count)
