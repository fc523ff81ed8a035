"""What becomes of received parts: graded by keys, sent to suppliers in batches, and what the suppliers answer."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from app.actions.grade_old_part import GradeAsked
from app.actions.supplier_batch import AnsweredAsked, SendAsked
from app.i18n import _
from app.offline_db.store import LocalRows
from app.queries.boxes import suppliers_of
from app.queries.old_parts import OldPartLine, at_warehouse, by_tag
from app.ui.background import Failure
from app.ui.bench import Bench, Keys
from app.ui.live import bind, text_of
from app.ui.page import Page
from app.ui.pages.boxes_words import DIFFERENCE_TONES, FATE_TONES
from app.ui.pages.key_buttons import KeyButton
from app.ui.pages.old_parts_card import part_name, serial_words
from app.ui.refusal_words import code_words, told
from app.ui.widgets import (
    Chip,
    Column,
    DataTable,
    EmptyState,
    FilterChips,
    PageHeader,
    PrimaryButton,
    RowsModel,
    table_card,
)
from core.words import WORDS

GRADES, ANSWERS = tuple(WORDS["grade"]), tuple(WORDS["answer"])


def grading_page(bench: Bench) -> Page:
    """The page of the warehouse's clerks."""
    return GradePage(bench)


class GradePage(Page):
    """One list per state; what can be done with it stands below."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self._lines: list[OldPartLine] = []
        self._wanted: str | None = None
        self.header = PageHeader(lambda: _("Grade old parts"))
        self.body.addWidget(self.header)
        self.chips = FilterChips(
            [
                Chip("ungraded", lambda: _("To grade")),
                Chip("supplier", code_words("part_fate", "supplier")),
                Chip("sent", code_words("part_fate", "sent")),
                Chip("refurbish", code_words("part_fate", "refurbish")),
                Chip("scrap", code_words("part_fate", "scrap")),
            ]
        )
        self.chips.activate("ungraded")
        self.chips.changed.connect(lambda _ids: self.load())
        self.body.addWidget(self.chips)
        self.model = RowsModel[OldPartLine](_columns(), lambda line: line.id)
        empty = EmptyState(
            lambda: _("Nothing here"), lambda: _("Received parts appear here until they are graded."), "old_parts"
        )
        self.table = DataTable(self.model, empty).leave(str.isdigit).name(lambda: _("Received parts"))
        self.table.chosen.connect(lambda _id: self._enable())
        self.body.addWidget(table_card(self.table), 1)
        self.body.addLayout(self._build_foot())
        bench.news.changed.connect(self._changed)
        self._enable()

    def _build_foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.grade_buttons = [
            KeyButton(code_words("grade", code), partial(self.grade, code), shortcut=str(number))
            for number, code in enumerate(GRADES, 1)
        ]
        self.answer_buttons = [
            KeyButton(code_words("answer", code), partial(self.answer, code), shortcut=str(number))
            for number, code in enumerate(ANSWERS, 1)
        ]
        self.place_line, self.supplier_line = QLineEdit(), QLineEdit()
        for line, words in ((self.place_line, lambda: _("Shelf or workshop")), (self.supplier_line, _supplier_words)):
            line.setMaxLength(40)
            line.setMaximumWidth(220)
            bind(line, line.setPlaceholderText, words)
            bind(line, line.setAccessibleName, words)
        self.send_button = PrimaryButton(
            lambda: _("Send {n} as one batch").format(n=len(self._lines)), self.send, icon="send", shortcut="F8"
        )
        for widget in (self.place_line, *self.grade_buttons, *self.answer_buttons, self.supplier_line):
            foot.addWidget(widget)
        foot.addStretch(1)
        foot.addWidget(self.send_button)
        return foot

    # --- reading ----------------------------------------------------------------------------------------------

    @property
    def shown(self) -> str:
        """Which list is on show."""
        return (self.chips.active() or ["ungraded"])[0]

    def opened(self, **_params: Any) -> None:
        """Reads the list and gives it the keyboard."""
        self.load()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def load(self) -> None:
        """Reads the list of the chip that is on."""
        shown = self.shown
        graded = None if shown in ("ungraded", "sent") else shown

        def query(rows: LocalRows) -> tuple[list[OldPartLine], str]:
            lines = at_warehouse(rows.connection, graded=graded, batch=shown == "sent")
            return lines, suppliers_of(rows, lines)

        self._bench.read(query, lambda found: self._loaded(*found), owner=self)

    def _loaded(self, lines: list[OldPartLine], supplier: str) -> None:
        before, place = self.table.current_id(), max(self.table.currentIndex().row(), 0)
        self._lines = lines
        self.model.set_rows(lines)
        wanted, self._wanted = self._wanted or before, None
        if lines and not self.table.select_id(wanted):
            self.table.selectRow(min(place, len(lines) - 1))
        if not self.supplier_line.text():
            self.supplier_line.setText(supplier)
        count = len(lines)
        self.send_button.say(lambda: _("Send {n} as one batch").format(n=count))
        self._enable()

    def _enable(self) -> None:
        shown, here = self.shown, self._line() is not None
        for widget in (self.place_line, *self.grade_buttons):
            widget.setVisible(shown != "sent")
            widget.setEnabled(here)
        for button in self.answer_buttons:
            button.setVisible(shown == "sent")
            button.setEnabled(here)
        for widget in (self.supplier_line, self.send_button):
            widget.setVisible(shown == "supplier")
            widget.setEnabled(here)

    def _line(self) -> OldPartLine | None:
        return next((line for line in self._lines if line.id == self.table.current_id()), None)

    def _changed(self, keys: Keys) -> None:
        if self.isVisible() and any(entity == "old_part" for entity, _id in keys):
            self.load()

    def scanned(self, text: str, source: str) -> bool:
        """A tag chooses its part, in whichever list it is."""
        self._bench.read(lambda rows: by_tag(rows.connection, text), self._found, owner=self, failed=self._refused)
        return True

    def _found(self, line: OldPartLine) -> None:
        self._wanted = line.id
        self._bench.nav.flash("ok", line.part_id)
        where = "sent" if line.batch else line.grade or "ungraded"
        if where == self.shown:
            self.load()
        else:
            self.chips.activate(where)

    # --- doing ------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """1 to 3 grade the part under the cursor, or say the supplier's answer."""
        digit = event.text()
        if digit.isascii() and digit.isdigit() and 1 <= int(digit) <= len(GRADES):
            if self.shown == "sent":
                self.answer(ANSWERS[int(digit) - 1])
            else:
                self.grade(GRADES[int(digit) - 1])
            return
        super().keyPressEvent(event)

    def grade(self, code: str) -> None:
        """Grades the part under the cursor; the next one is under it then."""
        line = self._line()
        if line is not None and self.shown != "sent":
            asked = GradeAsked(tag=line.id, grade=code, next_place=self.place_line.text().strip() or None)  # type: ignore[arg-type]
            self._bench.act("grade_old_part", asked, lambda _done: self._done(), self._refused, owner=self)

    def send(self) -> None:
        """Sends everything that is graded for its supplier as one batch."""
        if self._lines and self.shown == "supplier":
            tags = tuple(line.id for line in self._lines)
            asked = SendAsked(tags=tags, supplier=self.supplier_line.text())
            self._bench.act("send_to_supplier", asked, lambda _done: self._done(), self._refused, owner=self)

    def answer(self, code: str) -> None:
        """The supplier's word on the part under the cursor."""
        line = self._line()
        if line is not None and self.shown == "sent":
            asked = AnsweredAsked(tags=(line.id,), answer=code)  # type: ignore[arg-type]
            self._bench.act("supplier_answered", asked, lambda _done: self._done(), self._refused, owner=self)

    def _done(self) -> None:
        self._bench.nav.flash("ok", lambda: _("Noted"))
        self.load()

    def _refused(self, failure: Failure) -> None:
        self._bench.nav.flash("bad", lambda: _("Stop"))
        self._bench.nav.toast("bad", lambda: _("Not done"), told(failure))


def _supplier_words() -> str:
    return _("Supplier")


def _columns() -> list[Column[OldPartLine]]:
    return [
        Column(lambda: _("Part"), lambda line: line.part_id, second=part_name, stretch=True),
        Column(lambda: _("Serial number"), serial_words, width=150),
        Column(lambda: _("Station"), lambda line: line.station, width=120),
        Column(
            lambda: _("Finding"),
            lambda line: text_of(code_words("finding", line.finding or "ok")),
            tone=lambda line: DIFFERENCE_TONES.get(line.finding or "ok", "ok"),
            width=120,
        ),
        Column(
            lambda: _("What became of it"),
            lambda line: text_of(code_words("part_fate", line.fate)),
            tone=lambda line: FATE_TONES[line.fate],
            width=184,
        ),
        Column(lambda: _("Shelf or workshop"), lambda line: line.next_place or "", width=138),
        Column(lambda: _("Batch"), lambda line: line.batch or "", width=150),
    ]
