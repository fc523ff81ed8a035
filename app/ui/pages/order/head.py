"""The top of the order page: number, state, time limit, and what is printed or rarely done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QMenu, QWidget

from app.i18n import _, ngettext
from app.queries.order_view import Head, OrderView
from app.queries.ticking import Ticking
from app.ui.live import Words
from app.ui.pages.clock_words import TICK_MS, clock_text, clock_tip
from app.ui.pages.order.states import STATE_TONES
from app.ui.pages.order.texts import STEP_WORDS, coded
from app.ui.widgets import Button, Card, PageHeader, Pill, Step, StepBar


class OrderHeader(PageHeader):
    """Title and pills; the buttons are the paper of the hour (a slip or a receipt) and the rest in a menu."""

    def __init__(
        self, print_paper: Callable[[], object], more: Callable[[], list[tuple[str, Callable[[], object]]]]
    ) -> None:
        super().__init__(lambda: _("Order"))
        self._more = more
        self._now: Callable[[], datetime] | None = None
        self._limit: tuple[Pill, Ticking] | None = None
        self._ticks = QTimer(self)
        self._ticks.setInterval(TICK_MS)
        self._ticks.timeout.connect(self._tick)
        self.paper = Button(lambda: _("Field slip"), print_paper, icon="print", shortcut="Ctrl+P")
        self.menu = Button(lambda: _("More"), self._open, icon="down")
        self.add_button(self.paper)
        self.add_button(self.menu)

    def show_view(self, view: OrderView, now: Callable[[], datetime]) -> None:
        """Show the order's head; its time limit counts on by ``now``."""
        head, self._now, self._limit = view.head, now, None
        self.say(lambda: _number(head))
        state, *others = _pills(head)
        if head.ticking is not None:
            limit = Pill("", "grey", "clock")
            self._limit = limit, head.ticking
            others.insert(0, limit)
        self.set_pills(state, *others)
        self.paper.say(_paper(head))
        self._tick()
        self._ticks.start()

    def _tick(self) -> None:
        """Say the time limit as it stands now."""
        if self._limit is None or self._now is None:
            return
        (pill, ticking), now = self._limit, self._now()
        pill.say(lambda: clock_text(ticking, now), ticking.tone(now))
        pill.setAccessibleDescription(clock_tip(ticking))

    def _open(self) -> None:
        menu = QMenu(self)
        for text, call in self._more():
            menu.addAction(text).triggered.connect(lambda _on=False, c=call: c())
        menu.popup(self.menu.mapToGlobal(QPoint(0, self.menu.height() + 4)))


def _number(head: Head) -> str:
    """The number, with those of orders that were merged into it."""
    also = "".join(f" = {number}" for number in head.also_numbers)
    return _("Order {number}").format(number=head.number) + also


def _pills(head: Head) -> list[QWidget]:
    pills: list[QWidget] = [Pill(coded("state", head.state), STATE_TONES.get(head.state, "grey"))]
    if head.reminders and head.open:
        count = head.reminders
        pills.append(Pill(lambda: ngettext("{n} reminder", "{n} reminders", count).format(n=count), "bad"))
    if head.escalated_to and head.open:
        pills.append(Pill(lambda: _("raised to {level}").format(level=coded("level", head.escalated_to)()), "bad"))
    if head.merged_into[1]:
        pills.append(Pill(lambda: _("goes on as {number}").format(number=head.merged_into[1]), "warn"))
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


def _paper(head: Head) -> Words:
    """What is printed now; a unit that was brought to the counter needs no slip for a visit."""
    if head.finished:
        return lambda: _("Repair receipt")
    return (lambda: _("Counter receipt")) if head.at_counter else (lambda: _("Field slip"))
