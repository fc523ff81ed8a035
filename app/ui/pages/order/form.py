"""A form behind the next step: fields kept as typed, each refusal beside its field; those for reasons and visits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

from PySide6.QtCore import QTime, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QTimeEdit, QVBoxLayout, QWidget

from app.i18n import _
from app.queries.order_view import OrderView
from app.ui.live import Words, bind
from app.ui.pages.order.desk import OrderDesk
from app.ui.refusal_words import refusal_words
from app.ui.widgets import DayInput, Field
from core.refusals import Refusal

Given = dict[str, Any]


class Form(QWidget):
    """Fields by name; `given()` is what the action gets, None when something is missing and shown so."""

    done = Signal()
    """A person pressed Enter where that means: do it."""
    home = ""
    """The field for refusals that name none."""
    homes: dict[str, str] = {}
    """The field that mends a refusal, by the refusal's code."""

    def __init__(self, action: str, desk: OrderDesk, view: OrderView) -> None:
        super().__init__()
        self.action, self.desk, self.view = action, desk, view
        self.fields: dict[str, Field] = {}
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(0, 0, 0, 0)
        self.box.setSpacing(8)
        self.build()

    def build(self) -> None:
        """Make the fields."""

    def given(self) -> Given | None:
        """What the action is given."""
        return {}

    def refuse(self, refusal: Refusal) -> bool:
        """Show a refusal beside its field; False when this form has none for it."""
        name = self.homes.get(refusal.code, self.home)
        if name not in self.fields:
            return False
        self.fields[name].refuse(refusal_words(refusal))
        return True

    def forget(self) -> None:
        """What was typed is done or given up."""
        self.desk.drafts.drop(*(self._key(name) for name in self.fields))

    def focus_first(self) -> None:
        """Put the keyboard into the first field."""
        for field in self.fields.values():
            field.editor.setFocus()
            return

    def _key(self, name: str) -> str:
        return f"{self.action}/{name}"

    def line(self, name: str, label: Words, hint: Words = "") -> QLineEdit:
        """Add a line whose text is kept while it is typed."""
        editor = QLineEdit(self.desk.drafts.get(self._key(name)))
        editor.setMaxLength(300)
        bind(editor, editor.setPlaceholderText, hint)
        editor.textEdited.connect(lambda text: self.keep(name, text))
        editor.returnPressed.connect(self.done.emit)
        self.add(name, label, editor)
        return editor

    def add(self, name: str, label: Words, editor: Any) -> Any:
        """Add an editor in a field."""
        self.fields[name] = Field(label, editor)
        self.box.addWidget(self.fields[name])
        return editor

    def keep(self, name: str, value: object) -> None:
        """Keep what was typed; its refusal, if any, no longer stands."""
        self.desk.drafts.put(self._key(name), value)
        if name in self.fields:
            self.fields[name].accept()

    def need(self, name: str, text: str, why: Callable[[], str]) -> bool:
        """Whether the text is there; says so at the field when not."""
        if text.strip():
            return True
        self.fields[name].refuse(why)
        return False


class ReasonForm(Form):
    """A reason in words."""

    home = "reason"

    def build(self) -> None:
        """One line."""
        self.reason = self.line("reason", lambda: _("Reason"))

    def given(self) -> Given | None:
        """The reason; a pause may go without."""
        text = self.reason.text().strip()
        if not self.action.startswith("wait_") and not self.need("reason", text, lambda: _("Please give a reason.")):
            return None
        return {"reason": text}


class VisitForm(Form):
    """Day and hours of a visit."""

    home = "end"

    def build(self) -> None:
        """The next full hour, or what was booked."""
        here = self._zone()
        begin = self.view.head.visit_from or self.desk.bench.desk.now() + timedelta(hours=2)
        local = begin.astimezone(here)
        kept = self.desk.drafts.get(self._key("day"))
        self.day = self.add("day", lambda: _("Day"), DayInput(date.fromisoformat(kept) if kept else local.date()))
        self.begin = self._time("begin", local.replace(minute=0).time())
        self.end = self._time("end", (local.replace(minute=0) + timedelta(hours=2)).time())
        self.fields["begin"] = Field(lambda: _("From"), self.begin)
        self.fields["end"] = Field(lambda: _("To"), self.end)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.fields["begin"])
        row.addWidget(self.fields["end"])
        self.box.addLayout(row)
        self.day.dateChanged.connect(lambda: self.keep("day", self.day.day().isoformat()))
        if self.view.head.visit_from:
            self.reason = self.line("reason", lambda: _("Why is it moved?"))

    def _time(self, name: str, otherwise: time) -> QTimeEdit:
        kept = self.desk.drafts.get(self._key(name))
        value = time.fromisoformat(kept) if kept else otherwise
        editor = QTimeEdit(QTime(value.hour, value.minute))
        editor.setDisplayFormat("HH:mm")
        editor.timeChanged.connect(lambda: self.keep(name, editor.time().toString("HH:mm")))
        return editor

    def _zone(self) -> timezone:
        return timezone(timedelta(minutes=self.desk.bench.place.utc_offset_minutes))

    def _moment(self, editor: QTimeEdit) -> datetime:
        clock = time(editor.time().hour(), editor.time().minute())
        return datetime.combine(self.day.day(), clock, self._zone()).astimezone(UTC)

    def given(self) -> Given | None:
        """The visit's begin and end."""
        moved = self.view.head.visit_from is not None
        reason = {"reason": self.reason.text().strip()} if moved else {}
        return {"begins_at": self._moment(self.begin), "ends_at": self._moment(self.end), **reason}
