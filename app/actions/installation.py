"""What the installation card says of a unit is recorded; the unit is the order's only or first one when not named."""

from datetime import date
from typing import Literal

from app.actions.desk import Desk, DeskAction, OrderAsked, Recorded, find_order, find_unit
from core.operations.installation import RecordInstallation


class CardAsked(OrderAsked, frozen=True, kw_only=True):
    """The day (today when absent), the place in the home, and which half of which pair."""

    unit_id: str | None = None
    installed_on: date | None = None
    place: str
    half: Literal["indoor", "outdoor"] | None = None
    pair: int | None = None


def run(asked: CardAsked, desk: Desk) -> Recorded:
    """Record the card."""
    with desk.store.reading() as rows:
        order = find_order(rows, asked.order_id)
        unit = find_unit(rows, order, asked.unit_id)
        day = asked.installed_on or desk.today(rows)
    args = RecordInstallation(
        order_id=order.id, unit_id=unit.id, installed_on=day, place=asked.place, half=asked.half, pair=asked.pair
    )
    return desk.store.record("record_installation", args, desk.person_id)


ACTION = DeskAction("record_installation", CardAsked, run)
