"""Whether a station's parts account is frozen, as its pages say it."""

from datetime import date
from typing import NamedTuple

from core.parts_account import standing
from core.rows.access import Rows


class Frozen(NamedTuple):
    """How many old parts are past their day, and what they are worth (fen)."""

    overdue: int
    overdue_fen: int


def frozen_station(rows: Rows, station_id: str, today: date) -> Frozen | None:
    """Why the account is frozen; None while it is not."""
    found = standing(rows, station_id, today)
    return Frozen(found.overdue, found.overdue_fen) if found.frozen else None
