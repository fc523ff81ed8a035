"""Writing a request for parts: suggested quantities with their figures, further parts, an order, the account's word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from app.i18n import _, language
from app.offline_db.store import LocalRows
from app.queries.part_requests import summed_of
from app.queries.parts import StockLine, stock_view
from app.ui import formats
from app.ui.background import Failure
from app.ui.components.piece_lines import Piece, PieceLines
from app.ui.pages.parts_section import PartsDrafts
from app.ui.pages.parts_words import figures_words, part_name
from app.ui.refusal_words import refusal_words, told
from app.ui.widgets import Banner, Button, Card, Choice, ComboSearch, Field, Label, PrimaryButton
from core.parts.account import Standing, why_not
from core.parts.books import standing_of

if TYPE_CHECKING:
    from app.ui.pages.parts_requests import RequestsSection

_DRAFT = "request"


class AskCard(Card):
    """What a station asks for; what is typed is kept until it is asked or given up."""

    closed = Signal()

    def __init__(self, section: RequestsSection) -> None:
        super().__init__(lambda: _("New request"), "parts")
        self._section, self._bench = section, section.bench
        self._stock: dict[str, StockLine] = {}
        self._standing: Standing | None = None
        self._first: Mapping[str, Any] | None = None
        self.drafts = PartsDrafts(section.bench, self)
        self.picker = ComboSearch([], lambda: _("Part number or name…"))
        self.picker.picked.connect(self._picked)
        self.add(self.picker)
        self.lines = PieceLines().say_empty(lambda: _("Nothing is suggested now. Scan a part, or choose it above."))
        self.lines.changed.connect(self._changed)
        self.add(self.lines, 1)
        self.order, self.note = QLineEdit(), QLineEdit()
        self.order.setMaxLength(40)
        self.note.setMaxLength(400)
        self.order_field = Field(lambda: _("For order (number, if any)"), self.order)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.order_field, 1)
        row.addWidget(Field(lambda: _("Note"), self.note), 1)
        self.add(row)
        for editor in (self.order, self.note):
            editor.textEdited.connect(lambda _text: self._changed())
        self.worth = Label("", "strong", wrap=True)
        self.add(self.worth)
        self.banner = Banner("grey", "")
        self.banner.hide()
        self.add(self.banner)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(Button(lambda: _("Give up"), self.give_up))
        foot.addStretch(1)
        self.button = PrimaryButton(lambda: _("Ask"), self.ask, icon="send", shortcut="F8")
        foot.addWidget(self.button)
        self.add(foot)

    def begin(self, first: Mapping[str, Any] | None) -> None:
        """Reads the stock, and goes on with what was kept; without any of it with what is suggested."""
        self._first = first
        self._bench.read(self._query, self._loaded, owner=self)

    def _query(self, rows: LocalRows) -> tuple[tuple[StockLine, ...], Standing, Any]:
        today: date = self._bench.desk.today(rows)
        place = self._bench.place.id
        lines = stock_view(rows, place, self._bench.person.id, today).lines
        return (
            lines,
            standing_of(rows, place, today, summed=summed_of(rows, place)),
            self._bench.drafts.load(PartsDrafts.key(_DRAFT)),
        )

    def _loaded(self, found: tuple[tuple[StockLine, ...], Standing, Any]) -> None:
        stock, self._standing, kept = found
        self._stock = {line.part_id: line for line in stock}
        self.picker.set_choices([_choice(line) for line in stock])
        self.drafts.take(_DRAFT, kept)
        if kept:
            self.order.setText(self.drafts.get("order"))
            self.note.setText(self.drafts.get("note"))
            lines = [one for one in self.drafts.get("lines", []) if one.get("part") in self._stock]
            self.lines.set_pieces([self._piece(str(one["part"]), int(one["value"])) for one in lines])
        else:
            wanted = [line for line in stock if line.is_here and line.suggestion.quantity]
            self.lines.set_pieces([self._piece(line.part_id, line.suggestion.quantity) for line in wanted])
        if self._first is not None:
            self._put_first(str(self._first["part"]), int(self._first["value"]))
        self._changed()
        self.lines.focus_first()

    def _put_first(self, part_id: str, value: int) -> None:
        if part_id in self._stock and part_id not in self.lines.values():
            self.lines.add_piece(self._piece(part_id, value))

    def _piece(self, part_id: str, value: int) -> Piece:
        line = self._stock[part_id]
        return Piece(part_id, lambda: part_name(line.zh, line.en), lambda: _note(line), value=value)

    def _picked(self, part_id: str) -> None:
        if part_id:
            self.take(part_id)
            self.picker.clear()

    def take(self, text: str) -> bool:
        """Adds a part by its code; False when it is none."""
        part_id = text.strip().upper()
        line = self._stock.get(part_id)
        if line is None:
            return False
        self.lines.add_piece(self._piece(part_id, 1))
        self._bench.nav.flash("ok", part_id)
        return True

    def _changed(self) -> None:
        values = self.lines.values()
        value = sum(self._stock[part].worth_fen * quantity for part, quantity in values.items() if part in self._stock)
        self.worth.say(lambda: _("Worth {amount} on the parts account").format(amount=formats.money(value)))
        self.button.setEnabled(bool(values))
        refusal = why_not(self._standing, value) if self._standing is not None else None
        self.banner.setVisible(refusal is not None)
        if refusal is not None:
            self.banner.say("warn", lambda: _("HQ will not take this as it is"), refusal_words(refusal))
        self.drafts.put("lines", [one for one in self.lines.keep() if one["value"]])
        self.drafts.put("order", self.order.text())
        self.drafts.put("note", self.note.text())

    def ask(self) -> None:
        """Records the request."""
        lines = []
        for part_id, quantity in self.lines.values().items():
            suggested = self._stock[part_id].suggestion
            same = suggested.quantity == quantity and quantity > 0
            figures = msgspec.to_builtins(suggested) if same else None
            lines.append({"part_id": part_id, "quantity": quantity, "figures": figures})
        if not lines:
            return
        asked = {"lines": lines, "note": self.note.text().strip(), "order_id": self.order.text().strip() or None}
        self.order_field.accept()
        self._bench.act("request_parts", asked, self._asked, self._refused, owner=self)

    def _asked(self, _done: object) -> None:
        self._bench.nav.toast("ok", lambda: _("Request made"), lambda: _("Kept here; sent to HQ by itself."))
        self.give_up()

    def _refused(self, failure: Failure) -> None:
        if failure.refusal is not None and failure.refusal.code in ("order_unknown", "not_your_place"):
            self.order_field.refuse(told(failure))
        else:
            self.banner.say("bad", lambda: _("Not asked"), told(failure))
            self.banner.show()

    def give_up(self) -> None:
        """Forgets what was typed."""
        self.drafts.drop("lines", "order", "note")
        self.drafts.flush()
        for editor in (self.order, self.note):
            editor.clear()
        self.lines.set_pieces([])
        self.closed.emit()

    def keyPressEvent(self, event: Any) -> None:
        """Escape leaves it, with everything kept."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
            return
        super().keyPressEvent(event)


def _note(line: StockLine) -> str:
    """Why so many; of a part that was never used only what is there."""
    found = line.suggestion
    return figures_words(found) if found.used or found.quantity else _("free here {n}").format(n=line.available)


def _choice(line: StockLine) -> Choice:
    name, other = (line.zh, line.en) if language() == "zh_CN" else (line.en, line.zh)
    stock = _("free {n}").format(n=line.available)
    return Choice(line.part_id, f"{name}  ·  {stock}", other)
