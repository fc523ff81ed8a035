"""The parts account of a station: what is owed, asked for and free, whether it is frozen, and every entry."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.i18n import _
from app.offline_db.store import LocalRows
from app.queries.part_requests import AccountView, EntryRow, account_view
from app.ui import formats
from app.ui.bench import Bench
from app.ui.live import text_of
from app.ui.pages.parts_section import Section
from app.ui.pages.parts_words import part_name
from app.ui.refusal_words import code_words, refusal_words
from app.ui.widgets import (
    Banner,
    Card,
    Choice,
    Column,
    ComboSearch,
    DataTable,
    EmptyState,
    Label,
    RowsModel,
    empty_layout,
    table_card,
)
from core.parts.account import why_not
from core.roles import PlaceKind
from core.rows.people import Place

_TONES = {"draw": "warn", "write_off": "ok", "return": "ok", "correction": "grey"}


class AccountSection(Section):
    """A station sees its own; a branch chooses the station."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._station = bench.place.id if self.is_station else ""
        self._stations: dict[str, str] = {}
        self.picker = ComboSearch([], lambda: _("Station: code or name…"))
        self.picker.picked.connect(self._picked)
        self.picker.setVisible(not self.is_station)
        self.box.addWidget(self.picker)
        self.sums = Card()
        self.sum_row = QHBoxLayout()
        self.sum_row.setSpacing(28)
        self.sums.add(self.sum_row)
        self.banner = Banner("grey", "")
        self.sums.add(self.banner)
        self.box.addWidget(self.sums)
        self.model = RowsModel[EntryRow](self._columns(), lambda row: row.id)
        empty = EmptyState(
            lambda: _("No entry yet"),
            lambda: _("Parts drawn debit the account; old parts written off and parts returned credit it."),
            icon="money",
        )
        self.table = DataTable(self.model, empty).sortable().name(lambda: _("Entries of the parts account"))
        self.box.addWidget(table_card(self.table), 1)
        self.sums.hide()

    def _columns(self) -> list[Column[EntryRow]]:
        return [
            Column(
                lambda: _("When"), lambda row: formats.moment(row.at), tone=lambda _row: "muted",
                sort=lambda row: row.at, width=140,
            ),
            Column(
                lambda: _("What"), lambda row: text_of(code_words("account_entry", row.kind)),
                tone=lambda row: _TONES.get(row.kind, "grey"), width=170,
            ),
            Column(
                lambda: _("Part"), lambda row: row.part_id or "—", second=lambda row: part_name(row.zh, row.en),
                stretch=True,
            ),
            Column(lambda: _("Order"), lambda row: row.order_number or "—", width=150),
            Column(
                lambda: _("Amount"), lambda row: formats.money(row.amount_fen), sort=lambda row: row.amount_fen,
                number=True, width=120,
            ),
            Column(lambda: _("Balance"), lambda row: formats.money(row.after_fen), number=True, width=120),
        ]  # fmt: skip

    def load(self) -> None:
        """Reads the account."""

        def query(rows: LocalRows) -> tuple[AccountView | None, list[Place]]:
            stations = [] if self.is_station else list(rows.find(Place, kind=PlaceKind.STATION))
            mine = [one for one in stations if one.branch_id == self.bench.place.id]
            today = self.bench.desk.today(rows)
            station = self._station or (mine[0].id if mine else "")
            return (account_view(rows, station, today) if station else None), mine

        self.bench.read(query, lambda found: self._loaded(*found), owner=self)

    def _picked(self, code: str) -> None:
        if code:
            self._station = self._stations[code]
            self.load()

    def _loaded(self, view: AccountView | None, stations: list[Place]) -> None:
        if stations:
            self._stations = {one.code: one.id for one in stations}
            self.picker.set_choices([Choice(one.code, one.name) for one in stations])
            if not self._station:
                self.picker.pick(stations[0].code)
        self.sums.setVisible(view is not None)
        if view is not None:
            self._show(view)

    def _show(self, view: AccountView) -> None:
        empty_layout(self.sum_row)
        found = view.standing
        none = lambda: _("No limit")  # noqa: E731 - follows the language
        figures: list[tuple[Any, Any]] = [
            (lambda: _("Owed for parts drawn"), formats.money(found.owed_fen)),
            (lambda: _("Asked for"), formats.money(found.asked_fen)),
            (lambda: _("Limit"), none if found.limit_fen is None else formats.money(found.limit_fen)),
            (lambda: _("Still free"), none if found.free_fen is None else formats.money(found.free_fen)),
        ]
        for words, value in figures:
            box = QVBoxLayout()
            box.setSpacing(0)
            box.addWidget(Label(words, "muted"))
            box.addWidget(Label(value, "h1"))
            self.sum_row.addLayout(box)
        self.sum_row.addStretch(1)
        refusal = why_not(found, 1)
        if refusal is not None:
            self.banner.say("bad", lambda: _("HQ takes no new request"), refusal_words(refusal))
        elif found.overdue_days:
            days = found.overdue_days
            words = lambda: _("An old part is {n} days overdue").format(n=days)  # noqa: E731 - follows the language
            self.banner.say("warn", words, lambda: _("Send it back; its worth is credited then."))
        else:
            self.banner.say("ok", lambda: _("Requests are taken"))
        self.model.set_rows(list(view.entries))
