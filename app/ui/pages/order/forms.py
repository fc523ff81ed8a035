"""The forms of single actions: goodwill, signature, unit, papers, dispatch, technician, completion."""

from __future__ import annotations

import base64
from datetime import date
from functools import partial
from typing import Any

from PySide6.QtWidgets import QFileDialog, QPlainTextEdit

from app.i18n import _
from app.ui import formats
from app.ui.pages.dispatch_side import figures
from app.ui.pages.order.findings_form import FindingsForm
from app.ui.pages.order.form import Form, Given, ReasonForm, VisitForm
from app.ui.pages.order.job_forms import SPECS, TableForm
from app.ui.widgets import Banner, Choice, ComboSearch, Label, Link, SignaturePad
from core.words import word


class GoodwillForm(Form):
    """Why goodwill, and a photo as evidence."""

    home = "reason"
    homes = {"file_missing": "photo", "file_unreadable": "photo", "picture_unknown": "photo", "file_too_large": "photo"}

    def build(self) -> None:
        """What is asked, the reason, the photo."""
        days = (self.view.unit.days_over if self.view.unit else 0) or 0
        self.box.addWidget(
            Banner(
                "blue",
                lambda: _("Goodwill, or pay {amount}").format(amount=formats.money(self.view.fees.total_fen)),
                lambda: _("{n} days over. The branch sees the verdict, the sum and your reason.").format(n=days),
            )
        )
        self.reason = QPlainTextEdit(self.desk.drafts.get(self._key("reason")))
        self.reason.setStyleSheet("min-height: 56px; max-height: 56px;")  # three lines; the theme's editors have one
        self.reason.setTabChangesFocus(True)
        self.reason.textChanged.connect(lambda: self.keep("reason", self.reason.toPlainText()))
        self.add("reason", lambda: _("Reason"), self.reason)
        self.photo = self.line("photo", lambda: _("Photo"), lambda: _("a file, if there is one"))
        self.box.addWidget(Link(lambda: _("Choose a photo…"), self._choose))

    def _choose(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(self, _("Choose photos"), "", "*.jpg *.jpeg *.png")
        if name:
            self.photo.setText(name)
            self.keep("photo", name)

    def given(self) -> Given | None:
        """Reason, photo, and the parts that are quoted."""
        text = self.reason.toPlainText().strip()
        if not self.need("reason", text, lambda: _("Please give a reason.")):
            return None
        return {
            "kind": "goodwill",
            "reason": text[:1000],
            "photo": self.photo.text().strip() or None,
            "parts": list(self.view.fees.planned),
        }


class SignForm(Form):
    """The sum, who signs, and the signature."""

    home = "sign"

    def build(self) -> None:
        """The sum first: it is what is signed."""
        self.box.addWidget(Banner("blue", self._pays, self._with_goodwill))
        self.name = self.line("name", lambda: _("Who signs"))
        if not self.name.text():
            self.name.setText(self.view.customer.name)
        self.pad = SignaturePad()
        self.pad.setMinimumHeight(170)
        self.pad.changed.connect(lambda: self.fields["sign"].accept())
        self.add("sign", lambda: _("Signature"), self.pad)

    def _pays(self) -> str:
        return _("The customer pays {amount}").format(amount=formats.money(self.view.fees.total_fen))

    def _with_goodwill(self) -> str:
        granted = self.view.fees.if_goodwill_fen
        return "" if granted is None else _("With goodwill: {amount}").format(amount=formats.money(granted))

    def given(self) -> Given | None:
        """Name, signature and the parts that are quoted."""
        name = self.name.text().strip()
        if not self.need("name", name, lambda: _("Who signs?")):
            return None
        png = self.pad.png()
        if png is None:
            self.fields["sign"].refuse(lambda: _("The customer’s signature is missing."))
            return None
        signature = base64.b64encode(png).decode()
        return {"signed_by": name, "signature_png": signature, "parts": list(self.view.fees.planned)}


class IdentifyForm(Form):
    """The serial by hand, for when no scanner can read it."""

    home = "serial"
    homes = {"model_missing": "model", "model_unknown": "model"}

    def build(self) -> None:
        """Scanning comes first, typing is the way out."""
        order_id, nav = self.view.head.id, self.desk.bench.nav
        self.box.addWidget(Link(lambda: _("Scan with camera or picture…"), lambda: nav.open("scan", order=order_id)))
        self.serial = self.line("serial", lambda: _("Serial number"), lambda: _("scan the label, or type it"))
        self.model = self.line("model", lambda: _("Model"), self.view.unit.reported_model if self.view.unit else "")

    def given(self) -> Given | None:
        """Serial and, where given, the model."""
        serial = self.serial.text().strip()
        if not self.need("serial", serial, lambda: _("Scan or type the serial number.")):
            return None
        return {"serial": serial, "model": self.model.text().strip().upper() or None}


class DocumentsForm(Form):
    """What the papers say."""

    home = "invoice"

    def build(self) -> None:
        """The invoice's QR code fills in the rest."""
        unit = self.view.unit
        self.invoice = self.line("invoice", lambda: _("Invoice QR code"), lambda: _("scan it here"))
        self.number = self.line("number", lambda: _("Invoice number"), unit.invoice_number if unit else "")
        known = (
            ("invoice_date", lambda: _("Invoice date"), unit.invoice_date if unit else None),
            ("warranty_card_date", lambda: _("Warranty card date"), unit.warranty_card_date if unit else None),
            ("installation_date", lambda: _("Installation date"), unit.installation_date if unit else None),
        )
        self.days = {
            name: self.line(name, label, day.isoformat() if day else "2026-03-17") for name, label, day in known
        }

    def given(self) -> Given | None:
        """Only what was entered; the rest stays as recorded."""
        found: Given = {}
        if self.invoice.text().strip():
            found["invoice"] = self.invoice.text().strip()
        if self.number.text().strip():
            found["invoice_number"] = self.number.text().strip()
        for name, editor in self.days.items():
            text = editor.text().strip()
            try:
                found |= {name: date.fromisoformat(text)} if text else {}
            except ValueError:
                self.fields[name].refuse(lambda: _("A day looks like 2026-03-17."))
                return None
        if not found:
            self.fields["invoice"].refuse(lambda: _("Nothing was entered yet."))
            return None
        return found


class DispatchForm(Form):
    """Which station, with what speaks for it."""

    home = "station"

    def build(self) -> None:
        """The fittest stations first, each with its figures."""
        self.station = self.add("station", lambda: _("Station"), ComboSearch([], lambda: _("Code or name…")))
        self.codes = {one.code: one.id for one in self.view.stations}
        self.retranslate()
        self.station.picked.connect(lambda code: self.keep("station", code))
        self.station.pick(self.desk.drafts.get(self._key("station")))
        for one in [one for one in self.view.stations if not one.candidate.excluded][:3]:
            self.box.addWidget(Link(f"{one.code}  {one.name}", partial(self.station.pick, one.code)))
            self.box.addWidget(Label(partial(figures, one.candidate), "small", wrap=True))

    def retranslate(self) -> None:
        """The figures' words follow the language."""
        self.station.set_choices([Choice(one.code, self._text(one), one.name) for one in self.view.stations])

    @staticmethod
    def _text(one: Any) -> str:
        load = _("{n} open").format(n=one.open_orders)
        reasons = (_(word("excluded", code)) for code in one.candidate.excluded)
        return " · ".join((one.name, f"{one.grade}★", load, *reasons))

    def given(self) -> Given | None:
        """The station's id."""
        code = self.station.current_id()
        if not self.need("station", code, lambda: _("Choose the station.")):
            return None
        return {"station": self.codes[code]}


class AssignForm(Form):
    """Which technician."""

    home = "technician"

    def build(self) -> None:
        """By name, the fittest first with their figures."""
        self.who = self.add("technician", lambda: _("Technician"), ComboSearch([], lambda: _("Name…")))
        self.names = {one.name: one.id for one in self.view.technicians}
        load = {one.name: _("{n} open").format(n=one.open_orders) for one in self.view.technicians}
        self.who.set_choices([Choice(name, load[name]) for name in self.names])
        for one in self.view.technicians[:4]:
            self.box.addWidget(Link(f"{one.name}  ·  {load[one.name]}", partial(self.who.pick, one.name)))
            self.box.addWidget(Label(partial(figures, one.candidate), "small", wrap=True))

    def given(self) -> Given | None:
        """The technician's id."""
        name = self.who.current_id()
        if not self.need("technician", name, lambda: _("Choose the technician.")):
            return None
        return {"technician_id": self.names[name]}


class CompleteForm(Form):
    """What was done, in words."""

    home = "result"

    def build(self) -> None:
        """The claim's preview and the result."""
        if self.view.fees.maker_fen is not None:
            amount = formats.money(self.view.fees.maker_fen)
            self.box.addWidget(
                Label(lambda: _("The maker pays {amount} by today’s tariff.").format(amount=amount), wrap=True)
            )
        self.result = self.line("result", lambda: _("Result"), lambda: _("mended, tested …"))

    def given(self) -> Given | None:
        """The result."""
        return {"result": self.result.text().strip()}


FORMS: dict[str, type[Form]] = {
    "decline_order": ReasonForm,
    "decline_at_branch": ReasonForm,
    "recall_order": ReasonForm,
    "cancel_order": ReasonForm,
    "wait_for_parts": ReasonForm,
    "wait_for_customer": ReasonForm,
    "book_visit": VisitForm,
    "ask_approval": GoodwillForm,
    "sign_quotation": SignForm,
    "identify_unit": IdentifyForm,
    "record_documents": DocumentsForm,
    "record_findings": FindingsForm,
    "dispatch_order": DispatchForm,
    "assign_technician": AssignForm,
    "complete_order": CompleteForm,
    **dict.fromkeys(SPECS, TableForm),
}
"""Actions that need something given; all others are done at once."""
