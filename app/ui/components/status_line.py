"""The line at the bottom: the place, headquarters, the registry, and a dot with a word for each device."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from app.ui import theme
from app.ui.live import Words, bind
from app.ui.widgets.text import ElidedLabel

_TOKENS = {"ok": "ok", "warn": "warn", "bad": "bad", "off": "ink3"}


class DeviceDot(QWidget):
    """A device's name and a dot; what the dot means is spoken and in the tool tip."""

    def __init__(self, name: Words, state: Words, tone: str) -> None:
        super().__init__()
        self._name, self._tone = "", tone
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        bind(self, self._set_name, name)
        self.show_state(state, tone)

    def _set_name(self, text: str) -> None:
        self._name = text
        self.setAccessibleName(text)
        self.updateGeometry()

    def show_state(self, state: Words, tone: str) -> None:
        """Shows another state; tone ok, warn, bad or off."""
        self._tone = tone
        bind(self, self.setToolTip, state)
        bind(self, self.setAccessibleDescription, state)
        self.update()

    def sizeHint(self) -> QSize:
        """Name and dot."""
        return QSize(QFontMetrics(theme.base_font(11)).horizontalAdvance(self._name) + 18, 20)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A full dot is ready; a ring is off."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.base_font(11))
        painter.setPen(theme.color("ink2"))
        width = painter.fontMetrics().horizontalAdvance(self._name)
        painter.drawText(QRect(0, 0, width + 2, self.height()), 0x0080, self._name)
        ink = theme.color(_TOKENS.get(self._tone, "ink3"))
        painter.setPen(ink)
        if self._tone != "off":
            painter.setBrush(ink)
        painter.drawEllipse(width + 6, (self.height() - 7) // 2, 7, 7)
        painter.end()


class StatusLine(QFrame):
    """`say` puts words into one of the slots place, hq, registry, page; `device` shows a device."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "status")
        self.setFixedHeight(26)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(20)
        self._slots = {name: ElidedLabel() for name in ("place", "hq", "registry")}
        for label in self._slots.values():
            row.addWidget(label)
        row.addStretch(1)
        self._slots["page"] = ElidedLabel()
        row.addWidget(self._slots["page"])
        self._row = row
        self._devices: dict[str, DeviceDot] = {}

    def say(self, slot: str, words: Words) -> None:
        """Puts words into a slot; KeyError for an unknown one."""
        self._slots[slot].say(words)
        self._slots[slot].updateGeometry()

    def device(self, device: str, name: Words, state: Words, tone: str) -> None:
        """Shows a device (scanner, camera, printer) with its state; tone ok, warn, bad or off."""
        dot = self._devices.get(device)
        if dot is None:
            self._devices[device] = dot = DeviceDot(name, state, tone)
            self._row.addWidget(dot)
        dot.show_state(state, tone)
