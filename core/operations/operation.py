"""The operation: an immutable, signed record of what a person did, and how it is bound into its device's chain."""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

#: The schema number this program writes; HQ takes the three before it too.
#: 2: ``add_attachment`` may name a thumbnail. 3: ``identify_unit`` may tell how long reading took.
#: 4: ``use_part`` may take from a bag; parts are requested, sent, received, moved and counted.
#: Findings are recorded, corrections and articles proposed; visits, the shop, certificates and other ends of an order
#: are told; figures are measured, requests asked back.
SCHEMA = 4
#: An operation's body may not be larger (bytes); photos travel as blobs.
MAX_BODY = 256 * 1024
#: ``prev`` of a device's first operation.
GENESIS = "0" * 64

Id = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]
Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(min_length=1, max_length=4000)]
OptionalText = Annotated[str, Meta(max_length=4000)]
Code = Annotated[str, Meta(min_length=1, max_length=40)]
OptionalCode = Annotated[str, Meta(max_length=40)]
Fen = Annotated[int, Meta(ge=0, le=10**12)]
Count = Annotated[int, Meta(ge=1, le=10_000)]
Moment = Annotated[datetime, Meta(tz=True)]
Number = Annotated[int, Meta(ge=1, le=2**53)]


class Trust(StrEnum):
    """Whether the device's clock could be trusted when the operation was made."""

    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"


class Touch(msgspec.Struct, frozen=True, kw_only=True):
    """A row the operation changed, and HQ's version of it that the person had before them (0: a new row)."""

    entity: Name
    id: Name
    base_version: Annotated[int, Meta(ge=0, le=2**53)] = 0


class Operation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one person did, once. Its id never changes; (device, epoch, n) and ``prev`` place it in a chain."""

    id: Id
    device: Id
    epoch: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    n: Number
    prev: Hash
    user: Id
    place: Id
    branch_id: Id
    action: Name
    made_at: Moment
    utc_offset_minutes: Annotated[int, Meta(ge=-900, le=900)]
    trust: Trust = Trust.TRUSTED
    touches: Annotated[tuple[Touch, ...], Meta(max_length=200)] = ()
    #: per touched row ("entity/id") the values its changed fields had before
    base: dict[str, dict[str, Any]] = {}
    #: revisions the person's verdict or price was judged by, e.g. {"tariff": "2026-01"}
    versions: dict[str, str] = {}
    args: msgspec.Raw
    schema: Annotated[int, Meta(ge=1, le=2**31 - 1)] = SCHEMA


class SignedOperation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An operation as it is stored and sent: the exact JSON text and the device's Ed25519 signature of it (base64)."""

    body: Annotated[str, Meta(max_length=MAX_BODY)]
    signature: Annotated[str, Meta(max_length=120)]


def encode(operation: Operation) -> str:
    """The operation's JSON text; the text that is signed, hashed and stored is exactly this."""
    return msgspec.json.encode(operation).decode()


def body_hash(body: str) -> str:
    """The hash (hex SHA-256) that the next operation of the device carries as ``prev``."""
    return hashlib.sha256(body.encode()).hexdigest()
