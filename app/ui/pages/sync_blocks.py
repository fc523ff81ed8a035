"""One card for each thing that needs a person: a refused operation, a field with two values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.actions.redo import redo, take_back
from app.i18n import _
from app.queries.parked import Mendable
from app.queries.sync_issues import ConflictLine, FailedPhoto, ParkedLine
from app.ui import formats
from app.ui.background import Failure
from app.ui.bench import Bench
from app.ui.live import Words, bind, text_of
from app.ui.pages.sync_redo import RedoForm, is_shown, may_change
from app.ui.pages.sync_undo import withdrawn
from app.ui.pages.sync_values import EXAMPLES, field_words, kind_of, typed_value, value_words, wrong_words
from app.ui.refusal_words import code_words, reason_words, told
from app.ui.widgets import Button, Card, ElidedLabel, Field, KeyValueGrid, Label, Link, Pill
from core.operations.resolve import TYPED

#: Pixels: the two sides' lines stand at one height, whichever has the pill.
_SIDE_HEAD = 24


def who_when(person: str, at: datetime | None) -> str:
    """Who and when, as far as it is known."""
    return " · ".join(filter(None, (person, formats.moment(at) if at else "")))


class Block(Card):
    """A card with a head line, what happened, and where refusals of its buttons are told."""

    def __init__(self, bench: Bench, pill: Words, title: Words, number: str, order_id: str | None) -> None:
        super().__init__()
        self._bench = bench
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Pill(pill, "bad"))
        head.addWidget(ElidedLabel(title, "h2"), 1)
        if order_id and number:
            head.addWidget(Link(number, lambda: bench.nav.open("order", order=order_id)))
        self.add(head)
        bind(self, self.setAccessibleName, lambda: f"{text_of(pill)}: {text_of(title)} {number}")
        self.trouble = Label("", tone="bad", wrap=True)
        self.buttons: list[Button] = []

    def _end(self) -> None:
        self.trouble.hide()
        self.add(self.trouble)

    def _button(self, row: QHBoxLayout, button: Button) -> Button:
        self.buttons.append(button)
        row.addWidget(button)
        return button

    def _refused(self, failure: Failure) -> None:
        self._enable(on=True)
        self.trouble.say(told(failure))
        self.trouble.show()

    def _enable(self, *, on: bool) -> None:
        for button in self.buttons:
            button.setEnabled(on)

    def _run(self, job: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Do something of this card off the thread; its buttons rest meanwhile."""
        self.trouble.hide()
        self._enable(on=False)
        # the card may be gone before the answer comes (its row has changed): what was done is told all the same
        self._bench.runner.run(lambda _progress: job(), done, self._failed, owner=self._bench.news)

    def _failed(self, failure: Failure) -> None:
        if isValid(self):
            self._refused(failure)


