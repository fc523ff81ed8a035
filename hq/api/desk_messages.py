"""What other systems and HQ's desks say to each other."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from core.operations.allocate_request import AllocatedLine
from core.operations.operation import Hash
from core.parts.shipping import Counted, Sent
from hq.approvals.service import WaitingRequest
from hq.callbacks.service import Result
from hq.inbox.waiting import Waiting
from hq.knowledge.service import EditionLine, ProposedArticle
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


class DirectDispatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which station (code or id) is offered the order."""

    station: Annotated[str, Meta(min_length=1, max_length=40)]


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """The order or statement, and the state it is in now."""

    id: str
    state: str


class Allocate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What HQ gives for a request, or refuses."""

    lines: Annotated[tuple[AllocatedLine, ...], Meta(min_length=1, max_length=100)]


class SendParts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What leaves HQ for a request; no lines: everything granted. The delivery note's number makes it happen once."""

    lines: Annotated[tuple[Sent, ...], Meta(max_length=100)] = ()
    document: Annotated[str, Meta(max_length=60)] = ""
    carrier: Annotated[str, Meta(max_length=60)] = ""


class CountedParts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What lay in a box that came back; empty: all as it was sent."""

    counted: Annotated[tuple[Counted, ...], Meta(max_length=200)] = ()


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The terms of a parts account, all of them; money in fen, no limit when it is left out."""

    limit_fen: Annotated[int, Meta(ge=0, le=10**12)] | None = None
    frozen: bool = False
    reason: Annotated[str, Meta(max_length=400)] = ""
    freeze_after_days: Annotated[int, Meta(ge=0, le=3650)] | None = None


class TermsNow(msgspec.Struct, frozen=True, kw_only=True):
    """The terms as they stand."""

    station: str
    limit_fen: int | None
    frozen: bool
    reason: str


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


class ProposedArticles(msgspec.Struct, frozen=True, kw_only=True):
    """Articles that places propose for the knowledge base."""

    proposals: tuple[ProposedArticle, ...]


class Editions(msgspec.Struct, frozen=True, kw_only=True):
    """Articles and job templates as they are read now."""

    editions: tuple[EditionLine, ...]


class Distrusted(msgspec.Struct, frozen=True, kw_only=True):
    """Whom HQ trusts no more."""

    id: str
    name: str
    place: str


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows a file holds, and how many of them were written (none by a dry run)."""

    kind: str
    rows: int
    imported: int


class WaitingRequests(msgspec.Struct, frozen=True, kw_only=True):
    """Requests that nobody has decided."""

    requests: tuple[WaitingRequest, ...]


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Yes or no, by whom at headquarters; a refusal needs its reason."""

    approved: bool
    reason: Annotated[str, Meta(max_length=4000)] = ""
    by: Annotated[str, Meta(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    subject_hash: Hash | None = None


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be told before headquarters decides, and who asks."""

    question: Annotated[str, Meta(min_length=1, max_length=4000)]
    by: Annotated[str, Meta(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    subject_hash: Hash | None = None


class AskedBack(msgspec.Struct, frozen=True, kw_only=True):
    """The question as it was sent."""

    request_id: str
    question: str
    asked_at: datetime


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What stands now."""

    request_id: str
    approved: bool
    decided_at: datetime
