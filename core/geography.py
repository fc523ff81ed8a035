"""Where a place or a customer is, and how far two of them lie apart; whole numbers only, so that both ends agree."""

import math
from typing import Annotated

import msgspec
from msgspec import Meta

_MM_PER_MICRODEGREE = 111_195  # of latitude, times a thousand
_HALF, _WHOLE = 180_000_000, 360_000_000
_MICRO = 1_000_000
#: The cosine of every whole degree in millionths; in between they lie on a line.
_COSINES = tuple(round(math.cos(math.radians(degree)) * _MICRO) for degree in range(92))


class Position(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A point on the map in millionths of a degree (WGS 84)."""

    lat_e6: Annotated[int, Meta(ge=-90_000_000, le=90_000_000)]
    lon_e6: Annotated[int, Meta(ge=-180_000_000, le=180_000_000)]


def distance_m(a: Position, b: Position) -> int:
    """Metres between two points as the crow flies; good to half a per cent within a few hundred kilometres."""
    east = abs((b.lon_e6 - a.lon_e6 + _HALF) % _WHOLE - _HALF)
    east = east * _cosine(abs(a.lat_e6 + b.lat_e6) // 2) // _MICRO
    return math.isqrt((b.lat_e6 - a.lat_e6) ** 2 + east**2) * _MM_PER_MICRODEGREE // _MICRO


def _cosine(lat_e6: int) -> int:
    degree, rest = divmod(lat_e6, _MICRO)
    low, high = _COSINES[degree], _COSINES[degree + 1]
    return low + (high - low) * rest // _MICRO
