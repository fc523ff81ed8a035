"""A box being counted: a large number, the piece in hand with what was read of it, and everything counted so far."""

from __future__ import annotations

import base64
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.actions.count_box import CountAsked, UncountAsked
from app.i18n import _
from app.offline_db.store import LocalRows
from app.queries.boxes import Counting, CountLine, is_part
from app.ui import formats, theme
from app.ui.background import Failure
from app.ui.bench import Bench
from app.ui.live import Words, bind, text_of
from app.ui.pages.boxes_words import DIFFERENCE_TONES, Counter
from app.ui.pages.in_order import InOrder
from app.ui.pages.picture_intake import PictureIntake
from app.ui.refusal_words import code_words, told
from app.ui.widgets import (
    Banner,
    Button,
    Card,
    Column,
    DataTable,
    EmptyState,
    Field,
    KeyValueGrid,
    PrimaryButton,
    RowsModel,
    table_card,
)
from core.identifiers import parse_old_part, show_tag
from core.refusals import Refusal
from core.words import WORDS

GRADES = tuple(WORDS["grade"])
GRADE_KEYS = dict(zip(GRADES, ("F5", "F6", "F7"), strict=True))


class CountingCard(QWidget):
    """Counts what :meth:`take` is given; ``done`` after each step, ``closing`` when the clerk says that was all."""

    done = Signal()
    closing = Signal()

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self._found: Counting | None = None
        self._hand: str | None = None  # the tag that was scanned last
        self._scans = InOrder(self._take)
        self._done = False  # what was begun has ended, and shows with the next reading
        self._intake = PictureIntake(self, lambda: _("Photo of the piece"))
        self._intake.brought.connect(self.take_photo)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        left = QVBoxLayout()
        left.setSpacing(10)
        left.addWidget(self._build_scan())
        left.addWidget(self._build_unread())
        left.addStretch(1)
        self.close_button = PrimaryButton(
            lambda: _("That was all: close the count"), self.closing.emit, icon="check", shortcut="F8"
        )
        left.addWidget(self.close_button)
        row.addLayout(left, 4)
        right = QVBoxLayout()
        right.setSpacing(10)
        right.addWidget(self._build_piece())
        right.addWidget(self._build_table(), 1)
        row.addLayout(right, 6)

    def _build_scan(self) -> Card:
        card = Card(lambda: _("Scan every piece"), "scan")
        self.counter = Counter(lambda: _("pieces counted"))
        card.add(self.counter)
        self.line = QLineEdit()
        self.line.setMaxLength(60)
        self.line.setFont(theme.mono_font(16))
        bind(self.line, self.line.setPlaceholderText, lambda: _("Scan the tag, or type its twelve characters"))
        self.line.returnPressed.connect(lambda: self.take(self.line.text()))
        self.field = Field(lambda: _("Tag number"), self.line)
        card.add(self.field)
        self.banner = Banner("grey", "")
        card.add(self.banner)
        return card

    def _build_unread(self) -> Card:
        card = Card(lambda: _("The tag can’t be read"), "search")
        self.part_line, self.serial_line = QLineEdit(), QLineEdit()
        for line in (self.part_line, self.serial_line):
            line.setMaxLength(40)
            line.setFont(theme.mono_font(13))
            line.returnPressed.connect(self.count_unread)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(Field(lambda: _("Part"), self.part_line), 1)
        row.addWidget(Field(lambda: _("Serial number"), self.serial_line), 1)
        card.add(row)
        card.add(Button(lambda: _("Count without a tag"), self.count_unread, icon="check", shortcut="F3"))
        return card

    def _build_piece(self) -> Card:
        card = Card(lambda: _("The piece in hand"), "old_parts")
        self.facts = KeyValueGrid(label_width=100)
        card.add(self.facts)
        self.damage_button = Button(lambda: _("Damaged"), self.say_damaged, icon="warn", shortcut="F2")
        self.photo_button = Button(lambda: _("Photo…"), self._intake.choose, icon="photo", shortcut="F4")
        self.undo_button = Button(lambda: _("Take back"), self.undo, icon="undo", shortcut="Ctrl+Z")
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.damage_button, self.photo_button, self.undo_button):
            row.addWidget(button)
        row.addStretch(1)
        card.add(row)
        self.grade_buttons = {
            code: Button(code_words("grade", code), partial(self._say_more, grade=code), shortcut=key)
            for code, key in GRADE_KEYS.items()
        }
        grades = QHBoxLayout()
        grades.setSpacing(8)
        for button in self.grade_buttons.values():
            grades.addWidget(button)
        self.place_line = QLineEdit()
        self.place_line.setMaxLength(40)
        bind(self.place_line, self.place_line.setPlaceholderText, lambda: _("Shelf or workshop"))
        self.place_line.returnPressed.connect(lambda: self._say_more(next_place=self.place_line.text().strip()))
        bind(self.place_line, self.place_line.setAccessibleName, lambda: _("Shelf or workshop"))
        grades.addWidget(self.place_line, 1)
        card.add(grades)
        return card

    def _build_table(self) -> QWidget:
        self.model = RowsModel[CountLine](_columns(), lambda line: line.id)
        empty = EmptyState(
            lambda: _("Nothing counted yet"), lambda: _("Scan the tag of each piece as you take it out."), "box"
        )
        self.table = DataTable(self.model, empty).name(lambda: _("Counted"))
        return table_card(self.table)

    # --- what is shown ----------------------------------------------------------------------------------------

    def show_counting(self, found: Counting) -> None:
        """Shows a box's counts; another box's begin with the keyboard in the tag's line."""
        another = self._found is None or self._found.box.id != found.box.id
        if another:
            self._hand = None
            self._scans.clear()
        self._found = found
        self.counter.show_number(found.pieces)
        self.model.set_rows(list(found.counts))
        self._show_piece()
        if another:
            self.line.clear()
            self._say(
                "grey", lambda: _("Ready"), lambda: _("Tag first; then, if you can, the part’s own serial number.")
            )
            self.line.setFocus(Qt.FocusReason.OtherFocusReason)
        if self._done:
            self._done = False
            self._scans.ended()

    @property
    def last(self) -> CountLine | None:
        """The piece in hand: the one whose tag was scanned last, else the one that was counted last."""
        counts = self._found.counts if self._found else ()
        return next((line for line in counts if self._hand in (None, line.tag)), None)

    def _show_piece(self) -> None:
        line = self.last
        self.facts.set_rows(_facts(line))
        for button in (self.damage_button, self.photo_button, self.undo_button, *self.grade_buttons.values()):
            button.setEnabled(line is not None)
        self.place_line.setEnabled(line is not None)
        self.damage_button.setEnabled(line is not None and line.finding != "damaged")

    # --- counting ---------------------------------------------------------------------------------------------

    def take(self, text: str) -> None:
        """A tag is a new piece; anything else is what can be read of the piece in hand."""
        if text.strip():
            self._scans.add(text.strip())

    def _take(self, text: str) -> None:
        if self._found is None:
            self._scans.ended()
            return
        try:
            tag = parse_old_part(text)
        except Refusal as refusal:
            self.stop(Failure(refusal))
            return
        if tag is not None:
            self._hand = tag
            self._count(CountAsked(number=self._found.box.number, tag=tag), show_tag(tag))
        elif self.last is None:
            self.stop(Failure(Refusal("old_part_tag_wrong", tag=text[:40])))
        else:
            self._bench.read(lambda rows: _meaning(rows, text), lambda told: self._say_more(**told), owner=self)

    def count_unread(self) -> None:
        """Counts a piece by its part and serial number."""
        if self._found is None or not self.part_line.text().strip():
            self.part_line.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self._hand = None
        part, serial = self.part_line.text().strip(), self.serial_line.text().strip()
        asked = CountAsked(number=self._found.box.number, part_id=part, serial=serial or None)
        self._count(asked, " · ".join(filter(None, (part, serial))))

    def say_damaged(self) -> None:
        """The piece in hand is damaged."""
        self._say_more(finding="damaged")

    def take_photo(self, source: Path | bytes) -> None:
        """A photo of the piece in hand."""
        if isinstance(source, Path):
            self._say_more(photo=str(source))
        else:
            self._say_more(picture=base64.b64encode(source).decode())

    def _say_more(self, **told: Any) -> None:
        """Counts the piece in hand once more, with what else is known of it: its last count stands."""
        line = self.last
        if line is None or self._found is None:
            self._scans.ended()
            return
        known = {name: getattr(line, name) for name in ("tag", "part_id", "serial", "finding", "grade", "next_place")}
        told = {name: value for name, value in told.items() if value}
        asked = CountAsked(number=self._found.box.number, **(known | told))
        what, said = show_tag(line.tag) if line.tag else line.part_id or "", tuple(told)
        if line.tag is not None:
            self._count(asked, what, said)
            return
        # nothing but its count tells a piece without a tag: the new one takes the place of the old one
        before = UncountAsked(number=asked.number, count_id=line.id)
        again = lambda _done: self._count(asked, what, said)  # noqa: E731 - said once, when it is done
        self._bench.act("uncount_old_part", before, again, self.stop, owner=self)

    def _count(self, asked: CountAsked, what: str, said: tuple[str, ...] = ()) -> None:
        self._bench.act("count_old_part", asked, lambda _done: self._counted(what, said), self.stop, owner=self)

    def _counted(self, what: str, said: tuple[str, ...]) -> None:
        self.line.clear()
        self.part_line.clear()
        self.serial_line.clear()
        self.place_line.clear()
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)
        self._bench.nav.flash("ok", (lambda: _("Noted")) if said else (lambda: _("Counted")))
        self._say("ok", (lambda: _("Noted")) if said else (lambda: _("Counted")), what)
        self._done = True
        self.done.emit()

    def undo(self) -> None:
        """Takes the last count back."""
        line, found = self.last, self._found
        if line is not None and found is not None:
            self._hand = None
            asked = UncountAsked(number=found.box.number, count_id=line.id)
            self._bench.act("uncount_old_part", asked, lambda _done: self._taken_back(), self.stop, owner=self)

    def _taken_back(self) -> None:
        self._bench.nav.flash("warn", lambda: _("Taken back"))
        self._say("warn", lambda: _("Taken back"), "")
        self.done.emit()

    def stop(self, failure: Failure) -> None:
        """Says why nothing was counted."""
        self._say("bad", lambda: _("Not counted"), told(failure))
        self._bench.nav.flash("bad", lambda: _("Stop"))
        self.line.selectAll()
        self._show_piece()
        self._scans.ended()

    def _say(self, tone: str, title: Words, text: Words) -> None:
        self.banner.say(tone, title, text)


