"""What every synced row is: an immutable value with an id and the version headquarters gave it."""

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A synced row. ``version`` is assigned by HQ alone; 0 until HQ has stored the row."""

    id: str
    version: int = 0


class TradeRow(Row, frozen=True, kw_only=True):
    """A row of the trade: at HQ its key leads with the branch, which never changes in an order's life."""

    branch_id: str


class PlaceRow(TradeRow, frozen=True, kw_only=True):
    """A row of the trade that one station owns and its branch sees."""

    station_id: str | None
