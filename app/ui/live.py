"""Words that follow the language: a text given as a function is asked again whenever the language changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QApplication, QWidget

from app import i18n

Words = str | Callable[[], str]
"""Data is a plain string; an interface text is a function, e.g. ``lambda: _("Orders")``."""


def text_of(words: Words) -> str:
    """The words as of now."""
    return words if isinstance(words, str) else words()


def bind(widget: QWidget, setter: Callable[[str], Any], words: Words) -> None:
    """Sets the words now, and again when the language changes, as long as the widget lives."""
    known: dict[str, tuple[Callable[[str], Any], Words]] = widget.__dict__.setdefault("_live_words", {})
    known[getattr(setter, "__name__", str(id(setter)))] = (setter, words)
    setter(text_of(words))


def retranslate(root: QWidget) -> None:
    """Renews every bound text under root, and calls `retranslate()` of each widget that has one."""
    for widget in (root, *root.findChildren(QWidget)):
        for setter, words in tuple(widget.__dict__.get("_live_words", {}).values()):
            setter(text_of(words))
        own = getattr(widget, "retranslate", None)
        if callable(own):
            own()


def install(_app: QApplication) -> None:
    """Lets every open window follow app.i18n's language."""
    i18n.on_change(_renew_all)


def _renew_all(*_args: object) -> None:
    if QApplication.instance() is None:
        return
    for window in QApplication.topLevelWidgets():
        retranslate(window)
