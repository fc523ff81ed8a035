"""Transfers between stations of a branch: proposed by one, agreed to by the other, then sent and received."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from app.i18n import _
from app.offline_db.store import LocalRows
from app.queries.parts import StockLine, stock_view
from app.queries.shipments import TransferRow, list_transfers
from app.ui import formats
from app.ui.bench import Bench
from app.ui.components.piece_lines import Piece, PieceLines
from app.ui.live import Words, bind, text_of
from app.ui.pages.parts_section import Section
from app.ui.pages.parts_words import TRANSFER_TONES, part_name, pieces_words
from app.ui.reader import Reader
from app.ui.refusal_words import code_words
from app.ui.widgets import (
    Button,
    Card,
    Chip,
    Choice,
    Column,
    ComboSearch,
    DataTable,
    EmptyState,
    Field,
    FilterChips,
    KeyValueGrid,
    Pill,
    PrimaryButton,
    RowsModel,
    table_card,
)
from core.roles import PlaceKind
from core.rows.people import Place


class TransfersSection(Section):
    """The list at the left; at the right the chosen transfer, or the proposal that is being written."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._rows: dict[str, TransferRow] = {}
        self._row: TransferRow | None = None
        top = QHBoxLayout()
        top.addStretch(1)
        self.new = Button(lambda: _("Propose a transfer"), self.propose, icon="add", shortcut="Ctrl+N")
        self.new.setVisible(self.is_station and bench.has_role("station_lead"))
        top.addWidget(self.new)
        self.box.addLayout(top)
        self.model = RowsModel[TransferRow](self._columns(), lambda row: row.id)
        empty = EmptyState(
            lambda: _("No transfer"),
            lambda: _("Stations of a branch help each other out: both must agree."),
            icon="parts",
        )
        self.table = DataTable(self.model, empty).sortable().name(lambda: _("Transfers"))
        self.table.chosen.connect(self._choose)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(table_card(self.table), 1)
        row.addWidget(self._build_card())
        self.proposal = ProposalCard(self)
        self.proposal.setFixedWidth(480)
        self.proposal.hide()
        row.addWidget(self.proposal)
        self.box.addLayout(row, 1)
        self._reader = Reader(bench, lambda rows: list_transfers(rows, bench.place.id), self._loaded, self)
        self._show(None)

    def _columns(self) -> list[Column[TransferRow]]:
        return [
            Column(
                lambda: _("Proposed"),
                lambda row: formats.when(row.proposed_at, self.bench.desk.now()),
                tone=lambda _row: "muted",
                sort=lambda row: row.proposed_at,
                width=112,
            ),
            Column(lambda: _("Gives"), lambda row: row.giver, width=120),
            Column(lambda: _("Takes"), lambda row: row.taker, width=120),
            Column(lambda: _("Spare parts"), lambda row: pieces_words(row.parts), stretch=True),
            Column(
                lambda: _("State"),
                lambda row: text_of(code_words("transfer", row.state)),
                tone=lambda row: TRANSFER_TONES.get(row.state, "grey"),
                width=104,
            ),
        ]

    def _build_card(self) -> Card:
        self.card = Card(lambda: _("Transfer"), "parts")
        self.card.setFixedWidth(480)
        self.facts = KeyValueGrid(label_width=84)
        self.card.add(self.facts)
        self.card.body.addStretch(1)
        self.reason = QLineEdit()
        self.reason.setMaxLength(400)
        bind(self.reason, self.reason.setPlaceholderText, lambda: _("Why not (told to the other station)"))
        bind(self.reason, self.reason.setAccessibleName, lambda: _("Reason"))
        self.card.add(self.reason)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.decline = Button(lambda: _("Turn down"), self.say_no, danger=True)
        self.withdraw = Button(lambda: _("Withdraw"), self.say_no)
        self.accept = PrimaryButton(lambda: _("Agree"), self.say_yes, icon="check", shortcut="F8")
        self.send = PrimaryButton(lambda: _("Send"), self.ship, icon="send", shortcut="F9")
        foot.addStretch(1)
        for button in (self.decline, self.withdraw, self.accept, self.send):
            foot.addWidget(button)
        self.card.add(foot)
        self.card.add(self.trouble)
        return self.card

    def show_with(self, **params: Any) -> None:
        """Reads the transfers; `ask` begins a proposal to a station."""
        self.load()
        if "ask" in params:
            self.propose(params["ask"])

    def load(self) -> None:
        """Reads the transfers."""
        self._reader.ask()

    def _loaded(self, rows: list[TransferRow]) -> None:
        self._rows = {row.id: row for row in rows}
        waiting = sum(_waits(row) for row in rows)
        self.counted.emit(waiting, "warn")
        before = self.table.current_id()
        self.model.set_rows(rows)
        if rows and not self.table.select_id(before):
            self.table.selectRow(0)
        self._choose(self.table.current_id())

    def _choose(self, row_id: str) -> None:
        self._show(self._rows.get(row_id))

    def _show(self, row: TransferRow | None) -> None:
        if row is None or self._row is None or row.id != self._row.id:
            self.trouble.hide()
            self.reason.clear()
        self._row = row
        self.facts.set_rows(_facts(row) if row else [])
        lead = self.bench.has_role("station_lead") and self.is_station and row is not None
        open_ = lead and row is not None and row.state == "offered"
        answers = open_ and row is not None and not row.opened_here
        for widget in (self.decline, self.accept, self.reason):
            widget.setVisible(answers)
        self.withdraw.setVisible(open_ and row is not None and row.opened_here)
        self.send.setVisible(lead and row is not None and row.gives and row.state == "accepted")

    # --- answering --------------------------------------------------------------------------------------------

    def say_yes(self) -> None:
        """Agrees to the other station's proposal."""
        self._answer("accept_transfer", lambda: _("Agreed"))

    def say_no(self) -> None:
        """Declines the other station's proposal, or takes the own one back."""
        self._answer("decline_transfer", lambda: _("Turned down"), reason=self.reason.text().strip())

    def ship(self) -> None:
        """Sends the parts that were agreed on."""
        self._answer("ship_parts", lambda: _("Sent"))

    def _answer(self, name: str, words: Words, **more: str) -> None:
        if self._row is not None:
            self.act(name, {"transfer_id": self._row.id} | more, words)

    # --- proposing --------------------------------------------------------------------------------------------

    def propose(self, first: dict[str, Any] | None = None) -> None:
        """Begins a proposal."""
        self.card.hide()
        self.proposal.show()
        self.proposal.begin(first or {})

    def close_proposal(self) -> None:
        """Shows the list's transfer again."""
        self.proposal.hide()
        self.card.show()
        self.load()

    def scanned(self, text: str) -> bool:
        """A part's code adds it to the proposal."""
        return self.proposal.isVisible() and self.proposal.take(text)


