"""A unit's history by its serial number: registry, repairs here and elsewhere, contracts, corrections; offline."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import _, language
from app.queries.unit_history import UnitHistory, unit_history
from app.ui import formats
from app.ui.background import Failure, report_defect
from app.ui.bench import Bench, Keys
from app.ui.live import Words
from app.ui.page import Page
from app.ui.pages.unit_correction import CorrectionCard, CorrectionsCard
from app.ui.pages.unit_events import EventsCard
from app.ui.refusal_words import refusal_words
from app.ui.widgets import Banner, Button, Card, EmptyState, KeyValueGrid, Link, PageHeader, Pill, ScrollColumn
from core.words import word

_ENTITIES = frozenset({"unit_record", "unit_correction", "work_order", "order_unit", "part_line"})
_TONES = {"sold": "ok", "shipped": "grey", "produced": "grey", "exchanged_out": "bad", "scrapped": "bad"}


def unit_page(bench: Bench) -> Page:
    """The page ``unit``; opened with ``nav.open("unit", serial=…)``, perhaps with the ``order`` it came from."""
    return UnitPage(bench)


class UnitPage(Page):
    """Facts and corrections at the left, what happened at the right."""

    shown = Signal()
    """The unit, as read now, is on the screen."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self.serial = ""
        self._order = ""
        self.header = PageHeader(lambda: _("Unit"))
        self.ask_button = Button(lambda: _("Ask HQ"), self.ask)
        self.header.add_button(self.ask_button)
        self.note = Banner("grey", "")
        self.facts = FactsCard(bench)
        self.events = EventsCard(bench)
        self.correct = CorrectionCard(bench)
        self.corrections = CorrectionsCard()
        self.correct.proposed.connect(self.load)
        self.empty = EmptyState(
            lambda: _("Nothing is known of this unit here"), lambda: _("Ask HQ, or check the number.")
        )
        self.body.addWidget(self.header)
        self.body.addWidget(self.note)
        self.body.addWidget(self._columns(), 1)
        bench.news.changed.connect(self._heard)

    def _columns(self) -> QWidget:
        whole = QWidget()
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        left = ScrollColumn()
        left.body.setSpacing(10)
        for card in (self.facts, self.corrections, self.correct):
            left.body.addWidget(card)
        left.body.addStretch(1)
        left.setFixedWidth(440)
        right = QVBoxLayout()
        right.addWidget(self.events, 1)
        right.addWidget(self.empty, 1)
        row.addWidget(left)
        row.addLayout(right, 1)
        return whole

    def opened(self, **params: Any) -> None:
        """Show this unit."""
        self.serial = str(params.get("serial", self.serial))
        self._order = str(params.get("order", ""))
        self.load()

    def load(self) -> None:
        """Read everything that is known here."""
        if self.serial:
            wanted = self.serial
            self._bench.read(lambda rows: unit_history(rows, wanted), partial(self._got, wanted), owner=self)

    def _got(self, wanted: str, found: UnitHistory) -> None:
        if wanted != self.serial:
            return
        self.serial = found.serial
        self.header.say(lambda: _("Unit {serial}").format(serial=found.serial))
        status = found.unit.status.value if found.unit else ""
        pill = Pill(lambda: _(word("unit_status", status)), _TONES.get(status, "grey")) if status else None
        self.header.set_pills(*([pill] if pill else []))
        self.facts.show_unit(found)
        self.events.show_events(found.events)
        self.corrections.show_lines(found.corrections)
        self.correct.show_unit(found, self._order)
        known = bool(found.events or found.unit)
        self.empty.setVisible(not known)
        self.events.setVisible(known)
        self.note.say("grey" if found.as_of else "blue", self._told(found))
        self.ask_button.setVisible(self._bench.ask_unit is not None)
        self.shown.emit()

    def _told(self, found: UnitHistory) -> Words:
        """How old the news of other places are: what nobody told is not the same as nothing."""
        now = self._bench.desk.now()
        if found.as_of is None:
            return lambda: _("HQ was not asked yet: repairs at other places may be missing here.")
        told = found.as_of
        return lambda: _("Other places’ repairs as HQ told them: {when}.").format(when=formats.when(told, now))

    def ask(self) -> None:
        """Ask HQ now; what it says is kept."""
        ask_unit, wanted = self._bench.ask_unit, self.serial
        if ask_unit is None or not wanted:
            return
        self.ask_button.setEnabled(False)

        def done(_answer: object) -> None:
            self.ask_button.setEnabled(True)
            self.load()

        self._bench.runner.run(lambda _progress: ask_unit(wanted), done, self._not_told, owner=self)

    def _not_told(self, failure: Failure) -> None:
        self.ask_button.setEnabled(True)
        if failure.refusal is None:
            report_defect(failure)
            return
        self._bench.nav.toast("warn", lambda: _("HQ could not be asked"), refusal_words(failure.refusal))

    def _heard(self, keys: Keys) -> None:
        if self.isVisible() and any(entity in _ENTITIES for entity, _row in keys):
            self.load()


class FactsCard(Card):
    """What the registry says of the unit, and its open orders."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(lambda: _("Registry"), "verdict")
        self._bench = bench
        self._grid = KeyValueGrid(label_width=96)
        self.add(self._grid)

    def show_unit(self, found: UnitHistory) -> None:
        """Show the entry."""
        unit = found.unit
        if unit is None:
            self._grid.set_rows([(lambda: _("Registry"), lambda: _(word("registry_state", found.registry.value)))])
            return
        name = found.model_name
        rows: list[tuple[Words, Words | QWidget]] = [
            (lambda: _("Model"), lambda: f"{unit.model}  {_named(*name)}".strip()),
            (lambda: _("Serial number"), found.serial),
        ]
        if unit.dealer or unit.region:
            rows.append((lambda: _("Dealer"), " · ".join(filter(None, (unit.dealer, unit.region)))))
        if unit.exchange_of:
            old = unit.exchange_of
            go = Link(old, lambda: self._bench.nav.open("unit", serial=old))
            rows.append((lambda: _("Given for"), go))
        for order_id, number, state in found.open_orders:
            rows.append((lambda: _("Open order"), self._order(order_id, number, state)))
        self._grid.set_rows(rows)

    def _order(self, order_id: str, number: str, state: str) -> QWidget:
        return Link(
            lambda: f"{number} · {_(word('state', state))}", lambda: self._bench.nav.open("order", order=order_id)
        )


def _named(zh: str, en: str) -> str:
    return zh if language() == "zh_CN" else en
