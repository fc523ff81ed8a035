"""What a rescue file says about itself, and the messages that bring one to headquarters."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from core.contract.messages import MAX_PUSH_OPERATIONS, Count, Message
from core.operations.add_attachment import MAX_BLOB
from core.operations.operation import Hash, Id, Moment, SignedOperation

FORMAT: Final = 1
#: Bounds of one file: years of a busy station's work.
MAX_RESCUED_OPERATIONS = 1_000_000
MAX_RESCUED_BLOBS = 20_000
MAX_MANIFEST = 4 * 1024 * 1024
#: What a device signs of a manifest begins with this, so that the signature stands for nothing else.
SIGNED_AS = "fixpoint rescue 1\n"


class RescuedBlob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A photo or signature in a rescue file."""

    sha256: Hash
    bytes: Annotated[int, Meta(ge=1, le=MAX_BLOB)]
    media_type: Annotated[str, Meta(max_length=100, pattern=r"^[\w.+-]+/[\w.+-]+$")] = "application/octet-stream"


class RescueManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose work the file holds and how much of it; ``digest`` is the SHA-256 of the operations' hashes in order."""

    format: Literal[1] = FORMAT
    id: Id
    hq_id: Annotated[str, Meta(max_length=100)]
    device: Id
    public_key: Annotated[str, Meta(max_length=64)]
    place: Id
    place_name: Annotated[str, Meta(max_length=200)]
    branch_id: Id
    made_at: Moment
    operations: Annotated[int, Meta(ge=0, le=MAX_RESCUED_OPERATIONS)]
    unanswered: Annotated[int, Meta(ge=0, le=MAX_RESCUED_OPERATIONS)]
    digest: Hash
    blobs: Annotated[tuple[RescuedBlob, ...], Meta(max_length=MAX_RESCUED_BLOBS)] = ()
    #: queued photos whose files the device had lost
    missing: Annotated[tuple[Hash, ...], Meta(max_length=MAX_RESCUED_BLOBS)] = ()


class SignedManifest(Message, frozen=True, kw_only=True):
    """``POST /v1/rescue``: a manifest's exact JSON text and the device's signature of it (base64)."""

    text: Annotated[str, Meta(max_length=MAX_MANIFEST)]
    signature: Annotated[str, Meta(max_length=120)]


class RescueBegun(Message, frozen=True, kw_only=True):
    """HQ takes the file; its operations and blobs are sent under ``id``."""

    id: str
    device: str
    revoked: bool = False


class RescuedOperations(Message, frozen=True, kw_only=True):
    """``POST /v1/rescue/{id}/operations``: operations as the device signed them, in the order of doing."""

    operations: Annotated[tuple[SignedOperation, ...], Meta(max_length=MAX_PUSH_OPERATIONS)]


class RescueReply(Message, frozen=True, kw_only=True):
    """How many HQ had already, how many it took now, and what became of those (by outcome)."""

    known: Count
    taken: Count
    outcomes: dict[str, Count] = {}


def signed_text(manifest_text: str) -> bytes:
    """The bytes that the device's signature of a manifest is over."""
    return (SIGNED_AS + manifest_text).encode("utf-8", "surrogatepass")
