"""The forms of visits, units in the shop, loaners, certificates and other ends: each a table of its fields."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from PySide6.QtWidgets import QCheckBox, QLineEdit

from app.i18n import N_, _
from app.queries.order_view import OrderView
from app.ui import formats
from app.ui.live import bind
from app.ui.pages.order.form import Form, Given
from app.ui.widgets import Choice, ComboSearch, Label, SignaturePad
from core.money import yuan_text
from core.words import WORDS, word

Options = Callable[[OrderView], list[tuple[str, str]]]
Default = Callable[[OrderView], str]


class Spec(NamedTuple):
    """One field: the argument it fills, its label (English), its kind, hint, options, whether it must be."""

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    needed: bool = False
    options: Options | None = None
    default: Default = lambda _view: ""


def _family(family: str) -> Options:
    return lambda _view: [(code, _(text)) for code, text in WORDS[family].items()]


def _rules(of: str) -> Options:
    return lambda view: [(rule, _(word("remedy_rule", rule))) for rule in getattr(view.job, of)]


def _loaners(view: OrderView) -> list[tuple[str, str]]:
    return [(one.id, f"{one.model} {one.serial}") for one in view.job.lent]


def _customer(view: OrderView) -> str:
    return view.customer.name


def _only_loaner(view: OrderView) -> str:
    return view.job.lent[0].id if len(view.job.lent) == 1 else ""


def _asked_for(view: OrderView) -> str:
    return yuan_text(view.request.amount_fen) if view.request else ""


def _price(view: OrderView) -> str:
    fen = view.job.invoice_fen
    return f"{fen // 100}.{fen % 100:02d}" if fen else ""


_AT = Spec("at", N_("When"), "moment", N_("empty: now; or 2026-03-17 14:30"))
_PHOTO = N_("a file, if there is one")
_NOTE = Spec("note", N_("Remark"))
_RECEIPT = (
    Spec("condition", N_("State of the unit"), needed=True, hint=N_("scratches, dents, what works")),
    Spec("accessories", N_("Accessories"), hint=N_("remote control, stand, cables …")),
    Spec("from_name", N_("From whom"), default=_customer),
)
_PARCEL = (
    Spec("carrier", N_("Carrier"), hint=N_("empty when it goes by hand")),
    Spec("tracking", N_("Tracking number"), hint=N_("scan the parcel’s label")),
)
_SIGNED = Spec("signature_png", N_("Signature"), "signature")

SPECS: dict[str, tuple[Spec, ...]] = {
    "note_contact": (Spec("reached", N_("The customer was reached"), "check"), _AT, _NOTE),
    "miss_visit": (
        Spec("missed_by", N_("What happened"), "choice", needed=True, options=_family("missed_by")),
        _AT,
        Spec("reason", N_("Remark")),
        Spec("photo", N_("Photo"), hint=_PHOTO),
    ),
    "take_to_shop": (*_RECEIPT, Spec("photos", N_("Photo"), "files", _PHOTO), _SIGNED),
    "receive_unit": (
        Spec("kind", N_("How it came"), "choice", hint=N_("as the order says"), options=_family("custody")),
        *_RECEIPT,
        *_PARCEL,
        Spec("photos", N_("Photo"), "files", _PHOTO),
    ),
    "give_back": (Spec("to_name", N_("To whom"), default=_customer), *_PARCEL, _AT),
    "lend_loaner": (
        Spec("model", N_("Model"), needed=True),
        Spec("serial", N_("Serial number"), hint=N_("scan the label, or type it"), needed=True),
        Spec("condition", N_("State of the unit"), needed=True),
    ),
    "take_back_loaner": (
        Spec("loaner_id", N_("Loaner"), "choice", needed=True, options=_loaners, default=_only_loaner),
        Spec("condition", N_("State of the unit"), needed=True),
    ),
    "issue_certificate": (
        Spec("purpose", N_("For what"), "choice", needed=True, options=_family("purpose")),
        Spec("finding", N_("Inspection finding"), "choice", needed=True, options=_family("inspection")),
        Spec("fault", N_("What is wrong"), needed=True),
        Spec("measured", N_("Measured"), "measured", N_("12 V rail = 0.2 V; backlight = 0 mA"), needed=True),
        Spec("photos", N_("Photo"), "files", _PHOTO),
        Spec("signed_by", N_("Who signs"), needed=True, default=_customer),
        _SIGNED._replace(needed=True),
    ),
    "record_installation": (
        Spec("installed_on", N_("Installed on"), "day", N_("empty: today; or 2026-03-17")),
        Spec("place", N_("Where in the home"), needed=True, default=lambda view: view.job.place),
        Spec("half", N_("Which half of a split unit"), "choice", N_("empty when it is whole"), options=_family("half")),
        Spec("pair", N_("Number of the pair"), "number", N_("1 for the first indoor and outdoor unit")),
    ),
    "return_unrepaired": (
        Spec("reason", N_("Reason"), "choice", needed=True, options=_family("unrepaired")),
        Spec("to_name", N_("To whom"), default=_customer),
        *_PARCEL,
        _NOTE,
    ),
    "exchange_unit": (
        Spec("new_serial", N_("New unit’s serial number"), hint=N_("scan the label, or type it"), needed=True),
        Spec("new_model", N_("New unit’s model"), hint=N_("empty: the same model")),
        Spec("rule", N_("By which right"), "choice", N_("empty: by approval alone"), options=_rules("exchange_rules")),
        _NOTE,
    ),
    "propose_refund": (
        Spec("rule", N_("By which right"), "choice", needed=True, options=_rules("refund_rules")),
        Spec("price_fen", N_("Price on the invoice"), "money", "3299.00", needed=True, default=_price),
        Spec("like_model_refused", N_("A like model is to be had and is refused"), "check"),
        _NOTE,
    ),
    "answer_question": (
        Spec("answer", N_("Your answer"), needed=True),
        Spec("amount_fen", N_("Amount"), "money", default=_asked_for),
        Spec("photo", N_("Photo"), hint=_PHOTO),
    ),
    "reopen_order": (Spec("reason", N_("Reason"), needed=True),),
}
"""By action, what its form asks for."""

_HOMES = {
    "tracking_missing": "tracking", "time_in_future": "at", "file_missing": "photos", "file_unreadable": "photos",
    "picture_unknown": "photos", "measured_missing": "measured", "signature_missing": "signature_png",
    "document_in_future": "installed_on", "half_taken": "half", "reason_unknown": "reason", "same_unit": "new_serial",
    "serial_placeholder": "new_serial", "imei_wrong_digit": "new_serial", "model_unknown": "new_model",
    "model_missing": "new_model", "remedy_not_open": "rule", "price_missing": "price_fen",
    "loaner_is_out": "serial", "loaner_not_out": "loaner_id",
}  # fmt: skip


class TableForm(Form):
    """The form of an action whose fields stand in a table; an empty field is not given."""

    homes = _HOMES

    def build(self) -> None:
        """Make the fields of the table."""
        self.editors: dict[str, Any] = {}
        for spec in SPECS[self.action]:
            self.editors[spec.name] = self._editor(spec)
        self.home = SPECS[self.action][0].name
        if self.action == "return_unrepaired":
            self.box.addWidget(Label(lambda: _("What is in the shop goes back with it."), "muted", wrap=True))

    def _editor(self, spec: Spec) -> Any:
        label = lambda: _(spec.label)  # noqa: E731
        hint = lambda: _(spec.hint) if spec.hint else ""  # noqa: E731
        if spec.kind == "choice":
            return self._choice(spec, label, hint)
        if spec.kind == "check":
            box = QCheckBox()
            bind(box, box.setText, label)
            box.setChecked(bool(self.desk.drafts.get(self._key(spec.name))))
            box.toggled.connect(lambda on: self.keep(spec.name, on))
            return self.add(spec.name, "", box)
        if spec.kind == "signature":
            pad = SignaturePad()
            pad.setMinimumHeight(150)
            pad.changed.connect(lambda: self.fields[spec.name].accept())
            return self.add(spec.name, label, pad)
        editor = self.line(spec.name, label, hint)
        if not editor.text():
            editor.setText(spec.default(self.view))
        return editor

    def _choice(self, spec: Spec, label: Callable[[], str], hint: Callable[[], str]) -> ComboSearch:
        combo = ComboSearch([], hint if spec.hint else lambda: _("Choose…"))
        offered = spec.options(self.view) if spec.options else []
        combo.set_choices([Choice(code, text) for code, text in offered])
        self.add(spec.name, label, combo)
        combo.picked.connect(lambda code: self.keep(spec.name, code))
        combo.pick(self.desk.drafts.get(self._key(spec.name)) or spec.default(self.view))
        return combo

    def given(self) -> Given | None:
        """What was entered, each as the action wants it; None when something is missing or can't be read."""
        found: Given = {}
        for spec in SPECS[self.action]:
            try:
                value = self._value(spec)
            except (ValueError, InvalidOperation):
                self.fields[spec.name].refuse(lambda kind=spec.kind: _(_WRONG[kind]))  # type: ignore[misc]
                return None
            if value in ("", None, ()):
                if spec.needed:
                    self.fields[spec.name].refuse(lambda: _("This is needed."))
                    return None
                continue
            found[spec.name] = value
        return found

    def _value(self, spec: Spec) -> Any:
        editor = self.editors[spec.name]
        if isinstance(editor, ComboSearch):
            return editor.current_id()
        if isinstance(editor, QCheckBox):
            return editor.isChecked()
        if isinstance(editor, SignaturePad):
            png = editor.png()
            return base64.b64encode(png).decode() if png else ""
        assert isinstance(editor, QLineEdit)
        text = editor.text().strip()
        return _READ[spec.kind](text) if text else ""


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=formats.zone()).astimezone(UTC)


def _money(text: str) -> int:
    fen = Decimal(text.replace(",", "").lstrip("¥￥")) * 100
    if fen != int(fen) or fen < 0:
        raise ValueError(text)
    return int(fen)


def _measured(text: str) -> tuple[dict[str, str], ...]:
    """Figures as people write them: name = value; name = value, also with full-width signs."""
    plain = text.translate(str.maketrans("；＝：", ";=:"))
    found = []
    for part in filter(None, (one.strip() for one in plain.split(";"))):
        name, sign, value = part.partition("=") if "=" in part else part.partition(":")
        if not sign or not name.strip() or not value.strip():
            raise ValueError(part)
        found.append({"name": name.strip(), "value": value.strip()})
    return tuple(found)


_READ: dict[str, Callable[[str], Any]] = {
    "text": str,
    "files": lambda text: (text,),
    "moment": _moment,
    "day": date.fromisoformat,
    "number": int,
    "money": _money,
    "measured": _measured,
}
_WRONG = {
    "moment": N_("A time looks like 2026-03-17 09:30."),
    "day": N_("A day looks like 2026-03-17."),
    "number": N_("Enter a whole number."),
    "money": N_("An amount looks like 128.50."),
    "measured": N_("Write each as name = value, with a semicolon between."),
}
