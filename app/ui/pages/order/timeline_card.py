"""The card of what happened: who, when, by a trusted clock or not, and what is not sent yet."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit

from app.i18n import _, ngettext
from app.queries.order_view import Happened, OrderView
from app.ui import formats
from app.ui.live import Words, bind
from app.ui.pages.order.desk import OrderDesk
from app.ui.pages.order.texts import happened_fact
from app.ui.refusal_words import refusal_words
from app.ui.widgets import Card, Field, Happening, Pill, Timeline
from core.words import WORDS, word

_MOST = 60


class TimelineCard(Card):
    """Newest first; a note is added by Enter."""

    def __init__(self, desk: OrderDesk) -> None:
        super().__init__(lambda: _("Record"), "clock")
        self._desk = desk
        self.note = QLineEdit()
        self.note.setMaxLength(500)
        bind(self.note, self.note.setPlaceholderText, lambda: _("Add a note, Enter keeps it"))
        self._field = Field("", self.note)
        bind(self.note, self.note.setAccessibleName, lambda: _("Note"))
        self.note.textEdited.connect(lambda text: desk.drafts.put("note", text))
        self.note.returnPressed.connect(self._add)
        self._list = Timeline()
        self.add(self._field)
        self.add(self._list)
        self.body.addStretch(1)

    def show_view(self, view: OrderView) -> None:
        """Show the record."""
        now = self._desk.bench.desk.now()
        self._field.setVisible(view.side != "")
        if not self.note.hasFocus():
            self.note.setText(self._desk.drafts.get("note"))
        self._list.set_happenings([_happening(one, now) for one in view.timeline[:_MOST]])
        to_send = view.to_send
        pill = (
            Pill(lambda: ngettext("{n} to send", "{n} to send", to_send).format(n=to_send), "warn") if to_send else None
        )
        self.set_trailing(pill)

    def _add(self) -> None:
        text = self.note.text().strip()
        if text:
            self._desk.act("add_note", {"text": text}, lambda one: self._field.refuse(refusal_words(one)), self._added)

    def _added(self) -> None:
        self._field.accept()
        self.note.clear()
        self._desk.drafts.drop("note")


def _happening(one: Happened, now: object) -> Happening:
    return Happening(formats.when(one.at, now), _words(one), _detail(one))  # type: ignore[arg-type]


def _words(one: Happened) -> Words:
    def said() -> str:
        state = one.action.removeprefix("state_")
        text = _(word("state", state)) if state in WORDS["state"] else _(word("action", one.action))
        fact = happened_fact(one.fact)
        return _("{what}: {fact}").format(what=text, fact=fact) if fact else text

    return said


def _detail(one: Happened) -> Words:
    def said() -> str:
        clock = "" if one.trusted else _("clock not trusted")
        sent = "" if one.sent else _("not sent yet")
        return " · ".join(filter(None, (_("HQ") if one.person == "HQ" else one.person, clock, sent)))

    return said
