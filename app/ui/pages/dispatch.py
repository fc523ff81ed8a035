"""The board: a branch gives orders to stations, a lead to technicians; loads, reminders and what came back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from PySide6.QtCore import QItemSelectionModel, QTimer, Signal
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QVBoxLayout

from app.actions import act
from app.i18n import N_, _, ngettext
from app.offline_db.store import LocalRows
from app.queries import dispatch_board
from app.queries.dispatch_board import BoardLine, DispatchBoard
from app.ui.background import Progress
from app.ui.bench import Bench, Keys
from app.ui.keys import bind_keys
from app.ui.page import Page
from app.ui.pages.clock_words import TICK_MS
from app.ui.pages.dispatch_side import CandidatePanel
from app.ui.pages.dispatch_tables import loads_table, orders_table
from app.ui.reader import Reader
from app.ui.refusal_words import refusal_words
from app.ui.widgets import Banner, Button, Chip, FilterChips, PageHeader, Pill, table_card
from core.dispatch import Ranking
from core.refusals import Refusal
from core.roles import Role

_ENTITIES = frozenset({"work_order", "timeline_entry", "person", "place", "stock_move", "visit"})
_CHOSEN_MS = 120
_CHIPS = (
    ("to_give", N_("To give out")),
    ("back", N_("Came back")),
    ("late", N_("Overdue")),
    ("reminders", N_("Reminders")),
    ("all", N_("All open")),
)
_TONES = {"to_give": "blue", "back": "warn", "late": "bad", "reminders": "warn"}


class Desk(NamedTuple):
    """What differs between a branch's board and a lead's: the rows, the candidates, and the action that gives."""

    board: Callable[[LocalRows], DispatchBoard]
    candidates: Callable[[LocalRows, str], Ranking]
    action: str
    argument: str


class Given(NamedTuple):
    """What came of giving orders out: how many, and the refusals by order."""

    done: int
    refused: tuple[tuple[str, Refusal], ...]


def dispatch_page(bench: Bench) -> Page:
    """The page `dispatch`, by the person's role."""
    return DispatchPage(bench, _branchs(bench) if bench.has_role(Role.BRANCH_MANAGER.value) else _leads(bench))


def _branchs(bench: Bench) -> Desk:
    now = bench.desk.now
    return Desk(
        lambda rows: dispatch_board.branch_board(rows, bench.place.id, now()),
        lambda rows, order: dispatch_board.station_candidates(rows, order, now()),
        "dispatch_order",
        "station",
    )


def _leads(bench: Bench) -> Desk:
    now, place = bench.desk.now, bench.place
    return Desk(
        lambda rows: dispatch_board.lead_board(rows, place.id, place.branch_id, now()),
        lambda rows, order: dispatch_board.technician_candidates(rows, order, now()),
        "assign_technician",
        "technician_id",
    )


