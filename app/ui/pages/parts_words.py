"""How parts are told: states and their tones, locations, the figures of a suggestion, the age of what others have."""

from __future__ import annotations

from datetime import datetime

from app.i18n import N_, _
from app.queries.parts import MoveLine, StockLine
from app.queries.shipments import SentPart
from app.ui import formats
from app.ui.live import Words, text_of
from app.ui.refusal_words import code_words, name_words
from core.rows.supply import Suggestion

STATES = {
    "below_zero": N_("Below zero"),
    "below_safety": N_("Below safety stock"),
    "to_order": N_("To order"),
    "ok": N_("In stock"),
    "none": N_("None here"),
}
STATE_TONES = {"below_zero": "bad", "below_safety": "warn", "to_order": "blue", "ok": "ok", "none": "grey"}
REQUEST_TONES = {
    "open": "warn", "allocated_partly": "blue", "allocated": "blue", "sent_partly": "blue", "sent": "blue",
    "done": "ok", "refused": "bad", "withdrawn": "grey",
}  # fmt: skip
SHIPMENT_TONES = {"sent": "blue", "received": "ok", "differs": "bad", "settled": "grey"}
TRANSFER_TONES = {
    "offered": "warn", "accepted": "blue", "shipped": "blue", "received": "ok", "declined": "bad", "withdrawn": "grey",
}  # fmt: skip


def state_word(line: StockLine) -> str:
    """A part's state in a word."""
    return _(STATES[line.state])


def part_name(zh: str, en: str) -> str:
    """A part's name in the language in use."""
    return text_of(name_words(zh, en))


def figures_words(found: Suggestion) -> str:
    """Every figure that a suggested quantity rests on, in one sentence."""
    return _(
        "{used} used in {days} days; {lead} days to come, ordered every {review} days, service {service} %: "
        "safety {safety}, order at {point}, up to {level}. There: free {free}, coming {coming}, asked for {asked}."
    ).format(
        used=found.used,
        days=found.days,
        lead=found.lead_days,
        review=found.review_days,
        service=f"{found.service_permille / 10:g}",
        safety=found.safety,
        point=found.reorder_point,
        level=found.order_up_to,
        free=found.available,
        coming=found.in_transit,
        asked=found.requested,
    )


def place_words(kind: str, name: str) -> str:
    """A location: its place's or person's name, else what kind it is."""
    if kind == "bag":
        return _("Bag of {name}").format(name=name or "—")
    return name or text_of(code_words("location", kind))


def move_words(line: MoveLine) -> str:
    """From where to where."""
    return f"{place_words(line.from_kind, line.from_name)} → {place_words(line.to_kind, line.to_name)}"


def age_words(synced_at: datetime | None, now: datetime) -> str:
    """How old what is told of other places is."""
    if synced_at is None:
        return _("Never synced: what others have is not known.")
    return _("As of the last sync, {age} ago").format(age=formats.duration((now - synced_at).total_seconds()))


def pieces_words(parts: tuple[SentPart, ...]) -> str:
    """The parts of a shipment in one line."""
    return ", ".join(f"{one.part_id} × {one.quantity}" for one in parts)


def sentences(*words: Words) -> Words:
    """Several texts one after the other."""
    return lambda: " ".join(filter(None, map(text_of, words)))
