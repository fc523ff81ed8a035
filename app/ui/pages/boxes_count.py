"""The clerk's blind count: a box is opened by its code, its pieces are scanned, and only then the list is told."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QStackedLayout, QVBoxLayout, QWidget

from app.actions.count_box import BoxAsked
from app.i18n import _
from app.offline_db.store import LocalRows
from app.queries.boxes import BoxRow, Counting, counting, list_boxes
from app.ui import theme
from app.ui.background import Failure
from app.ui.bench import Bench, Keys
from app.ui.live import Words, bind
from app.ui.page import Page
from app.ui.pages.boxes_counting import CountingCard
from app.ui.pages.boxes_result import ResultCard
from app.ui.pages.boxes_words import box_columns
from app.ui.refusal_words import told
from app.ui.widgets import (
    Banner,
    Button,
    Card,
    DataTable,
    EmptyState,
    Field,
    PageHeader,
    RowsModel,
    table_card,
)
from core.identifiers import parse_box
from core.refusals import Refusal

_ENTITIES = frozenset({"box", "box_count"})


class CountPage(Page):
    """Boxes at the left; at the right the box in hand: counted blind, or closed with its differences."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self.number: str | None = None
        self._early: list[str] | None = None  # what is scanned while the box is being opened
        self.header = PageHeader(lambda: _("Count boxes"))
        self.leave_button = Button(lambda: _("Another box"), self.leave, icon="back", shortcut="Ctrl+B")
        self.header.add_button(self.leave_button)
        self.body.addWidget(self.header)
        self.counting = CountingCard(bench)
        self.counting.done.connect(lambda: self.load())
        self.counting.closing.connect(self.close_count)
        self.result = ResultCard()
        self._stack = QStackedLayout()
        self.body.addLayout(self._stack, 1)  # before its widgets: without a parent it shows them as windows
        for widget in (self._build_choice(), self.counting, self.result):
            self._stack.addWidget(widget)
        bench.news.changed.connect(self._changed)
        self._show(None)

    def _build_choice(self) -> QWidget:
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        card = Card(lambda: _("Which box?"), "scan")
        self.line = QLineEdit()
        self.line.setMaxLength(60)
        self.line.setFont(theme.mono_font(16))
        bind(self.line, self.line.setPlaceholderText, lambda: _("Scan the code on the box or on its list"))
        self.line.returnPressed.connect(lambda: self.open_box(self.line.text()))
        self.field = Field(lambda: _("Box number"), self.line)
        card.add(self.field)
        self.banner = Banner("grey", "")
        card.add(self.banner)
        column.addWidget(card)
        self.model = RowsModel[BoxRow](box_columns(blind=True), lambda box: box.id)
        nothing = EmptyState(
            lambda: _("No boxes are on their way"), lambda: _("Boxes appear here when a station packs them."), "box"
        )
        self.table = DataTable(self.model, nothing).name(lambda: _("Boxes"))
        self.table.opened.connect(self._opened_row)
        column.addWidget(table_card(self.table), 1)
        return whole

    # --- which box --------------------------------------------------------------------------------------------

    def opened(self, *, number: str | None = None, **_params: Any) -> None:
        """Shows the boxes, or the one whose code was scanned elsewhere."""
        if number is not None:
            self.open_box(number)
        else:
            self.load()

    def open_box(self, text: str) -> None:
        """Begins or goes on with the count of a box; a closed one shows its differences."""
        self._early = None
        self.field.accept()
        try:
            number = parse_box(text)
        except Refusal as refusal:
            self._refused(Failure(refusal))
            return
        if number is None:
            self._refused(Failure(Refusal("box_unknown", number=text.strip()[:60] or "—")))
            return
        self._early = []
        self._bench.read(lambda rows: _known(rows, number), lambda found: self._found(number, found), owner=self)

    def _found(self, number: str, found: Counting | None) -> None:
        if found is not None and found.box.opened_at is not None:
            self.number = number
            self.load()
            return
        asked = BoxAsked(number=number)
        self._bench.act("open_box", asked, lambda _done: self._begun(number), self._refused, owner=self)

    def _begun(self, number: str) -> None:
        self.number = number
        self._bench.nav.flash("ok", lambda: _("Count"))
        self.load()

    def leave(self) -> None:
        """Back to the list; what was counted stays."""
        self.number = self._early = None
        self.load()

    def _opened_row(self, box_id: str) -> None:
        line = self.model.line_of(box_id)
        if line >= 0:
            self.open_box(self.model.row_at(line).number)

    # --- what is shown ----------------------------------------------------------------------------------------

    def load(self) -> None:
        """Reads the box in hand, or the list."""
        number = self.number
        if number is None:
            self._bench.read(list_boxes, self._listed, owner=self)
        else:
            self._bench.read(lambda rows: counting(rows, number), self._show, owner=self, failed=self._refused)

    def _listed(self, boxes: list[BoxRow]) -> None:
        self.model.set_rows(boxes)
        if self.number is None:
            self._show(None)

    def _show(self, found: Counting | None) -> None:
        if found is not None and found.box.number != self.number:
            return  # of a box that was left meanwhile
        self.leave_button.setEnabled(found is not None)
        if found is None:
            self._stack.setCurrentIndex(0)
            self.header.say(lambda: _("Count boxes"))
            self._say("grey", lambda: _("Ready for a box"), lambda: _("Its list stays hidden until it is counted."))
            self.line.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        number, station = found.box.number, found.box.station
        self.header.say(lambda: _("Box {number}").format(number=number), station)
        if found.box.state == "closed":
            self._early = None
            self.result.show_result(found)
            self._stack.setCurrentWidget(self.result)
        else:
            self.counting.show_counting(found)
            self._stack.setCurrentWidget(self.counting)
            early, self._early = self._early or [], None
            for text in early:
                self.counting.take(text)

    def _changed(self, keys: Keys) -> None:
        if self.isVisible() and any(entity in _ENTITIES for entity, _id in keys):
            self.load()

    # --- scanning ---------------------------------------------------------------------------------------------

    def scanned(self, text: str, source: str) -> bool:
        """A box's code opens it; everything else is a piece of the box in hand, or what can be read of the last one."""
        try:
            is_box = parse_box(text) is not None
        except Refusal:
            is_box = True  # a box's code with a wrong character: said as such
        if not is_box and self._early is not None:
            self._early.append(text)
        elif is_box or self.number is None:
            self.open_box(text)
        elif self._stack.currentWidget() is self.counting:
            self.counting.take(text)
        else:
            self._bench.nav.flash("warn", lambda: _("Closed"))
        return True

    def close_count(self) -> None:
        """Ends the count: the list is told now."""
        if self.number is not None:
            done = lambda _done: self._closed()  # noqa: E731 - said once, when it is done
            self._bench.act("close_count", BoxAsked(number=self.number), done, self._refused, owner=self)

    def _closed(self) -> None:
        self._bench.nav.flash("ok", lambda: _("Counted"))
        self.load()

    def _refused(self, failure: Failure) -> None:
        self._early = None
        self._bench.nav.flash("bad", lambda: _("Stop"))
        if self.number is None:
            self._say("bad", lambda: _("This box can’t be opened"), told(failure))
            self.line.selectAll()
        else:
            self.counting.stop(failure)

    def _say(self, tone: str, title: Words, text: Words) -> None:
        self.banner.say(tone, title, text)


def _known(rows: LocalRows, number: str) -> Counting | None:
    try:
        return counting(rows, number)
    except Refusal:
        return None
