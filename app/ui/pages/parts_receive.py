"""Shipments: received by scanning what lies in the box, differences settled by the branch, returns sent back."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout

from app.i18n import _
from app.offline_db.store import LocalRows
from app.queries.shipments import FoundPart, SentPart, ShipmentRow, list_shipments
from app.ui import formats
from app.ui.bench import Bench
from app.ui.components.piece_lines import Piece, PieceLines
from app.ui.live import Words, text_of
from app.ui.pages.parts_section import PartsDrafts, Section
from app.ui.pages.parts_words import (
    SHIPMENT_TONES,
    part_name,
    pieces_words,
    place_words,
)
from app.ui.reader import Reader
from app.ui.refusal_words import code_words
from app.ui.widgets import (
    Banner,
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
    table_card,
)
from core.rows.reference import Part

_FINDING_TONES = {"ok": "ok", "short": "bad", "over": "warn", "wrong": "bad", "doa": "bad"}


class ReceiveSection(Section):
    """What is on its way first; the box that is open at the right, counted by scanning."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._rows: dict[str, ShipmentRow] = {}
        self._row: ShipmentRow | None = None
        self._names: dict[str, tuple[str, str, bool]] = {}
        self._last = ""  # the part scanned last: a code behind it that is no part is its serial
        self.drafts = PartsDrafts(bench, self)
        self.chips = FilterChips()
        self.chips.changed.connect(lambda _ids: self._fill())
        self.box.addWidget(self.chips)
        row = QHBoxLayout()
        row.setSpacing(10)
        self.model = RowsModel[ShipmentRow](self._columns(), lambda one: one.id)
        empty = EmptyState(
            lambda: _("Nothing is on its way"),
            lambda: _("Shipments of HQ, the branch and other stations appear here."),
            icon="box",
        )
        self.table = DataTable(self.model, empty).sortable().name(lambda: _("Shipments"))
        self.table.chosen.connect(self._choose)
        row.addWidget(table_card(self.table), 1)
        row.addWidget(self._build_card())
        self.box.addLayout(row, 1)
        self._reader = Reader(bench, self._query, self._loaded, self)
        self._show(None)

    def _columns(self) -> list[Column[ShipmentRow]]:
        return [
            Column(
                lambda: _("Sent"),
                lambda row: formats.when(row.sent_at, self.bench.desk.now()),
                tone=lambda _row: "muted",
                sort=lambda row: row.sent_at,
                width=112,
            ),
            Column(lambda: _("Sender"), lambda row: place_words(row.from_kind, row.from_name), width=150),
            Column(lambda: _("Spare parts"), lambda row: pieces_words(row.parts), second=_note_of, stretch=True),
            Column(
                lambda: _("State"),
                lambda row: text_of(code_words("shipment", row.state)),
                tone=lambda row: SHIPMENT_TONES[row.state],
                width=92,
            ),
        ]

    def _build_card(self) -> Card:
        self.card = Card(lambda: _("Shipment"), "box")
        self.card.setFixedWidth(520)
        self.facts = KeyValueGrid(label_width=92)
        self.card.add(self.facts)
        self.banner = Banner("blue", "")
        self.card.add(self.banner)
        self.lines = PieceLines(with_dead=True, removable=False)
        self.lines.changed.connect(self._counted)
        self.card.add(self.lines, 1)
        self.found_card = Card()
        self.found_card.setProperty("kind", "")
        self.card.add(self.found_card)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.all_there = Button(lambda: _("All there"), self.count_all)
        self.lost = Button(lambda: _("Missing pieces are lost"), lambda: self.settle("lost"), danger=True)
        self.mistake = Button(lambda: _("Sender’s mistake"), lambda: self.settle("sender"))
        self.button = PrimaryButton(lambda: _("Take in"), self.receive, icon="check", shortcut="F8")
        for widget in (self.all_there, self.lost, self.mistake):
            foot.addWidget(widget)
        foot.addStretch(1)
        foot.addWidget(self.button)
        self.card.add(foot)
        self.card.add(self.trouble)
        return self.card

    # --- reading ----------------------------------------------------------------------------------------------

    def show_with(self, **_params: Any) -> None:
        """Reads the shipments and gives the list the keyboard."""
        self.load()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def load(self) -> None:
        """Reads the shipments."""
        self._reader.ask()

    def _query(self, rows: LocalRows) -> tuple[list[ShipmentRow], dict[str, tuple[str, str, bool]]]:
        names = {part.id: (part.name_zh, part.name_en, part.serialised) for part in rows.find(Part)}
        return list_shipments(rows, self.bench.place.id), names

    def _loaded(self, found: tuple[list[ShipmentRow], dict[str, tuple[str, str, bool]]]) -> None:
        rows, self._names = found
        self._rows = {row.id: row for row in rows}
        coming = [row for row in rows if row.coming and row.state == "sent"]
        differ = sum(row.state == "differs" for row in rows)
        self.chips.set_chips(
            [
                Chip("coming", lambda: _("To receive"), len(coming), "blue" if coming else "grey"),
                Chip("differs", lambda: _("Differs"), differ, "bad" if differ else "grey"),
                Chip("all", lambda: _("All shipments"), len(rows)),
            ]
        )
        self.counted.emit(len(coming) + (0 if self.is_station else differ), "blue" if coming else "bad")
        self._fill()

    def _fill(self) -> None:
        wanted = (self.chips.active() or ["coming"])[0]
        rows = [
            row
            for row in self._rows.values()
            if wanted == "all" or (row.coming and row.state == "sent" if wanted == "coming" else row.state == wanted)
        ]
        before = self.table.current_id()
        self.model.set_rows(rows)
        if rows and not self.table.select_id(before):
            self.table.selectRow(0)
        self._choose(self.table.current_id())

    def _choose(self, row_id: str) -> None:
        row = self._rows.get(row_id)
        if row != self._row:
            self._show(row)

    # --- showing ----------------------------------------------------------------------------------------------

    def _show(self, row: ShipmentRow | None) -> None:
        self._row, self._last = row, ""
        self.trouble.hide()
        to_count = row is not None and row.coming and row.received_at is None
        for widget in (self.lines, self.all_there, self.button):
            widget.setVisible(to_count)
        settles = row is not None and row.state == "differs" and not self.is_station
        for widget in (self.lost, self.mistake):
            widget.setVisible(settles)
        self.facts.set_rows(_facts(row) if row else [])
        self.banner.setVisible(to_count or row is None)
        self.found_card.clear()
        self.found_card.setVisible(row is not None and bool(row.found))
        if row is None:
            self.banner.say("grey", lambda: _("Choose a shipment"), lambda: _("Then scan each part that lies in it."))
            return
        for one in row.found:
            self.found_card.add(_finding(one))
        self.found_card.body.addStretch(1)
        if to_count:
            self.lines.set_pieces([self._piece(one) for one in _sums(row.parts)])
            self._bench_load(row.id)
            self._tell()

    def _bench_load(self, row_id: str) -> None:
        def kept(values: Any) -> None:
            if self._row is not None and self._row.id == row_id:
                self.drafts.take(f"receive/{row_id}", values)
                for one in self.drafts.get("lines", []):
                    if one["part"] not in {piece.part_id for piece in self.lines.pieces()}:
                        self._add_unknown(str(one["part"]))
                self.lines.restore(self.drafts.get("lines", []))
                self._tell()

        key = PartsDrafts.key(f"receive/{row_id}")
        self.bench.runner.run(lambda _p: self.bench.drafts.load(key), kept, owner=self)

    def _piece(self, one: SentPart) -> Piece:
        return Piece(
            one.part_id,
            lambda: part_name(one.zh, one.en),
            lambda: _("{n} on the delivery note").format(n=one.quantity),
        )

    def _add_unknown(self, part_id: str) -> None:
        zh, en, _serialised = self._names.get(part_id, ("", "", False))
        self.lines.add_piece(Piece(part_id, lambda: part_name(zh, en), lambda: _("Not on the delivery note")))
        self.lines.note(part_id, lambda: _("Not on the delivery note"), "bad")

    # --- counting ---------------------------------------------------------------------------------------------

    def scanned(self, text: str) -> bool:
        """A part's code counts one; another code behind a part with serial numbers is its serial."""
        if self._row is None or not self.button.isVisible():
            return False
        part_id = text.strip().upper()
        if part_id in self._names:
            self._last = part_id
            if self.lines.count(part_id):
                self.bench.nav.flash("ok", part_id)
            else:
                self._add_unknown(part_id)
                self.lines.count(part_id)
                self.bench.nav.flash("warn", lambda: _("Not on the note"))
            return True
        if self._last and self._names.get(self._last, ("", "", False))[2]:
            self.lines.add_serial(self._last, part_id)
            self.bench.nav.flash("ok", part_id)
            return True
        return False

    def count_all(self) -> None:
        """Says that everything is there as the delivery note says."""
        if self._row is not None:
            pieces = {one.part_id: one.quantity for one in _sums(self._row.parts)}
            self.lines.restore([{"part": part, "value": count} for part, count in pieces.items()])
            self._counted()

    def _counted(self) -> None:
        self.drafts.put("lines", self.lines.keep())
        self._tell()

    def _tell(self) -> None:
        """Says what would be found if it were received now."""
        if self._row is None:
            return
        sent = {one.part_id: one.quantity for one in _sums(self._row.parts)}
        counted = {piece.part_id: piece.value + piece.dead for piece in self.lines.pieces()}
        short = sum(max(0, quantity - counted.get(part, 0)) for part, quantity in sent.items())
        over = sum(max(0, quantity - sent.get(part, 0)) for part, quantity in counted.items())
        dead = sum(piece.dead for piece in self.lines.pieces())
        if not any(counted.values()):
            self.banner.say("blue", lambda: _("Scan each part"), lambda: _("Each scan counts one piece."))
        elif short or over or dead:
            facts = {"short": short, "over": over, "dead": dead}
            words = lambda: _("{short} missing, {over} too many or not on the note, {dead} dead on arrival").format(  # noqa: E731
                **facts
            )
            self.banner.say("warn", lambda: _("It differs from the note"), words)
        else:
            self.banner.say("ok", lambda: _("As on the delivery note"))

    def receive(self) -> None:
        """Records what was counted."""
        if self._row is None or not self.button.isVisible():
            return
        counted = [
            {"part_id": p.part_id, "good": p.value, "doa": p.dead, "serials": list(p.serials)}
            for p in self.lines.pieces()
            if p.value or p.dead
        ]
        asked = {"shipment_id": self._row.id, "counted": counted}
        self.act("receive_shipment", asked, lambda: _("Shipment received"))

    def did(self, name: str, words: Words) -> None:
        """What was typed about it is no longer needed."""
        if name == "receive_shipment":
            self.drafts.drop("lines")
            self.bench.nav.flash("ok", lambda: _("Taken in"))
        super().did(name, words)

    def settle(self, outcome: str) -> None:
        """The branch says what became of the difference."""
        if self._row is not None:
            asked = {"shipment_id": self._row.id, "outcome": outcome}
            self.act("settle_shipment", asked, lambda: _("Difference settled"))


