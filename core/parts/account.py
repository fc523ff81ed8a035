"""A station's parts account: what it owes for parts drawn, how far it may go, and when it is frozen."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from core.money import yuan_text
from core.parts_ledger import Duty, overdue
from core.refusals import Refusal
from core.rows.supply import PartsAccount


class Standing(NamedTuple):
    """How an account stands, in fen: owed, still asked for, the limit; how late the latest old part is (days)."""

    owed_fen: int
    asked_fen: int
    limit_fen: int | None
    frozen: bool
    reason: str
    overdue_days: int
    freeze_after_days: int | None

    @property
    def free_fen(self) -> int | None:
        """What may still be asked for; below zero when the limit is passed; None without a limit."""
        return None if self.limit_fen is None else self.limit_fen - self.owed_fen - self.asked_fen

    @property
    def frozen_by_age(self) -> bool:
        """Whether an old part is so late that the account is frozen by itself."""
        return self.freeze_after_days is not None and self.overdue_days > self.freeze_after_days


def standing(
    terms: PartsAccount | None, balance_fen: int, duties: Iterable[Duty], asked_fen: int, today: date
) -> Standing:
    """Return how the account stands on a day; a station without terms has neither limit nor freeze.

    ``balance_fen`` is the sum of its entries, below zero while the station owes for parts drawn; ``asked_fen`` the
    worth of what is asked for and has not arrived.
    """
    late = max((days for _, days in overdue(duties, today)), default=0)
    return Standing(
        owed_fen=-balance_fen,
        asked_fen=asked_fen,
        limit_fen=terms.limit_fen if terms else None,
        frozen=terms.frozen if terms else False,
        reason=terms.reason if terms else "",
        overdue_days=late,
        freeze_after_days=terms.freeze_after_days if terms else None,
    )


def why_not(found: Standing, value_fen: int) -> Refusal | None:
    """Return why HQ would refuse a further request worth ``value_fen``; None when it would take it."""
    if found.frozen:
        return Refusal("parts_account_frozen", reason=found.reason)
    if found.frozen_by_age:
        return Refusal("parts_account_overdue", days=found.overdue_days)
    if found.free_fen is not None and value_fen > found.free_fen:
        return Refusal(
            "parts_account_limit", limit=yuan_text(found.limit_fen or 0), over=yuan_text(value_fen - found.free_fen)
        )
    return None
