"""Deputies: who decides in somebody's stead while they are away; naming one, and ending it early."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from app.i18n import _
from app.queries.approvals import DeputyDesk, DeputyLine, deputies
from app.ui import formats
from app.ui.background import Failure
from app.ui.bench import Bench
from app.ui.components.popover import Popover
from app.ui.refusal_words import told
from app.ui.widgets import DayInput, Field, Label, Link, PrimaryButton, empty_layout
from core.operations.deputies import EndDeputy, NameDeputy

_A_WEEK = timedelta(days=6)


class DeputyPanel(Popover):
    """The deputyships that are not over, and a line to name one for oneself."""

    def __init__(self, bench: Bench, host: QWidget) -> None:
        super().__init__(host, lambda: _("Deputies"), width=420)
        self._bench = bench
        self._build_form()

    def _build_form(self) -> None:
        today = formats.local(self._bench.desk.now()).date()
        self.colleague = QComboBox()
        self.first, self.last = DayInput(today), DayInput(today + _A_WEEK)
        self.field = Field(lambda: _("While I am away, this colleague decides for me"), self.colleague)

    def refresh(self) -> None:
        """Reads who stands in for whom."""
        me, desk = self._bench.person.id, self._bench.desk
        self._bench.read(lambda rows: deputies(rows, me, desk.today(rows)), self._fill, owner=self)

    def _fill(self, found: DeputyDesk) -> None:
        empty_layout(self.body)
        for line in found.lines:
            self.body.addLayout(self._line(line))
        if not found.lines:
            self.body.addWidget(Label(lambda: _("Nobody is away."), "muted"))
        if found.colleagues:
            self._add_form(found)
        else:
            words = lambda: _("Nobody else at this place decides requests, so there is no deputy to name.")  # noqa: E731
            self.body.addWidget(Label(words, wrap=True))
        QTimer.singleShot(0, self.fit)  # what was added counts when it is shown

    def _add_form(self, found: DeputyDesk) -> None:
        self._build_form()
        for person_id, name in found.colleagues:
            self.colleague.addItem(name, person_id)
        days = QHBoxLayout()
        days.setSpacing(8)
        days.addWidget(Field(lambda: _("First day"), self.first), 1)
        days.addWidget(Field(lambda: _("Last day"), self.last), 1)
        self.body.addWidget(self.field)
        self.body.addLayout(days)
        self.body.addWidget(PrimaryButton(lambda: _("Name the deputy"), self.name))

    def _line(self, line: DeputyLine) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(Label(lambda: _words(line), wrap=True), 1)
        if line.is_mine:
            row.addWidget(Link(lambda: _("End"), lambda: self._end(line.id)))
        return row

    def name(self) -> None:
        """Names the chosen colleague."""
        asked = NameDeputy(
            deputy_id=str(self.colleague.currentData()), first_day=self.first.day(), last_day=self.last.day()
        )
        self._bench.act("name_deputy", asked, lambda _done: self.refresh(), self._refused, owner=self)

    def _end(self, deputyship: str) -> None:
        self._bench.act(
            "end_deputy", EndDeputy(deputyship_id=deputyship), lambda _done: self.refresh(), self._refused, owner=self
        )

    def _refused(self, failure: Failure) -> None:
        self.field.refuse(told(failure))


def _words(line: DeputyLine) -> str:
    who = _("{deputy} for {away}").format(deputy=line.deputy, away=line.away)
    return f"{who}  {formats.day(line.first_day)} – {formats.day(line.last_day)}"
