"""What the call centre sends and is answered."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from core.geography import Position

_Short = Annotated[str, Meta(min_length=1, max_length=100)]
_Text = Annotated[str, Meta(min_length=1, max_length=2000)]
_Code = Annotated[str, Meta(min_length=1, max_length=40)]


class Customer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who called."""

    name: _Short
    phone: Annotated[str, Meta(min_length=3, max_length=40)]
    address: Annotated[str, Meta(min_length=1, max_length=400)]


class NewOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /v1/orders``: a reported fault. ``external_id`` is the sender's own number; sending it twice is safe.

    ``product_class`` may be left out when ``model`` is known; ``branch`` (code or id) when the address names its city.
    ``urgency`` is 0 ordinary, 1 soon, 2 at once; ``distance_m`` the metres to the station, 0 when unknown;
    ``position`` where the customer is. ``station`` (code or id) asks for direct dispatch, where the branch allows it.
    """

    external_id: _Code
    customer: Customer
    fault: _Text
    model: _Code | None = None
    serial: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    product_class: _Code | None = None
    service_type: Literal["on_site", "carry_in", "mail_in"] = "on_site"
    job: Literal["repair", "installation", "inspection", "exchange"] = "repair"
    urgency: Annotated[int, Meta(ge=0, le=2)] = 0
    branch: _Code | None = None
    distance_m: Annotated[int, Meta(ge=0, le=2_000_000)] = 0
    position: Position | None = None
    station: _Code | None = None


class WarrantyGuess(msgspec.Struct, frozen=True, kw_only=True):
    """The likely verdict, and the ids of the rules behind it."""

    outcome: str
    reasons: tuple[str, ...]


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What a visit may cost the customer without parts, in fen."""

    low_fen: int
    high_fen: int


class CameLast(msgspec.Struct, frozen=True, kw_only=True):
    """The technician who worked on this unit last: for which order, at which station, when work began (day)."""

    name: str
    station: str
    order: str
    on: date


class Repeats(msgspec.Struct, frozen=True, kw_only=True):
    """The finished repair that this report comes so soon after, with its day of completion and the days since."""

    order: str
    completed_on: date
    days: int


class IntakeReply(msgspec.Struct, frozen=True, kw_only=True):
    """The order that stands for the report. ``repeat_of`` names it when it was open already (a reminder).

    ``escalated_to`` is how far reminders or time have raised it (station, branch, hq), ``urgency`` 0 to 2.
    """

    order_id: str
    number: str
    state: str
    branch: str
    warranty_guess: WarrantyGuess
    cost: Cost
    reminders: int = 0
    repeat_of: str | None = None
    urgency: int = 0
    escalated_to: str | None = None
    came_last: CameLast | None = None
    repeats: Repeats | None = None
