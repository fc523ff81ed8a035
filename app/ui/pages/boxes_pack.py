"""The station's boxes: old parts are packed by scanning their tags; the box is sealed, listed, given to a carrier."""

from __future__ import annotations

from typing import Any, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout

from app.actions.pack_old_part import PackAsked
from app.actions.seal_box import SealAsked
from app.i18n import _
from app.offline_db.store import LocalRows
from app.queries.boxes import BoxRow, Packing, list_boxes, packing
from app.queries.old_parts import OldPartLine
from app.ui import theme
from app.ui.background import Failure
from app.ui.bench import Bench, Keys
from app.ui.live import Words, bind
from app.ui.page import Page
from app.ui.pages.boxes_card import BoxCard
from app.ui.pages.boxes_words import Counter, box_columns
from app.ui.pages.in_order import InOrder
from app.ui.pages.old_parts_card import days_tone, days_words, part_name, serial_words
from app.ui.refusal_words import told
from app.ui.widgets import (
    Banner,
    Button,
    Card,
    Column,
    DataTable,
    EmptyState,
    Field,
    PageHeader,
    PrimaryButton,
    RowsModel,
    table_card,
)
from core.identifiers import parse_box, parse_old_part, show_tag
from core.refusals import Refusal

_ENTITIES = frozenset({"box", "old_part", "box_count"})


class _Shown(NamedTuple):
    """What one reading brings."""

    boxes: list[BoxRow]
    packing: Packing
    today: Any


