"""A banner: icon, bold title and a sentence in one tone; used for verdicts and for what went wrong."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.ui.live import Words, text_of
from app.ui.widgets.text import Icon, Label, repolish

_ICONS = {"ok": "ok", "warn": "warn", "bad": "bad", "blue": "info", "grey": "info"}
_TOKENS = {"ok": "ok", "warn": "warn", "bad": "bad", "blue": "accent", "grey": "ink2"}


class Banner(QFrame):
    """Tone is ok, warn, bad, blue or grey; an action widget may stand at the right."""

    def __init__(
        self,
        tone: str,
        title: Words,
        text: Words = "",
        icon: str | None = None,
        action: QWidget | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "banner")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 12, 10)
        row.setSpacing(10)
        self._icon = Icon(_ICONS.get(tone, "info"), "ink2", 24)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(2)
        self._title, self._text = Label("", "strong", wrap=True), Label("", wrap=True)
        font = self._title.font()
        font.setPixelSize(15)
        self._title.setStyleSheet("font-size: 15px;")
        column.addWidget(self._title)
        column.addWidget(self._text)
        row.addLayout(column, 1)
        if action is not None:
            row.addWidget(action, 0, Qt.AlignmentFlag.AlignVCenter)
        self.say(tone, title, text, icon)

    def say(self, tone: str, title: Words, text: Words = "", icon: str | None = None) -> None:
        """Shows another tone and other words."""
        self.setProperty("tone", tone)
        label_tone = "" if tone == "grey" else tone
        self._icon.set_icon(icon or _ICONS.get(tone, "info"), _TOKENS.get(tone, "ink2"))
        self._title.say(title)
        self._text.say(text)
        self._text.setVisible(bool(text_of(text)))
        for label in (self._title, self._text):
            label.set_tone(label_tone)
        self.retranslate()
        repolish(self)

    def retranslate(self) -> None:
        """Speaks what is shown now."""
        self.setAccessibleName(self._title.text())
        self.setAccessibleDescription(self._text.text())
