"""Old parts past their day, and whether they have frozen the station's parts account."""

from datetime import date
from typing import NamedTuple

from app.offline_db.store import LocalRows
from app.queries.part_requests import summed_of
from core.parts.books import overdue_parts, standing_of, worth_fen


class Late(NamedTuple):
    """How many old parts are past their day, what they are worth (fen), and whether the account is frozen by now."""

    overdue: int
    worth_fen: int
    frozen: bool


def late_parts(rows: LocalRows, station_id: str, today: date) -> Late | None:
    """The station's overdue old parts; None when there are none."""
    late = overdue_parts(rows, station_id, today)
    if not late:
        return None
    account = standing_of(rows, station_id, today, summed=summed_of(rows, station_id))
    worth = worth_fen(rows, ((old.part_id, 1) for old in late))
    return Late(len(late), worth, account.frozen or account.frozen_by_age)