def _sums(parts: tuple[SentPart, ...]) -> list[SentPart]:
    """One line per part."""
    found: dict[str, SentPart] = {}
    for one in parts:
        known = found.get(one.part_id)
        found[one.part_id] = one._replace(quantity=one.quantity + (known.quantity if known else 0))
    return list(found.values())


def _note_of(row: ShipmentRow) -> str:
    return " · ".join(filter(None, (row.document, row.carrier)))


def _facts(row: ShipmentRow) -> list[Any]:
    facts: list[Any] = [
        (lambda: _("State"), Pill(code_words("shipment", row.state), SHIPMENT_TONES[row.state])),
        (lambda: _("Sender"), lambda: place_words(row.from_kind, row.from_name)),
        (lambda: _("Receiver"), lambda: place_words(row.to_kind, row.to_name)),
        (lambda: _("Sent"), formats.moment(row.sent_at)),
    ]
    if row.document or row.carrier:
        facts.append((lambda: _("Delivery note"), _note_of(row)))
    if row.received_at is not None:
        by = " · ".join(filter(None, (formats.moment(row.received_at), row.received_by)))
        facts.append((lambda: _("Taken in"), by))
        facts.append((lambda: _("Spare parts"), pieces_words(row.parts)))
    return facts


def _finding(one: FoundPart) -> Any:
    from PySide6.QtWidgets import QWidget

    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    row.addWidget(Pill(code_words("receipt", one.finding), _FINDING_TONES.get(one.finding, "grey")))
    row.addWidget(Label(lambda: f"{one.part_id} × {one.quantity}  {part_name(one.zh, one.en)}", wrap=True), 1)
    return line
