"""The card of the next step: one primary button that is always the next right thing, and the quiet ones."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from app.i18n import _
from app.queries.order_view import OrderView, Request
from app.ui.live import retranslate
from app.ui.pages.order.desk import OrderDesk
from app.ui.pages.order.form import Form
from app.ui.pages.order.forms import FORMS
from app.ui.pages.order.texts import ACTIONS, SAY, coded
from app.ui.refusal_words import refusal_words
from app.ui.widgets import Banner, Button, Card, Label, Link, PrimaryButton, empty_layout
from core.refusals import Refusal

_DANGEROUS = {"decline_order", "decline_at_branch", "cancel_order", "recall_order", "miss_visit"}


class NextCard(Card):
    """F8 presses the primary button; an action that needs something given opens its form here."""

    def __init__(self, desk: OrderDesk, elsewhere: dict[str, Callable[[], object]]) -> None:
        """``elsewhere`` are actions that are begun in another card or page."""
        super().__init__(lambda: _("Next step"), "send")
        self._desk, self._elsewhere = desk, elsewhere
        self._view: OrderView | None = None
        self.form: Form | None = None
        self._say = Label("", "muted", wrap=True)
        self._answer = Banner("grey", "")
        self._trouble = Banner("bad", "")
        self._room = QVBoxLayout()
        self.primary = PrimaryButton("", self.press, shortcut="F8")
        self._back = Link(lambda: _("Not now"), self.close_form)
        self._others = QVBoxLayout()
        self._others.setSpacing(6)
        for item in (self._say, self._answer, self._trouble):
            self.add(item)
        self.add(self._room)
        self.add(self.primary)
        self.body.addWidget(self._back, 0, Qt.AlignmentFlag.AlignHCenter)
        self.add(self._others)
        self._trouble.hide()
        self._back.hide()
        desk.start_asked.connect(self.start)

    def show_view(self, view: OrderView) -> None:
        """Show the next step; an open form stays as long as it is about this order and still makes sense."""
        moved = self._view is None or self._view.head.id != view.head.id or self._view.next.step != view.next.step
        self._view = view
        if self.form is not None and (moved or self.form.view.head.state != view.head.state):
            self._drop_form()
        if moved:
            self._trouble.hide()
        if self.form is not None:
            self.form.view = view
            retranslate(self.form)  # its sums are those of now
        self._say.say(lambda: _(SAY[view.next.say]))
        self._show_answer(view.request)
        self._show_buttons()

    def _show_answer(self, request: Request | None) -> None:
        self._answer.setVisible(request is not None)
        if request is None:
            return
        kind = coded("approval", request.kind)
        if not request.decided and request.question:
            self._answer.say("warn", lambda: _("{kind}: asked back").format(kind=kind()), request.question)
        elif not request.decided:
            self._answer.say("blue", lambda: _("{kind}: asked").format(kind=kind()), request.reason)
        elif request.approved:
            self._answer.say("ok", lambda: _("{kind}: granted").format(kind=kind()), request.answer)
        else:
            self._answer.say("bad", lambda: _("{kind}: refused").format(kind=kind()), request.answer)

    def _show_buttons(self) -> None:
        assert self._view is not None
        action = self.form.action if self.form is not None else self._view.next.action
        self.primary.setVisible(bool(action))
        if action:
            self.primary.say(lambda: _(ACTIONS[action]))
        self._back.setVisible(self.form is not None)
        empty_layout(self._others)
        if self.form is not None:
            return
        for other in self._view.next.others:
            words = lambda name=other: _(ACTIONS[name])  # noqa: E731
            start = lambda name=other: self.start(name)  # noqa: E731
            self._others.addWidget(Button(words, start, danger=other in _DANGEROUS))

    # --- doing ------------------------------------------------------------------------------------------------

    def press(self) -> None:
        """The primary button: begin the next step, or do what the open form says."""
        if self.form is not None:
            self._submit()
        elif self._view is not None and self._view.next.action:
            self.start(self._view.next.action)

    def start(self, action: str) -> None:
        """Begin an action: elsewhere, by its form, or at once."""
        if action in self._elsewhere:
            self._elsewhere[action]()
        elif action in FORMS:
            self.open_form(action)
        else:
            self._desk.act(action, {}, self._refuse, self._trouble.hide)

    def open_form(self, action: str) -> None:
        """Show the form of an action in the place of the quiet buttons."""
        if self._view is None:
            return
        if self.form is None or self.form.action != action:
            self._drop_form()
            self.form = FORMS[action](action, self._desk, self._view)
            self.form.done.connect(self._submit)
            self._room.addWidget(self.form)
        self._show_buttons()
        self.form.focus_first()

    def close_form(self) -> None:
        """Put the form away; what was typed stays kept."""
        self._drop_form()
        if self._view is not None:
            self._show_buttons()

    def _drop_form(self) -> None:
        if self.form is not None:
            self._room.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        self._trouble.hide()

    def _submit(self) -> None:
        form = self.form
        if form is None:
            return
        given = form.given()
        if given is not None:
            self._desk.act(form.action, given, self._refuse, lambda: self._finished(form))

    def _finished(self, form: Form) -> None:
        form.forget()
        if self.form is form:
            self.close_form()

    def _refuse(self, refusal: Refusal) -> None:
        if self.form is None or not self.form.refuse(refusal):
            self._trouble.say("bad", refusal_words(refusal))
            self._trouble.show()
