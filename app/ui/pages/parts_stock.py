"""The stock of this place as a table that filters as one types, and one part in detail beside it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from app import pinyin
from app.i18n import _
from app.queries.parts import StockLine, StockView, stock_view
from app.ui import icons
from app.ui.bench import Bench
from app.ui.keys import bind_keys
from app.ui.live import bind
from app.ui.pages.parts_detail import PartCard
from app.ui.pages.parts_section import Section
from app.ui.pages.parts_words import STATE_TONES, part_name, state_word
from app.ui.reader import Reader
from app.ui.widgets import Chip, Column, DataTable, EmptyState, FilterChips, RowsModel, table_card

_WORRIES = ("below_zero", "below_safety")


class StockSection(Section):
    """Figures of every part; what is below zero or below its safety stock is told in words and colour."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._lines: tuple[StockLine, ...] = ()
        self.chips = FilterChips()
        self.chips.changed.connect(lambda _ids: self._fill())
        self.text = QLineEdit()
        self._build_filter()
        self.model = RowsModel[StockLine](self._columns(), lambda line: line.part_id)
        empty = EmptyState(
            lambda: _("No part here"), lambda: _("Choose another filter, or look in the whole catalogue."), icon="parts"
        )
        self.table = DataTable(self.model, empty).sortable().name(lambda: _("Stock"))
        self.table.chosen.connect(self._choose)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(table_card(self.table), 1)
        self.card = PartCard(bench)
        self.card.go.connect(self.go)
        self.card.setFixedWidth(388)
        row.addWidget(self.card)
        self.box.addLayout(row, 1)
        self._reader = Reader(bench, self._query, self._loaded, self)

    def _build_filter(self) -> None:
        self.text.setClearButtonEnabled(True)
        self.text.setMaxLength(60)
        self.text.setFixedWidth(280)
        self.text.addAction(icons.icon("search", "ink3"), QLineEdit.ActionPosition.LeadingPosition)
        bind(self.text, self.text.setPlaceholderText, lambda: _("Filter: part number or name"))
        bind(self.text, self.text.setAccessibleName, lambda: _("Filter"))
        self.text.textChanged.connect(lambda _text: self._fill())
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.chips, 1)
        row.addWidget(self.text, 0, Qt.AlignmentFlag.AlignTop)
        self.box.addWidget(line)
        bind_keys(self, "Ctrl+F", lambda: _("Filter"), self.text.setFocus)

    def _columns(self) -> list[Column[StockLine]]:
        def number(title: Any, of: Any, width: int = 62) -> Column[StockLine]:
            return Column(
                title, lambda line: str(of(line) or "—"), sort=lambda line: of(line), number=True, width=width,
                tone=lambda line: "strong" if of(line) < 0 else "dim" if of(line) == 0 else "",
            )  # fmt: skip

        bags = [number(lambda: _("Bags"), lambda line: line.bags)] if self.is_station else []
        return [
            Column(
                lambda: _("Part"),
                lambda line: line.part_id,
                second=lambda line: part_name(line.zh, line.en),
                stretch=True,
            ),
            Column(
                lambda: _("State"), state_word, tone=lambda line: STATE_TONES[line.state], width=144,
                sort=lambda line: (list(STATE_TONES).index(line.state), line.part_id),
            ),
            number(lambda: _("On hand"), lambda line: line.on_hand, 70),
            number(lambda: _("Kept"), lambda line: line.reserved),
            number(lambda: _("Free"), lambda line: line.available),
            number(lambda: _("Coming"), lambda line: line.in_transit, 66),
            *bags,
            number(lambda: _("Safety"), lambda line: line.suggestion.safety, 78),
            number(lambda: _("Reorder"), lambda line: line.suggestion.quantity, 80),
        ]  # fmt: skip

    def load(self) -> None:
        """Reads the stock."""
        self._reader.ask()

    def show_with(self, **params: Any) -> None:
        """Reads the stock and gives the table the keyboard; `part` chooses one."""
        if "part" in params:
            self.text.setText(str(params["part"]))
        self.load()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _query(self, rows: Any) -> StockView:
        return stock_view(rows, self.bench.place.id, self.bench.person.id, self.bench.desk.today(rows))

    def _loaded(self, view: StockView) -> None:
        self._lines = view.lines
        here = [line for line in view.lines if line.is_here]
        counts = {state: sum(line.state == state for line in here) for state in _WORRIES}
        zero, low = counts["below_zero"], counts["below_safety"]
        chips = [
            Chip("here", lambda: _("Here"), len(here)),
            Chip("below_zero", lambda: _("Below zero"), zero, "bad" if zero else "grey"),
            Chip("below_safety", lambda: _("Below safety stock"), low, "warn" if low else "grey"),
            Chip("to_order", lambda: _("To order"), sum(line.suggestion.quantity > 0 for line in here)),
            Chip("mine", lambda: _("My bag"), sum(line.mine > 0 for line in here)),
            Chip("all", lambda: _("Catalogue"), len(view.lines)),
        ]
        self.chips.set_chips([chip for chip in chips if self.is_station or chip.id != "mine"])
        self.counted.emit(zero + low, "bad" if zero else "warn")
        self._fill()

    def _fill(self) -> None:
        wanted = (self.chips.active() or ["here"])[0]
        words = self.text.text().casefold().split()
        lines = [line for line in self._lines if _passes(line, wanted) and _matches(line, words)]
        before = self.table.current_id()
        self.model.set_rows(lines)
        if lines and not self.table.select_id(before):
            self.table.selectRow(0)
        self._choose(self.table.current_id())

    def _choose(self, part_id: str) -> None:
        self.card.show_line(next((line for line in self._lines if line.part_id == part_id), None))

    def scanned(self, text: str) -> bool:
        """A part's code shows that part."""
        wanted = text.strip().upper()
        if not any(line.part_id == wanted for line in self._lines):
            return False
        self.text.clear()
        if not self.table.select_id(wanted):
            self.chips.activate("all")
            self.table.select_id(wanted)
        self.bench.nav.flash("ok", wanted)
        return True


def _passes(line: StockLine, wanted: str) -> bool:
    if wanted == "all":
        return True
    if wanted == "mine":
        return line.mine > 0
    if wanted == "to_order":
        return line.is_here and line.suggestion.quantity > 0
    return line.is_here and wanted in ("here", line.state)


def _matches(line: StockLine, words: list[str]) -> bool:
    hay = f"{line.part_id} {line.zh} {line.en} {line.part_class}".casefold()
    return all(word in hay or pinyin.spells(line.zh, word) for word in words)
