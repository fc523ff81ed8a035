"""The messages of protocol version 1, as strict Structs."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from core.operations.operation import Hash, Id, Moment, Name, SignedOperation
from core.rows.units import PastRepair
from core.warranty import Contract, RegisteredUnit

#: Limits of one push, agreed by both ends.
MAX_PUSH_OPERATIONS = 2_500
MAX_PUSH_BYTES = 1024 * 1024
#: Rows of one pull page; a device writes it in as many transactions as it likes. HQ ends a page early at these bytes.
MAX_PULL_ROWS = 10_000
PULL_PAGE_BYTES = 8 * 1024 * 1024
DEFAULT_PULL_ROWS = 2_000
#: ``GET /v1/wait`` holds at most this many seconds.
MAX_WAIT_SECONDS = 25
#: An epoch that a device may claim: far more than it can ever be granted, and far from what a column holds.
MAX_EPOCH = 1_000_000
#: What is counted or numbered: both ends' columns hold it, and so does a number of JavaScript.
Count = Annotated[int, Meta(ge=0, le=2**53)]
Epoch = Annotated[int, Meta(ge=1, le=MAX_EPOCH)]
REFERENCE_SCOPE = "reference"
REGISTRY_SCOPE = "registry"


# msgspec reads no union with Raw: to it the field is Raw with None for "absent".
if TYPE_CHECKING:
    _MaybeRaw = msgspec.Raw | None
else:
    _MaybeRaw = msgspec.Raw


def place_scope(place_id: str) -> str:
    """The scope of the rows a place may see."""
    return f"place/{place_id}"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message; unknown fields of a newer peer are ignored."""


class EnrolRequest(Message, frozen=True, kw_only=True):
    """``POST /v1/enrol``: a one-time code and the device's public key (base64 of 32 bytes)."""

    code: Annotated[str, Meta(min_length=4, max_length=64)]
    public_key: Annotated[str, Meta(min_length=40, max_length=64)]
    device_name: Annotated[str, Meta(max_length=200)] = ""
    app_version: Annotated[str, Meta(max_length=40)] = ""


class EnrolReply(Message, frozen=True, kw_only=True):
    """The device's identity; ``hq_id`` tells this HQ from another one, ``hq_key`` is its public key (base64)."""

    device: Id
    place: Id
    place_name: str
    place_kind: str
    branch_id: Id
    epoch: Epoch
    hq_id: str
    hq_key: str
    ca_pem: str | None = None
    utc_offset_minutes: Annotated[int, Meta(ge=-1440, le=1440)] = 480
    server_time: Moment


class ChallengeReply(Message, frozen=True, kw_only=True):
    """``POST /v1/token`` without a signature: what is to be signed."""

    challenge: str


class TokenRequest(Message, frozen=True, kw_only=True):
    """``POST /v1/token``: first without, then with the signed challenge (Ed25519 over its UTF-8 bytes, base64)."""

    device: Id
    challenge: Annotated[str, Meta(max_length=200)] | None = None
    signature: Annotated[str, Meta(max_length=120)] | None = None


class TokenReply(Message, frozen=True, kw_only=True):
    """A bearer token and the seconds it lives (at most 15 minutes)."""

    token: str
    expires_in: Count


class Hello(Message, frozen=True, kw_only=True):
    """``POST /v1/hello``: where this device stands. Cursors per scope; 0 or absent: nothing yet."""

    incarnation: str | None = None
    cursors: dict[str, Count] = {}
    epoch: Epoch
    last_n: Count
    last_hash: Hash
    schema: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    app_version: Annotated[str, Meta(max_length=40)] = ""
    clock: Moment
    #: the first n of the current epoch that this device still keeps (``last_n + 1``: none of it)
    oldest_n: Annotated[int, Meta(ge=1, le=2**53)] | None = None


class ScopeState(Message, frozen=True, kw_only=True):
    """A scope this device may pull: the seq HQ stands at."""

    scope: str
    seq: Count


class HelloReply(Message, frozen=True, kw_only=True):
    """HQ's answer. ``received_n`` is the highest n HQ has of this device's ``epoch``.

    ``epoch`` differs from the device's when HQ granted a new one (restored backup, cloned disk): what HQ has not
    received is numbered anew under it after ``received_n`` with ``received_hash`` as the chain's beginning.
    """

    hq_id: str
    incarnation: str
    scopes: tuple[ScopeState, ...]
    snapshots: tuple[str, ...] = ()
    epoch: Epoch
    received_n: Count
    received_hash: str
    server_time: datetime
    least_schema: Count = 1
    revoked: bool = False


class WaitReply(Message, frozen=True, kw_only=True):
    """``GET /v1/wait?cursor=scope@seq&cursor=…``: the scopes that have moved past the given seqs (else 204)."""

    scopes: tuple[ScopeState, ...]


class Push(Message, frozen=True, kw_only=True):
    """``POST /v1/push``: operations in the order of n."""

    epoch: Epoch
    operations: Annotated[tuple[SignedOperation, ...], Meta(max_length=MAX_PUSH_OPERATIONS)]


