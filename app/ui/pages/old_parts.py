"""Old parts: the station's duty to return them, and the warehouse's receipt by scanning their tags."""

from __future__ import annotations

from datetime import date
from typing import Any

from PySide6.QtWidgets import QHBoxLayout

from app.i18n import N_, _
from app.offline_db.store import LocalRows
from app.queries.old_parts import DONE, OldPartCounts, OldPartLine, counts, list_old_parts
from app.queries.parts_account import Late, late_parts
from app.ui import formats
from app.ui.bench import Bench, Keys
from app.ui.live import text_of
from app.ui.page import Page
from app.ui.pages.boxes_words import FATE_TONES
from app.ui.pages.old_parts_card import TagCard, days_tone, days_words, part_name, serial_words
from app.ui.pages.old_parts_receive import ReceivePage
from app.ui.refusal_words import code_words
from app.ui.widgets import (
    Banner,
    Button,
    Chip,
    Column,
    DataTable,
    EmptyState,
    FilterChips,
    PageHeader,
    Pill,
    RowsModel,
    table_card,
)
from core.rows.parts import OldPartState

_STATES = {
    "due": (OldPartState.TO_TAG.value, OldPartState.TAGGED.value),
    "to_tag": (OldPartState.TO_TAG.value,),
    "tagged": (OldPartState.TAGGED.value,),
    "done": DONE,
}
_WORRY = (N_("Nothing is due"), N_("Old parts of warranty repairs appear here with their day of return."))


def old_parts_page(bench: Bench) -> Page:
    """The warehouse receives, a station returns."""
    return ReceivePage(bench) if bench.place.kind == "warehouse" else StationOldPartsPage(bench)


class StationOldPartsPage(Page):
    """What must go back and by when; tags are given and printed here."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self._today = formats.utc_now().date()
        self._shown: dict[str, OldPartLine] = {}
        self._counted: OldPartCounts | None = None
        self.header = PageHeader(lambda: _("Old parts"))
        self.header.add_button(Button(lambda: _("Pack a box"), lambda: bench.nav.open("boxes"), icon="box"))
        self.body.addWidget(self.header)
        self.late = Banner("bad", "")
        self.late.hide()
        self.body.addWidget(self.late)
        self.chips = FilterChips()
        self.chips.changed.connect(lambda _ids: self.load())
        self.body.addWidget(self.chips)
        self.model = RowsModel[OldPartLine](self._columns(), lambda line: line.id)
        empty = EmptyState(lambda: _(_WORRY[0]), lambda: _(_WORRY[1]), icon="old_parts")
        self.table = DataTable(self.model, empty).sortable().name(lambda: _("Old parts"))
        self.table.chosen.connect(self._choose)
        self.table.opened.connect(self._open_order)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(table_card(self.table), 1)
        self.detail = TagCard(bench, self._open_order)
        self.detail.setFixedWidth(330)
        row.addWidget(self.detail)
        self.body.addLayout(row, 1)
        bench.news.changed.connect(self._changed)
        self._count(OldPartCounts(0, 0, 0, 0, 0))

    def _columns(self) -> list[Column[OldPartLine]]:
        return [
            Column(
                lambda: _("Return"),
                lambda line: days_words(line.days_left(self._today)) or self._when(line),
                tone=lambda line: days_tone(line.days_left(self._today)) or "muted",
                sort=lambda line: (line.due_on or date.max, line.id),
                width=120,
            ),
            Column(lambda: _("Part"), lambda line: line.part_id, second=part_name, stretch=True),
            Column(lambda: _("Serial number"), serial_words, width=150),
            Column(lambda: _("Order"), lambda line: line.order_number, tone=lambda _line: "link", width=140),
            Column(
                lambda: _("State"),
                lambda line: text_of(code_words("part_fate", line.fate)),
                tone=lambda line: FATE_TONES[line.fate],
                width=164,
            ),
            *([Column(lambda: _("Station"), lambda line: line.station, width=120)] if self._is_branch else []),
            Column(
                lambda: _("Worth"),
                lambda line: formats.money(line.worth_fen),
                sort=lambda line: line.worth_fen,
                number=True,
                width=90,
            ),
        ]

    @property
    def _is_branch(self) -> bool:
        return self._bench.place.kind == "branch"

    @staticmethod
    def _when(line: OldPartLine) -> str:
        return formats.day(formats.local(line.received_at).date()) if line.received_at else ""

    def opened(self, **_params: Any) -> None:
        """Reads the list anew."""
        self.load()

    def load(self) -> None:
        """Reads the list of the filter that is on."""
        wanted = _STATES[(self.chips.active() or ["due"])[0]]

        def query(rows: LocalRows) -> tuple[date, OldPartCounts, list[OldPartLine], Late | None]:
            today = self._bench.desk.today(rows)
            late = late_parts(rows, self._bench.place.id, today)
            return today, counts(rows.connection, today), list_old_parts(rows.connection, wanted), late

        self._bench.read(query, lambda found: self._loaded(*found), owner=self)

    def _loaded(self, today: date, found: OldPartCounts, lines: list[OldPartLine], late: Late | None) -> None:
        self._show_late(late)
        before = self.table.current_id()
        self._today = today
        self._shown = {line.id: line for line in lines}
        self._count(found)
        self.model.set_rows(lines)
        if lines and not self.table.select_id(before):
            self.table.selectRow(0)
        if not lines:
            self.detail.show_line(None, today)
        self._bench.nav.set_badge("old_parts", found.overdue)

    def _show_late(self, late: Late | None) -> None:
        self.late.setVisible(late is not None)
        if late is not None:
            self.late.say("bad" if late.frozen else "warn", lambda: _late_title(late), lambda: _late_words(late))

    def _count(self, found: OldPartCounts) -> None:
        if found == self._counted:
            return  # new chips would flicker
        self._counted = found
        self.chips.set_chips(
            [
                Chip("due", lambda: _("To return"), found.due),
                Chip("to_tag", lambda: _("To tag"), found.to_tag, "warn" if found.to_tag else "grey"),
                Chip("tagged", lambda: _("Tagged"), found.tagged),
                Chip("done", lambda: _("Back at the warehouse"), found.done),
            ]
        )
        pills = [Pill(lambda: _("{n} overdue").format(n=found.overdue), "bad")] if found.overdue else []
        self.header.set_pills(*pills)

    def _changed(self, keys: Keys) -> None:
        if self.isVisible() and any(entity in {"old_part", "part_line", "box"} for entity, _id in keys):
            self.load()

    def _choose(self, row_id: str) -> None:
        line = self._shown.get(row_id)
        if line is not None:
            self.detail.show_line(line, self._today)

    def _open_order(self, row_id: str) -> None:
        line = self._shown.get(row_id)
        if line is not None:
            self._bench.nav.open("order", order=line.order_id)

    def scanned(self, text: str, source: str) -> bool:
        """A serial scanned while an untagged part is chosen is that part's serial."""
        return self.detail.take_serial(text)


def _late_title(late: Late) -> str:
    return _("The parts account is frozen") if late.frozen else _("Old parts are past their day")


def _late_words(late: Late) -> str:
    frozen = _("{n} old parts worth {amount} are past their day. Send them in to draw parts again.")
    told = frozen if late.frozen else _("{n} old parts worth {amount} are past their day. Send them in.")
    return told.format(n=late.overdue, amount=formats.money(late.worth_fen))
