"""Requests for parts: a station asks, best from what is suggested; its branch grants, refuses and sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from app.i18n import _
from app.offline_db.store import LocalRows
from app.queries.part_requests import AskedPart, RequestRow, list_requests
from app.ui import formats
from app.ui.bench import Bench
from app.ui.components.piece_lines import Piece, PieceLines
from app.ui.live import bind, text_of
from app.ui.pages.parts_ask import AskCard
from app.ui.pages.parts_section import Section
from app.ui.pages.parts_words import REQUEST_TONES, part_name
from app.ui.reader import Reader
from app.ui.refusal_words import code_words
from app.ui.widgets import (
    Button,
    Card,
    Chip,
    Column,
    DataTable,
    EmptyState,
    FilterChips,
    KeyValueGrid,
    Label,
    Pill,
    PrimaryButton,
    RowsModel,
    ScrollColumn,
    table_card,
)


class RequestsSection(Section):
    """The list at the left; at the right the chosen request, or the one that is being written."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._rows: dict[str, RequestRow] = {}
        top = QHBoxLayout()
        self.chips = FilterChips()
        self.chips.changed.connect(lambda _ids: self._fill())
        top.addWidget(self.chips, 1)
        self.new = Button(lambda: _("New request"), self.ask, icon="add", shortcut="Ctrl+N")
        self.new.setVisible(self.is_station)
        top.addWidget(self.new)
        self.box.addLayout(top)
        self.model = RowsModel[RequestRow](self._columns(), lambda row: row.id)
        empty = EmptyState(lambda: _("No request here"), lambda: _("What stations ask for appears here."), icon="parts")
        self.table = DataTable(self.model, empty).sortable().name(lambda: _("Requests"))
        self.table.chosen.connect(self._choose)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(table_card(self.table), 1)
        self.card = RequestCard(self)
        self.ask_card = AskCard(self)
        self.ask_card.hide()
        self.ask_card.closed.connect(self._show_chosen)
        for card in (self.card, self.ask_card):
            card.setFixedWidth(520)
            row.addWidget(card)
        self.box.addLayout(row, 1)
        self._reader = Reader(bench, self._query, self._loaded, self)

    def _columns(self) -> list[Column[RequestRow]]:
        station = Column[RequestRow](lambda: _("Station"), lambda row: row.station, width=110)
        return [
            Column(
                lambda: _("Asked"),
                lambda row: formats.when(row.asked_at, self.bench.desk.now()),
                tone=lambda _row: "muted",
                sort=lambda row: row.asked_at,
                width=112,
            ),
            *([] if self.is_station else [station]),
            Column(lambda: _("Spare parts"), _parts_of, second=_purpose, stretch=True),
            Column(
                lambda: _("State"),
                lambda row: text_of(code_words("part_request", row.state)),
                tone=lambda row: REQUEST_TONES.get(row.state, "grey"),
                width=118,
            ),
        ]

    # --- reading ----------------------------------------------------------------------------------------------

    def show_with(self, **params: Any) -> None:
        """Reads the requests; `ask` begins a new one with a part."""
        self.load()
        if "ask" in params:
            self.ask(params["ask"])

    def load(self) -> None:
        """Reads the requests."""
        self._reader.ask()

    def _query(self, rows: LocalRows) -> list[RequestRow]:
        return list_requests(rows, self.bench.place.id)

    def _loaded(self, rows: list[RequestRow]) -> None:
        self._rows = {row.id: row for row in rows}
        open_ = sum(row.is_open for row in rows)
        to_do = 0 if self.is_station else sum(any(one.to_allocate for one in r.lines) or r.to_send > 0 for r in rows)
        self.chips.set_chips(
            [
                Chip("open", lambda: _("Open"), open_),
                Chip("done", lambda: _("Concluded"), len(rows) - open_),
            ]
        )
        self.counted.emit(to_do, "warn")
        self._fill()

    def _fill(self) -> None:
        done = self.chips.active() == ["done"]
        rows = [row for row in self._rows.values() if row.is_open is not done]
        before = self.table.current_id()
        self.model.set_rows(rows)
        if rows and not self.table.select_id(before):
            self.table.selectRow(0)
        self._choose(self.table.current_id())

    def _choose(self, row_id: str) -> None:
        self.card.show_request(self._rows.get(row_id))

    # --- writing a request ------------------------------------------------------------------------------------

    def ask(self, first: Mapping[str, Any] | None = None) -> None:
        """Begins a request, with what is suggested or with one part."""
        self.card.hide()
        self.ask_card.show()
        self.ask_card.begin(first)

    def _show_chosen(self) -> None:
        self.ask_card.hide()
        self.card.show()
        self.load()

    def scanned(self, text: str) -> bool:
        """A part's code adds it to the request that is being written."""
        return self.ask_card.isVisible() and self.ask_card.take(text)