def _meaning(rows: LocalRows, text: str) -> dict[str, str]:
    return {"part_id": text} if is_part(rows.connection, text) else {"serial": text[:40]}


def _facts(line: CountLine | None) -> list[Any]:
    if line is None:
        return [(lambda: _("Tag number"), "—")]
    return [
        (lambda: _("Tag number"), show_tag(line.tag) if line.tag else lambda: _("can’t be read"), "strong"),
        (lambda: _("Read from it"), " · ".join(filter(None, (line.part_id, line.serial))) or "—", "strong"),
        (lambda: _("Finding"), code_words("finding", line.finding)),
        (lambda: _("Grade"), lambda: _grade_words(line)),
    ]


def _grade_words(line: CountLine) -> str:
    grade = text_of(code_words("grade", line.grade)) if line.grade else ""
    return " · ".join(filter(None, (grade, line.next_place))) or "—"


def _columns() -> list[Column[CountLine]]:
    return [
        Column(lambda: _("Time"), lambda line: formats.clock(line.at), tone=lambda _line: "muted", width=64),
        Column(lambda: _("Tag number"), lambda line: show_tag(line.tag) if line.tag else "—", width=140),
        Column(
            lambda: _("Read from it"),
            lambda line: " · ".join(filter(None, (line.part_id, line.serial))) or "—",
            stretch=True,
        ),
        Column(
            lambda: _("Finding"),
            lambda line: text_of(code_words("finding", line.finding)),
            tone=lambda line: DIFFERENCE_TONES.get(line.finding, "ok"),
            width=100,
        ),
        Column(lambda: _("Grade"), _grade_words, width=130),
        Column(lambda: _("Photo"), lambda line: _("yes") if line.has_photo else "", width=56),
        Column(lambda: _("By"), lambda line: line.by, width=70),
    ]
