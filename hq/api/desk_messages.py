"""What other systems and HQ's desks say to each other."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from hq.callbacks.service import Result
from hq.inbox.waiting import Waiting
from hq.warranty.corrections import Proposed


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """HQ and its database answer."""

    status: str
    server_time: datetime


class OrderState(msgspec.Struct, frozen=True, kw_only=True):
    """Where an order stands, for the call centre: no facts of the repair."""

    order_id: str
    number: str
    external_id: str | None
    state: str
    branch: str
    station: str | None
    reminders: int
    urgency: int


class CallBack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the customer said; a rejection needs its reason."""

    result: Result
    reason: Annotated[str, Meta(max_length=2000)] = ""


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """The order or statement, and the state it is in now."""

    id: str
    state: str


class WaitingList(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for a person of HQ, or of its place."""

    waiting: tuple[Waiting, ...]


class Reason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class OptionalReason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the place shall read; may be empty where the decision says enough."""

    reason: Annotated[str, Meta(max_length=500)] = ""


class CorrectionList(msgspec.Struct, frozen=True, kw_only=True):
    """Corrections of the registry that places propose."""

    corrections: tuple[Proposed, ...]


class Distrusted(msgspec.Struct, frozen=True, kw_only=True):
    """Whom HQ trusts no more."""

    id: str
    name: str
    place: str
