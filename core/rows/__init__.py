"""The synced rows: every kind of row that operations change and that HQ sends down."""

from core.rows.base import PlaceRow, Row, TradeRow
from core.rows.kinds import BY_NAME, KINDS, REFERENCE_KINDS, TRADE_KINDS, is_visible_to, name_of, places_of

__all__ = [
    "BY_NAME",
    "KINDS",
    "REFERENCE_KINDS",
    "TRADE_KINDS",
    "PlaceRow",
    "Row",
    "TradeRow",
    "is_visible_to",
    "name_of",
    "places_of",
]
