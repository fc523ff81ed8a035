"""The page of orders: filters with counts, filtering as one types, and the table of what is to be done."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedWidget, QWidget

from app.i18n import N_, _, ngettext
from app.offline_db.store import LocalRows
from app.queries.order_board import CHIPS, LIMIT, Board, BoardFilter, board, day_ends
from app.queries.ticking import Ticking, told
from app.ui import formats, icons
from app.ui.bench import Bench, Keys
from app.ui.keys import bind_keys
from app.ui.live import bind
from app.ui.page import Page
from app.ui.pages.clock_words import TICK_MS
from app.ui.pages.orders_table import orders_table
from app.ui.widgets import Button, Chip, EmptyState, FilterChips, Label, LoadingSkeleton, PageHeader, table_card
from core.roles import Role

DRAFT = "orders/filter"
_ENTITIES = frozenset({"work_order", "order_unit", "unit_verdict"})
_TYPING_MS, _NEWS_MS = 120, 200
WORDS = {
    "today": N_("Today"),
    "to_dispatch": N_("To dispatch"),
    "offered": N_("Waiting for station"),
    "to_visit": N_("To visit"),
    "in_repair": N_("In repair"),
    "at_station": N_("At the station"),
    "waiting": N_("Waiting"),
    "overdue": N_("Overdue"),
    "reminders": N_("Reminders"),
    "finished": N_("Completed"),
    "all": N_("All"),
}
OWN_WORDS = {"offered": N_("To accept")}
"""What a filter is called where the person is the one to act."""
_TONES = {"today": "blue", "to_dispatch": "blue", "overdue": "bad", "reminders": "warn"}


def orders_page(bench: Bench) -> Page:
    """The page `orders`."""
    return OrdersPage(bench)


class OrdersPage(Page):
    """Read off the thread, at most :data:`LIMIT` lines; typing narrows, the count says how many there are."""

    shown = Signal()
    """The lines, as read now, are on the screen."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self._side = _side(bench)
        self._search = bench.orders
        self._asked = 0
        self._kept: dict[str, str] = {}
        self._stale = True
        self.header = PageHeader(lambda: _("Orders"), bench.place.name)
        if self._side == "branch":
            self.header.add_button(Button(lambda: _("Dispatch"), self._dispatch, icon="send", shortcut="Ctrl+D"))
        if self._side != "branch":
            phone = Button(lambda: _("Pictures of a phone…"), lambda: bench.nav.open("phone"), icon="photo")
            self.header.add_button(phone)
        self.header.add_button(Button(lambda: _("Refresh"), self.reload, icon="syncing", shortcut="F5"))
        self.body.addWidget(self.header)
        self.chips = FilterChips([Chip(chip, _words(chip, self._side), None, "grey") for chip in CHIPS[self._side]])
        self.text = QLineEdit()
        self._build_filter()
        self.empty = EmptyState(lambda: _("Nothing here"), lambda: _("Orders come from HQ; choose another filter."))
        self._ticking: dict[str, Ticking | None] = {}
        self.table, self.model = orders_table(
            self.empty, bench.desk.now, self._ticking.get, station_column=self._side == "branch"
        )
        self.table.opened.connect(lambda order: bench.nav.open("order", order=order))
        self._stack = QStackedWidget()
        self._stack.addWidget(LoadingSkeleton(12))
        self._stack.addWidget(table_card(self.table))
        self.body.addWidget(self._stack, 1)
        self.foot = Label("", "small")
        self.body.addWidget(self.foot, 0, Qt.AlignmentFlag.AlignRight)
        self._listen()

    def _build_filter(self) -> None:
        self.text.setClearButtonEnabled(True)
        self.text.setMaxLength(80)
        self.text.setFixedWidth(300)
        self.text.addAction(icons.icon("search", "ink3"), QLineEdit.ActionPosition.LeadingPosition)
        bind(self.text, self.text.setPlaceholderText, lambda: _("Filter: number, customer, serial …"))
        bind(self.text, self.text.setAccessibleName, lambda: _("Filter"))
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.chips, 1)
        row.addWidget(self.text, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addWidget(line)

    def _listen(self) -> None:
        self._ticks = QTimer(self)
        self._ticks.setInterval(TICK_MS)
        self._ticks.timeout.connect(self.table.viewport().update)
        self._soon, self._typed = QTimer(self), QTimer(self)
        for timer, wait in ((self._soon, _NEWS_MS), (self._typed, _TYPING_MS)):
            timer.setSingleShot(True)
            timer.setInterval(wait)
            timer.timeout.connect(self.reload)
        self.text.textChanged.connect(lambda _text: self._typed.start())
        self.text.returnPressed.connect(self.table.setFocus)
        self.chips.changed.connect(lambda _ids: self.reload())
        self._bench.news.changed.connect(self._heard)
        bind_keys(self, "Ctrl+F", lambda: _("Filter"), self._focus_filter)

    def _focus_filter(self) -> None:
        self.text.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.text.selectAll()

    # --- reading ----------------------------------------------------------------------------------------------

    def opened(self, **params: Any) -> None:
        """Show the list; `chip` and `text` may choose what."""
        self._ticks.start()
        if "chip" in params:
            self.chips.activate(str(params["chip"]))
        if "text" in params:
            self.text.setText(str(params["text"]))
        if self._asked == 0:
            self._bench.runner.run(lambda _p: self._bench.drafts.load(DRAFT), self._restore, owner=self)
        elif self._stale or params:
            self.reload()

    def leaving(self) -> None:
        """A hidden list need not count."""
        self._ticks.stop()

    def _restore(self, kept: dict[str, str] | None) -> None:
        if kept and kept.get("chip") in CHIPS[self._side]:
            self.text.setText(kept.get("text", ""))
            self.chips.activate(kept["chip"])
        else:
            self.reload()

    def _keep_filter(self) -> None:
        """The filter is kept as soon as it is used."""
        wanted = {"chip": self._chip(), "text": self.text.text()}
        if wanted != self._kept:
            self._kept = wanted
            drafts = self._bench.drafts
            self._bench.runner.run(lambda _p: drafts.save(DRAFT, wanted), lambda _done: None, owner=self)

    def _heard(self, keys: Keys) -> None:
        self._search.heard(keys)
        if any(entity in _ENTITIES for entity, _row in keys):
            if self.isVisible():
                self._soon.start()
            else:
                self._stale = True

    def _chip(self) -> str:
        return next(iter(self.chips.active()), CHIPS[self._side][0])

    def reload(self) -> None:
        """Read the list again; of several readings only the newest is shown."""
        self._asked += 1
        self._keep_filter()
        self._stale = False
        now = self._bench.desk.now()
        technician = self._bench.person.id if set(self._bench.person.roles) == {Role.TECHNICIAN} else None
        day = day_ends(now, self._bench.place.utc_offset_minutes)
        wanted = BoardFilter(self._chip(), self._side, technician, day, now)
        self._bench.read(partial(self._read, wanted, self.text.text()), partial(self._got, self._asked), owner=self)

    def _read(self, wanted: BoardFilter, text: str, rows: LocalRows) -> tuple[Board, dict[str, Ticking | None]]:
        """Runs off the thread."""
        found = self._search.find(rows.connection, text) if text.strip() else None
        lines = board(rows.connection, wanted._replace(found=found))
        ids = [line.id for line in lines.lines]
        return lines, {order: one.ticking for order, one in told(rows, ids, wanted.now).items()}

    def _got(self, number: int, read: tuple[Board, dict[str, Ticking | None]]) -> None:
        if number != self._asked:
            return
        found, ticking = read
        self._ticking.clear()
        self._ticking.update(ticking)
        chosen, at = self.table.current_id(), self.table.verticalScrollBar().value()
        self.model.set_rows(found.lines)
        if chosen:
            self.table.select_id(chosen)
        self.table.verticalScrollBar().setValue(at)
        self._show_counts(found)
        self._stack.setCurrentIndex(1)
        self.shown.emit()

    def _show_counts(self, found: Board) -> None:
        count = found.open_count
        place = self._bench.place.name
        self.header.say(
            lambda: _("Orders"),
            lambda: _("{place} · {n} open").format(place=place, n=formats.number(count)),
        )
        self.chips.set_chips(
            [
                Chip(chip, _words(chip, self._side), count, _TONES.get(chip, "grey") if count else "grey")
                for chip, count in found.counts.items()
            ]
        )
        self._bench.nav.set_badge("orders", found.counts.get("to_dispatch", found.counts.get("offered", 0)))
        lines, total, cut = len(found.lines), found.total, found.total > LIMIT
        self.foot.say(lambda: _count(lines, total, cut=cut))
        self.empty.say(*self._nothing())

    def _nothing(self) -> tuple[Any, Any]:
        if self.text.text().strip():
            return (lambda: _("Nothing matches"), lambda: _("Try fewer letters, or the filter “All”."))
        return (lambda: _("Nothing here"), lambda: _("Orders come from HQ; choose another filter."))

    def _dispatch(self) -> None:
        order = self.table.current_id()
        if order:
            self._bench.nav.open("order", order=order, start="dispatch_order")
        else:
            self._bench.nav.toast("blue", lambda: _("Choose an order first."))


def _side(bench: Bench) -> str:
    if bench.has_role(Role.TECHNICIAN.value, Role.STATION_LEAD.value):
        return "station"
    return "branch" if bench.has_role(Role.BRANCH_MANAGER.value) else ""


def _words(chip: str, side: str) -> Any:
    word = OWN_WORDS.get(chip, WORDS[chip]) if side == "station" else WORDS[chip]
    return lambda: _(word)


def _count(lines: int, total: int, *, cut: bool) -> str:
    if cut:
        shown = _("first {n} of {total}; type to narrow")
        return shown.format(n=formats.number(lines), total=formats.number(total))
    return ngettext("{n} order", "{n} orders", total).format(n=formats.number(total))
