"""Turns the theme's tokens into a palette and a style sheet, and tells open windows when they change."""

from __future__ import annotations

import json
from functools import cache
from string import Template
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

import resources

ThemeName = Literal["light", "dark", "system"]
BASE_PIXELS = 13
GRID = 8

_FAMILIES = (
    "Inter",
    "Segoe UI",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei UI",
    "Microsoft YaHei",
    "PingFang SC",
    "WenQuanYi Micro Hei",
    "DejaVu Sans",
)
_MONO_FAMILIES = ("JetBrains Mono", "Cascadia Mono", "Consolas", "DejaVu Sans Mono")


class _Notice(QObject):
    changed = Signal()


class _Current:
    """The theme in force in this process (a window shares one style sheet)."""

    wanted: ThemeName = "system"
    shown: str = "light"
    notice: _Notice | None = None


@cache
def tokens(name: str) -> dict[str, str]:
    """Colour tokens of "light" or "dark": name → #rrggbb."""
    loaded: dict[str, str] = json.loads(resources.read_text("theme", f"{name}.json"))
    return loaded


def notice() -> _Notice:
    """The object whose `changed` signal tells that the colours are others now."""
    if _Current.notice is None:
        _Current.notice = _Notice()
    return _Current.notice


def shown() -> str:
    """The theme on the screen: "light" or "dark"."""
    return _Current.shown


def wanted() -> ThemeName:
    """What the person chose: "light", "dark" or "system"."""
    return _Current.wanted


@cache
def _colour(theme: str, name: str) -> QColor:
    return QColor(tokens(theme)[name])


def color(name: str) -> QColor:
    """The colour of a token in the shown theme; KeyError for an unknown token."""
    return _colour(_Current.shown, name)


_TONES = {
    "ok": ("ok", "ok_soft"),
    "warn": ("warn", "warn_soft"),
    "bad": ("bad", "bad_soft"),
    "blue": ("accent", "accent_soft"),
    "grey": ("ink2", "hover"),
}


def tone_colors(tone: str) -> tuple[QColor, QColor]:
    """Ink and ground of a tone (ok, warn, bad, blue, grey)."""
    ink, ground = _TONES.get(tone, _TONES["grey"])
    return color(ink), color(ground)


def set_theme(wanted_theme: ThemeName) -> None:
    """Puts a theme on the running application at once; "system" follows the desktop."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise TypeError("a theme needs a running QApplication")
    _Current.wanted = wanted_theme
    _Current.shown = _resolve(app, wanted_theme)
    app.setPalette(palette(_Current.shown))
    app.setStyleSheet(style_sheet(_Current.shown))
    notice().changed.emit()


def install(app: QApplication, wanted_theme: ThemeName = "system") -> None:
    """Prepares a fresh application: Fusion base, fonts, theme, and the system's later changes."""
    app.setStyle("Fusion")
    app.setFont(base_font())
    hints = app.styleHints()
    hints.colorSchemeChanged.connect(_system_changed)
    set_theme(wanted_theme)


def _system_changed(_scheme: Qt.ColorScheme) -> None:
    if _Current.wanted == "system":
        set_theme("system")


def _resolve(app: QApplication, wanted_theme: ThemeName) -> str:
    if wanted_theme != "system":
        return wanted_theme
    return "dark" if app.styleHints().colorScheme() == Qt.ColorScheme.Dark else "light"


@cache
def style_sheet(name: str) -> str:
    """The style sheet of a theme, from the one template."""
    values = dict(tokens(name))
    for image in ("arrow_down", "arrow_up", "check"):
        values[image] = resources.path("icons", f"{image}_{name}.svg").as_posix()
    return Template(resources.read_text("theme", "style.qss")).substitute(values)


def palette(name: str) -> QPalette:
    """The palette of a theme, for what a style sheet does not reach (text cursors, menus, native parts)."""
    made = QPalette()
    role = QPalette.ColorRole
    for key, token in (
        (role.Window, "bg"), (role.WindowText, "ink"), (role.Base, "panel"), (role.AlternateBase, "hover"),
        (role.Text, "ink"), (role.Button, "panel"), (role.ButtonText, "ink"), (role.BrightText, "bad"),
        (role.Highlight, "accent"), (role.HighlightedText, "accent_ink"), (role.ToolTipBase, "tip"),
        (role.ToolTipText, "tip_ink"), (role.PlaceholderText, "ink3"), (role.Link, "accent"),
        (role.Light, "panel"), (role.Midlight, "hover"), (role.Mid, "line"), (role.Dark, "field_line"),
        (role.Shadow, "ink"),
    ):  # fmt: skip
        made.setColor(key, _colour(name, token))
    for key in (role.Text, role.WindowText, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, key, _colour(name, "ink3"))
    return made


@cache
def _known(families: tuple[str, ...]) -> list[str]:
    here = set(QFontDatabase.families())
    return [family for family in families if family in here] or ["sans-serif"]


@cache
def base_font(pixels: int = BASE_PIXELS, weight: int = 400) -> QFont:
    """The interface font with tabular figures, from the first families that are installed; not to be changed.

    A weight of 600 and more is drawn as 700: Chinese faces have no weight between regular and bold.
    """
    return _font(_known(_FAMILIES), pixels, weight)


@cache
def mono_font(pixels: int = BASE_PIXELS, weight: int = 400) -> QFont:
    """A fixed-width font for serial numbers and raw codes."""
    return _font(_known(_MONO_FAMILIES) + _known(_FAMILIES), pixels, weight)


def _font(families: list[str], pixels: int, weight: int) -> QFont:
    font = QFont()
    font.setFamilies(families)
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight(700 if weight >= 600 else weight))
    font.setFeature(QFont.Tag("tnum"), 1)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)  # hinted synthetic bold loses the dots of "i"
    return font
