"""Approvals: the branch's queue of requests, what a decision rests on, and the decision; the keyboard is enough."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout

from app.i18n import _
from app.queries.approvals import RequestLine, requests
from app.ui import formats
from app.ui.bench import Bench, Keys
from app.ui.live import text_of
from app.ui.page import Page
from app.ui.pages.approvals_card import RequestCard
from app.ui.pages.approvals_deputies import DeputyPanel
from app.ui.refusal_words import code_words
from app.ui.widgets import (
    Button,
    Chip,
    Column,
    DataTable,
    EmptyState,
    FilterChips,
    PageHeader,
    RowsModel,
    table_card,
)


def approvals_page(bench: Bench) -> Page:
    """The page of a branch manager."""
    return ApprovalsPage(bench)


class ApprovalsPage(Page):
    """Queue at the left, the chosen request at the right."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self._lines: dict[str, RequestLine] = {}
        self._counted = (-1,) * len(_SHELVES)
        self.header = PageHeader(lambda: _("Approvals"))
        self.deputies = DeputyPanel(bench, self)
        self.deputy_button = Button(lambda: _("Deputies…"), self._show_deputies, icon="people")
        self.header.add_button(self.deputy_button)
        self.body.addWidget(self.header)
        self.chips = FilterChips()
        self.chips.changed.connect(lambda _ids: self._fill())
        self.body.addWidget(self.chips)
        self.model = RowsModel[RequestLine](_columns(self._now), lambda line: line.id)
        self.empty = EmptyState(
            lambda: _("Nothing to decide"), lambda: _("Requests of the stations appear here, the oldest first."),
            icon="approvals",
        )  # fmt: skip
        self.table = DataTable(self.model, self.empty).leave(str.isalpha)
        self.table.name(lambda: _("Requests"))
        self.card = RequestCard(bench, self.table)
        self.table.chosen.connect(self._choose)
        self.table.opened.connect(lambda _id: self.card.approve())
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(table_card(self.table), 1)
        self.card.setFixedWidth(440)
        row.addWidget(self.card)
        self.body.addLayout(row, 1)
        bench.news.changed.connect(self._changed)
        self._count()

    def _now(self) -> Any:
        return self._bench.desk.now()

    def opened(self, **_params: Any) -> None:
        """Reads the queue and gives it the keyboard."""
        self.load()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def load(self) -> None:
        """Reads all requests."""
        me, desk = self._bench.person.id, self._bench.desk
        self._bench.read(lambda rows: requests(rows, me, desk.today(rows)), self._loaded, owner=self)

    def _show_deputies(self) -> None:
        self.deputies.show_below(self.deputy_button)

    def _loaded(self, lines: list[RequestLine]) -> None:
        self._lines = {line.id: line for line in lines}
        self._count()
        self._fill()

    def _count(self) -> None:
        counted = tuple(sum(_shelf(line) == name for line in self._lines.values()) for name in _SHELVES)
        if counted == self._counted:
            return  # new chips would flicker
        self._counted = counted
        waiting, above, back, decided = counted
        self.chips.set_chips(
            [
                Chip("waiting", lambda: _("To decide"), waiting, "warn" if waiting else "grey"),
                Chip("above", lambda: _("For others to decide"), above),
                Chip("back", lambda: _("Asked back"), back),
                Chip("decided", lambda: _("Decided"), decided),
            ]
        )
        self._bench.nav.set_badge("approvals", waiting)

    def _fill(self) -> None:
        shelf = next(iter(self.chips.active()), "waiting")
        lines = [line for line in self._lines.values() if _shelf(line) == shelf]
        before = max(self.table.currentIndex().row(), 0)
        kept = self.table.current_id()
        self.model.set_rows(lines)
        if not lines:
            self.card.show_request(None)
        elif not self.table.select_id(kept):
            self.table.selectRow(min(before, len(lines) - 1))

    def _choose(self, row_id: str) -> None:
        line = self._lines.get(row_id)
        if line is not None:
            self.card.show_request(line)

    def _changed(self, keys: Keys) -> None:
        if any(
            entity in {"approval_request", "approval_decision", "approval_question", "deputy"} for entity, _id in keys
        ):
            self.load()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A approves, R asks for the reason of a refusal, Q for a question; typing in a line is left alone."""
        if event.modifiers() in {Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier}:
            keys = {
                Qt.Key.Key_A: self.card.approve,
                Qt.Key.Key_R: self.card.begin_refusal,
                Qt.Key.Key_Q: self.card.begin_question,
            }
            call = keys.get(Qt.Key(event.key()))
            if call is not None:
                call()
                return
        super().keyPressEvent(event)


#: Where a request lies: to be decided by who looks, by somebody else, with who asked, or decided.
_SHELVES = ("waiting", "above", "back", "decided")


def _shelf(line: RequestLine) -> str:
    if line.decided is not None:
        return "decided"
    if line.asked_back:
        return "back"
    return "waiting" if line.barred is None else "above"


def _columns(now: Any) -> list[Column[RequestLine]]:
    return [
        Column(
            lambda: _("Asked"), lambda line: formats.when(line.asked_at, now()), tone=lambda _line: "muted", width=134
        ),
        Column(lambda: _("What"), lambda line: text_of(code_words("approval", line.kind)), tone=_tone, width=112),
        Column(lambda: _("Order"), lambda line: line.order_number, second=lambda line: line.model, stretch=True),
        Column(lambda: _("Station"), lambda line: line.station, width=120),
        Column(lambda: _("Decides"), lambda line: _decides(line, now()), width=116),
        Column(lambda: _("Days over"), lambda line: str(line.days_over or "—"), number=True, width=80),
        Column(lambda: _("Amount"), lambda line: formats.money(line.amount_fen), number=True, width=100),
    ]


def _is_late(line: RequestLine, now: datetime) -> bool:
    return line.decided is None and line.answer_by is not None and line.answer_by < now


def _decides(line: RequestLine, now: datetime) -> str:
    level = text_of(code_words("approval_level", line.level))
    return " · ".join(filter(None, (level, _("late") if _is_late(line, now) else "")))


def _tone(line: RequestLine) -> str:
    if line.decided is None:
        return "warn"
    return "ok" if line.decided.approved else "bad"