class DispatchPage(Page):
    """Orders above, loads below, candidates at the right; several orders are given out by one key."""

    shown = Signal()
    """The board, as read now, is on the screen."""
    ranked = Signal()
    """Candidates for what is chosen are on the screen."""
    done = Signal()
    """Orders were given out."""

    def __init__(self, bench: Bench, desk: Desk) -> None:
        super().__init__()
        self._bench, self._desk = bench, desk
        self._is_branch = desk.action == "dispatch_order"
        self._found = DispatchBoard([], [])
        self._reader = Reader(bench, desk.board, self._got, self)
        self.header = PageHeader(lambda: _("Dispatch") if self._is_branch else _("Assign"))
        self.header.add_button(Button(lambda: _("Refresh"), self._reader.ask, icon="syncing", shortcut="F5"))
        self.body.addWidget(self.header)
        self.trouble = Banner("warn", "")
        self.trouble.hide()
        self.body.addWidget(self.trouble)
        self._names = [(name, text) for name, text in _CHIPS if self._is_branch or name != "back"]
        self.chips = FilterChips([Chip(name, _said(text)) for name, text in self._names])
        self.chips.changed.connect(lambda _ids: self._fill())
        self.body.addWidget(self.chips)
        self._build_tables()
        self._build_timers()
        bind_keys(self, "Ctrl+L", lambda: _("Orders"), self.orders.setFocus)
        bench.news.changed.connect(self._heard)

    def _build_tables(self) -> None:
        self.orders, self.order_rows = orders_table(self._bench.desk.now, is_branch=self._is_branch)
        self.orders.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.orders.opened.connect(lambda order: self._bench.nav.open("order", order=order))
        self.loads, self.load_rows = loads_table(is_branch=self._is_branch)
        self.panel = CandidatePanel()
        self.panel.setFixedWidth(356)
        self.panel.given.connect(self.give)
        left = QVBoxLayout()
        left.setSpacing(10)
        left.addWidget(table_card(self.orders), 3)
        left.addWidget(table_card(self.loads), 2)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addLayout(left, 1)
        row.addWidget(self.panel)
        self.body.addLayout(row, 1)

    def _build_timers(self) -> None:
        self._ticks, self._chosen = QTimer(self), QTimer(self)
        self._ticks.setInterval(TICK_MS)
        self._ticks.timeout.connect(lambda: self.orders.viewport().update())
        self._chosen.setSingleShot(True)
        self._chosen.setInterval(_CHOSEN_MS)
        self._chosen.timeout.connect(self._rank)
        self.orders.selectionModel().selectionChanged.connect(lambda _new, _old: self._chosen.start())

    # --- reading ----------------------------------------------------------------------------------------------

    def opened(self, **params: Any) -> None:
        """Read the board; `chip` may choose what."""
        if "chip" in params:
            self.chips.activate(str(params["chip"]))
        self._ticks.start()
        self._reader.ask()

    def leaving(self) -> None:
        """A hidden page need not count."""
        self._ticks.stop()

    def _heard(self, keys: Keys) -> None:
        if self.isVisible() and any(entity in _ENTITIES for entity, _row in keys):
            self._reader.ask()

    def _got(self, found: DispatchBoard) -> None:
        self._found = found
        self._show_head(found)
        self._fill()
        self.load_rows.set_rows(found.loads)
        self.shown.emit()

    def _show_head(self, found: DispatchBoard) -> None:
        place, still_open = self._bench.place.name, len(found.lines)
        title = lambda: _("Dispatch") if self._is_branch else _("Assign")  # noqa: E731
        self.header.say(title, lambda: _("{place} · {n} open").format(place=place, n=still_open))
        raised = sum(line.escalated_to in ("branch", "hq") for line in found.lines)
        pills = [Pill(lambda: _("{n} raised").format(n=raised), "bad", "warn")] if raised else []
        self.header.set_pills(*pills)
        counts = {name: len(self._of(name)) for name, _text in self._names}
        self.chips.set_chips(
            [Chip(name, _said(text), counts[name], _TONES.get(name, "grey") if counts[name] else "grey")
             for name, text in self._names]
        )  # fmt: skip
        self._bench.nav.set_badge("dispatch", counts["to_give"])

    def _fill(self) -> None:
        chosen = next(iter(self.chips.active()), "to_give")
        self.order_rows.set_rows(self._of(chosen))
        self._chosen.start()

    def _of(self, chip: str) -> list[BoardLine]:
        fits: dict[str, Callable[[BoardLine], bool]] = {
            "to_give": lambda line: line.to_give,
            "back": lambda line: line.state == "declined",
            "late": lambda line: line.late,
            "reminders": lambda line: line.reminders > 0,
            "all": lambda _line: True,
        }
        return [line for line in self._found.lines if fits[chip](line)]

    # --- choosing and giving ----------------------------------------------------------------------------------

    def chosen(self) -> list[BoardLine]:
        """The chosen orders that can be given out, the one under the cursor first."""
        rows = self.orders.selectionModel().selectedRows()
        lines = [self.order_rows.row_at(index.row()) for index in sorted(rows, key=lambda index: index.row())]
        current = self.orders.current_id()
        return sorted(lines, key=lambda line: line.id != current)

    def select(self, *order_ids: str) -> None:
        """Choose these orders; for tests and commands."""
        model = self.orders.selectionModel()
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        model.clearSelection()
        for order_id in order_ids:
            index = self.order_rows.index(self.order_rows.line_of(order_id), 0)
            model.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            model.select(index, flags)

    def _rank(self) -> None:
        lines = self.chosen()
        if not lines:
            self.panel.show_nothing()
            self.ranked.emit()
            return
        first = lines[0]
        self._bench.read(
            partial(self._candidates, first.id), partial(self._show_ranking, first.id, len(lines)), owner=self
        )

    def _candidates(self, order_id: str, rows: LocalRows) -> Ranking:
        """Runs off the thread."""
        return self._desk.candidates(rows, order_id)

    def _show_ranking(self, order_id: str, count: int, ranking: Ranking) -> None:
        lines = self.chosen()
        if lines and lines[0].id == order_id:
            self.panel.show_ranking(ranking, lines[0].number, count)
            self.ranked.emit()

    def give(self, candidate_id: str) -> None:
        """Give every chosen order to the candidate; one after the other, off the thread."""
        lines = self.chosen()
        if not lines:
            return
        name = next((load.name for load in self._found.loads if load.id == candidate_id), "")
        desk, bench = self._desk, self._bench

        def job(progress: Progress) -> Given:
            refused = []
            for line in lines:
                if progress.cancelled:
                    break
                try:
                    act(desk.action, {"order_id": line.id, desk.argument: candidate_id}, bench.desk)
                except Refusal as refusal:
                    refused.append((line.number, refusal))
            return Given(len(lines) - len(refused), tuple(refused))

        bench.runner.run(job, partial(self._gave, name), owner=self)

    def _gave(self, name: str, given: Given) -> None:
        if given.done:
            count = given.done
            text = lambda: ngettext("{n} order to {name}", "{n} orders to {name}", count).format(n=count, name=name)  # noqa: E731
            self._bench.nav.toast("ok", text)
        self.trouble.setVisible(bool(given.refused))
        if given.refused:
            count, (number, refusal) = len(given.refused), given.refused[0]
            title = lambda: ngettext("{n} order was not given", "{n} orders were not given", count).format(n=count)  # noqa: E731
            why = refusal_words(refusal)
            self.trouble.say("warn", title, lambda: f"{number}: {why() if callable(why) else why}")
        self.done.emit()


def _said(text: str) -> Any:
    return lambda: _(text)
