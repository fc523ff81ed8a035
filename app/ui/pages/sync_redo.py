"""The form of a parked operation's details: each typed in its own way, refusals beside the field that mends them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.i18n import _
from app.queries.parked import Detail
from app.ui.live import Words, bind
from app.ui.pages.sync_values import (
    EXAMPLES,
    TECHNICAL,
    field_words,
    kind_of,
    shown_for_typing,
    typed_value,
    value_words,
    wrong_words,
)
from app.ui.widgets import Button, Chip, Field, FilterChips, Label
from core.refusals import Refusal

_MOST_TEXT = 2_000
_YES, _NO = "yes", "no"


def is_shown(detail: Detail) -> bool:
    """Whether the detail tells a person something."""
    return detail.name not in TECHNICAL and detail.kind != "other" and not detail.name.endswith(("sha256", "_ids"))


def may_change(detail: Detail) -> bool:
    """Whether a person gets a field for it."""
    return detail.may_change and is_shown(detail)


class RedoForm(QWidget):
    """`done` tells the changed details by name; `left` that the person thought better of it."""

    done = Signal(object)
    left = Signal()

    def __init__(self, details: tuple[Detail, ...]) -> None:
        super().__init__()
        self._details = {one.name: one for one in details if may_change(one)}
        self.fields: dict[str, Field] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for detail in self._details.values():
            field = Field(field_words(detail.name), self._editor(detail))
            self.fields[detail.name] = field
            column.addWidget(field)
        self.trouble = Label("", tone="bad", wrap=True)
        self.trouble.hide()
        column.addWidget(self.trouble)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.button = Button(lambda: _("Do again"), self.submit, icon="ok", primary=True)
        row.addWidget(self.button)
        row.addWidget(Button(lambda: _("Leave it"), self.left.emit))
        row.addStretch(1)
        column.addLayout(row)

    def focus_first(self) -> None:
        """Put the keyboard into the first field."""
        first = next(iter(self.fields.values()), None)
        (first.editor if first is not None else self.button).setFocus()

    def _editor(self, detail: Detail) -> QWidget:
        if detail.kind in ("choice", "yes_no"):
            return self._chips(detail)
        kind = _kind(detail)
        editor = QLineEdit(shown_for_typing(detail.value, kind))
        editor.setMaxLength(_MOST_TEXT)
        editor.returnPressed.connect(self.submit)
        bind(editor, editor.setPlaceholderText, EXAMPLES.get(kind, ""))
        return editor

    @staticmethod
    def _chips(detail: Detail) -> FilterChips:
        choices: list[tuple[str, Words]] = [(one, value_words(detail.name, one)) for one in detail.choices]
        if detail.kind == "yes_no":
            choices = [(_YES, lambda: _("yes")), (_NO, lambda: _("no"))]
        chips = FilterChips([Chip(code, words) for code, words in choices])
        value = detail.value
        chosen = (_YES if value else _NO) if detail.kind == "yes_no" else str(value or "")
        chips.activate(chosen)
        return chips

    def submit(self) -> None:
        """Tell what was changed; what can't be is said beside its field."""
        self.trouble.hide()
        changed: dict[str, Any] = {}
        for name, field in self.fields.items():
            field.accept()
            try:
                value = self._value(self._details[name], field.editor)
            except ValueError:
                field.refuse(wrong_words(_kind(self._details[name])))
                return
            if value != self._details[name].value:
                changed[name] = value
        self.done.emit(changed)

    @staticmethod
    def _value(detail: Detail, editor: QWidget) -> Any:
        if isinstance(editor, FilterChips):
            chosen = next(iter(editor.active()), None)
            return chosen == _YES if detail.kind == "yes_no" else chosen
        assert isinstance(editor, QLineEdit)
        kind, text = _kind(detail), editor.text()
        if text == shown_for_typing(detail.value, kind):
            return detail.value  # a time keeps the seconds that are not shown
        return typed_value(text, kind) if text.strip() else None

    def refuse(self, words: Words, refusal: Refusal | None) -> None:
        """Say why it was not done: beside the field it names, else above the button."""
        named = str(refusal.facts.get("field", "")) if refusal is not None else ""
        if named in self.fields:
            self.fields[named].refuse(words)
            return
        self.trouble.say(words)
        self.trouble.show()


def _kind(detail: Detail) -> str:
    """How it is typed."""
    if detail.kind in ("day", "time"):
        return detail.kind
    found = kind_of(detail.name, detail.value)
    return "number" if detail.kind == "number" and found == "text" else found
