"""The sync chip: one glance tells whether everything reached headquarters, one click what did not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from PySide6.QtCore import QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.i18n import _, ngettext
from app.ui import formats, icons, theme
from app.ui.live import Words, text_of

SyncKind = Literal["unknown", "fresh", "pending", "offline", "stopped", "attention", "syncing", "update", "revoked"]
_TONES: dict[SyncKind, str] = {
    "unknown": "grey",
    "fresh": "ok",
    "pending": "blue",
    "syncing": "blue",
    "offline": "warn",
    "stopped": "warn",
    "update": "warn",
    "attention": "bad",
    "revoked": "bad",
}
_ICONS: dict[SyncKind, str] = {
    "offline": "offline",
    "stopped": "warn",
    "update": "warn",
    "attention": "bad",
    "revoked": "bad",
    "syncing": "syncing",
}


@dataclass(frozen=True)
class SyncState:
    """Where the sync stands: since when (aware UTC), how many operations wait, how many need a person.

    `now` tells whether that was today; `more` is what travels beside (a file and how far it is).
    """

    kind: SyncKind = "unknown"
    at: datetime | None = None
    pending: int = 0
    attention: int = 0
    now: datetime | None = None
    more: Words = ""

    @property
    def tone(self) -> str:
        """The chip's tone."""
        return _TONES[self.kind]

    @property
    def icon(self) -> str:
        """The chip's icon."""
        return _ICONS.get(self.kind, "sync")

    @property
    def since(self) -> str:
        """The clock of `at`, with its day where that is not today's."""
        if self.at is None:
            return ""
        return formats.when(self.at, self.now) if self.now else formats.clock(self.at)

    def words(self) -> str:
        """The chip's words in the language of now."""
        return " · ".join(filter(None, (self._said(), text_of(self.more))))

    def _said(self) -> str:
        told = {"offline": self._offline, "syncing": self._syncing, "pending": self._to_send, "fresh": self._fresh}
        if self.kind in told:
            return told[self.kind]()
        if self.kind == "attention":
            return ngettext("{n} needs you", "{n} need you", self.attention).format(n=self.attention)
        if self.kind == "stopped":
            return _("Sync stopped at {time}").format(time=self.since) if self.at else _("Sync stopped")
        if self.kind == "update":
            return _("Update needed")
        if self.kind == "revoked":
            return _("Device blocked")
        return _("Last sync {time}").format(time=self.since) if self.at else _("Not synced yet")

    def _to_send(self) -> str:
        return ngettext("{n} to send", "{n} to send", self.pending).format(n=self.pending) if self.pending else ""

    def _offline(self) -> str:
        since = _("Offline since {time}").format(time=self.since) if self.at else _("Offline")
        return " · ".join(filter(None, (since, self._to_send())))

    @staticmethod
    def _syncing() -> str:
        return _("Syncing…")

    def _fresh(self) -> str:
        return _("Up to date · {time}").format(time=self.since) if self.at else _("Up to date")


@dataclass(frozen=True)
class SyncItem:
    """One line of the panel: what waits, is parked or in conflict, and what mends it."""

    tone: str
    title: Words
    text: Words = ""
    actions: Sequence[tuple[Words, Callable[[], object]]] = field(default_factory=tuple)


class SyncModel(QObject):
    """What chip and panel show; whoever runs the sync calls `show`, a person's wish comes as `sync_asked`."""

    changed = Signal()
    sync_asked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = SyncState()
        self.items: tuple[SyncItem, ...] = ()

    def show(self, state: SyncState, items: Sequence[SyncItem] | None = None) -> None:
        """Replaces the state, and the panel's lines where given."""
        self.state = state
        if items is not None:
            self.items = tuple(items)
        self.changed.emit()


class SyncChip(QAbstractButton):
    """Shows the model's state; a click asks for the panel."""

    def __init__(self, model: SyncModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        model.changed.connect(self.retranslate)
        self.retranslate()

    def retranslate(self) -> None:
        """Renews the words."""
        self.setText(self._model.state.words())
        self.setAccessibleName(_("Sync: {state}").format(state=self.text()))
        self.setToolTip(_("What waits to be sent, and what needs you"))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Icon and words."""
        return QSize(QFontMetrics(theme.base_font(12)).horizontalAdvance(self.text()) + 46, 30)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A pill with an icon."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink, ground = theme.tone_colors(self._model.state.tone)
        body = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(QPen(theme.color("focus"), 2) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(body, 14, 14)
        icons.paint(painter, QRect(11, 7, 16, 16), self._model.state.icon, ink)
        painter.setPen(ink)
        painter.setFont(theme.base_font(12))
        painter.drawText(self.rect().adjusted(33, 0, -10, 0), int(Qt.AlignmentFlag.AlignVCenter), self.text())
        painter.end()
