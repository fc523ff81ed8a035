"""One old part at its station: its facts, its serial and tag, and the tag's print."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from PySide6.QtWidgets import QLineEdit

from app.actions.tag_old_part import TagAsked
from app.i18n import _, language
from app.queries.old_parts import OldPartLine
from app.ui import formats, theme
from app.ui.background import Failure
from app.ui.bench import Bench
from app.ui.components.print_window import offer
from app.ui.live import Words, bind, text_of
from app.ui.pages.boxes_words import FATE_TONES
from app.ui.printing import KINDS, OldPartTag, label_print
from app.ui.refusal_words import code_words, name_words, told
from app.ui.widgets import (
    Banner,
    Button,
    Card,
    EmptyState,
    Field,
    KeyValueGrid,
    Pill,
    PrimaryButton,
)
from core.rows.parts import OldPartState

_SOON_DAYS = 7


def days_words(left: int | None) -> str:
    """Days that are left, or over."""
    if left is None:
        return ""
    if left < 0:
        return _("{n} days over").format(n=-left)
    return _("today") if left == 0 else _("{n} days left").format(n=left)


def days_tone(left: int | None) -> str:
    """Bad when late, warn in the last week."""
    if left is None:
        return ""
    return "bad" if left < 0 else "warn" if left <= _SOON_DAYS else "grey"


def part_name(line: OldPartLine) -> str:
    """The part's name in the language in use."""
    return text_of(name_words(line.part_zh, line.part_en))


def serial_words(line: OldPartLine) -> str:
    """The old part's serial, or why there is none."""
    if line.serial:
        return line.serial
    return _("bears none") if line.no_serial else "—"


class TagCard(Card):
    """One old part: give it its serial, print its tag, open its order."""

    def __init__(self, bench: Bench, open_order: Any) -> None:
        super().__init__(lambda: _("Old part"), "old_parts")
        self._bench, self._open_order = bench, open_order
        self._line: OldPartLine | None = None
        self._field: Field | None = None
        self.show_line(None, formats.utc_now().date())

    def show_line(self, line: OldPartLine | None, today: date) -> None:
        """Shows an old part; a hint for None."""
        typed = self._typed_for(line)
        self._line, self._field = line, None
        self.clear()
        if line is None:
            self.add(EmptyState(lambda: _("Choose an old part"), lambda: _("Its tag and its order are shown here.")))
            return
        left = line.days_left(today)
        if left is not None and left < 0:
            text = _late_words(line)
            self.add(Banner("bad", lambda: _("Past its day"), text))
        self.add(KeyValueGrid(self._facts(line, left), label_width=92))
        self.body.addStretch(1)
        if line.state == OldPartState.TO_TAG.value and self._bench.place.kind == "station":
            self._add_tagging(line, typed)
        elif line.state == OldPartState.TAGGED.value:
            button = PrimaryButton(lambda: _("Print tag"), self.print_tag, icon="print", shortcut="Ctrl+P")
            self.add(button)
        self.add(Button(lambda: _("Open order"), lambda: self._open_order(line.id), icon="orders"))

    def _typed_for(self, line: OldPartLine | None) -> str:
        same = self._line is not None and line is not None and self._line.id == line.id
        return self._field.editor.text() if same and self._field and isinstance(self._field.editor, QLineEdit) else ""

    @staticmethod
    def _facts(line: OldPartLine, left: int | None) -> list[Any]:
        from core.identifiers import show_tag

        due = formats.day(line.due_on) if line.due_on else "—"
        facts: list[Any] = [
            (lambda: _("Part"), line.part_id, "strong"),
            (lambda: _("Part name"), name_words(line.part_zh, line.part_en)),
            (lambda: _("Serial number"), lambda: serial_words(line)),
            (lambda: _("State"), Pill(code_words("part_fate", line.fate), FATE_TONES[line.fate])),
            (lambda: _("Tag number"), show_tag(line.tag)),
            (lambda: _("Return by"), lambda: " · ".join(filter(None, (due, days_words(left))))),
            (lambda: _("Order"), line.order_number or "—"),
            (lambda: _("Worth"), formats.money(line.worth_fen)),
        ]
        if line.box:
            facts.append((lambda: _("Box"), line.box))
        if line.finding:
            facts.append((lambda: _("Finding"), code_words("finding", line.finding)))
        if line.received_at:
            facts.append((lambda: _("Received"), formats.moment(line.received_at)))
        return facts

    def _add_tagging(self, line: OldPartLine, typed: str) -> None:
        editor = QLineEdit(typed)
        editor.setMaxLength(40)
        editor.setFont(theme.mono_font(14))
        bind(editor, editor.setPlaceholderText, lambda: _("Scan or type it"))
        self._field = Field(lambda: _("Serial number of the old part"), editor)
        editor.returnPressed.connect(self._tag)
        self.add(self._field)
        self.add(PrimaryButton(lambda: _("Tag and print"), self._tag, icon="print"))
        if line.serialised:
            self.add(Button(lambda: _("It bears no serial number"), lambda: self._record(None, none=True)))

    def take_serial(self, text: str) -> bool:
        """Puts a scanned serial into the field; False when none is asked for."""
        if self._field is None or not isinstance(self._field.editor, QLineEdit) or ":" in text:
            return False
        self._field.editor.setText(text)
        self._tag()
        return True

    def _tag(self) -> None:
        if self._field is not None and isinstance(self._field.editor, QLineEdit):
            self._record(self._field.editor.text().strip() or None, none=False)

    def _record(self, serial: str | None, *, none: bool) -> None:
        line = self._line
        if line is None:
            return
        asked = TagAsked(order_id=line.order_id, old_part_id=line.id, serial=serial, no_serial=none)
        self._bench.act("tag_old_part", asked, lambda _done: self._tagged(line, serial), self._refused, owner=self)

    def _tagged(self, line: OldPartLine, serial: str | None) -> None:
        self._bench.nav.flash("ok", lambda: _("Tagged"))
        self._offer(line._replace(serial=serial, state=OldPartState.TAGGED.value))

    def _refused(self, failure: Failure) -> None:
        if self._field is not None:
            self._field.refuse(told(failure))

    def print_tag(self) -> None:
        """Offers to print the tag."""
        if self._line is not None:
            self._offer(self._line)

    def _offer(self, line: OldPartLine) -> None:
        offer(self._bench, self, label_print(KINDS["old_part_tag"], self._tag_of(line)))

    def _tag_of(self, line: OldPartLine) -> OldPartTag:
        removed = self._bench.desk.now() + timedelta(minutes=self._bench.place.utc_offset_minutes)
        return OldPartTag(
            tag=line.tag,
            part_number=line.part_id,
            part_name=line.part_zh if language() == "zh_CN" else line.part_en,
            order_number=line.order_number,
            serial=line.serial or "",
            station=line.station,
            removed_on=formats.day(removed.date()),
        )


def _late_words(line: OldPartLine) -> Words:
    worth = formats.money(line.worth_fen)
    return lambda: _("Its worth of {amount} stays on the parts account until it is back.").format(amount=worth)
