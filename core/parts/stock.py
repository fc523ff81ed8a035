"""What a place has of each part: on hand, kept for orders, to spare, in bags, under way, defective."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from core.parts_ledger import StockKey, kind_of, location
from core.roles import PlaceKind
from core.rows.parts import Condition, LocationKind, PartLine
from core.rows.supply import Reservation

_OF_PLACE = {
    PlaceKind.HQ: LocationKind.HQ,
    PlaceKind.BRANCH: LocationKind.BRANCH,
    PlaceKind.STATION: LocationKind.STATION,
    PlaceKind.WAREHOUSE: LocationKind.WAREHOUSE,
}


class PartFigures(NamedTuple):
    """One part at one place, in pieces."""

    part_id: str
    on_hand: int = 0
    reserved: int = 0
    bags: int = 0
    in_transit: int = 0
    defective: int = 0

    @property
    def available(self) -> int:
        """What may still be promised; below zero when more was used or promised than was there."""
        return self.on_hand - self.reserved


def place_location(kind: PlaceKind, place_id: str) -> str:
    """Return the location of a place's own shelves."""
    return location(_OF_PLACE[kind], place_id)


def figures_at(
    totals: Mapping[StockKey, int], reserved: Mapping[str, int], place: str, incoming: Collection[str]
) -> dict[str, PartFigures]:
    """Return the figures of every part that moved at the location ``place`` or is reserved there.

    ``totals`` are balances of what the place sees, ``incoming`` the locations of shipments on their way to it. Bags
    count where their station is.
    """
    has_bags = kind_of(place) is LocationKind.STATION
    found: dict[str, PartFigures] = {
        part_id: PartFigures(part_id, reserved=count) for part_id, count in reserved.items()
    }
    for key, quantity in totals.items():
        field = _field_of(key, place, incoming, has_bags=has_bags)
        if field:
            figures = found.get(key.part_id, PartFigures(key.part_id))
            found[key.part_id] = figures._replace(**{field: getattr(figures, field) + quantity})
    return found


def _field_of(key: StockKey, place: str, incoming: Collection[str], *, has_bags: bool) -> str:
    if key.location == place:
        return "on_hand" if key.condition is Condition.NEW else "defective"
    if key.condition is not Condition.NEW:
        return ""
    if key.location in incoming:
        return "in_transit"
    return "bags" if has_bags and kind_of(key.location) is LocationKind.BAG else ""


def outstanding(
    reservations: Iterable[Reservation], lines: Iterable[PartLine], ended: Collection[str]
) -> dict[tuple[str, str], int]:
    """Return how many pieces are still kept per (order, part): reserved less released less put in.

    An order in ``ended`` keeps nothing. What was put in beyond the reservation takes nothing from other orders.
    """
    kept: Counter[tuple[str, str]] = Counter()
    for one in reservations:
        kept[one.order_id, one.part_id] += one.quantity
    for line in lines:
        if (line.order_id, line.part_id) in kept:
            kept[line.order_id, line.part_id] -= line.quantity
    return {key: count for key, count in kept.items() if count > 0 and key[0] not in ended}


def per_part(kept: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """Return the pieces kept per part, over all orders."""
    found: Counter[str] = Counter()
    for (_, part_id), count in kept.items():
        found[part_id] += count
    return dict(found)