class PackPage(Page):
    """The box being packed at the left; all boxes, and the chosen one, at the right."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self._boxes: dict[str, BoxRow] = {}
        self._packing = Packing(None, ())
        self._today = bench.desk.now().date()
        self._said = False
        self._scans = InOrder(self._take)
        self._last: str | None = None  # the part that was packed last here: what undo takes out
        self.header = PageHeader(lambda: _("Boxes"))
        self.body.addWidget(self.header)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self._build_packing(), 1)
        right = QVBoxLayout()
        right.setSpacing(10)
        self.boxes = RowsModel[BoxRow](box_columns(blind=False), lambda box: box.id)
        nothing = EmptyState(lambda: _("No boxes yet"), lambda: _("Scan the first tag: a box begins with it."), "box")
        self.table = DataTable(self.boxes, nothing).name(lambda: _("Boxes"))
        self.table.chosen.connect(self._choose)
        right.addWidget(table_card(self.table), 1)
        self.card = BoxCard(bench)
        right.addWidget(self.card, 1)
        row.addLayout(right, 1)
        self.body.addLayout(row, 1)
        bench.news.changed.connect(self._changed)
        if bench.place.kind == "branch":
            self.packing_card.hide()

    # --- packing ----------------------------------------------------------------------------------------------

    def _build_packing(self) -> Card:
        self.packing_card = card = Card(lambda: _("Box being packed"), "box")
        head = QHBoxLayout()
        head.setSpacing(16)
        self.counter = Counter(lambda: _("old parts packed"))
        head.addWidget(self.counter)
        head.addLayout(self._build_line(), 1)
        card.add(head)
        self.model = RowsModel[OldPartLine](self._columns(), lambda line: line.id)
        empty = EmptyState(
            lambda: _("The box is empty"), lambda: _("Scan the tag of each old part as you put it in."), "scan"
        )
        self.lines = DataTable(self.model, empty).name(lambda: _("In the box"))
        card.add(table_card(self.lines), 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.undo_button = Button(lambda: _("Undo"), self.undo, icon="undo", shortcut="Ctrl+Z")
        self.out_button = Button(lambda: _("Take out"), self.take_out, icon="remove", shortcut="Ctrl+Del")
        self.seal_button = PrimaryButton(lambda: _("Seal the box"), self.seal, icon="lock", shortcut="F8")
        foot.addWidget(self.undo_button)
        foot.addWidget(self.out_button)
        foot.addStretch(1)
        foot.addWidget(self.seal_button)
        card.add(foot)
        return card

    def _build_line(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        self.line = QLineEdit()
        self.line.setMaxLength(60)
        self.line.setFont(theme.mono_font(16))
        bind(self.line, self.line.setPlaceholderText, lambda: _("Scan the tag, or type its twelve characters"))
        self.line.returnPressed.connect(lambda: self.scanned(self.line.text(), "typed"))
        self.field = Field(lambda: _("Tag number"), self.line)
        column.addWidget(self.field)
        self.banner = Banner("grey", "")
        column.addWidget(self.banner)
        column.addStretch(1)
        return column

    def _columns(self) -> list[Column[OldPartLine]]:
        return [
            Column(lambda: _("Part"), lambda line: line.part_id, second=part_name, stretch=True),
            Column(lambda: _("Serial number"), serial_words, width=150),
            Column(
                lambda: _("Return"),
                lambda line: days_words(line.days_left(self._today)),
                tone=lambda line: days_tone(line.days_left(self._today)),
                width=112,
            ),
            Column(lambda: _("Tag number"), lambda line: show_tag(line.tag), width=142),
        ]

    # --- reading ----------------------------------------------------------------------------------------------

    def opened(self, *, number: str | None = None, **_params: Any) -> None:
        """Gives the tag's line the keyboard; ``number`` chooses a box."""
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)
        self.load(number)

    def load(self, number: str | None = None) -> None:
        """Reads boxes and contents anew."""
        place = self._bench.place.id

        def query(rows: LocalRows) -> _Shown:
            return _Shown(list_boxes(rows), packing(rows, place), self._bench.desk.today(rows))

        self._bench.read(query, lambda found: self._loaded(found, number), owner=self)

    def _loaded(self, found: _Shown, number: str | None) -> None:
        before = self.table.current_id()
        self._boxes = {box.id: box for box in found.boxes}
        self._packing, self._today = found.packing, found.today
        self.model.set_rows(list(found.packing.lines))
        self.boxes.set_rows(found.boxes)
        self._show_packing()
        wanted = next((box.id for box in found.boxes if box.number == number), before)
        if found.boxes and not self.table.select_id(wanted):
            self.table.selectRow(0)
        self.card.show_box(self._boxes.get(self.table.current_id()))

    def _show_packing(self) -> None:
        box, lines = self._packing
        self.counter.show_number(len(lines))
        number = box.number if box else ""
        self.packing_card.set_title((lambda: _("Box {number}").format(number=number)) if box else self._title)
        for button, on in ((self.seal_button, lines), (self.out_button, lines), (self.undo_button, self._last)):
            button.setEnabled(bool(on))
        if not self._said:
            self._say("grey", lambda: _("Ready for the next part"), lambda: _("Any scanner, whatever is focused."))

    @staticmethod
    def _title() -> str:
        return _("Box being packed")

    def _changed(self, keys: Keys) -> None:
        if self.isVisible() and any(entity in _ENTITIES for entity, _id in keys):
            self.load()

    def _choose(self, box_id: str) -> None:
        self.card.show_box(self._boxes.get(box_id))

    # --- doing ------------------------------------------------------------------------------------------------

    def scanned(self, text: str, source: str) -> bool:
        """A tag is packed, a box's code chooses the box, anything else is the waybill of the box that waits for one."""
        text = text.strip()
        if not text:
            return False
        self.field.accept()
        try:
            number, tag = parse_box(text), parse_old_part(text)
        except Refusal as refusal:
            self._stop(Failure(refusal))
            return True
        if number is not None:
            self.load(number)
        elif tag is None and source != "typed" and self.card.takes_number:
            self.card.take_number(text)
        elif self._bench.place.kind != "branch":
            self._scans.add(tag or text)
        return True

    def _take(self, tag: str) -> None:
        """Puts an old part into the box: one after the other, so that the first of them begins the box for all."""
        self._bench.act("pack_old_part", PackAsked(tag=tag), lambda _done: self._packed(tag), self._stop, owner=self)

    def _packed(self, tag: str) -> None:
        self._last = tag
        self.line.clear()
        self._bench.nav.flash("ok", lambda: _("Packed"))
        self._say("ok", lambda: _("Packed"), show_tag(tag))
        self._scans.ended()
        self.load()

    def undo(self) -> None:
        """Takes out what was packed last here."""
        if self._last is not None:
            self._unpack(self._last)

    def take_out(self) -> None:
        """Takes out the part under the cursor."""
        line = next((one for one in self._packing.lines if one.id == self.lines.current_id()), None)
        if line is not None:
            self._unpack(line.tag)

    def _unpack(self, tag: str) -> None:
        done = lambda _done: self._unpacked(tag)  # noqa: E731 - said once, when it is done
        self._bench.act("unpack_old_part", PackAsked(tag=tag), done, self._stop, owner=self)

    def _unpacked(self, tag: str) -> None:
        self._last = None
        self._bench.nav.flash("warn", lambda: _("Taken out"))
        self._say("warn", lambda: _("Taken out"), show_tag(tag))
        self.load()

    def seal(self) -> None:
        """Fixes the list of the box being packed."""
        box = self._packing.box
        if box is not None and self.seal_button.isEnabled():
            self.seal_button.setEnabled(False)
            asked = SealAsked(number=box.number)
            self._bench.act("seal_box", asked, lambda _done: self._sealed(box.number), self._stop, owner=self)

    def _sealed(self, number: str) -> None:
        self._last = None
        self._bench.nav.flash("ok", lambda: _("Sealed"))
        self._say("ok", lambda: _("Sealed"), lambda: _("Print its list and label, then scan the carrier’s waybill."))
        self.load(number)

    def _stop(self, failure: Failure) -> None:
        self._say("bad", lambda: _("Not done"), told(failure))
        self._bench.nav.flash("bad", lambda: _("Stop"))
        self.line.selectAll()
        self._show_packing()
        self._scans.ended()

    def _say(self, tone: str, title: Words, text: Words) -> None:
        self._said = True
        self.banner.say(tone, title, text)
