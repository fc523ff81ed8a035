"""A station's parts account: what it holds, and that it is frozen while old parts are past their day."""

from datetime import date
from typing import NamedTuple

from core.parts_ledger import Duty, overdue
from core.rows.access import Rows
from core.rows.parts import AccountEntry, OldPart, OldPartState
from core.rows.reference import Part

#: States in which an old part is still owed.
OWED = (OldPartState.TO_TAG, OldPartState.TAGGED)


class Standing(NamedTuple):
    """The balance (fen; parts drawn are negative), and how many old parts are past their day, worth how much (fen)."""

    balance_fen: int
    overdue: int
    overdue_fen: int

    @property
    def frozen(self) -> bool:
        """Whether no parts are drawn until the old ones have come back."""
        return self.overdue > 0


def standing(rows: Rows, station_id: str, today: date) -> Standing:
    """The account of a station on its calendar day."""
    late = overdue_parts(rows, station_id, today)
    parts = [rows.get(Part, old.part_id) for old in late]
    balance = sum(entry.amount_fen for entry in rows.find(AccountEntry, station_id=station_id))
    return Standing(balance, len(late), sum(part.transfer_fen for part in parts if part))


def overdue_parts(rows: Rows, station_id: str, today: date) -> list[OldPart]:
    """The station's old parts that are still owed after their last day."""
    owed = {old.id: old for state in OWED for old in rows.find(OldPart, station_id=station_id, state=state)}
    duties = (Duty(old.id, old.due_on, returned=False) for old in owed.values())
    return [owed[old_id] for old_id, _ in overdue(duties, today)]