class ParkedBlock(Block):
    """An operation that HQ refused: its reason, what it was given, doing it again otherwise, taking it back."""

    def __init__(self, bench: Bench, line: ParkedLine, mend: Mendable, names: Mapping[str, str]) -> None:
        super().__init__(
            bench, lambda: _("Refused by HQ"), code_words("action", line.action), line.order_number, line.order_id
        )
        self.line, self.mend = line, mend
        self.form: RedoForm | None = None
        self.add(Label(reason_words(line.code, line.facts), wrap=True))
        self.add(Label(who_when(line.person, line.made_at), "small"))
        shown = [one for one in mend.details if is_shown(one) and one.value is not None]
        if shown:
            rows = [(field_words(one.name), value_words(one.name, one.value, names)) for one in shown]
            self.add(KeyValueGrid(rows, label_width=120))
        if not mend.can_redo:
            self.add(
                Label(lambda: _("What was given is not known here: it can only be withdrawn."), "muted", wrap=True)
            )
        self._room = QVBoxLayout()
        self.add(self._room)
        self._add_buttons()
        self._end()

    def _add_buttons(self) -> None:
        self._row = QWidget()
        row = QHBoxLayout(self._row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        if any(may_change(one) for one in self.mend.details):
            self._button(row, Button(lambda: _("Change and do again"), self.change, icon="sign", primary=True))
        elif self.mend.can_redo:
            self._button(row, Button(lambda: _("Do again"), lambda: self.redo({}), icon="ok", primary=True))
        if self.line.order_id:
            order_id, action = self.line.order_id, self.line.action
            opens = partial(self._bench.nav.open, "order", order=order_id, start=action)
            self._button(row, Button(lambda: _("Open order"), opens, icon="orders"))
        self._button(row, Button(lambda: _("Withdraw"), self.withdraw, icon="undo"))
        row.addStretch(1)
        self.add(self._row)

    def change(self) -> None:
        """Shows the form of its details in the place of the buttons."""
        if self.form is None:
            self.form = form = RedoForm(self.mend.details)
            form.done.connect(self.redo)
            form.left.connect(self._drop_form)
            self.buttons.append(form.button)
            self._room.addWidget(form)
            self._row.hide()
        self.form.focus_first()

    def _drop_form(self) -> None:
        if self.form is not None:
            self.buttons.remove(self.form.button)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
            self._row.show()
            self.buttons[0].setFocus()

    def redo(self, changed: dict[str, Any]) -> None:
        """Withdraws it and does it again with these details, in one step."""
        store, person = self._bench.store, self._bench.person.id
        self._run(lambda: redo(store, self.line.id, changed, person), self._redone)

    def _redone(self, _done: object) -> None:
        self._bench.nav.toast("ok", lambda: _("Done again"), lambda: _("It goes to HQ with the next sync."))

    def _refused(self, failure: Failure) -> None:
        if self.form is None:
            super()._refused(failure)
            return
        self._enable(on=True)
        self.form.refuse(told(failure), failure.refusal)

    def withdraw(self) -> None:
        """Takes the operation back; the toast offers to do it again."""
        store, person = self._bench.store, self._bench.person.id
        self._run(lambda: take_back(store, self.line.id, person), partial(withdrawn, self._bench))


class ConflictBlock(Block):
    """A field with two values, side by side with who and when: HQ's, the own one, or a third."""

    def __init__(self, bench: Bench, line: ConflictLine) -> None:
        super().__init__(bench, lambda: _("Two values"), field_words(line.field), line.order_number, line.order_id)
        self.line = line
        self.third: QLineEdit | None = None
        before = value_words(line.field, line.base, line.names)
        self.add(Label(lambda: _("Before both: {value}").format(value=text_of(before)), "muted", wrap=True))
        sides = QHBoxLayout()
        sides.setSpacing(10)
        at_branch = bench.place.id == line.branch_id
        ours: Words = (lambda: _("The station’s value")) if at_branch else (lambda: _("Here"))
        hq = (line.hq_value, who_when(line.hq_person, line.hq_at), line.stands == "hq")
        here = (line.place_value, who_when(line.person, line.at), line.stands == "place")
        keeps: Words = (lambda: _("Keep the station’s")) if at_branch else (lambda: _("Keep ours"))
        for title, words, side in ((lambda: _("Headquarters"), lambda: _("Keep HQ’s"), hq), (ours, keeps, here)):
            sides.addWidget(self._side(title, words, *side), 1)
        self.add(sides)
        if not self.may_pick:
            self.add(Label(reason_words("pick_is_the_branchs", {}), "muted", wrap=True))
        elif line.field in TYPED:
            self._add_third()
        self._end()

    @property
    def may_pick(self) -> bool:
        """Some are for the branch alone to settle."""
        return self.line.may_be_picked_at(self._bench.place.id)

    def _side(self, title: Words, words: Words, value: Any, who: str, stands: bool) -> QFrame:
        frame = QFrame()
        frame.setProperty("kind", "side")
        column = QVBoxLayout(frame)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(Label(title, "muted"))
        head.addStrut(_SIDE_HEAD)
        head.addStretch(1)
        if stands:
            head.addWidget(Pill(lambda: _("stands now"), "blue"))
        column.addLayout(head)
        column.addWidget(Label(value_words(self.line.field, value, self.line.names), "strong", wrap=True))
        column.addWidget(Label(who or (lambda: _("who and when is not told")), "small", wrap=True))
        column.addStretch(1)
        if self.may_pick:
            row = QHBoxLayout()
            self._button(row, Button(words, lambda: self.pick(value)))
            row.addStretch(1)
            column.addLayout(row)
        return frame

    @property
    def _kind(self) -> str:
        return kind_of(self.line.field, self.line.place_value, self.line.hq_value, self.line.base)

    def _add_third(self) -> None:
        self.third = QLineEdit()
        self.third.setMaxLength(400)
        self.third.setPlaceholderText(EXAMPLES.get(self._kind, ""))
        self.third.returnPressed.connect(self.pick_third)
        self._third_field = Field(lambda: _("Or another value"), self.third)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._third_field, 1)
        column = QVBoxLayout()
        column.addSpacing(22)  # beside the editor, below its caption
        column.addWidget(self._use_button())
        column.addStretch(1)
        row.addLayout(column)
        self.add(row)

    def _use_button(self) -> Button:
        button = Button(lambda: _("Use this value"), self.pick_third)
        self.buttons.append(button)
        return button

    def pick(self, value: Any) -> None:
        """Lets this value stand."""

        def done(_recorded: object) -> None:
            self._bench.nav.toast("ok", lambda: _("Settled"), lambda: _("Both values stay readable below."))

        self.trouble.hide()
        self._enable(on=False)
        asked = {"conflict_id": self.line.id, "value": value}
        self._bench.act("pick_value", asked, done, self._failed, owner=self._bench.news)

    def pick_third(self) -> None:
        """Lets the typed value stand."""
        if self.third is None or not self.third.text().strip():
            return
        self._third_field.accept()
        try:
            value = typed_value(self.third.text(), self._kind)
        except ValueError:
            self._third_field.refuse(wrong_words(self._kind))
            return
        self.pick(value)


class FailedBlock(Block):
    """A photo that can't be sent: why, and where to take it again."""

    def __init__(self, bench: Bench, line: FailedPhoto) -> None:
        kind: Words = (lambda: _("Signature")) if line.kind == "signature" else (lambda: _("Photo"))
        super().__init__(bench, lambda: _("Not sent"), kind, line.order_number, line.order_id)
        self.line = line
        self.add(Label(reason_words(line.problem, {"name": ""}), wrap=True))
        self.add(Label(lambda: _("Add it to the order again."), "muted", wrap=True))
        if line.order_id and line.order_number:
            row = QHBoxLayout()
            opens = partial(bench.nav.open, "order", order=line.order_id)
            self._button(row, Button(lambda: _("Open order"), opens, icon="orders"))
            row.addStretch(1)
            self.add(row)
        self._end()
