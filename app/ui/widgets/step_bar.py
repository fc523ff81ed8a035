"""The flow of an order as steps: done with a check mark, the current one filled, the rest to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.i18n import _
from app.ui import icons, theme
from app.ui.live import Words, text_of

StepState = Literal["done", "current", "todo"]
_DISC, _GAP, _LINE_MIN = 22, 8, 16


@dataclass(frozen=True)
class Step:
    """One step of the flow."""

    words: Words
    state: StepState = "todo"


class StepBar(QWidget):
    """Paints steps from left to right; too long words elide and the tool tip tells them."""

    def __init__(self, steps: Sequence[Step] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: tuple[Step, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_steps(steps)

    def set_steps(self, steps: Sequence[Step]) -> None:
        """Shows these steps."""
        self._steps = tuple(steps)
        self.retranslate()

    def retranslate(self) -> None:
        """Renews the name that a screen reader speaks."""
        current = next((text_of(s.words) for s in self._steps if s.state == "current"), "")
        done = sum(s.state == "done" for s in self._steps)
        text = _("Step {n} of {total}: {step}").format(n=done + 1, total=len(self._steps), step=current)
        finished = _("{n} of {total} steps done").format(n=done, total=len(self._steps))
        self.setAccessibleName(text if current else finished)
        self.update()

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(120 * max(1, len(self._steps)), 28)

    def minimumSizeHint(self) -> QSize:
        """Discs alone still tell the state."""
        return QSize((_DISC + _GAP + 24) * len(self._steps), 28)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints every step in its slot."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, slot in enumerate(self._slots()):
            self._paint_step(painter, index, slot)
        painter.end()

    def _font_of(self, step: Step) -> QFontMetrics:
        return QFontMetrics(theme.base_font(12, 600 if step.state == "current" else 400))

    def _slots(self) -> list[QRect]:
        """Every step gets its words' room; what is left over is shared by the lines between."""
        wants = [_DISC + _GAP + self._font_of(s).horizontalAdvance(text_of(s.words)) + 2 for s in self._steps]
        gaps = max(0, len(wants) - 1)
        free = self.width() - sum(wants) - gaps * (_LINE_MIN + 2 * _GAP)
        if free < 0 and wants:
            wants = self._shrunk(wants, free)
            free = 0
        slots, left = [], 0.0
        for index, want in enumerate(wants):
            extra = _LINE_MIN + 2 * _GAP + free / gaps if index < gaps else 0
            slots.append(QRect(int(left), 0, int(want + extra), self.height()))
            left += want + extra
        return slots

    @staticmethod
    def _shrunk(wants: list[int], free: int) -> list[int]:
        """Takes what is missing from the longest words first."""
        missing, out = -free, list(wants)
        while missing > 0 and max(out) > _DISC + _GAP + 14:
            longest = out.index(max(out))
            out[longest] -= 1
            missing -= 1
        return out

    def _paint_step(self, painter: QPainter, index: int, slot: QRect) -> None:
        step, last = self._steps[index], index == len(self._steps) - 1
        disc = QRect(slot.left(), (self.height() - _DISC) // 2, _DISC, _DISC)
        self._paint_disc(painter, disc, index, step.state)
        painter.setFont(theme.base_font(12, 600 if step.state == "current" else 400))
        painter.setPen(theme.color({"done": "ink2", "current": "accent", "todo": "ink3"}[step.state]))
        metrics, text = painter.fontMetrics(), text_of(step.words)
        left = disc.right() + 1 + _GAP
        room = slot.right() - left + (1 if last else -_LINE_MIN - 2 * _GAP + 2)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(room, 10))
        painter.drawText(QRect(left, 0, room + 2, self.height()), int(Qt.AlignmentFlag.AlignVCenter), shown)
        if not last:
            painter.setPen(QPen(theme.color("ok" if step.state == "done" else "line"), 1.5))
            start, y = left + metrics.horizontalAdvance(shown) + _GAP, self.height() / 2
            painter.drawLine(int(start), int(y), slot.right() - _GAP, int(y))

    def _paint_disc(self, painter: QPainter, disc: QRect, index: int, state: StepState) -> None:
        fill = {"done": "ok", "current": "accent", "todo": "panel"}[state]
        ink = {"done": "ok_ink", "current": "accent_ink", "todo": "ink3"}[state]
        painter.setPen(QPen(theme.color(fill if state != "todo" else "field_line"), 1.5))
        painter.setBrush(theme.color(fill))
        painter.drawEllipse(QRectF(disc).adjusted(1, 1, -1, -1))
        if state == "done":
            icons.paint(painter, disc.adjusted(5, 5, -5, -5), "check-bold", theme.color(ink))
            return
        painter.setPen(theme.color(ink))
        painter.setFont(theme.base_font(11, 600 if state == "current" else 400))
        painter.drawText(disc, int(Qt.AlignmentFlag.AlignCenter), str(index + 1))

    def event(self, event: object) -> bool:  # QEvent; typed loosely so that help events can be told apart
        """Tells a step's whole words where the pointer rests."""
        if isinstance(event, QHelpEvent):
            for step, slot in zip(self._steps, self._slots(), strict=True):
                if slot.contains(event.pos()):
                    QToolTip.showText(event.globalPos(), text_of(step.words), self)
            return True
        return super().event(event)  # type: ignore[arg-type]
