"""Claims, statements and their lines: HQ's rows; a station's own figure is a preview."""

from datetime import date, datetime

from core.claims import ClaimLine
from core.rows.base import PlaceRow
from core.settlement import StatementState


class Claim(PlaceRow, frozen=True, kw_only=True):
    """What a station asks for one finished order, computed from the tariff in force that day. Money in fen."""

    order_id: str
    order_number: str
    technician_id: str | None
    tariff: str
    lines: tuple[ClaimLine, ...]
    total_fen: int
    preview_fen: int | None = None  # what the station had computed
    completed_on: date
    state: str = "open"  # open | held | verified | rejected | settled | withdrawn
    rejection: str | None = None
    signals: tuple[str, ...] = ()


class Statement(PlaceRow, frozen=True, kw_only=True):
    """A station's month. ``run`` tells sound claims (1) from problem claims (2)."""

    month: str  # YYYY-MM
    run: int = 1
    state: StatementState
    total_fen: int
    lines: int
    tariff: str
    made_at: datetime
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None


class StatementLine(PlaceRow, frozen=True, kw_only=True):
    """One line of a statement: a claim line, a penalty or a deduction."""

    statement_id: str
    claim_id: str | None
    order_id: str | None
    order_number: str = ""
    kind: str
    part_id: str | None = None
    quantity: int = 1
    amount_fen: int
    tariff: str
    disputed: bool = False
    dispute_reason: str | None = None