def _parts_of(row: RequestRow) -> str:
    return ", ".join(f"{line.part_id} × {line.asked}" for line in row.lines)


def _purpose(row: RequestRow) -> str:
    return row.order_number or text_of(code_words("part_request_kind", row.kind))


class RequestCard(Card):
    """One request with the progress of each line, and what the station or its branch can do with it."""

    def __init__(self, section: RequestsSection) -> None:
        super().__init__(lambda: _("Request for parts"), "parts")
        self._section = section
        self._row: RequestRow | None = None
        self.column = ScrollColumn()
        self.add(self.column, 1)
        self.lines = PieceLines(removable=False)
        self.lines.say_empty(lambda: _("Nothing is left to decide on."))
        self.reason = QLineEdit()
        self.reason.setMaxLength(400)
        bind(self.reason, self.reason.setPlaceholderText, lambda: _("Reason, needed for a refusal"))
        bind(self.reason, self.reason.setAccessibleName, lambda: _("Reason"))
        self.document = QLineEdit()
        self.document.setMaxLength(60)
        bind(self.document, self.document.setPlaceholderText, lambda: _("Delivery note no."))
        bind(self.document, self.document.setAccessibleName, lambda: _("Delivery note no."))
        self.grant = PrimaryButton(lambda: _("Grant"), self.allocate, icon="check", shortcut="F8")
        self.refuse = Button(lambda: _("Refuse the rest"), self.refuse_rest, danger=True)
        self.send = Button(lambda: _("Send what is granted"), self.ship, icon="send", shortcut="F9")
        self.withdraw = Button(lambda: _("Take the request back"), self.take_back)
        self.add(self.lines, 1)
        for widgets in ((self.reason, self.refuse, self.grant), (self.document, self.send), (self.withdraw,)):
            row = QHBoxLayout()
            row.setSpacing(8)
            if not isinstance(widgets[0], QLineEdit):
                row.addStretch(1)
            for widget in widgets:
                row.addWidget(widget, 1 if isinstance(widget, QLineEdit) else 0)
            self.add(row)
        self.add(section.trouble)
        self.show_request(None)

    def show_request(self, row: RequestRow | None) -> None:
        """Shows a request; a hint for None."""
        if row is not None and row == self._row:
            return
        same = row is not None and self._row is not None and row.id == self._row.id
        self._row = row
        if not same:
            self._section.trouble.hide()
        self.column_clear()
        branch = row is not None and not self._section.is_station
        to_decide = [line for line in row.lines if line.to_allocate] if row and row.is_open else []
        for widget in (self.lines, self.reason, self.refuse, self.grant):
            widget.setVisible(branch and bool(to_decide))
        for widget in (self.document, self.send):
            widget.setVisible(branch and row is not None and row.to_send > 0)
        mine = row is not None and self._section.is_station and row.is_open
        self.withdraw.setVisible(mine and row is not None and row.state not in ("sent", "sent_partly"))
        if row is None:
            hint = lambda: _("Its lines and what became of them are shown here.")  # noqa: E731 - one text, one place
            self.column.body.addWidget(EmptyState(lambda: _("Choose a request"), hint, icon="parts"))
            return
        self._show(row)
        self.lines.set_pieces([_to_grant(line) for line in to_decide])

    def column_clear(self) -> None:
        """Takes what was shown away."""
        from app.ui.widgets import empty_layout

        empty_layout(self.column.body)

    def _show(self, row: RequestRow) -> None:
        add = self.column.body.addWidget
        tone = REQUEST_TONES.get(row.state, "grey")
        facts: list[Any] = [
            (lambda: _("State"), Pill(code_words("part_request", row.state), tone)),
            (lambda: _("What"), code_words("part_request_kind", row.kind)),
            (lambda: _("Asked"), f"{formats.moment(row.asked_at)} · {row.asked_by}"),
        ]
        if row.order_number:
            facts.append((lambda: _("Order"), row.order_number))
        if not self._section.is_station:
            facts.insert(0, (lambda: _("Station"), row.station, "strong"))
        if row.note:
            facts.append((lambda: _("Note"), row.note))
        add(KeyValueGrid(facts, label_width=72))
        for line in row.lines:
            head = Label(lambda o=line: f"{o.part_id}  {part_name(o.zh, o.en)}", "strong", wrap=True)  # type: ignore[misc]
            add(head)
            add(Label(lambda o=line: _progress_words(o), "small", wrap=True))  # type: ignore[misc]
        self.column.body.addStretch(1)

    # --- the branch's answers ---------------------------------------------------------------------------------

    def allocate(self) -> None:
        """Grants what the numbers say."""
        pieces = [piece for piece in self.lines.pieces() if piece.value]
        self._answer([{"line_id": self._line_of(p.part_id).line_id, "quantity": p.value} for p in pieces])

    def refuse_rest(self) -> None:
        """Refuses everything that is still open, with the reason."""
        open_ = [line for line in self._row.lines if line.to_allocate] if self._row else []
        reason = self.reason.text().strip()
        self._answer([{"line_id": one.line_id, "refused": one.to_allocate, "reason": reason} for one in open_])

    def _line_of(self, part_id: str) -> AskedPart:
        assert self._row is not None, "lines are shown of a request"
        return next(line for line in self._row.lines if line.part_id == part_id and line.to_allocate)

    def _answer(self, lines: list[dict[str, Any]]) -> None:
        if self._row is not None and lines:
            asked = {"request_id": self._row.id, "lines": lines}
            self._section.act("allocate_request", asked, lambda: _("Decision recorded"))
            self.reason.clear()

    def ship(self) -> None:
        """Sends everything this branch has granted."""
        if self._row is not None and self._row.to_send:
            asked = {"request_id": self._row.id, "document": self.document.text().strip()}
            self._section.act("ship_parts", asked, lambda: _("Sent"))
            self.document.clear()

    def take_back(self) -> None:
        """Takes the station's own request back."""
        if self._row is not None:
            self._section.act("withdraw_request", {"request_id": self._row.id}, lambda: _("Request taken back"))

    def keyPressEvent(self, event: Any) -> None:
        """Escape leaves the numbers."""
        if event.key() == Qt.Key.Key_Escape:
            self._section.table.setFocus()
            return
        super().keyPressEvent(event)


def _to_grant(line: AskedPart) -> Piece:
    here = lambda: _("asked {asked}, here free {here}").format(asked=line.to_allocate, here=line.here)  # noqa: E731
    name = lambda: part_name(line.zh, line.en)  # noqa: E731 - follows the language
    return Piece(line.part_id, name, here, value=min(line.here, line.to_allocate), most=line.to_allocate)


def _progress_words(line: AskedPart) -> str:
    told = _("asked {asked} · granted {granted} · sent {sent} · arrived {arrived}").format(
        asked=line.asked, granted=line.allocated, sent=line.sent, arrived=line.arrived
    )
    if line.refused:
        told += " · " + _("not granted {refused}: {reason}").format(refused=line.refused, reason=line.reason or "—")
    elif line.to_allocate:
        told += " · " + _("{n} pieces to decide").format(n=line.to_allocate)
    return told
