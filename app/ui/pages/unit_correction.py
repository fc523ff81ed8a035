"""Proposing a correction of the registry's entry of a unit, and the proposals with what became of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QLineEdit, QVBoxLayout

from app.i18n import _
from app.queries.unit_history import CorrectionLine, UnitHistory
from app.ui import formats
from app.ui.background import Failure, report_defect
from app.ui.bench import Bench
from app.ui.live import bind
from app.ui.refusal_words import refusal_words
from app.ui.widgets import Button, Card, Field, Label, Link, Pill, empty_layout
from core.corrections import value_in
from core.rows.units import CorrectionField
from core.words import word

_HOMES = {
    "reason_missing": "reason", "file_missing": "photo", "file_unreadable": "photo", "picture_unknown": "photo",
    "file_too_large": "photo",
}  # fmt: skip
_TONES = {"open": "blue", "accepted": "ok", "refused": "bad"}
_OFFERED = (
    CorrectionField.SOLD, CorrectionField.INSTALLED, CorrectionField.MODEL, CorrectionField.STATUS,
    CorrectionField.DEALER, CorrectionField.SHIPPED, CorrectionField.MADE, CorrectionField.REGISTERED,
    CorrectionField.EXCHANGED_ON, CorrectionField.EXCHANGE_OF, CorrectionField.REGION,
)  # fmt: skip


class CorrectionCard(Card):
    """Field, what stands there, what should, why, and a photo."""

    proposed = Signal()
    """A proposal was recorded."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(lambda: _("Propose a correction"), "sign")
        self._bench = bench
        self._found: UnitHistory | None = None
        self._order = ""
        self.field = QComboBox()
        for one in _OFFERED:
            self.field.addItem("", one.value)
        self.now = Label("", "small", wrap=True)
        self.value, self.reason, self.photo = QLineEdit(), QLineEdit(), QLineEdit()
        for editor in (self.value, self.reason, self.photo):
            editor.setMaxLength(300)
        bind(self.photo, self.photo.setPlaceholderText, lambda: _("a file, if there is one"))
        self.fields = {
            "field": Field(lambda: _("What is wrong"), self.field),
            "value": Field(lambda: _("Should be"), self.value),
            "reason": Field(lambda: _("Reason"), self.reason),
            "photo": Field(lambda: _("Photo"), self.photo),
        }
        self.button = Button(lambda: _("Propose to HQ"), self.propose)
        self.add(self.fields["field"])
        self.add(self.now)
        for name in ("value", "reason", "photo"):
            self.add(self.fields[name])
        self.add(Link(lambda: _("Choose a photo…"), self._choose))
        self.add(self.button)
        bind(self.field, self._name_fields, lambda: _("What is wrong"))
        self.field.currentIndexChanged.connect(lambda _index: self._show_now())

    def _name_fields(self, _language: str) -> None:
        """The choices and the value on show follow the language."""
        for index, one in enumerate(_OFFERED):
            self.field.setItemText(index, _(word("correction_field", one.value)))
        self._show_now()

    def _chosen(self) -> CorrectionField:
        return CorrectionField(self.field.currentData())

    def show_unit(self, found: UnitHistory, order: str) -> None:
        """Offer corrections of this unit; what is being typed stays."""
        self._found, self._order = found, order
        acts = self._bench.has_role("technician", "station_lead", "branch_manager")
        self.setVisible(found.unit is not None and acts)
        self._show_now()

    def _show_now(self) -> None:
        unit, one = self._found.unit if self._found else None, self._chosen()
        if unit is None:
            return
        stands = value_in(unit, one)

        def shown() -> str:
            return _(word("unit_status", stands)) if one is CorrectionField.STATUS else stands or "—"

        self.now.say(lambda: _("The registry says: {value}").format(value=shown()))
        is_day = one.value in ("sold", "installed", "shipped", "made", "registered", "exchanged_on")
        self.value.setPlaceholderText("2026-03-17" if is_day else "")
        self.fields["value"].accept()

    def _choose(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(self, _("Choose photos"), "", "*.jpg *.jpeg *.png")
        if name:
            self.photo.setText(name)

    def propose(self) -> None:
        """Record the proposal; it is sent with the next sync."""
        if self._found is None:
            return
        if not self.reason.text().strip():
            self.fields["reason"].refuse(lambda: _("Please give a reason."))
            return
        asked = {
            "serial": self._found.serial,
            "field": self._chosen().value,
            "new": self.value.text().strip(),
            "reason": self.reason.text().strip(),
            "photo": self.photo.text().strip() or None,
            "order_id": self._order or None,
        }
        self._bench.act("propose_correction", asked, lambda _done: self._done(), self._refused, owner=self)

    def _done(self) -> None:
        for editor in (self.value, self.reason, self.photo):
            editor.clear()
        for field in self.fields.values():
            field.accept()
        self._bench.nav.toast("ok", lambda: _("Proposed; HQ decides"))
        self.proposed.emit()

    def _refused(self, failure: Failure) -> None:
        if failure.refusal is None:
            report_defect(failure)
            return
        self.fields[_HOMES.get(failure.refusal.code, "value")].refuse(refusal_words(failure.refusal))


class CorrectionsCard(Card):
    """What was proposed for the unit, and HQ's answers."""

    def __init__(self) -> None:
        super().__init__(lambda: _("Corrections"), "approvals")
        self._list = QVBoxLayout()
        self._list.setSpacing(4)
        self.add(self._list)
        self.hide()

    def show_lines(self, lines: Sequence[CorrectionLine]) -> None:
        """Show these; nothing proposed hides the card."""
        empty_layout(self._list)
        for one in lines:
            self._list.addWidget(Label(lambda one=one: _changes(one), wrap=True))  # type: ignore[misc]
            self._list.addWidget(Pill(lambda one=one: _(word("correction_state", one.state)), _TONES[one.state]))  # type: ignore[misc]
            self._list.addWidget(Label(lambda one=one: _why(one), "small", wrap=True))  # type: ignore[misc]
        self.setVisible(bool(lines))


def _changes(one: CorrectionLine) -> str:
    values = f"{one.old or '—'} → {one.new or '—'}"
    return f"{_(word('correction_field', one.field))}: {values}"


def _why(one: CorrectionLine) -> str:
    reason = _("The installation card says so.") if one.reason == "installation_card" else one.reason
    day = formats.day(formats.local(one.proposed_at).date())
    return " · ".join(filter(None, (day, reason, one.answer)))
