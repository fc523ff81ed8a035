"""Values of fields and arguments as people read and type them, and the names of the fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from app.i18n import N_, _
from app.ui import formats
from app.ui.live import Words
from app.ui.refusal_words import code_words
from core.words import WORDS

FIELDS = {
    "state": N_("State"),
    "technician_id": N_("Technician"),
    "station_id": N_("Station"),
    "customer_name": N_("Customer’s name"),
    "customer_phone": N_("Customer’s telephone"),
    "customer_address": N_("Customer’s address"),
    "visit_from": N_("Visit begins"),
    "visit_to": N_("Visit ends"),
    "due_at": N_("Time limit"),
    "urgency": N_("Urgency"),
    "fault_report": N_("Reported fault"),
    "result": N_("Result"),
    "decline_reason": N_("Reason"),
    "completed_at": N_("Completed at"),
    "started_at": N_("Work began"),
    "accepted_at": N_("Accepted at"),
    "model": N_("Model"),
    "serial": N_("Serial number"),
    "gtin": N_("GTIN"),
    "imei": N_("IMEI"),
    "invoice_number": N_("Invoice number"),
    "invoice_date": N_("Invoice date"),
    "invoice_fen": N_("Invoice amount"),
    "warranty_card_date": N_("Warranty card’s date"),
    "installation_date": N_("Installation date"),
    "document_problem": N_("Trouble with the papers"),
    "condition": N_("Condition"),
    "symptom": N_("Symptom"),
    "section": N_("Section"),
    "defect": N_("Defect"),
    "repair": N_("Repair code"),
    "distance_m": N_("Distance"),
    # what actions are given
    "amount_fen": N_("Amount"),
    "approved": N_("Approved"),
    "began_at": N_("Work began"),
    "begins_at": N_("Visit begins"),
    "ends_at": N_("Visit ends"),
    "below_zero": N_("Used though the stock says none"),
    "day": N_("Day"),
    "days_over": N_("Days over"),
    "finding": N_("Finding"),
    "grade": N_("Grade"),
    "if_goodwill_fen": N_("Total with goodwill"),
    "kind": N_("Kind"),
    "new_serial": N_("New part’s serial number"),
    "no_serial": N_("Without a serial number"),
    "part_id": N_("Part"),
    "payer": N_("Paid by"),
    "position": N_("Position"),
    "preview_fen": N_("Claim’s preview"),
    "problem": N_("Trouble with the papers"),
    "quantity": N_("Quantity"),
    "reason": N_("Reason"),
    "rule": N_("Rule"),
    "scanned_at": N_("Scanned at"),
    "signed_by": N_("Signed by"),
    "taken_at": N_("Taken at"),
    "text": N_("Text"),
    "total_fen": N_("Total"),
    "number": N_("Box number"),
    "tag": N_("Tag number"),
    "carrier_number": N_("Carrier number"),
    "carrier": N_("Carrier"),
    "next_place": N_("Shelf or workshop"),
    "batch": N_("Batch"),
    "supplier": N_("Supplier"),
    "answer": N_("Supplier’s answer"),
}
#: Names of arguments that tell a person nothing: other rows' ids, files, revisions.
TECHNICAL = frozenset(
    {
        "order_id", "unit_id", "old_part_id", "request_id", "statement_id", "line_id", "conflict_id", "operation_id",
        "sha256", "photo_sha256", "picture_sha256", "signature_sha256", "thumbnail_sha256", "thumbnail_bytes",
        "bytes", "media_type", "subject_hash", "code_system", "price_list", "tariff", "verifier", "codes", "lines",
        "verdict", "value", "source", "device_name", "held_from",
        "count_id", "list_sha256", "photo_bytes",
    }
)  # fmt: skip
_OF_CHOICES = {
    "kind": "approval",
    "payer": "payer",
    "finding": "finding",
    "state": "state",
    "grade": "grade",
    "answer": "answer",
}
_MINUTES = 16  # characters of "2026-03-17 09:12"
#: Examples of how a value of each kind is typed, and what is said when it can't be one.
EXAMPLES = {"day": "2026-03-17", "time": "2026-03-17 09:30", "money": "128.50"}
_WRONG = {
    "day": N_("A day looks like 2026-03-17."),
    "time": N_("A time looks like 2026-03-17 09:30."),
    "money": N_("An amount looks like 128.50."),
    "number": N_("Enter a whole number."),
}


def field_words(field: str) -> Words:
    """The field's name; the code itself for one nobody named."""
    name = FIELDS.get(field)
    return (lambda: _(name)) if name else field


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else None


def value_words(field: str, value: Any, names: Mapping[str, str] | None = None) -> Words:
    """A value as a person reads it; `names` tell the people and places behind ids."""
    if value is None or value == "":
        return lambda: _("empty")
    if isinstance(value, bool):
        return (lambda: _("yes")) if value else (lambda: _("no"))
    if field.endswith("_fen") and isinstance(value, int):
        return formats.money(value)
    family = _OF_CHOICES.get(field)
    if family is not None and value in WORDS[family]:
        return code_words(family, str(value))
    moment = _moment(value)
    return formats.moment(moment) if moment else (names or {}).get(str(value), str(value))


def kind_of(field: str, *examples: Any) -> str:
    """How a value of the field is typed: text, number, money, day or time; by its name, else by what there is."""
    if field.endswith("_fen"):
        return "money"
    if field.endswith("_date"):
        return "day"
    for value in examples:
        if isinstance(value, int) and not isinstance(value, bool):
            return "number"
        if _moment(value):
            return "time"
    return "time" if field.endswith(("_at", "_from", "_to")) else "text"


def typed_value(text: str, kind: str) -> Any:
    """What a person typed, as rows hold it; ValueError when it can't be a value of the kind."""
    clean = text.strip()
    if kind == "number":
        return int(clean)
    if kind == "money":
        return _fen(clean)
    if kind == "day":
        return date.fromisoformat(clean).isoformat()
    if kind == "time":
        typed = datetime.strptime(clean[:_MINUTES], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        here = typed.replace(tzinfo=formats.local(typed).tzinfo)  # typed in the zone in which times are shown
        return here.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return clean


def _fen(text: str) -> int:
    try:
        fen = Decimal(text.replace(",", "").lstrip("¥￥ ")) * 100
        if fen != fen.to_integral_value() or abs(fen) >= 10**15:
            raise ValueError(text)
    except InvalidOperation as error:
        raise ValueError(text) from error
    return int(fen)


def shown_for_typing(value: Any, kind: str) -> str:
    """A value as it would be typed."""
    if value is None:
        return ""
    if kind == "money":
        return f"{Decimal(value) / 100:.2f}"
    moment = _moment(value) if kind == "time" else None
    return formats.moment(moment) if moment else str(value)


def wrong_words(kind: str) -> Words:
    """What is said of text that can't be a value of the kind."""
    text = _WRONG.get(kind)
    return (lambda: _(text)) if text else (lambda: _("This can’t be a value of that field."))
