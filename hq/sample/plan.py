"""Which orders the sample has: how each one ends, when it began, at which station."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from core.work_order import State
from hq.sample.dice import Dice

EARLY = (
    State.OFFERED_STATION,
    State.ACCEPTED,
    State.SCHEDULED,
    State.OFFERED_BRANCH,
    State.AT_BRANCH,
    State.SCHEDULED,
    State.DECLINED,
    State.NEW,
    State.ACCEPTED,
    State.RECALLED,
)
MIDDLE = (
    State.IN_PROGRESS,
    State.WAITING_PARTS,
    State.COMPLETED,
    State.WAITING_APPROVAL,
    State.REPAIRED,
    State.WAITING_CUSTOMER,
    State.COMPLETED,
    State.CLAIM_HELD,
    State.IN_SHOP,
    State.VERIFIED,
    State.WAITING_INSPECTION,
)
ENDS = (
    State.CANCELLED,
    State.RETURNED_UNREPAIRED,
    State.CLOSED,
    State.EXCHANGED,
    State.CLAIM_REJECTED,
    State.REFUND_PROPOSED,
)
_DAYS = 92
_OFFSET = timedelta(hours=8)


class Planned(NamedTuple):
    """One order to be: its number in the sample, where it stands at the end, when it is reported, which station."""

    rank: int
    target: State
    reported_at: datetime
    station: int


def local(day: date, minutes: int) -> datetime:
    """The UTC time of so many minutes after midnight at the sample's places."""
    return datetime.combine(day, time(), UTC) - _OFFSET + timedelta(minutes=minutes)


def plan(as_of: date, stations: int, orders: int) -> list[Planned]:
    """Return the orders by the time they are reported: of twenty, three early, four at work, two other ends."""
    drafts: list[tuple[datetime, int, State, int]] = []
    counts = dict.fromkeys(("early", "middle", "ends"), 0)
    for index in range(orders):
        dice, place = Dice("order", index), index % 20
        group = "early" if place < 3 else "middle" if place < 7 else "ends" if place < 9 else ""
        target, first, last = State.SETTLED, 9, _DAYS
        if group:
            choices = {"early": EARLY, "middle": MIDDLE, "ends": ENDS}[group]
            target = choices[counts[group] % len(choices)]
            first, last = {"early": (1, 3), "middle": (7, 15), "ends": (9, _DAYS)}[group]
            counts[group] += 1
        day = as_of - timedelta(days=dice.between(first, last))
        drafts.append((local(day, dice.between(8 * 60, 17 * 60)), index, target, _station(index, stations, dice)))
    return [Planned(index, target, at, station) for at, index, target, station in sorted(drafts)]


def _station(index: int, stations: int, dice: Dice) -> int:
    """Stations have unequal work; the demonstration's has a good share of it."""
    return 0 if index % 9 == 0 else dice.below(stations)