class ProposalCard(Card):
    """Which station, which way, which parts."""

    def __init__(self, section: TransfersSection) -> None:
        super().__init__(lambda: _("Propose a transfer"), "parts")
        self._section, self._bench = section, section.bench
        self._stock: dict[str, StockLine] = {}
        self._stations: dict[str, str] = {}
        self._first: dict[str, Any] = {}
        self.station = ComboSearch([], lambda: _("Station: code or name…"))
        self.station_field = Field(lambda: _("With station"), self.station)
        self.add(self.station_field)
        self.way = FilterChips([Chip("take", lambda: _("We ask for")), Chip("give", lambda: _("We give"))])
        self.add(self.way)
        self.picker = ComboSearch([], lambda: _("Part number or name…"))
        self.picker.picked.connect(self._picked)
        self.add(self.picker)
        self.lines = PieceLines().say_empty(lambda: _("Scan a part, or choose it above."))
        self.add(self.lines, 1)
        self.reason = QLineEdit()
        self.reason.setMaxLength(400)
        self.add(Field(lambda: _("Note"), self.reason))
        foot = QHBoxLayout()
        foot.addWidget(Button(lambda: _("Give up"), section.close_proposal))
        foot.addStretch(1)
        foot.addWidget(PrimaryButton(lambda: _("Propose"), self.send, icon="send", shortcut="F8"))
        self.add(foot)

    def begin(self, first: dict[str, Any]) -> None:
        """Reads stock and stations."""
        self._first = first
        self._bench.read(self._query, self._loaded, owner=self)

    def _query(self, rows: LocalRows) -> tuple[tuple[StockLine, ...], list[Place]]:
        own = self._bench.place
        stock = stock_view(rows, own.id, self._bench.person.id, self._bench.desk.today(rows)).lines
        stations = rows.find(Place, kind=PlaceKind.STATION, branch_id=own.branch_id)
        return stock, [one for one in stations if one.id != own.id]

    def _loaded(self, found: tuple[tuple[StockLine, ...], list[Place]]) -> None:
        stock, stations = found
        self._stock = {line.part_id: line for line in stock}
        self._stations = {one.code: one.id for one in stations}
        self.station.set_choices([Choice(one.code, one.name) for one in stations])
        self.picker.set_choices([Choice(line.part_id, part_name(line.zh, line.en), line.zh) for line in stock])
        if "station" in self._first:
            code = next((one.code for one in stations if one.id == self._first["station"]), "")
            self.station.pick(code)
            self.lines.set_pieces([])
            self.take(str(self._first["part"]))

    def _picked(self, part_id: str) -> None:
        if part_id:
            self.take(part_id)
            self.picker.clear()

    def take(self, text: str) -> bool:
        """Adds a part by its code; False when it is none."""
        line = self._stock.get(text.strip().upper())
        if line is None:
            return False
        free = lambda: _("free here {n}").format(n=line.available)  # noqa: E731 - follows the language
        self.lines.add_piece(Piece(line.part_id, lambda: part_name(line.zh, line.en), free, value=1))
        return True

    def send(self) -> None:
        """Records the proposal."""
        station = self._stations.get(self.station.current_id())
        lines = [{"part_id": part, "quantity": count} for part, count in self.lines.values().items()]
        if station is None or not lines:
            self.station_field.refuse(lambda: _("Choose the station and at least one part."))
            return
        self.station_field.accept()
        giving = self.way.active() == ["give"]
        asked = {"station": station, "giving": giving, "lines": lines, "reason": self.reason.text().strip()}
        self._section.act("offer_transfer", asked, lambda: _("Proposed"))
        self.lines.set_pieces([])
        self.reason.clear()
        self._section.close_proposal()


def _waits(row: TransferRow) -> bool:
    return (row.state == "offered" and not row.opened_here and (row.gives or row.takes)) or (
        row.state == "accepted" and row.gives
    )


def _facts(row: TransferRow) -> list[Any]:
    facts: list[Any] = [
        (lambda: _("State"), Pill(code_words("transfer", row.state), TRANSFER_TONES.get(row.state, "grey"))),
        (lambda: _("Gives"), row.giver, "strong"),
        (lambda: _("Takes"), row.taker, "strong"),
        (lambda: _("Proposed"), formats.moment(row.proposed_at)),
        *((lambda p=one: f"{p.part_id} × {p.quantity}", lambda p=one: part_name(p.zh, p.en)) for one in row.parts),
    ]
    if row.reason:
        facts.append((lambda: _("Note"), row.reason))
    return facts
