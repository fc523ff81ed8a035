"""Safety stock and the suggested order of one part at one place, with every figure the suggestion rests on.

All in whole numbers, so that both ends get the same: use per day and its spread are kept as sums over the days.
"""

from collections.abc import Iterable
from math import isqrt

import msgspec

from core.rows.supply import Suggestion

#: The normal deviate (× 1000) of a service level (‰ of the cycles without a shortage).
DEVIATES: dict[int, int] = {
    800: 842, 850: 1036, 900: 1282, 950: 1645, 975: 1960, 980: 2054, 990: 2326, 995: 2576, 999: 3090,
}  # fmt: skip


class Rhythm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How parts come to a place: days from asking to receiving, days between two orders, service level in ‰."""

    lead_days: int = 7
    review_days: int = 7
    service_permille: int = 950


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """What is there of a part and what is coming: to spare, under way, asked for and not yet sent (pieces)."""

    available: int = 0
    in_transit: int = 0
    requested: int = 0

    @property
    def total(self) -> int:
        """Everything that the next days can be served from."""
        return self.available + self.in_transit + self.requested


def deviate(service_permille: int) -> int:
    """Return z × 1000 for a service level: the next higher one of the table; the highest above all."""
    fitting = [level for level in DEVIATES if level >= service_permille]
    return DEVIATES[min(fitting, default=max(DEVIATES))]


def safety_stock(used: Iterable[int], days: int, rhythm: Rhythm) -> int:
    """Return z · σ · √lead time, rounded up to whole pieces; ``used`` is the use of those of ``days`` that had any."""
    total, squares = _sums(used)
    variance = days * squares - total * total  # of one day, × days²
    return _ceil_div(_ceil_root(deviate(rhythm.service_permille) ** 2 * rhythm.lead_days * variance), 1000 * days)


def _sums(used: Iterable[int]) -> tuple[int, int]:
    found = list(used)
    return sum(found), sum(quantity * quantity for quantity in found)


def suggest(used: Iterable[int], days: int, rhythm: Rhythm, position: Position) -> Suggestion:
    """Return what to order now: up to the use of lead time and review plus safety, once the position is low enough.

    ``used`` is the use of each day that had any, ``days`` how many days were looked at (ValueError below 1).
    """
    if days < 1:
        raise ValueError("use is counted over at least one day")
    found = list(used)
    total, squares = _sums(found)
    safety = safety_stock(found, days, rhythm)
    reorder_point = _ceil_div(total * rhythm.lead_days, days) + safety
    order_up_to = _ceil_div(total * (rhythm.lead_days + rhythm.review_days), days) + safety
    low = position.total <= reorder_point
    return Suggestion(
        days=days,
        used=total,
        squares=squares,
        lead_days=rhythm.lead_days,
        review_days=rhythm.review_days,
        service_permille=rhythm.service_permille,
        z_milli=deviate(rhythm.service_permille),
        safety=safety,
        reorder_point=reorder_point,
        order_up_to=order_up_to,
        available=position.available,
        in_transit=position.in_transit,
        requested=position.requested,
        quantity=max(0, order_up_to - position.total) if low else 0,
    )


def _ceil_div(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)


def _ceil_root(square: int) -> int:
    root = isqrt(square)
    return root + (root * root < square)
