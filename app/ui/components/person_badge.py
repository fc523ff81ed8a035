"""Who works here now: a round initial, name and role, and a menu to lock or change the person."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QMenu, QSizePolicy, QWidget

from app.i18n import _
from app.ui import icons, theme
from app.ui.live import Words, text_of
from app.ui.widgets.text import plain_tip

_DISC, _MOST = 28, 220


@dataclass(frozen=True)
class Person:
    """The person at the window; `roles` are the trade's role names, `role_words` what people call them."""

    id: str
    name: str
    role_words: Words
    roles: frozenset[str]


def paint_initial(painter: QPainter, disc: QRect, name: str) -> None:
    """Paints the first character of a name on a soft disc."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("accent_soft"))
    painter.drawEllipse(disc)
    painter.setPen(theme.color("accent"))
    painter.setFont(theme.base_font(max(12, disc.height() // 2), 600))
    painter.drawText(disc, int(Qt.AlignmentFlag.AlignCenter), name.strip()[:1].upper())


class PersonBadge(QAbstractButton):
    """Emits what the person chose from the menu."""

    lock_asked = Signal()
    change_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._person: Person | None = None
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._open_menu)

    def set_person(self, person: Person | None) -> None:
        """Shows a person; None hides the badge."""
        self._person = person
        self.setVisible(person is not None)
        self.retranslate()

    def retranslate(self) -> None:
        """Renews the words."""
        if self._person is None:
            return
        self.setText(f"{self._person.name} · {text_of(self._person.role_words)}")
        self.setAccessibleName(self.text())
        self.setToolTip(plain_tip(self.text()))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Disc and words, words no wider than 220 px."""
        words = QFontMetrics(theme.base_font()).horizontalAdvance(self.text())
        return QSize(_DISC + 8 + min(words, _MOST) + 8, 34)

    def menu(self) -> QMenu:
        """The badge's menu."""
        menu = QMenu(self)
        menu.addAction(icons.icon("lock"), _("Lock") + "\tF12", self.lock_asked.emit)
        menu.addAction(icons.icon("people"), _("Change person"), self.change_asked.emit)
        return menu

    def _open_menu(self) -> None:
        menu = self.menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Disc and words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = (self.height() - _DISC) // 2
        paint_initial(painter, QRect(2, top, _DISC, _DISC), self._person.name if self._person else "")
        painter.setPen(theme.color("ink" if self.underMouse() else "ink2"))
        painter.setFont(theme.base_font())
        room = self.rect().adjusted(_DISC + 10, 0, -2, 0)
        words = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), words)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 8, 8)
        painter.end()
