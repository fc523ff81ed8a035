"""Rows about the work itself: parked operations, conflicts and tasks that a person must look at."""

from datetime import datetime
from typing import Any

from core.rows.base import TradeRow


class ParkedOperation(TradeRow, frozen=True, kw_only=True):
    """An operation HQ refused, with its reason; id = the operation's id. Shown to everyone of the place."""

    place_id: str
    device_id: str
    n: int
    action: str
    person_id: str
    made_at: datetime
    code: str
    facts: dict[str, Any] = {}
    touches: tuple[str, ...] = ()
    #: what the action was given, so that the next person can mend it; None: secret, too long or unreadable
    args: dict[str, Any] | None = None
    state: str = "open"  # open | resolved | withdrawn
    resolved_by: str | None = None
    outcome: str | None = None  # HQ's answer as it stands now (core.contract.messages.Outcome); None: not told yet


class Conflict(TradeRow, frozen=True, kw_only=True):
    """The same field changed to different values by two sides; both are kept until a person picks.

    ``hq_value`` is what HQ held, ``place_value`` what arrived (from a station, or from the branch's own device).
    """

    place_id: str
    entity: str
    row_id: str
    order_id: str | None = None
    field: str
    base: Any = None
    hq_value: Any = None
    place_value: Any = None
    operation_id: str
    person_id: str
    at: datetime
    state: str = "open"  # open | picked
    picked: Any = None
    picked_by: str | None = None
    person_name: str | None = None  # who made place_value; person_id and at tell the rest
    hq_person_id: str | None = None  # who made hq_value, where the order's timeline tells it
    hq_person: str | None = None
    hq_at: datetime | None = None
    stands: str | None = None  # whose value the row keeps until a person picks: hq | place
    also: dict[str, Any] | None = None  # values of other fields that come with place_value
    hq_also: dict[str, Any] | None = None  # what these fields held before place_value was picked
    picked_by_name: str | None = None
    picked_at: datetime | None = None


class Task(TradeRow, frozen=True, kw_only=True):
    """Something that does not fit and that a person must explain (stock below zero, a fact on a finished order)."""

    place_id: str
    kind: str
    order_id: str | None = None
    facts: dict[str, Any] = {}
    at: datetime
    state: str = "open"
