"""Today: what was refused or contradicts comes first, then a person's orders by time, each with what holds it up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedWidget

from app.i18n import N_, _, ngettext
from app.offline_db.store import LocalRows
from app.queries.order_board import day_ends
from app.queries.today import Today, TodayFilter, TodayLine, today
from app.ui import formats
from app.ui.bench import Bench, Keys
from app.ui.page import Page
from app.ui.pages.clock_words import TICK_MS, clock_sort, clock_text, clock_tone
from app.ui.pages.today_first import FirstCard
from app.ui.reader import Reader
from app.ui.widgets import (
    Button,
    Chip,
    Column,
    DataTable,
    EmptyState,
    FilterChips,
    LoadingSkeleton,
    PageHeader,
    Pill,
    RowsModel,
    table_card,
)
from core.roles import Role
from core.words import word
from core.work_order import HOLDS, State

_ENTITIES = frozenset({"work_order", "timeline_entry", "visit", "operation", "parked_operation", "conflict", "person"})
_HOLDS = {state.value for state in HOLDS}
_CHIPS = (
    ("all", N_("All")),
    ("offers", N_("To accept")),
    ("visits", N_("Visits")),
    ("waiting", N_("Waiting")),
    ("late", N_("Overdue")),
)
_BLOCK_TONES = {"answer": "blue", "call": "blue", "finish": "blue", "technician": "warn", "asked_back": "bad"}


def today_page(bench: Bench) -> Page:
    """The page `today`."""
    return TodayPage(bench)


class TodayPage(Page):
    """The day of one person, or of the station for its lead; limits count on without reading."""

    shown = Signal()
    """The day, as read now, is on the screen."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self._found: Today | None = None
        self._lead = bench.has_role(Role.STATION_LEAD.value)
        self._reader = Reader(bench, self._read, self._got, self)
        self.header = PageHeader(lambda: _("Today"))
        counter = Button(
            lambda: _("Unit at the counter"), lambda: bench.nav.open("counter"), icon="add", shortcut="Ctrl+N"
        )
        self.header.add_button(counter)
        if self._lead:
            assign = Button(lambda: _("Assign"), lambda: bench.nav.open("dispatch"), icon="people", shortcut="Ctrl+D")
            self.header.add_button(assign)
        self.header.add_button(Button(lambda: _("Refresh"), self._reader.ask, icon="syncing", shortcut="F5"))
        self.body.addWidget(self.header)
        self.first = FirstCard(bench)
        self.body.addWidget(self.first)
        self.chips = FilterChips([Chip(name, _said(text)) for name, text in _CHIPS])
        self.chips.changed.connect(lambda _ids: self._fill())
        self.body.addWidget(self.chips)
        self._build_table()
        self._ticks = QTimer(self)
        self._ticks.setInterval(TICK_MS)
        self._ticks.timeout.connect(self._tick)
        bench.news.changed.connect(self._heard)

    def _build_table(self) -> None:
        self.empty = EmptyState(
            lambda: _("Nothing to do today"), lambda: _("New offers and visits of today appear here."), icon="today"
        )
        self.model = RowsModel(self._columns(), lambda line: line.id)
        self.table = DataTable(self.model, self.empty).name(lambda: _("Orders of today")).sortable()
        self.table.opened.connect(lambda order: self._bench.nav.open("order", order=order))
        self._stack = QStackedWidget()
        self._stack.addWidget(LoadingSkeleton(10))
        self._stack.addWidget(table_card(self.table))
        self.body.addWidget(self._stack, 1)

    def _columns(self) -> list[Column[TodayLine]]:
        now = self._bench.desk.now
        columns = [
            Column[TodayLine](lambda: _("Time"), self._time, tone=lambda _l: "strong", sort=_time_sort, width=148),
            Column[TodayLine](
                lambda: _("Time limit"),
                lambda line: clock_text(line.ticking, now()),
                tone=lambda line: clock_tone(line.ticking, now()),
                sort=lambda line: clock_sort(line.ticking),
                width=184,
            ),
            Column[TodayLine](lambda: _("Waits for"), _blocks, tone=_blocks_tone, width=142),
            Column[TodayLine](lambda: _("Order"), lambda line: line.number, tone=lambda _l: "link", width=158),
            Column[TodayLine](lambda: _("Customer"), lambda line: formats.masked_name(line.customer), width=80),
            Column[TodayLine](lambda: _("Address"), lambda line: line.address or "—", width=220),
        ]
        if self._lead:
            columns.append(Column[TodayLine](lambda: _("Technician"), lambda line: line.technician or "—", width=86))
        columns.append(
            Column[TodayLine](lambda: _("Unit and fault"), lambda line: line.unit, second=_fault, stretch=True)
        )
        return columns

    # --- reading ----------------------------------------------------------------------------------------------

    def opened(self, **params: Any) -> None:
        """Read the day anew; `chip` may choose what."""
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

    def _read(self, rows: LocalRows) -> Today:
        """Runs off the thread."""
        bench, now = self._bench, self._bench.desk.now()
        technician = None if self._lead else bench.person.id
        day = day_ends(now, bench.place.utc_offset_minutes)
        return today(rows, TodayFilter(bench.place.id, technician, day, now))

    def _got(self, found: Today) -> None:
        self._found = found
        self.first.show_found(found)
        self._show_head(found)
        self._fill()
        self._stack.setCurrentIndex(1)
        self.shown.emit()

    def _tick(self) -> None:
        """Limits are told anew from what was read; whether one has run out decides its colour."""
        self.table.viewport().update()

    def _show_head(self, found: Today) -> None:
        here = formats.local(self._bench.desk.now())
        place = self._bench.place.name
        self.header.say(lambda: _("Today"), lambda: f"{place} · {formats.day(here.date())}")
        visits, late = found.visits, found.late
        pills = [Pill(lambda: ngettext("{n} visit", "{n} visits", visits).format(n=visits), "blue", "clock")]
        if late:
            over = lambda: ngettext("{n} order overdue", "{n} orders overdue", late).format(n=late)  # noqa: E731
            pills.append(Pill(over, "bad", "warn"))
        self.header.set_pills(*pills)
        offers = len(self._of("offers"))
        self._bench.nav.set_badge("today", offers + len(found.parked) + len(found.conflicts))
        counts = {name: len(self._of(name)) for name, _text in _CHIPS}
        tones = {"offers": "blue", "late": "bad", "waiting": "warn"}
        self.chips.set_chips(
            [Chip(name, _said(text), counts[name], tones.get(name, "grey") if counts[name] else "grey")
             for name, text in _CHIPS]
        )  # fmt: skip

    def _fill(self) -> None:
        chosen = next(iter(self.chips.active()), "all")
        self.model.set_rows(self._of(chosen))

    def _of(self, chip: str) -> list[TodayLine]:
        lines, now = (self._found.lines if self._found else []), self._bench.desk.now()
        fits: dict[str, Callable[[TodayLine], bool]] = {
            "all": lambda _line: True,
            "offers": lambda line: line.blocks == "answer",
            "visits": lambda line: line.visit_from is not None and line.state not in _HOLDS,
            "waiting": lambda line: line.state in _HOLDS,
            "late": lambda line: clock_tone(line.ticking, now) == "bad",
        }
        return [line for line in lines if fits[chip](line)]

    def _time(self, line: TodayLine) -> str:
        if line.state in {State.IN_PROGRESS.value, State.IN_SHOP.value}:
            return _("at work")
        if line.visit_from is None:
            return "—"
        begin = formats.local(line.visit_from)
        if begin.date() != formats.local(self._bench.desk.now()).date():
            return formats.when(line.visit_from, self._bench.desk.now())
        end = f"–{formats.clock(line.visit_to)}" if line.visit_to else ""
        return f"{formats.clock(line.visit_from)}{end}"


def _said(text: str) -> Any:
    return lambda: _(text)


def _time_sort(line: TodayLine) -> str:
    return line.visit_from.isoformat() if line.visit_from else "~"


def _blocks(line: TodayLine) -> str:
    """What it waits for and why; else the customer's reminders, which are urgent too."""
    if line.blocks:
        said = _(word("blocks", line.blocks))
        return f"{said}: {line.why}" if line.why else said
    if line.reminders:
        return ngettext("{n} reminder", "{n} reminders", line.reminders).format(n=line.reminders)
    return ""


def _blocks_tone(line: TodayLine) -> str:
    if line.blocks:
        return _BLOCK_TONES.get(line.blocks, "warn")
    return "bad" if line.reminders else "dim"


def _fault(line: TodayLine) -> str:
    return line.fault
