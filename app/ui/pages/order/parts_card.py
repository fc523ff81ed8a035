"""The card of the parts: what was put in, the old part's serial and tag, and the next part with its stock at hand."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.i18n import _, language
from app.queries.order_view import OrderView, PartChoice, PartUsed
from app.ui import formats
from app.ui.live import bind
from app.ui.pages.order.desk import OrderDesk
from app.ui.pages.order.paper import print_tag
from app.ui.pages.order.texts import coded, either
from app.ui.refusal_words import refusal_words
from app.ui.widgets import Button, Card, Choice, ComboSearch, Field, Label, Link, Pill, empty_layout
from app.ui.widgets.text import plain_tip
from core.refusals import Refusal

_OLD_TONES = {"to_tag": "warn", "tagged": "ok", "received": "ok", "written_off": "ok", "not_due": "grey"}


class PartsCard(Card):
    """A part is scanned or chosen, put in at once or only quoted; each old part gets its serial and tag here."""

    def __init__(self, desk: OrderDesk) -> None:
        super().__init__(lambda: _("Parts"), "parts")
        self._desk = desk
        self._view: OrderView | None = None
        self._rows = QGridLayout()
        self._rows.setHorizontalSpacing(10)
        self._rows.setVerticalSpacing(6)
        self._rows.setColumnStretch(0, 1)
        self._planned = QVBoxLayout()
        self._tags = TagLines(desk)
        self.picker = ComboSearch([], lambda: _("Part number or name…"))
        self.serial = QLineEdit()
        self._build_picker()
        for item in (self._rows, self._planned, self._tags, self._adder):
            self.add(item)
        self.body.addStretch(1)

    def _build_picker(self) -> None:
        self._adder = QWidget()
        row = QHBoxLayout(self._adder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.serial.setMaxLength(60)
        bind(self.serial, self.serial.setPlaceholderText, lambda: _("New serial"))
        self.part_field, self.serial_field = Field("", self.picker), Field("", self.serial)
        bind(self.picker, self.picker.setAccessibleName, lambda: _("New part"))
        bind(self.serial, self.serial.setAccessibleName, lambda: _("Serial of the new part"))
        self.use = Button(lambda: _("Put in"), self._use)
        self.plan = Link(lambda: _("Only quote"), self._plan)
        row.addWidget(self.part_field, 5, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.serial_field, 3, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.use, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(_level(self.plan), 0, Qt.AlignmentFlag.AlignTop)
        self.picker.picked.connect(lambda part: self._keep("part", part))
        self.serial.textEdited.connect(lambda text: self._keep("new_serial", text))
        self.serial.returnPressed.connect(self._use)

    def _keep(self, name: str, value: str) -> None:
        self._desk.drafts.put(name, value)
        self.part_field.accept()
        self.serial_field.accept()

    # --- showing ----------------------------------------------------------------------------------------------

    def show_view(self, view: OrderView) -> None:
        """Show what was put in; what is typed stays."""
        self._view = view
        empty_layout(self._rows)
        for line, part in enumerate(view.parts):
            self._show_part(line, part, editable=view.can_edit)
        if not view.parts:
            words = (lambda: _("No part yet. Scan one, or choose it below.")) if view.can_edit else (lambda: _("None"))
            self._rows.addWidget(Label(words, "muted", wrap=True), 0, 0, 1, 4)
        self._show_planned(view)
        self._tags.show_view(view)
        self._adder.setVisible(view.can_edit and bool(view.part_choices))
        self._show_picker(view)

    def _show_part(self, line: int, part: PartUsed, *, editable: bool) -> None:
        name = either(part.zh, part.en)
        words = Label(lambda: f"{name()} × {part.quantity}" if part.quantity > 1 else name(), wrap=True)
        words.setToolTip(plain_tip(part.new_serial))
        self._rows.addWidget(words, line, 0)
        self._rows.addWidget(Label(part.part_id, "muted"), line, 1)
        self._rows.addWidget(_old_pill(part), line, 2)
        pays = formats.money(part.price_fen) if part.payer == "customer" else ""
        payer = Label(pays) if pays else Label(coded("payer", "maker"), "muted")
        self._rows.addWidget(payer, line, 3, Qt.AlignmentFlag.AlignRight)
        if part.old_state == "tagged":
            self._rows.addWidget(Link(lambda: _("Print tag"), lambda: self._print(part)), line, 4)

    def _print(self, part: PartUsed) -> None:
        if self._view is not None:
            print_tag(self._desk, self._view, part)

    def _show_planned(self, view: OrderView) -> None:
        empty_layout(self._planned)
        names = {one.id: one for one in view.part_choices}
        for part_id in view.fees.planned:
            line = QWidget()
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            known = names.get(part_id)
            name = either(known.zh, known.en) if known else (lambda: "")
            row.addWidget(Label(lambda n=name, p=part_id: f"{n()}  {p}", wrap=True), 1)  # type: ignore[misc]
            row.addWidget(Pill(lambda: _("quoted"), "blue"))
            row.addWidget(Link(lambda: _("Remove"), lambda p=part_id: self._unplan(p)))  # type: ignore[misc]
            self._planned.addWidget(line)

    def _show_picker(self, view: OrderView) -> None:
        self.picker.set_choices([_choice(one) for one in view.part_choices])
        if not self.picker.hasFocus() and not self.picker.current_id():
            self.picker.pick(self._desk.drafts.get("part"))
        if not self.serial.hasFocus():
            self.serial.setText(self._desk.drafts.get("new_serial"))

    # --- acting -----------------------------------------------------------------------------------------------

    def focus_picker(self) -> None:
        """Put the keyboard where a part is chosen."""
        self.picker.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_tag(self) -> None:
        """Put the keyboard where the first old part gets its serial."""
        self._tags.focus_first()

    def take_scan(self, text: str) -> bool:
        """A scanned part number chooses the part; a code after it is its serial."""
        if not self._adder.isVisible():
            return False
        if self.picker.pick(text.strip().upper()):
            self.serial.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        return False

    def _use(self) -> None:
        part = self.picker.current_id()
        if not part:
            self.part_field.refuse(lambda: _("Choose the part first."))
            return
        known = next((one for one in self._view.part_choices if one.id == part), None) if self._view else None
        if known and known.serialised and not self.serial.text().strip():
            self.serial_field.refuse(lambda: _("This part bears a serial number; scan or type it."))
            return
        given = {"part_id": part, "new_serial": self.serial.text().strip() or None}
        self._desk.act("use_part", given, self._refuse, lambda: self._used(part))

    def _refuse(self, refusal: Refusal) -> None:
        self.part_field.refuse(refusal_words(refusal))

    def _used(self, part: str) -> None:
        self._desk.drafts.put("planned", [one for one in self._desk.drafts.get("planned", []) if one != part])
        self._desk.drafts.drop("part", "new_serial")
        self.serial.clear()
        self.picker.clear()

    def _plan(self) -> None:
        part = self.picker.current_id()
        if not part:
            self.part_field.refuse(lambda: _("Choose the part first."))
            return
        planned = self._desk.drafts.get("planned", [])
        self._desk.drafts.put("planned", [*planned, part])
        self.picker.clear()
        self._desk.reload_asked.emit()

    def _unplan(self, part: str) -> None:
        planned = list(self._desk.drafts.get("planned", []))
        planned.remove(part)
        self._desk.drafts.put("planned", planned)
        self._desk.reload_asked.emit()

    def retranslate(self) -> None:
        """Part names follow the language."""
        if self._view is not None:
            self._show_picker(self._view)


class TagLines(QWidget):
    """One line for each old part that still needs its serial and tag."""

    def __init__(self, desk: OrderDesk) -> None:
        super().__init__()
        self._desk = desk
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(6)
        self.editors: dict[str, QLineEdit] = {}
        self.fields: dict[str, Field] = {}

    def show_view(self, view: OrderView) -> None:
        """Show lines for what is to be tagged; lines that stay keep their text."""
        wanted = {part.old_id: part for part in view.parts if part.old_state == "to_tag"} if view.can_edit else {}
        if set(wanted) == set(self.editors):
            return
        empty_layout(self._box)
        self.editors, self.fields = {}, {}
        for part in wanted.values():
            self._box.addWidget(self._line(part))
        self.setVisible(bool(wanted))

    def _line(self, part: PartUsed) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        editor = QLineEdit(self._desk.drafts.get(f"old/{part.old_id}"))
        editor.setMaxLength(60)
        bind(editor, editor.setPlaceholderText, lambda: _("Serial of the old part"))
        editor.textEdited.connect(lambda text: self._desk.drafts.put(f"old/{part.old_id}", text))
        editor.returnPressed.connect(lambda: self._tag(part.old_id, no_serial=False))
        field = Field(lambda: _("Old part {part}").format(part=part.part_id), editor, left=True)
        self.editors[part.old_id], self.fields[part.old_id] = editor, field
        row.addWidget(field, 1, Qt.AlignmentFlag.AlignTop)
        none = Link(lambda: _("It has none"), lambda: self._tag(part.old_id, no_serial=True))
        tag = Button(lambda: _("Tag"), lambda: self._tag(part.old_id, no_serial=False))
        row.addWidget(tag, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(_level(none), 0, Qt.AlignmentFlag.AlignTop)
        return line

    def focus_first(self) -> None:
        """Put the keyboard into the first line."""
        for editor in self.editors.values():
            editor.setFocus(Qt.FocusReason.OtherFocusReason)
            return

    def _tag(self, old_id: str, *, no_serial: bool) -> None:
        serial = "" if no_serial else self.editors[old_id].text().strip()
        given = {"old_part_id": old_id, "serial": serial or None, "no_serial": no_serial}
        field = self.fields[old_id]
        done = lambda: self._desk.drafts.drop(f"old/{old_id}")  # noqa: E731
        self._desk.act("tag_old_part", given, lambda refusal: field.refuse(refusal_words(refusal)), done)


def _level(link: Link) -> QWidget:
    """A link on the line of the editors beside it."""
    room = QWidget()
    room.setFixedHeight(32)
    row = QHBoxLayout(room)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(link, 0, Qt.AlignmentFlag.AlignVCenter)
    return room


def _old_pill(part: PartUsed) -> QWidget:
    if part.old_state == "tagged" and part.due_on:
        day = formats.short_day(part.due_on)
        return Pill(lambda: _("tagged, back by {day}").format(day=day), "ok")
    return Pill(coded("old_part", part.old_state), _OLD_TONES.get(part.old_state, "grey"))


def _choice(one: PartChoice) -> Choice:
    chinese = language() == "zh_CN"
    name, other = (one.zh, one.en) if chinese else (one.en, one.zh)
    stock = _("in stock {n}").format(n=one.stock) if one.stock > 0 else _("none in stock")
    pays = _("covered") if one.covered else formats.money(one.price_fen)
    return Choice(one.id, f"{name}  ·  {stock}  ·  {pays}", other)
