"""Counting stock: blind or with what the books expect, by scanning or typing; differences need a reason."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout

from app.i18n import _, language
from app.offline_db.store import LocalRows
from app.queries.parts import StockLine, StockView, stock_view
from app.ui.bench import Bench
from app.ui.components.piece_lines import Piece, PieceLines
from app.ui.live import Words
from app.ui.pages.parts_section import PartsDrafts, Section
from app.ui.pages.parts_words import part_name
from app.ui.widgets import (
    Banner,
    Button,
    Card,
    Chip,
    Choice,
    ComboSearch,
    FilterChips,
    PrimaryButton,
)

_DRAFT = "count"
_MOST = 200


class CountSection(Section):
    """The sheet is kept while it is written; closing it shows the differences, posting makes them moves."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._stock: dict[str, StockLine] = {}
        self._closed = False
        self._wanted = ""
        self.drafts = PartsDrafts(bench, self)
        top = QHBoxLayout()
        top.setSpacing(8)
        self.where = FilterChips(self._places())
        self.where.changed.connect(lambda _ids: self._begin_again())
        self.how = FilterChips(
            [Chip("blind", lambda: _("Blind")), Chip("expected", lambda: _("With the books")),
             Chip("opening", lambda: _("Opening count"))][: 3 if self.leads else 2]
        )  # fmt: skip
        self.how.changed.connect(lambda _ids: self._tell())
        top.addWidget(self.where)
        top.addWidget(self.how, 1)
        self.fill_in = Button(lambda: _("List all parts here"), self.list_all)
        top.addWidget(self.fill_in)
        self.clear = Button(lambda: _("New sheet"), self._begin_again)
        top.addWidget(self.clear)
        self.box.addLayout(top)
        self.box.addWidget(self._build_sheet(), 1)

    def _places(self) -> list[Chip]:
        shelf, bag = Chip("shelf", lambda: _("Shelves")), Chip("bag", lambda: _("My bag"))
        if not self.is_station:
            return [shelf]
        return [shelf, bag] if self.leads else [bag]

    def _build_sheet(self) -> Card:
        card = Card(lambda: _("Count sheet"), "orders")
        self.banner = Banner("blue", "")
        card.add(self.banner)
        self.picker = ComboSearch([], lambda: _("Part number or name…"))
        self.picker.picked.connect(self._picked)
        card.add(self.picker)
        self.lines = PieceLines(with_reason=True).say_empty(
            lambda: _("Scan each part that lies there: each scan counts one. Or choose a part and type how many.")
        )
        self.lines.changed.connect(self._changed)
        card.add(self.lines, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.button = PrimaryButton(lambda: _("Close the count"), self.go_on, icon="check", shortcut="F8")
        foot.addWidget(self.button)
        card.add(self.trouble)
        card.add(foot)
        return card

    # --- reading ----------------------------------------------------------------------------------------------

    def show_with(self, **params: Any) -> None:
        """Reads the books and what was kept; `part` is put on the sheet."""
        self._wanted = str(params.get("part", ""))
        self.load()

    def load(self) -> None:
        """Reads the books."""

        def query(rows: LocalRows) -> tuple[StockView, Any]:
            today = self.bench.desk.today(rows)
            view = stock_view(rows, self.bench.place.id, self.bench.person.id, today)
            return view, self.bench.drafts.load(PartsDrafts.key(_DRAFT))

        self.bench.read(query, lambda found: self._loaded(*found), owner=self)

    def _loaded(self, view: StockView, kept: Any) -> None:
        self._stock = {line.part_id: line for line in view.lines}
        self.picker.set_choices([_choice(line) for line in view.lines])
        self.drafts.take(_DRAFT, kept)
        if not self.lines.pieces():
            self._restore()
        if self._wanted:
            wanted, self._wanted = self._wanted, ""
            self.how.activate("expected")
            self._put(wanted)
        self._tell()

    def _restore(self) -> None:
        lines = [one for one in self.drafts.get("lines", []) if one.get("part") in self._stock]
        where = str(self.drafts.get("where", ""))
        if lines and where:
            self.where.blockSignals(True)
            self.where.activate(where)
            self.where.blockSignals(False)
        self.lines.set_pieces([self._piece(str(one["part"])) for one in lines])
        self.lines.restore(lines)

    # --- the sheet --------------------------------------------------------------------------------------------

    @property
    def is_bag(self) -> bool:
        """Whether one's own bag is counted."""
        return self.where.active() == ["bag"]

    def expected(self, part_id: str) -> int:
        """What the books say."""
        line = self._stock[part_id]
        return line.mine if self.is_bag else line.on_hand

    def _piece(self, part_id: str) -> Piece:
        line = self._stock[part_id]
        return Piece(part_id, lambda: part_name(line.zh, line.en))

    def _put(self, part_id: str) -> bool:
        if part_id not in self._stock:
            return False
        if part_id not in {piece.part_id for piece in self.lines.pieces()}:
            self.lines.add_piece(self._piece(part_id))
        self._changed()
        return True

    def _picked(self, part_id: str) -> None:
        if part_id:
            self._put(part_id)
            self.picker.clear()

    def scanned(self, text: str) -> bool:
        """A part's code counts one."""
        part_id = text.strip().upper()
        if not self._put(part_id):
            return False
        self.lines.count(part_id)
        self.bench.nav.flash("ok", part_id)
        return True

    def list_all(self) -> None:
        """Puts every part that the books know here on the sheet."""
        here = [line.part_id for line in self._stock.values() if (line.mine if self.is_bag else line.on_hand)]
        known = {piece.part_id for piece in self.lines.pieces()}
        for part_id in [one for one in here if one not in known][:_MOST]:
            self.lines.add_piece(self._piece(part_id))
        self._changed()

    def _begin_again(self) -> None:
        self._closed = False
        self.lines.set_pieces([])
        self.drafts.drop("lines", "where")
        self._tell()

    def _changed(self) -> None:
        self.drafts.put("lines", self.lines.keep())
        self.drafts.put("where", (self.where.active() or ["shelf"])[0])
        self._tell()

    def _differences(self) -> dict[str, int]:
        """What each line is above or below the books."""
        pieces = [piece for piece in self.lines.pieces() if piece.part_id in self._stock]
        return {piece.part_id: piece.value - self.expected(piece.part_id) for piece in pieces}

    def _tell(self) -> None:
        opening, blind = (self.how.active() == [one] for one in ("opening", "blind"))
        found = self._differences()
        shown = not blind or self._closed
        for part_id, difference in found.items():
            self._note(part_id, difference, shown=shown)
        self.lines.want_reasons({part: shown and not opening and bool(by) for part, by in found.items()})
        self.button.setEnabled(bool(found))
        waits_to_close = blind and not self._closed
        self.button.say((lambda: _("Close the count")) if waits_to_close else (lambda: _("Post the count")))
        differ = sum(map(bool, found.values()))
        if not shown:
            text = lambda: _("What the books expect is shown when the count is closed.")  # noqa: E731
            self.banner.say("blue", lambda: _("Blind count"), text)
        elif differ:
            words = lambda: _("{n} parts differ from the books").format(n=differ)  # noqa: E731
            hint = lambda: "" if opening else _("Say why; each difference becomes a move.")  # noqa: E731
            self.banner.say("warn", words, hint)
        else:
            self.banner.say("ok" if found else "blue", lambda: _("Nothing differs from the books"))

    def _note(self, part_id: str, difference: int, *, shown: bool) -> None:
        if not shown:
            self.lines.note(part_id, "")
            return
        expected = self.expected(part_id)
        words: Words = lambda: _("books {n}, difference {by}").format(n=expected, by=f"{difference:+d}")  # noqa: E731
        self.lines.note(part_id, words, "bad" if difference else "")

    # --- posting ----------------------------------------------------------------------------------------------

    def go_on(self) -> None:
        """Closes a blind count; posts a count whose differences are told."""
        if self.how.active() == ["blind"] and not self._closed:
            self._closed = True
            self._tell()
            if any(self._differences().values()):
                return
        lines = [
            {"part_id": piece.part_id, "counted": piece.value, "reason": piece.reason} for piece in self.lines.pieces()
        ]
        if not lines:
            return
        asked: dict[str, Any] = {"lines": lines, "opening": self.how.active() == ["opening"]}
        asked["blind"] = self.how.active() == ["blind"]
        if self.is_bag:
            asked["technician"] = self.bench.person.id
        self.act("count_stock", asked, lambda: _("Count posted"))

    def did(self, name: str, words: Words) -> None:
        """The sheet is done with."""
        self._begin_again()
        super().did(name, words)


def _choice(line: StockLine) -> Choice:
    name, other = (line.zh, line.en) if language() == "zh_CN" else (line.en, line.zh)
    return Choice(line.part_id, name, other)
