"""Icons by name, drawn from the icon font in the colours of the shown theme whenever they are painted."""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

import resources
from app.ui import theme

# The kit's own names keep pages free of the icon set's names; a name that is not here is looked up in the set.
NAMES = {
    "today": "clock", "orders": "clipboard-text", "parts": "cube", "old_parts": "arrows-clockwise",
    "approvals": "check-circle", "settlement": "money", "reports": "chart-bar", "settings": "gear-six",
    "scan": "barcode", "search": "magnifying-glass", "sync": "cloud", "offline": "cloud-slash",
    "syncing": "arrows-clockwise", "warn": "warning", "bad": "warning-circle", "ok": "check-circle", "info": "info",
    "verdict": "shield-check", "photo": "camera", "sign": "pencil", "person": "user", "lock": "lock-simple",
    "add": "plus", "remove": "x", "undo": "arrow-counter-clockwise", "print": "printer", "clock": "clock",
    "down": "caret-down", "back": "arrow-left", "customer": "user", "fees": "receipt", "faults": "wrench",
    "empty": "tray", "send": "paper-plane-tilt", "keys": "keyboard", "people": "users", "box": "package",
    "knowledge": "book-open",
    "measure": "gauge",
}  # fmt: skip


def _folder() -> Path:
    """Where the icon set lies. Its package is not imported: that alone costs 0.2 s and pulls in OpenGL."""
    spec = find_spec("qtawesome")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the icon set qtawesome is not installed")
    return Path(spec.origin).parent / "fonts"


@cache
def _family() -> str:
    number = QFontDatabase.addApplicationFont(str(_folder() / "phosphor-1.3.0.ttf"))
    return QFontDatabase.applicationFontFamilies(number)[0]


@cache
def _font(pixels: int) -> QFont:
    font = QFont(_family())
    font.setPixelSize(pixels)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


@cache
def _chars() -> dict[str, str]:
    codes: dict[str, str] = json.loads((_folder() / "phosphor-charmap-1.3.0.json").read_text(encoding="utf-8"))
    return codes


def glyph(name: str) -> str:
    """The character of an icon; KeyError for an unknown name."""
    return chr(int(_chars()[NAMES.get(name, name)], 16))


def paint(painter: QPainter, rect: QRect, name: str, ink: QColor) -> None:
    """Paints an icon centred in rect."""
    painter.save()
    size = min(rect.width(), rect.height())
    painter.setFont(_font(size))
    painter.setPen(ink)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip), glyph(name))
    painter.restore()


class _Engine(QIconEngine):
    """Looks its colour up at each paint, so that a change of theme needs only a repaint."""

    def __init__(self, name: str, token: str) -> None:
        super().__init__()
        self._name, self._token = name, token

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, _state: QIcon.State) -> None:
        token = "ink3" if mode == QIcon.Mode.Disabled else self._token
        paint(painter, rect, self._name, theme.color(token))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        made = QPixmap(size)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return made

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._token)


def icon(name: str, token: str = "ink2") -> QIcon:
    """An icon for buttons, menus and actions, in the colour of a theme token."""
    return QIcon(_Engine(name, token))


def app_icon() -> QIcon:
    """The program's own icon."""
    return QIcon(str(resources.path("icons", "fixpoint.svg")))
