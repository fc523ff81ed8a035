"""The top of the order page: number, state, time limit, and what is printed or rarely done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QWidget

from app.i18n import _, ngettext
from app.queries.order_view import Head, OrderView
from app.ui import formats
from app.ui.pages.order.states import STATE_TONES
from app.ui.pages.order.texts import STEP_WORDS, coded
from app.ui.widgets import Button, Card, PageHeader, Pill, Step, StepBar


class OrderHeader(PageHeader):
    """Title and pills; the buttons are the paper of the hour (field slip or receipt) and the rest in a menu."""

    def __init__(
        self, print_paper: Callable[[], object], more: Callable[[], list[tuple[str, Callable[[], object]]]]
    ) -> None:
        super().__init__(lambda: _("Order"))
        self._more = more
        self.paper = Button(lambda: _("Field slip"), print_paper, icon="print", shortcut="Ctrl+P")
        self.menu = Button(lambda: _("More"), self._open, icon="down")
        self.add_button(self.paper)
        self.add_button(self.menu)

    def show_view(self, view: OrderView, now: datetime) -> None:
        """Show the order's head."""
        head = view.head
        self.say(lambda: _("Order {number}").format(number=head.number))
        self.set_pills(*_pills(head, now))
        self.paper.say((lambda: _("Repair receipt")) if head.finished else (lambda: _("Field slip")))

    def _open(self) -> None:
        menu = QMenu(self)
        for text, call in self._more():
            menu.addAction(text).triggered.connect(lambda _on=False, c=call: c())
        menu.popup(self.menu.mapToGlobal(QPoint(0, self.menu.height() + 4)))


def _pills(head: Head, now: datetime) -> list[QWidget]:
    pills: list[QWidget] = [Pill(coded("state", head.state), STATE_TONES.get(head.state, "grey"))]
    if head.due_at is not None and head.paused:
        pills.append(Pill(lambda: _("time limit stands still"), "grey", "clock"))
    elif head.due_at is not None:
        limit = head.due_at
        pills.append(Pill(lambda: formats.due(limit, now), formats.due_tone(limit, now), "clock"))
    if head.reminders and head.open:
        count = head.reminders
        pills.append(Pill(lambda: ngettext("{n} reminder", "{n} reminders", count).format(n=count), "bad"))
    if head.repairs_order:
        pills.append(Pill(lambda: _("Re-repair of {number}").format(number=head.repairs_order), "warn"))
    pills.append(Pill(lambda: f"{coded('service_type', head.service_type)()} · {coded('job', head.job)()}", "grey"))
    if head.technician:
        pills.append(Pill(head.technician, "grey", "person"))
    return pills


class StepsCard(Card):
    """The flow of the order."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = StepBar()
        self.add(self.bar)

    def show_view(self, view: OrderView) -> None:
        """Show where the order stands."""
        steps = zip(STEP_WORDS.values(), view.steps, strict=True)
        self.bar.set_steps([Step(lambda w=words: _(w), state) for words, state in steps])  # type: ignore[misc,arg-type]
