"""Routes for rescue files: the unsent work of one device, handed in by another device of its branch."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Path, Request, Response

from core.contract import codec
from core.contract.messages import MAX_PUSH_BYTES, MAX_PUSH_OPERATIONS, Message
from core.contract.rescue import (
    MAX_MANIFEST,
    RescueBegun,
    RescuedOperations,
    RescueReply,
    SignedManifest,
)
from core.refusals import Refusal
from hq.api.described import gives, needs_device, takes
from hq.api.doors import body_of, doors, in_thread, message_of, now, reply, trusted_device
from hq.api.files import MAX_PIECE_BYTES, progress
from hq.feed import BlobState
from hq.inbox import rescuing

router = APIRouter(prefix="/v1/rescue", tags=["rescue"])
_RescueId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
_Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
_Number = Annotated[int, Header(ge=0, le=2**53)]
_BINARY = {"required": True, "content": {"application/offset+octet-stream": {"schema": {"type": "string"}}}}
#: One operation alone may be larger than a push's bound once its text is quoted.
_OPERATIONS_BYTES = 4 * MAX_PUSH_BYTES


class _Loose(Message, frozen=True, kw_only=True):
    """Operations that are not read yet."""

    operations: Annotated[tuple[msgspec.Raw, ...], msgspec.Meta(max_length=MAX_PUSH_OPERATIONS)]


@router.post("", openapi_extra=takes(SignedManifest), responses=gives(RescueBegun))
async def begin(request: Request) -> Response:
    """A rescue file's manifest, signed by the device whose work it holds; again is safe."""
    device = await trusted_device(request)
    signed = await message_of(request, SignedManifest, 2 * MAX_MANIFEST)
    return reply(await in_thread(request, rescuing.begin, doors(request).store, signed, device, now(request)))


@router.post("/{rescue_id}/operations", openapi_extra=takes(RescuedOperations), responses=gives(RescueReply))
async def operations(request: Request, rescue_id: _RescueId) -> Response:
    """Operations of the file, each taken once and as its own device's; all of the request or nothing."""
    device = await trusted_device(request)
    data = await body_of(request, _OPERATIONS_BYTES)
    doors(request).pushed.add(device.id, len(data), now(request).date())
    given = codec.decode(data, _Loose)
    store = doors(request).store
    return reply(await in_thread(request, rescuing.take, store, rescue_id, device, given.operations, now(request)))


@router.head("/{rescue_id}/blobs/{sha256}", openapi_extra=needs_device(), responses=gives(status=204))
async def blob_progress(request: Request, rescue_id: _RescueId, sha256: _Sha256) -> Response:
    """How much of a photo is here; 404: nothing."""
    device = await trusted_device(request)
    parts = doors(request)

    def look() -> BlobState:
        with parts.store.reading() as connection:
            owner, _about = rescuing.blob_of(connection, rescue_id, sha256, device)
        return parts.blobs.state(sha256, owner.id)

    return progress(await in_thread(request, look))


@router.patch(
    "/{rescue_id}/blobs/{sha256}",
    openapi_extra=needs_device() | {"requestBody": _BINARY},
    responses=gives(status=204),
)
async def append(request: Request, rescue_id: _RescueId, sha256: _Sha256, upload_offset: _Number) -> Response:
    """A piece of a photo that the file's manifest names, kept as its own device's."""
    device = await trusted_device(request)
    parts = doors(request)
    piece = await body_of(request, MAX_PIECE_BYTES)

    def store() -> BlobState:
        with parts.store.reading() as connection:
            owner, about = rescuing.blob_of(connection, rescue_id, sha256, device)
        if about.bytes > parts.blobs.limit:
            raise Refusal("blob_too_large", limit=parts.blobs.limit)
        return parts.blobs.append(
            sha256,
            piece,
            offset=upload_offset,
            total=about.bytes,
            media_type=about.media_type,
            device_id=owner.id,
            now=now(request),
        )

    return progress(await in_thread(request, store))
