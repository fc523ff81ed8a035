"""The colour of each state of an order, for the list and the order page alike."""

STATE_TONES = {
    "new": "blue", "offered_branch": "blue", "at_branch": "blue", "offered_station": "blue", "accepted": "blue",
    "scheduled": "blue", "in_progress": "blue", "in_shop": "blue", "repaired": "blue", "waiting_parts": "warn",
    "waiting_customer": "warn", "waiting_approval": "warn", "waiting_inspection": "warn", "completed": "ok",
    "verified": "ok", "settled": "ok", "closed": "grey", "declined": "bad", "recalled": "grey", "cancelled": "grey",
    "claim_held": "warn", "claim_rejected": "bad",
}  # fmt: skip
"""Few colours with one meaning each: at work, waiting, done, back."""
