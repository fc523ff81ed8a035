"""One part at this place: its figures and why so many should be ordered, where else it lies, its moves, what to do."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QWidget

from app.i18n import _
from app.queries.parts import Elsewhere, MoveLine, PartDetail, StockLine, part_detail
from app.ui import formats
from app.ui.background import Failure
from app.ui.bench import Bench
from app.ui.live import Words, bind
from app.ui.pages.parts_words import (
    STATE_TONES,
    STATES,
    age_words,
    figures_words,
    move_words,
    part_name,
)
from app.ui.refusal_words import code_words, told
from app.ui.widgets import (
    Banner,
    Button,
    Card,
    Chip,
    EmptyState,
    FilterChips,
    KeyValueGrid,
    Label,
    Link,
    NumberInput,
    Pill,
    Rule,
    ScrollColumn,
    empty_layout,
)
from app.ui.widgets.flow_layout import FlowLayout
from core.operations.reverse_move import REVERSIBLE

_SHOWN_MOVES = 40
_FINDINGS = ("faulty", "damaged", "wrong_part")


class PartCard(Card):
    """Reads the part's moves when it is shown; what was typed below stays while the same part is shown."""

    go = Signal(str, dict)

    def __init__(self, bench: Bench) -> None:
        super().__init__(lambda: _("Part"), "parts")
        self._bench = bench
        self._line: StockLine | None = None
        self.column = ScrollColumn()
        self.add(self.column, 1)
        self.trouble = Label("", tone="bad", wrap=True)
        self.trouble.hide()
        self.add(self.trouble)
        self.number = NumberInput(1, 999, 1, parent=self)
        self.price, self.vendor, self.order, self.reason = (QLineEdit(self) for _editor in range(4))
        self.findings = FilterChips(parent=self)
        self._extra = QWidget(self)
        self._extra_row = QHBoxLayout(self._extra)
        self._extra_row.setContentsMargins(0, 0, 0, 0)
        self._extra_open = False
        for hidden in (self.number, self.price, self.vendor, self.order, self.reason, self.findings, self._extra):
            hidden.hide()
        self.show_line(None)

    @property
    def _is_station(self) -> bool:
        return self._bench.place.kind == "station"

    def show_line(self, line: StockLine | None) -> None:
        """Shows a part; a hint for None."""
        same = line is not None and self._line is not None and line.part_id == self._line.part_id
        if same and line == self._line:
            return
        if not same:
            self._close_extra()
        self._line = line
        if line is None:
            self._clear()
            hint = lambda: _("Its figures and moves are shown here.")  # noqa: E731 - one text for one place
            self.column.body.addWidget(EmptyState(lambda: _("Choose a part"), hint, icon="parts"))
            return
        self._bench.read(lambda rows: part_detail(rows, self._bench.place.id, line.part_id), self._show, owner=self)

    def _clear(self) -> None:
        for kept in (self.number, self._extra):  # what is typed in them stays
            kept.setParent(self)
            kept.hide()
        empty_layout(self.column.body)

    def _show(self, found: PartDetail) -> None:
        line = self._line
        if line is None or found.part_id != line.part_id:
            return
        self._clear()
        self.trouble.hide()
        add = self.column.body.addWidget
        add(KeyValueGrid(self._facts(line), label_width=84))
        if line.state == "below_zero":
            add(
                Banner("bad", lambda: _("More was used than was counted in"), lambda: _("Count this part and say why."))
            )
            add(Button(lambda: _("Count this part"), lambda: self.go.emit("count", {"part": line.part_id})))
        if line.suggestion.used or line.suggestion.quantity:
            add(Label(lambda: figures_words(line.suggestion), "small", wrap=True))
        for order_id, number, count in found.kept:
            add(self._kept(line, order_id, f"{number} × {count}"))
        self._add_doing(line)
        self._add_elsewhere(line, found)
        self._add_moves(found)
        self.column.body.addStretch(1)

    @staticmethod
    def _facts(line: StockLine) -> list[Any]:
        facts: list[Any] = [
            (lambda: _("Part"), line.part_id, "strong"),
            (lambda: _("Part name"), lambda: part_name(line.zh, line.en)),
            (lambda: _("State"), Pill(lambda: _(STATES[line.state]), STATE_TONES[line.state])),
            (lambda: _("Free"), lambda: _("{free} of {hand}, {kept} kept").format(
                free=line.available, hand=line.on_hand, kept=line.reserved)),
        ]  # fmt: skip
        if line.bags or line.mine:
            facts.append((
                lambda: _("Bags"), lambda: _("{all} in bags, {mine} in mine").format(all=line.bags, mine=line.mine),
            ))  # fmt: skip
        if line.in_transit or line.requested:
            facts.append((
                lambda: _("Coming"),
                lambda: _("{coming} on the way, {asked} asked for").format(
                    coming=line.in_transit, asked=line.requested
                ),
            ))  # fmt: skip
        if line.defective:
            facts.append((lambda: _("Defective"), str(line.defective)))
        if line.successor:
            facts.append((lambda: _("Replaced by"), line.successor, "strong"))
        facts.append((lambda: _("Worth"), formats.money(line.worth_fen)))
        return facts

    # --- doing ------------------------------------------------------------------------------------------------

    def _add_doing(self, line: StockLine) -> None:
        if not self._is_station:
            self._add_extra()
            return
        bind(self.number, self.number.setAccessibleName, lambda: _("Pieces"))
        asked = {"part": line.part_id, "value": max(1, line.suggestion.quantity)}
        ask = Button(lambda: _("Request"), lambda: self.go.emit("requests", {"ask": asked}))
        into = Button(lambda: _("Into my bag"), partial(self._bag, line, back=False))
        back = Button(lambda: _("Back"), partial(self._bag, line, back=True))
        back.setEnabled(line.mine > 0)
        self.column.body.addWidget(_row(self.number, ask, into, back))
        self.number.show()
        more = QWidget()
        flow = FlowLayout(more, spacing=8)
        for link in (
            Link(lambda: _("Keep for an order…"), partial(self._open_keeping, line)),
            Link(lambda: _("Exchange a faulty one…"), partial(self._open_exchange, line)),
            Link(lambda: _("Buy locally…"), partial(self._open_purchase, line)),
        ):
            flow.addWidget(link)
        self.column.body.addWidget(more)
        self._add_extra()

    def _add_extra(self) -> None:
        """Room for what one of the links asks for; it stays open while the same part is shown."""
        self.column.body.addWidget(self._extra)
        self._extra.setVisible(self._extra_open)

    def _open_extra(self, *widgets: QWidget) -> None:
        """Asks for something below the links: the first widget takes the room and the keyboard."""
        empty_layout(self._extra_row)
        for index, widget in enumerate(widgets):
            self._extra_row.addWidget(widget, 0 if index else 1)
        self._extra_open = True
        self._extra.show()
        widgets[0].setFocus()
        self.column.ensureWidgetVisible(self._extra)

    def _close_extra(self) -> None:
        self._extra_open = False
        empty_layout(self._extra_row)
        self._extra.hide()

    def _bag(self, line: StockLine, *, back: bool) -> None:
        asked = {"part_id": line.part_id, "quantity": self.number.value(), "back": back}
        self._do("move_bag", asked, (lambda: _("Back on the shelf")) if back else (lambda: _("In the bag")))

    def _kept(self, line: StockLine, order_id: str, what: str) -> QWidget:
        asked = {"order_id": order_id, "part_id": line.part_id}
        release = Link(lambda: _("Release"), lambda: self._do("release_part", asked, lambda: _("Released")))
        return _row(Label(lambda: _("Kept for {orders}").format(orders=what), wrap=True), release, stretch=0)

    def _open_keeping(self, line: StockLine) -> None:
        self.order = QLineEdit()
        self.order.setMaxLength(40)
        bind(self.order, self.order.setPlaceholderText, lambda: _("Order number"))
        bind(self.order, self.order.setAccessibleName, lambda: _("Order number"))
        self.order.returnPressed.connect(partial(self.keep, line))
        self._open_extra(self.order, Button(lambda: _("Keep"), partial(self.keep, line)))

    def keep(self, line: StockLine) -> None:
        """Keeps pieces for the order that was typed."""
        asked = {"order_id": self.order.text(), "part_id": line.part_id, "quantity": self.number.value()}
        self._do("reserve_part", asked, lambda: _("Kept for the order"))

    def _open_exchange(self, line: StockLine) -> None:
        self.findings = FilterChips([Chip(code, code_words("exchange_finding", code)) for code in _FINDINGS])
        self._open_extra(self.findings, Button(lambda: _("Ask for exchange"), partial(self.exchange, line)))

    def exchange(self, line: StockLine) -> None:
        """Asks for a good part against a faulty new one."""
        finding = (self.findings.active() or ["faulty"])[0]
        asked = {"part_id": line.part_id, "quantity": self.number.value(), "finding": finding}
        self._do("request_exchange", asked, lambda: _("Exchange asked for"))

    def _open_purchase(self, line: StockLine) -> None:
        self.price, self.vendor = QLineEdit(), QLineEdit()
        self.price.setFixedWidth(80)
        self.vendor.setMaxLength(120)
        for editor, words in ((self.price, lambda: _("¥ a piece")), (self.vendor, lambda: _("Bought from"))):
            bind(editor, editor.setPlaceholderText, words)
            bind(editor, editor.setAccessibleName, words)
        receipt = Button(lambda: _("Receipt…"), partial(self._choose_receipt, line), icon="photo")
        self._open_extra(self.vendor, self.price, receipt)

    def _choose_receipt(self, line: StockLine) -> None:
        file, _filter = QFileDialog.getOpenFileName(self, _("Photo of the receipt"))
        if file:
            self.buy(line, Path(file))

    def buy(self, line: StockLine, receipt: Path) -> None:
        """Records a purchase near by with the photo of its receipt."""
        asked = {
            "part_id": line.part_id,
            "quantity": self.number.value(),
            "price": self.price.text(),
            "vendor": self.vendor.text(),
            "file": str(receipt),
        }
        self._do("buy_locally", asked, lambda: _("Purchase recorded"))

    def _do(self, name: str, asked: dict[str, Any], words: Words) -> None:
        self.trouble.hide()
        self._bench.act(name, asked, lambda _done: self._did(words), self._refused, owner=self)

    def _did(self, words: Words) -> None:
        self._close_extra()
        self._bench.nav.toast("ok", words, lambda: _("Kept here; sent to HQ by itself."))

    def _refused(self, failure: Failure) -> None:
        self.trouble.say(told(failure))
        self.trouble.show()

    # --- elsewhere and moves ----------------------------------------------------------------------------------

    def _add_elsewhere(self, line: StockLine, found: PartDetail) -> None:
        self.column.body.addWidget(Rule())
        self.column.body.addWidget(Label(lambda: _("Elsewhere"), "strong"))
        now = self._bench.desk.now()
        self.column.body.addWidget(Label(lambda: age_words(found.synced_at, now), "small", wrap=True))
        for one in found.elsewhere[:12]:
            self.column.body.addWidget(self._place(line, one))
        if not found.elsewhere:
            self.column.body.addWidget(Label(lambda: _("No other place has any to spare."), "muted", wrap=True))

    def _place(self, line: StockLine, one: Elsewhere) -> QWidget:
        words = Label(f"{one.name} ({one.code}) × {one.quantity}", wrap=True)
        since = formats.when(one.as_of, self._bench.desk.now())
        words.setToolTip(_("So since {time}, as HQ summed it up").format(time=since))
        items: list[QWidget] = [words]
        if one.same_branch and one.is_station and self._is_station and self._bench.has_role("station_lead"):
            asked = {"station": one.place_id, "part": line.part_id}
            items.append(Link(lambda: _("Ask for it"), lambda: self.go.emit("transfers", {"ask": asked})))
        return _row(*items, stretch=0)

    def _add_moves(self, found: PartDetail) -> None:
        self.column.body.addWidget(Rule())
        self.column.body.addWidget(Label(lambda: _("Moves"), "strong"))
        for one in found.moves[:_SHOWN_MOVES]:
            self.column.body.addWidget(self._move(one))
        if not found.moves:
            self.column.body.addWidget(Label(lambda: _("It has not moved yet."), "muted"))

    def _move(self, one: MoveLine) -> QWidget:
        sign = f"{one.change:+d}" if one.change else f"({one.quantity})"
        at = formats.when(one.at, self._bench.desk.now())
        reason = code_words("move_reason", one.reason)
        text = Label(lambda: f"{sign}  {reason()} · {move_words(one)}", wrap=True)  # type: ignore[operator]
        if one.undone:
            text.set_tone("")
            text.setProperty("role", "dim")
        items: list[QWidget] = [text]
        if one.reason in REVERSIBLE and not one.undone and self._bench.has_role("station_lead", "branch_manager"):
            items.append(Link(lambda: _("Undo…"), lambda: self._open_undoing(one)))
        items.append(Label(at, "small"))
        return _row(*items, stretch=0)

    def _open_undoing(self, one: MoveLine) -> None:
        self.reason = QLineEdit()
        self.reason.setMaxLength(400)
        bind(self.reason, self.reason.setPlaceholderText, lambda: _("Why the move was wrong"))
        bind(self.reason, self.reason.setAccessibleName, lambda: _("Reason"))
        self.reason.returnPressed.connect(partial(self.undo, one))
        self._open_extra(self.reason, Button(lambda: _("Undo"), partial(self.undo, one)))

    def undo(self, one: MoveLine) -> None:
        """Undoes a move, with the reason that was typed."""
        self._do("reverse_move", {"move_id": one.id, "reason": self.reason.text().strip()}, lambda: _("Move undone"))


def _row(*items: QWidget, stretch: int = -1) -> QWidget:
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for index, item in enumerate(items):
        row.addWidget(item, 1 if index == stretch else 0)
    if stretch < 0:
        row.addStretch(1)
    return line