class Outcome(StrEnum):
    """What became of an operation."""

    APPLIED = "applied"
    MERGED = "merged"
    CONFLICT = "conflict"
    PARKED = "parked"
    QUARANTINED = "quarantined"
    WITHDRAWN = "withdrawn"
    RESOLVED = "resolved"


class Answer(Message, frozen=True, kw_only=True):
    """HQ's stored answer to one operation; ``seq`` per scope is where its effect shows in the feed."""

    id: str
    n: Count
    outcome: Outcome
    code: str | None = None
    facts: dict[str, Any] = {}
    seq: dict[str, Count] = {}


class Known(Message, frozen=True, kw_only=True):
    """``POST /v1/known``: operations of this device that HQ had answered before it was restored."""

    ids: Annotated[tuple[Id, ...], Meta(max_length=MAX_PUSH_OPERATIONS)]


class KnownReply(Message, frozen=True, kw_only=True):
    """What became of those HQ has, as it stands now, and the ids of the others."""

    answers: tuple[Answer, ...] = ()
    missing: tuple[str, ...] = ()


class UnitAnswer(Message, frozen=True, kw_only=True):
    """What HQ knows of one serial number: the registry's entries, repairs at whatever place, extended warranties."""

    serial: str
    as_of: datetime
    units: tuple[RegisteredUnit, ...] = ()
    repairs: tuple[PastRepair, ...] = ()
    contracts: tuple[Contract, ...] = ()


class PushReply(Message, frozen=True, kw_only=True):
    """An answer per operation and the highest n received."""

    answers: tuple[Answer, ...]
    received_n: Count
    received_hash: str
    epoch: Epoch


class PulledLine(Message, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a pull as it stands there: an explicit null is left for the reader of its row to find."""

    seq: Count
    entity: Name
    id: Name
    version: Count
    row: _MaybeRaw = None


class Line(PulledLine, frozen=True, kw_only=True):
    """One line of a pull: a row's newest state in the scope, or a tombstone (``row`` absent)."""

    def __post_init__(self) -> None:
        """An explicit null is no row either."""
        if self.row is not None and bytes(self.row) == b"null":
            msgspec.structs.force_setattr(self, "row", None)


class PageEnd(Message, frozen=True, kw_only=True):
    """The last line of a pull page; ``seq`` is where HQ stood when it read the page."""

    cursor: Count
    more: bool
    incarnation: str
    seq: Count | None = None


class ScopeSums(Message, frozen=True, kw_only=True):
    """``POST /v1/check``: what a device holds of a scope at the cursor ``seq``, as ``core.contract.sums`` adds it up.

    ``rows`` is the sender's ``fingerprint()``: contents are compared only between ends that know the same rows.
    """

    scope: Annotated[str, Meta(max_length=60)]
    incarnation: Annotated[str, Meta(max_length=60)]
    seq: Count
    rows: Annotated[str, Meta(max_length=64)]
    entities: Annotated[tuple[Annotated[str, Meta(max_length=60)], ...], Meta(max_length=100)]
    counts: Annotated[tuple[Annotated[int, Meta(ge=0, le=2**32)], ...], Meta(min_length=256, max_length=256)]
    versions: Annotated[str, Meta(pattern=r"^[0-9a-f]{4096}$")]
    contents: Annotated[str, Meta(pattern=r"^[0-9a-f]{4096}$")]
    reason: Annotated[str, Meta(max_length=40)] = ""


class SumsReply(Message, frozen=True, kw_only=True):
    """What HQ found: the differing ranges (64 hex digits, one bit each), and how many moved since and were left out.

    ``comparable`` is False when HQ cannot say anything about this cursor now; ``report`` names the report HQ filed.
    """

    comparable: bool
    differing: str = "0" * 64
    left_out: Count = 0
    contents: bool = False
    report: str | None = None


class RangeEnd(Message, frozen=True, kw_only=True):
    """The last line of a page of ranges: it tells of all keys above the one asked for, up to ``upto``.

    ``moved`` are the rows (``entity/id``) that changed after ``seq``: the next pull brings them.
    """

    upto: str
    more: bool
    incarnation: str
    seq: Count
    moved: tuple[str, ...] = ()


class Mended(Message, frozen=True, kw_only=True):
    """``POST /v1/check/mended``: what a device found in the differing ranges of a report, and did."""

    report: Id
    missing: Count
    different: Count
    extra: Count
    kept: Count
    examples: Annotated[tuple[Annotated[str, Meta(max_length=400)], ...], Meta(max_length=20)] = ()


class SnapshotManifest(Message, frozen=True, kw_only=True):
    """``GET /v1/snapshot/{scope}``: a finished file. ``at_seq`` is the scope's cursor the file stands at.

    ``pieces`` are the SHA-256 of the packed file's pieces of ``piece_bytes``: each is proven as soon as it is there.
    """

    scope: str
    generation: str
    sha256: Hash
    bytes: Count
    packed_sha256: Hash
    packed_bytes: Count
    rows: Count
    at_seq: Count
    schema: Count
    incarnation: str = ""
    piece_bytes: Count = 0
    pieces: tuple[Hash, ...] = ()


class Problem(Message, frozen=True, kw_only=True):
    """Every error answer: the refusal's code and facts, and its sentence in the asked language."""

    code: str
    facts: dict[str, Any] = {}
    sentence: str = ""
