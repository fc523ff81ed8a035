"""Values of a conflict as people read and type them, and the names of the fields."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from app.i18n import N_, _
from app.ui import formats
from app.ui.live import Words, text_of
from app.ui.refusal_words import code_words

FIELDS = {
    "state": N_("State"),
    "technician_id": N_("Technician"),
    "customer_name": N_("Customer’s name"),
    "customer_phone": N_("Customer’s telephone"),
    "customer_address": N_("Customer’s address"),
    "visit_from": N_("Visit begins"),
    "visit_to": N_("Visit ends"),
    "due_at": N_("Time limit"),
    "urgency": N_("Urgency"),
    "fault_report": N_("Reported fault"),
    "model": N_("Model"),
    "serial": N_("Serial number"),
    "invoice_number": N_("Invoice number"),
    "invoice_date": N_("Invoice date"),
    "invoice_fen": N_("Invoice amount"),
    "warranty_card_date": N_("Warranty card’s date"),
    "installation_date": N_("Installation date"),
    "condition": N_("Condition"),
    "symptom": N_("Symptom"),
    "section": N_("Section"),
    "defect": N_("Defect"),
    "repair": N_("Repair code"),
    "distance_m": N_("Distance"),
}
_MINUTES = 16  # characters of "2026-03-17 09:12"


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


def value_words(field: str, value: Any) -> Words:
    """A value as a person reads it."""
    if value is None or value == "":
        return lambda: _("empty")
    if field.endswith("_fen") and isinstance(value, int):
        return formats.money(value)
    if field == "state" and isinstance(value, str):
        return code_words("state", value)
    moment = _moment(value)
    return formats.moment(moment) if moment else str(value)


def typed_value(text: str, example: Any) -> Any:
    """What a person typed as the third value, in the form of `example`; ValueError when it can't be that."""
    clean = text.strip()
    if isinstance(example, bool):
        raise ValueError("yes or no is picked, not typed")  # noqa: TRY004 - the caller tells one kind of trouble
    if isinstance(example, int):
        return int(clean)
    if _moment(example):
        typed = datetime.strptime(clean[:_MINUTES], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        here = typed.replace(tzinfo=formats.local(typed).tzinfo)  # typed in the zone in which times are shown
        return here.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(example, str) and len(example) == 10 and example[4:5] == "-":
        return date.fromisoformat(clean).isoformat()
    return clean


def typed_hint(field: str, value: Any) -> str:
    """An example of how to type a value of this field."""
    return text_of(value_words(field, value)) if _moment(value) else ""
