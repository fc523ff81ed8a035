"""Parts: stock, requests, receipt, transfers, counts and the parts account, one section at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget

from app.i18n import N_, _
from app.ui.bench import Bench, Keys
from app.ui.keys import bind_keys
from app.ui.page import Page
from app.ui.pages.parts_account import AccountSection
from app.ui.pages.parts_count import CountSection
from app.ui.pages.parts_receive import ReceiveSection
from app.ui.pages.parts_requests import RequestsSection
from app.ui.pages.parts_section import Section
from app.ui.pages.parts_stock import StockSection
from app.ui.pages.parts_transfers import TransfersSection
from app.ui.widgets import Chip, FilterChips, PageHeader

_NEWS_MS = 200
_ENTITIES = frozenset(
    {
        "stock_move", "part_request", "request_line", "allocation", "shipment", "shipment_line", "receipt_line",
        "reservation", "part_transfer", "stock_count", "parts_account", "account_entry", "part_stock", "part_line",
    }
)  # fmt: skip
#: Per section its words, what makes it, and whether only those who lead a place see it.
_SECTIONS: tuple[tuple[str, str, Callable[[Bench], Section], bool], ...] = (
    ("stock", N_("Stock"), StockSection, False),
    ("requests", N_("Requests"), RequestsSection, False),
    ("receive", N_("Shipments"), ReceiveSection, False),
    ("transfers", N_("Transfers"), TransfersSection, False),
    ("count", N_("Count"), CountSection, False),
    ("account", N_("Parts account"), AccountSection, True),
)
#: Whose waiting things count on the rail.
_BADGED = ("requests", "receive", "transfers")


def parts_page(bench: Bench) -> Page:
    """The page `parts`."""
    return PartsPage(bench)


class PartsPage(Page):
    """The section that is shown reads again when its rows change; the others when they are opened."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self.header = PageHeader(lambda: _("Spare parts"), bench.place.name)
        self.body.addWidget(self.header)
        self.chips = FilterChips()
        self.chips.changed.connect(lambda ids: self.show_section(ids[0]))
        self.body.addWidget(self.chips)
        self.stack = QStackedWidget()
        self.body.addWidget(self.stack, 1)
        self.sections: dict[str, Section] = {}
        self._counts: dict[str, tuple[int, str]] = {}
        leads = bench.has_role("station_lead", "branch_manager")
        self._names = [(name, words) for name, words, _make, for_leads in _SECTIONS if leads or not for_leads]
        for name, _words in self._names:
            self._make(name)
        self._show_chips()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_NEWS_MS)
        self._soon.timeout.connect(self._reload)
        bench.news.changed.connect(self._heard)
        bind_keys(self, "F5", lambda: _("Refresh"), self._reload)

    def _make(self, name: str) -> None:
        make = next(made for known, _words, made, _leads in _SECTIONS if known == name)
        section = self.sections[name] = make(self._bench)
        section.counted.connect(lambda count, tone, n=name: self._count(n, count, tone))
        section.go.connect(lambda wanted, params: self.show_section(wanted, **params))
        self.stack.addWidget(section)

    @property
    def section(self) -> Section:
        """The section that is shown."""
        shown = self.stack.currentWidget()
        assert isinstance(shown, Section)
        return shown

    def opened(self, **params: Any) -> None:
        """Shows a section, the stock at first; the others tell how much waits there."""
        wanted = str(params.pop("section", self._name_of(self.section)))
        self.show_section(wanted, **params)
        for name in _BADGED:
            if self.sections[name] is not self.section:
                self.sections[name].load()

    def show_section(self, name: str, **params: Any) -> None:
        """Shows one section."""
        self.stack.setCurrentWidget(self.sections[name])
        if self.chips.active() != [name]:
            self.chips.blockSignals(True)
            self.chips.activate(name)
            self.chips.blockSignals(False)
        self.section.show_with(**params)

    def _name_of(self, section: Section) -> str:
        return next(name for name, known in self.sections.items() if known is section)

    def _count(self, name: str, count: int, tone: str) -> None:
        if self._counts.get(name) != (count, tone):
            self._counts[name] = (count, tone)
            self._show_chips()
            self._bench.nav.set_badge("parts", sum(self._counts.get(one, (0, ""))[0] for one in _BADGED))

    def _show_chips(self) -> None:
        chips = []
        for name, words in self._names:
            count, tone = self._counts.get(name, (0, "grey"))
            chips.append(Chip(name, lambda w=words: _(w), count or None, tone if count else "grey"))  # type: ignore[misc]
        self.chips.set_chips(chips)

    def _heard(self, keys: Keys) -> None:
        if self.isVisible() and any(entity in _ENTITIES for entity, _id in keys):
            self._soon.start()

    def _reload(self) -> None:
        self.section.load()
        for name in _BADGED:
            if self.sections[name] is not self.section:
                self.sections[name].load()

    def scanned(self, text: str, _source: str) -> bool:
        """What is scanned goes to the section that is shown."""
        return self.section.scanned(text)
