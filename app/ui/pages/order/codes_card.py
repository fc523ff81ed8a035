"""The card of the fault and repair codes: five fields, each offering only what still fits; saved at once."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import _, language
from app.queries.order_view import Code, CodeField, OrderView
from app.ui.live import Words
from app.ui.pages.order.desk import OrderDesk
from app.ui.pages.order.texts import coded, either
from app.ui.refusal_words import refusal_words
from app.ui.widgets import Card, Choice, ComboSearch, Field, KeyValueGrid, Link, Pill
from core.fault_codes import FIELDS
from core.refusals import Refusal


class CodesCard(Card):
    """Type a code or words of either language."""

    def __init__(self, desk: OrderDesk) -> None:
        super().__init__(lambda: _("Fault and repair codes"), "faults")
        self._desk = desk
        self._showing = False
        self._view: OrderView | None = None
        self.editors: dict[str, ComboSearch] = {}
        self.fields: dict[str, Field] = {}
        self._open = False
        self._summary = KeyValueGrid()
        self._change = Link(lambda: _("Change"), self._expand)
        self._editors = QWidget()
        lines = QVBoxLayout(self._editors)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(4)
        for name in FIELDS:
            editor = ComboSearch([], lambda: _("Code or words…"))
            editor.picked.connect(lambda code, field=name: self._picked(field, code))
            self.editors[name] = editor
            self.fields[name] = Field(coded("code_field", name), editor, left=True)
            lines.addWidget(self.fields[name])
        self.add(self._editors)
        self.add(self._summary)
        self.body.addWidget(self._change, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addStretch(1)

    def show_view(self, view: OrderView) -> None:
        """Show what is coded; what a person is typing stays."""
        self._view = view
        self._showing = True
        for field in view.codes:
            self._show_field(field, view.can_edit)
        self._showing = False
        done = sum(bool(field.code) for field in view.codes)
        self._choose_face(view, complete=done == len(FIELDS))
        self.set_trailing(
            Pill(lambda: _("{n} of {total}").format(n=done, total=len(FIELDS)), "ok" if done == len(FIELDS) else "grey")
        )

    def _choose_face(self, view: OrderView, *, complete: bool) -> None:
        """A complete coding is told in few lines; the fields come back by a click."""
        typing = any(editor.hasFocus() for editor in self.editors.values())
        short = not view.can_edit or (complete and not self._open and not typing)
        self._summary.set_rows([(coded("code_field", one.field), _told(one)) for one in view.codes] if short else [])
        self._summary.setVisible(short)
        self._editors.setVisible(not short)
        self._change.setVisible(short and view.can_edit)

    def begin(self) -> None:
        """Open the fields and put the keyboard where the next code is missing, or on the first that may be wrong."""
        if all(editor.current_id() for editor in self.editors.values()):
            self._expand()
        else:
            self.focus_first_empty()

    def _expand(self) -> None:
        self._open = True
        if self._view is not None:
            self.show_view(self._view)
        self.editors["symptom"].setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_field(self, field: CodeField, editable: bool) -> None:
        editor = self.editors[field.field]
        editor.set_choices([_choice(one) for one in field.options])
        editor.setEnabled(editable)
        if editor.hasFocus() and editor.text() and not field.code:
            return
        if not field.code:
            editor.clear()
        elif not editor.pick(field.code):
            editor.setText(field.code)

    def _picked(self, field: str, code: str) -> None:
        known = {one.field: one.code for one in self._view.codes} if self._view else {}
        if self._showing or known.get(field, "") == code:
            return
        self._desk.act("code_fault", {field: code}, lambda refusal: self._refuse(field, refusal), self._accept)

    def _accept(self) -> None:
        for field in self.fields.values():
            field.accept()
        self.focus_first_empty()

    def _refuse(self, field: str, refusal: Refusal) -> None:
        wrong = str(refusal.facts.get("field", field))
        self.fields.get(wrong, self.fields[field]).refuse(refusal_words(refusal))

    def focus_first_empty(self) -> None:
        """Put the keyboard where the next code is missing; with none missing the coding folds up."""
        if all(editor.current_id() for editor in self.editors.values()):
            self._open = False
            self.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        empty = next((editor for editor in self.editors.values() if not editor.current_id()), None)
        if empty is not None:
            empty.setFocus(Qt.FocusReason.OtherFocusReason)

    def retranslate(self) -> None:
        """The codes' texts follow the language."""
        if self._view is not None:
            self.show_view(self._view)


def _told(field: CodeField) -> Words:
    entry = next((one for one in field.options if one.code == field.code), None)
    if entry is None:
        return field.code or "—"
    name = either(entry.zh, entry.en)
    return lambda: f"{entry.code}  {name()}"


def _choice(one: Code) -> Choice:
    chinese = language() == "zh_CN"
    return Choice(one.code, one.zh if chinese else one.en, one.en if chinese else one.zh)
