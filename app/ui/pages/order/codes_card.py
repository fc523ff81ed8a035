"""The card of the fault and repair codes: five fields, each offering only what still fits; saved at once."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from app.i18n import _, language
from app.queries.order_view import Code, CodeField, OrderView
from app.ui.pages.order.desk import OrderDesk
from app.ui.pages.order.texts import coded, refused
from app.ui.widgets import Card, Choice, ComboSearch, Field, Pill
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
        lines = QVBoxLayout()
        lines.setSpacing(6)
        for name in FIELDS:
            editor = ComboSearch([], lambda: _("Code, initials or words…"))
            editor.picked.connect(lambda code, field=name: self._picked(field, code))
            self.editors[name] = editor
            self.fields[name] = Field(coded("code_field", name), editor, left=True)
            lines.addWidget(self.fields[name])
        self.add(lines)
        self.body.addStretch(1)

    def show_view(self, view: OrderView) -> None:
        """Show what is coded; what a person is typing stays."""
        self._view = view
        self._showing = True
        for field in view.codes:
            self._show_field(field, view.can_edit)
        self._showing = False
        done = sum(bool(field.code) for field in view.codes)
        self.set_trailing(
            Pill(lambda: _("{n} of {total}").format(n=done, total=len(FIELDS)), "ok" if done == len(FIELDS) else "grey")
        )

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
        self.fields.get(wrong, self.fields[field]).refuse(refused(refusal))

    def focus_first_empty(self) -> None:
        """Put the keyboard where the next code is missing."""
        empty = next((editor for editor in self.editors.values() if not editor.current_id()), None)
        (empty or self.editors["symptom"]).setFocus(Qt.FocusReason.OtherFocusReason)

    def retranslate(self) -> None:
        """The codes' texts follow the language."""
        if self._view is not None:
            self.show_view(self._view)


def _choice(one: Code) -> Choice:
    chinese = language() == "zh_CN"
    return Choice(one.code, one.zh if chinese else one.en, one.en if chinese else one.zh)
