"""Chips that filter: one line of toggles with counts, worked by mouse or arrow keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.ui import theme
from app.ui.live import Words, bind, text_of
from app.ui.widgets.flow_layout import FlowLayout
from app.ui.widgets.pill import paint_pill, pill_width

_HEIGHT = 26


@dataclass(frozen=True)
class Chip:
    """One filter: id, words, how many rows it would show (None: not told), tone while it is off."""

    id: str
    words: Words
    count: int | None = None
    tone: str = "grey"


class _ChipButton(QAbstractButton):
    def __init__(self, chip: Chip) -> None:
        super().__init__()
        self.chip = chip
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        bind(self, self._set_words, chip.words)

    def _set_words(self, _text: str) -> None:
        count = "" if self.chip.count is None else f" {self.chip.count:,}"
        self.setText(text_of(self.chip.words) + count)
        self.setAccessibleName(self.text())
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(pill_width(QFontMetrics(theme.base_font(12, 600)), self.text()) + 4, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.base_font(12, 600 if self.isChecked() else 400))
        body = QRect(2, 2, self.width() - 4, _HEIGHT - 4)
        tone = "blue" if self.isChecked() else self.chip.tone
        paint_pill(painter, body, self.text(), tone)
        if self.isChecked() or self.hasFocus():
            painter.setPen(QPen(theme.color("focus"), 2 if self.hasFocus() else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(body, 11, 11)
        painter.end()


class FilterChips(QWidget):
    """`changed` tells the ids that are on; with `exclusive` exactly one is."""

    changed = Signal(list)

    def __init__(self, chips: Sequence[Chip] = (), *, exclusive: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._exclusive = exclusive
        self._flow = FlowLayout(self, spacing=4)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.set_chips(chips)

    def _buttons(self) -> list[_ChipButton]:
        return [w for i in range(self._flow.count()) if isinstance(w := self._flow.itemAt(i).widget(), _ChipButton)]  # type: ignore[union-attr]

    def set_chips(self, chips: Sequence[Chip]) -> None:
        """Shows these chips; what was on stays on where it still exists."""
        before, focused = self.active(), next((b.chip.id for b in self._buttons() if b.hasFocus()), None)
        while (item := self._flow.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for chip in chips:
            button = _ChipButton(chip)
            self._flow.addWidget(button)
            button.setChecked(chip.id in before)
            button.clicked.connect(lambda _on, b=button: self._clicked(b))
            if chip.id == focused:
                button.setFocus()
        buttons = self._buttons()
        if self._exclusive and buttons and not any(b.isChecked() for b in buttons):
            buttons[0].setChecked(True)

    def active(self) -> list[str]:
        """The ids that are on."""
        return [button.chip.id for button in self._buttons() if button.isChecked()]

    def activate(self, chip_id: str) -> None:
        """Turns a chip on, as a click would."""
        for button in self._buttons():
            if button.chip.id == chip_id:
                button.setChecked(True)
                self._clicked(button)

    def _clicked(self, button: _ChipButton) -> None:
        if self._exclusive:
            for other in self._buttons():
                other.setChecked(other is button)
        self.changed.emit(self.active())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move between chips."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        buttons = self._buttons()
        here = next((i for i, b in enumerate(buttons) if b.hasFocus()), None)
        if step is None or here is None:
            super().keyPressEvent(event)
            return
        buttons[(here + step) % len(buttons)].setFocus(Qt.FocusReason.TabFocusReason)
