"""Settlement: the month's statements, recomputed here line by line against headquarters' figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout

from app.i18n import _
from app.queries.settlement import LineRow, StatementRow, StatementView, as_csv, statement_view, statements
from app.ui import formats
from app.ui.background import Failure
from app.ui.bench import Bench, Keys
from app.ui.live import Words, bind
from app.ui.page import Page
from app.ui.pages.settlement_words import (
    STATE_TONES,
    comparison,
    judgement,
    line_columns,
    passes,
    problem,
    run_words,
    state_word,
)
from app.ui.refusal_words import code_words, told
from app.ui.widgets import (
    Banner,
    Button,
    Card,
    Chip,
    Column,
    DataTable,
    EmptyState,
    FilterChips,
    Label,
    PageHeader,
    Pill,
    PrimaryButton,
    RowsModel,
    table_card,
)
from core.settlement import StatementState

_OPEN = (StatementState.DRAFT.value, StatementState.DISPUTED.value)


def settlement_page(bench: Bench) -> Page:
    """The page of a station lead; the branch sees its stations' statements."""
    return SettlementPage(bench)


class SettlementPage(Page):
    """Statements at the left; the chosen one's lines at the right."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self._view: StatementView | None = None
        self._rows: dict[str, StatementRow] = {}
        self.header = PageHeader(lambda: _("Settlement"))
        self.export_button = Button(lambda: _("Export comparison…"), self._choose_export, icon="download-simple")
        self.header.add_button(self.export_button)
        self.body.addWidget(self.header)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self._build_statements())
        row.addLayout(self._build_lines(), 1)
        self.body.addLayout(row, 1)
        bench.news.changed.connect(self._changed)
        self._show(None)

    @property
    def _is_station(self) -> bool:
        return self._bench.place.kind == "station"

    def _build_statements(self) -> Card:
        station: list[Column[StatementRow]] = [Column(lambda: _("Station"), lambda row: row.station, width=96)]
        self.statements = RowsModel[StatementRow](
            [
                Column(lambda: _("Month"), lambda row: row.month, second=run_words, width=138),
                *([] if self._is_station else station),
                Column(lambda: _("State"), state_word, tone=lambda row: STATE_TONES.get(row.state, "grey"), width=104),
                Column(lambda: _("Total"), lambda row: formats.money(row.total_fen), number=True, stretch=True),
            ],
            lambda row: row.id,
        )
        empty = EmptyState(
            lambda: _("No statement yet"), lambda: _("HQ settles a month in the first days of the next."),
            icon="settlement",
        )  # fmt: skip
        self.list = DataTable(self.statements, empty).name(lambda: _("Statements"))
        self.list.chosen.connect(self._choose)
        card = table_card(self.list)
        card.setFixedWidth(352 if self._is_station else 432)
        assert isinstance(card, Card)
        return card

    def _build_lines(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(10)
        self.sums = Card()
        self.sum_row = QHBoxLayout()
        self.sum_row.setSpacing(28)
        self.sums.add(self.sum_row)
        self.banner = Banner("grey", "")
        self.sums.add(self.banner)
        column.addWidget(self.sums)
        self.chips = FilterChips()
        self.chips.changed.connect(lambda _ids: self._fill())
        column.addWidget(self.chips)
        self.model = RowsModel[LineRow](line_columns(), lambda line: line.id)
        empty = EmptyState(lambda: _("No line here"), lambda: _("Choose a statement or another filter."))
        self.table = DataTable(self.model, empty).sortable().name(lambda: _("Lines of the statement"))
        self.table.chosen.connect(lambda _id: self._offer())
        self.table.opened.connect(self._open_order)
        column.addWidget(table_card(self.table), 1)
        column.addWidget(self._build_answer())
        return column

    def _build_answer(self) -> Card:
        self.answer = Card()
        self.reason = QLineEdit()
        self.reason.setMaxLength(400)
        bind(self.reason, self.reason.setPlaceholderText, lambda: _("Why this line is wrong"))
        bind(self.reason, self.reason.setAccessibleName, lambda: _("Reason of the dispute"))
        self.reason.textChanged.connect(lambda _text: self._offer())
        self.reason.returnPressed.connect(self.dispute)
        self.dispute_button = Button(lambda: _("Dispute line"), self.dispute, danger=True)
        self.confirm_button = PrimaryButton(lambda: _("Confirm statement"), self.confirm, icon="check", shortcut="F8")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.reason, 1)
        row.addWidget(self.dispute_button)
        row.addWidget(self.confirm_button)
        self.answer.add(row)
        self.trouble = Label("", tone="bad", wrap=True)
        self.trouble.hide()
        self.answer.add(self.trouble)
        return self.answer

    # --- reading ----------------------------------------------------------------------------------------------

    def opened(self, **_params: Any) -> None:
        """Reads the statements."""
        self.load()
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def load(self) -> None:
        """Reads the list; the chosen statement follows."""
        self._bench.read(statements, self._loaded, owner=self)

    def _loaded(self, rows: list[StatementRow]) -> None:
        before = self.list.current_id()
        self._rows = {row.id: row for row in rows}
        self.statements.set_rows(rows)
        waiting = sum(row.state in _OPEN for row in rows)
        self._bench.nav.set_badge("settlement", waiting if self._is_station else 0)
        if rows and not self.list.select_id(before):
            wanted = next((row.id for row in rows if row.state in _OPEN), rows[0].id)
            self.list.select_id(wanted)
        if rows and before:
            self._choose(before)

    def _choose(self, statement_id: str) -> None:
        if statement_id in self._rows:
            self._bench.read(lambda rows: statement_view(rows, statement_id), self._show, owner=self)

    def _changed(self, keys: Keys) -> None:
        if self.isVisible() and any(entity in {"statement", "statement_line"} for entity, _id in keys):
            self.load()

    # --- showing ----------------------------------------------------------------------------------------------

    def _show(self, view: StatementView | None) -> None:
        if view is not None and view.statement.id != (self.list.current_id() or view.statement.id):
            return
        self._view = view
        self.export_button.setEnabled(view is not None)
        self.sums.setVisible(view is not None)
        can_answer = self._is_station and self._bench.has_role("station_lead")
        self.answer.setVisible(view is not None and can_answer and view.statement.state in _OPEN)
        if view is not None:
            self._show_sums(view)
            wrong, disputed = len(view.differences), sum(line.disputed for line in view.lines)
            self.chips.set_chips(
                [
                    Chip("all", lambda: _("All lines"), len(view.lines)),
                    Chip("differ", lambda: _("Differences"), wrong, "warn" if wrong else "grey"),
                    Chip("disputed", lambda: _("Disputed"), disputed, "bad" if disputed else "grey"),
                ]
            )
        self._fill()

    def _show_sums(self, view: StatementView) -> None:
        from app.ui.widgets import empty_layout

        empty_layout(self.sum_row)
        for words, fen, role in (
            (lambda: _("HQ’s figure"), view.hq_fen, "h1"),
            (lambda: _("Own figure"), view.own_fen, "h1"),
            (lambda: _("Difference"), view.hq_fen - view.own_fen, "h1"),
        ):
            box = QVBoxLayout()
            box.setSpacing(0)
            box.addWidget(Label(words, "muted"))
            box.addWidget(Label(formats.money(fen), role))
            self.sum_row.addLayout(box)
        self.sum_row.addStretch(1)
        state = Pill(code_words("statement", view.statement.state), STATE_TONES.get(view.statement.state, "grey"))
        self.sum_row.addWidget(state)
        self.banner.say(*judgement(view))

    def _fill(self) -> None:
        view = self._view
        wanted = (self.chips.active() or ["all"])[0]
        lines = [line for line in view.lines if passes(line, wanted)] if view else []
        before = self.table.current_id()
        self.model.set_rows(lines)
        self.table.select_id(before)
        self._offer()

    def _line(self) -> LineRow | None:
        shown = self._view.lines if self._view else ()
        return next((line for line in shown if line.id == self.table.current_id()), None)

    def _offer(self) -> None:
        line = self._line()
        open_line = line is not None and line.line_id is not None and not line.disputed
        self.dispute_button.setEnabled(bool(open_line and self.reason.text().strip()))
        draft = self._view is not None and self._view.statement.state == StatementState.DRAFT.value
        self.confirm_button.setEnabled(draft)

    def _open_order(self, row_id: str) -> None:
        line = self._line()
        if line is not None and line.order_id:
            self._bench.nav.open("order", order=line.order_id)

    # --- answering --------------------------------------------------------------------------------------------

    def confirm(self) -> None:
        """Says that the statement is right."""
        if self._view is None or not self.confirm_button.isEnabled():
            return
        asked = {"statement_id": self._view.statement.id}
        words: Words = lambda: _("Statement confirmed")  # noqa: E731 - one word for one place
        self._bench.act("confirm_statement", asked, lambda _d: self._done(words), self._refused, owner=self)

    def dispute(self) -> None:
        """Disputes the chosen line with the typed reason."""
        line = self._line()
        if self._view is None or line is None or line.line_id is None or not self.dispute_button.isEnabled():
            return
        asked = {
            "statement_id": self._view.statement.id,
            "line_id": line.line_id,
            "reason": self.reason.text().strip(),
        }
        words: Words = lambda: _("Line disputed")  # noqa: E731 - one word for one place
        self._bench.act("dispute_line", asked, lambda _d: self._done(words), self._refused, owner=self)

    def _done(self, words: Words) -> None:
        self.trouble.hide()
        self.reason.clear()
        self._bench.nav.toast("ok", words, lambda: _("Kept here; sent to HQ by itself."))
        self.load()

    def _refused(self, failure: Failure) -> None:
        self.trouble.say(told(failure))
        self.trouble.show()

    # --- export -----------------------------------------------------------------------------------------------

    def _choose_export(self) -> None:
        if self._view is None:
            return
        name = f"{self._view.statement.month}-{self._view.statement.run}.csv"
        file, _filter = QFileDialog.getSaveFileName(self, _("Export comparison"), name, "CSV (*.csv)")
        if file:
            self.export(Path(file))

    def export(self, file: Path) -> None:
        """Writes the comparison of the chosen statement as CSV that spreadsheets open in Chinese too."""
        if self._view is None:
            return
        text = as_csv(comparison(self._view))
        self._bench.runner.run(
            lambda _progress: file.write_text(text, encoding="utf-8-sig", newline=""),
            lambda _size: self._bench.nav.toast("ok", lambda: _("Comparison written"), file.name),
            lambda failure: self._bench.nav.toast("bad", lambda: _("The file could not be written"), problem(failure)),
            owner=self,
        )
