"""A transfer is proposed to another station, named by its id or code."""

from app.actions.desk import Asked, Desk, DeskAction, Recorded
from app.actions.ship_parts import place_named
from core.operations.transfers import OfferTransfer
from core.rows.supply import PartQuantity


class TransferAsked(Asked, frozen=True, kw_only=True):
    """With which station; whether this one gives or asks; which parts."""

    station: str
    lines: tuple[PartQuantity, ...]
    giving: bool = False
    reason: str = ""


def run(asked: TransferAsked, desk: Desk) -> Recorded:
    """Record the proposal."""
    with desk.store.reading() as rows:
        other = place_named(rows, asked.station)
    args = OfferTransfer(other_station_id=other.id, giving=asked.giving, lines=asked.lines, reason=asked.reason)
    return desk.store.record("offer_transfer", args, desk.person_id)


ACTION = DeskAction("offer_transfer", TransferAsked, run)
