"""Routes of the self-check: a device's sums of a scope, the rows of ranges that differ, and what it mended."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from core.contract import codec
from core.contract.messages import MAX_PULL_ROWS, REGISTRY_SCOPE, Line, Mended, RangeEnd, ScopeSums, SumsReply
from core.refusals import Refusal
from hq.api.described import gives, needs_device, takes
from hq.api.doors import JSON_LINES, doors, in_thread, message_of, now, reply, trusted_device
from hq.feed.sums import Asked, ranges_page
from hq.identity import Device
from hq.inbox.greeting import scopes_for
from hq.inbox.self_checks import compare, mended

router = APIRouter(prefix="/v1/check", tags=["sync"])
_Mask = Annotated[str, Query(pattern=r"^[0-9a-f]{64}$")]


@router.post("", openapi_extra=takes(ScopeSums), responses=gives(SumsReply))
async def check(request: Request) -> Response:
    """Which ranges of a scope differ between the device and HQ."""
    device = await trusted_device(request)
    asked = await message_of(request, ScopeSums)
    _check_scope(device, asked.scope)
    parts = doors(request)
    return reply(await in_thread(request, compare, parts.store, parts.adder, device, asked, now(request)))


@router.get("/rows", openapi_extra=needs_device(), responses=gives((Line, RangeEnd), JSON_LINES))
async def rows(
    request: Request,
    scope: Annotated[str, Query(max_length=60)],
    seq: Annotated[int, Query(ge=0, le=2**53)],
    incarnation: Annotated[str, Query(max_length=60)],
    ranges: _Mask,
    after: Annotated[str, Query(max_length=400)] = "",
    limit: Annotated[int, Query(ge=1, le=MAX_PULL_ROWS)] = 1_000,
) -> Response:
    """The rows of these ranges as zstd JSON lines; those that changed since ``seq`` are only named."""
    device = await trusted_device(request)
    _check_scope(device, scope)
    store = doors(request).store

    def read() -> bytes:
        with store.reading() as connection:
            return codec.pack(ranges_page(connection, Asked(scope, incarnation, seq, ranges, after, limit)))

    packed = await in_thread(request, read)
    return Response(packed, media_type=JSON_LINES, headers={"Content-Encoding": "zstd"})


@router.post("/mended", openapi_extra=takes(Mended), responses=gives(status=204))
async def done(request: Request) -> Response:
    """What the device found in the ranges of a report, and did."""
    device = await trusted_device(request)
    said = await message_of(request, Mended)
    await in_thread(request, mended, doors(request).store, device, said)
    return Response(status_code=204)


def _check_scope(device: Device, scope: str) -> None:
    if scope not in scopes_for(device.place_id) or scope == REGISTRY_SCOPE:
        raise Refusal("scope_not_yours", scope=scope)
