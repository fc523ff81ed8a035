"""Routes of large things: snapshots by Range requests, photos and signatures in pieces."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.responses import FileResponse

from core.contract.messages import SnapshotManifest
from core.refusals import Refusal
from hq.api.described import gives, needs_device
from hq.api.doors import body_of, device_id, doors, in_thread, now, reply, trusted_device
from hq.feed import BlobState, Reader

router = APIRouter(prefix="/v1", tags=["files"])
MAX_PIECE_BYTES = 4 * 1024 * 1024
_Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
_Number = Annotated[int, Header(ge=0, le=2**40)]
_BINARY = {"required": True, "content": {"application/offset+octet-stream": {"schema": {"type": "string"}}}}


@router.get("/snapshot/{scope}", openapi_extra=needs_device(), responses=gives(SnapshotManifest))
async def manifest(request: Request, scope: str) -> Response:
    """The newest finished snapshot of a scope."""
    await trusted_device(request)
    return reply(await in_thread(request, doors(request).snapshots.manifest, scope, now(request).date()))


@router.get("/snapshot/{scope}/{generation}", openapi_extra=needs_device(), responses=gives(media="application/zstd"))
async def snapshot(request: Request, scope: str, generation: str) -> Response:
    """The packed file of a snapshot; continue it with ``Range: bytes=…``."""
    await trusted_device(request)
    file = await in_thread(request, doors(request).snapshots.file, scope, generation)
    return FileResponse(file, media_type="application/zstd", headers={"ETag": f'"{generation}"'})


@router.head("/blobs/{sha256}", openapi_extra=needs_device(), responses=gives(status=204))
async def blob_state(request: Request, sha256: _Sha256) -> Response:
    """How much of a blob HQ has: ``Upload-Offset``, ``Upload-Length``, ``Upload-Complete``."""
    device = device_id(request)
    state = await in_thread(request, doors(request).blobs.state, sha256, device)
    return progress(state)


@router.patch("/blobs/{sha256}", openapi_extra=needs_device() | {"requestBody": _BINARY}, responses=gives(status=204))
async def append(
    request: Request,
    sha256: _Sha256,
    upload_offset: _Number,
    upload_length: _Number,
    upload_type: Annotated[str, Header(max_length=100, pattern=r"^[\w.+-]+/[\w.+-]+$")] = "application/octet-stream",
) -> Response:
    """A piece (at most 4 MiB) of a blob at ``Upload-Offset`` of ``Upload-Length`` bytes; offset 0 begins it."""
    device = device_id(request)
    blobs = doors(request).blobs
    if upload_length > blobs.limit:
        raise Refusal("blob_too_large", limit=blobs.limit)
    piece = await body_of(request, MAX_PIECE_BYTES)

    def store() -> BlobState:
        return blobs.append(
            sha256,
            piece,
            offset=upload_offset,
            total=upload_length,
            media_type=upload_type,
            device_id=device,
            now=now(request),
        )

    return progress(await in_thread(request, store))


@router.get("/blobs/{sha256}", openapi_extra=needs_device(), responses=gives(media="application/octet-stream"))
async def blob(request: Request, sha256: _Sha256) -> Response:
    """A blob for a device whose place sees a row that names it; continue it with ``Range: bytes=…``."""
    device = await trusted_device(request)
    reader = Reader(device.id, device.place_id, device.branch_id)
    file, media_type = await in_thread(request, doors(request).blobs.file_for, sha256, reader)
    headers = {"ETag": f'"{sha256}"', "X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment"}
    return FileResponse(file, media_type=media_type, headers=headers)


def progress(state: BlobState) -> Response:
    """How far an upload is, as its headers say it."""
    headers = {
        "Upload-Offset": str(state.received),
        "Upload-Length": str(state.total),
        "Upload-Complete": "?1" if state.complete else "?0",
    }
    return Response(status_code=204, headers=headers)
