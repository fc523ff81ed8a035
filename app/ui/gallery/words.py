"""Demonstration texts in both languages; they are data of the gallery and not part of the catalogue."""

from __future__ import annotations

from app.i18n import language
from app.ui.live import Words


def two(chinese: str, english: str) -> Words:
    """Words that follow the language."""
    return lambda: chinese if language() == "zh_CN" else english
