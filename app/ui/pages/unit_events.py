"""The card of what happened to a unit, the newest first: each line says where it is known from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from app.i18n import _, ngettext
from app.queries.unit_history import HERE, HQ, REGISTRY, UnitEvent
from app.queries.verdicts import part_class_name
from app.ui import formats
from app.ui.bench import Bench
from app.ui.widgets import Card, Label, Link, Pill, ScrollColumn, empty_layout
from core.words import word

_TONES = {REGISTRY: "grey", HERE: "ok", HQ: "blue"}


class EventsCard(Card):
    """Day, what, and the details in a dimmer line."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(lambda: _("What happened"), "clock")
        self._bench = bench
        self._column = ScrollColumn()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self._column.body.addLayout(self._grid)
        self._column.body.addStretch(1)
        self.add(self._column, 1)

    def show_events(self, events: Sequence[UnitEvent]) -> None:
        """Show these instead of those before."""
        empty_layout(self._grid)
        line = 0
        for event in events:
            line = self._place(line, event)

    def _place(self, line: int, event: UnitEvent) -> int:
        middle, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
        self._grid.addWidget(Label(_days(event), "muted"), line, 0, middle)
        self._grid.addWidget(self._what(event), line, 1)
        self._grid.addWidget(Pill(lambda: _source(event.source), _TONES[event.source]), line, 2, middle | right)
        if details(event):
            line += 1
            self._grid.addWidget(Label(lambda: details(event), "small", wrap=True), line, 1)
        self._grid.setRowMinimumHeight(line + 1, 8)
        return line + 2

    def _what(self, event: UnitEvent) -> QWidget:
        whole = QWidget()
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(Label(lambda: _(word("unit_event", event.kind)), "strong"))
        if event.order_id:
            row.addWidget(Link(event.number, lambda: self._bench.nav.open("order", order=event.order_id)))
        elif event.number:
            row.addWidget(Label(event.number).selectable())
        row.addStretch(1)
        return whole


def _days(event: UnitEvent) -> str:
    if event.until is None or event.until == event.day:
        return formats.day(event.day)
    return f"{formats.day(event.day)} – {formats.day(event.until)}"


def _source(source: str) -> str:
    return {REGISTRY: _("Registry"), HERE: _("Here"), HQ: _("HQ")}[source]


def details(event: UnitEvent) -> str:
    """What else is known of it, in one line."""
    parts = _(", ").join(part_class_name(part) for part in event.parts)
    waited = ngettext("waited {n} day for parts", "waited {n} days for parts", event.waited_days)
    said = (
        event.text,
        _("at {station}").format(station=event.station) if event.station else "",
        _("fault {code}").format(code=event.fault) if event.fault else "",
        _("parts: {parts}").format(parts=parts) if parts else "",
        waited.format(n=event.waited_days) if event.waited_days else "",
        _("paid by the customer") if event.paid else "",
    )
    return " · ".join(filter(None, said))
