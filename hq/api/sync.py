"""Routes of the exchange itself: operations up, rows down, waiting, and what became of an operation."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from core.contract import codec
from core.contract.messages import (
    DEFAULT_PULL_ROWS,
    MAX_PULL_ROWS,
    MAX_PUSH_BYTES,
    MAX_WAIT_SECONDS,
    Answer,
    Known,
    KnownReply,
    Line,
    PageEnd,
    Push,
    PushReply,
    ScopeState,
    WaitReply,
)
from core.refusals import Refusal
from hq.api.described import gives, needs_device, takes
from hq.api.doors import JSON, JSON_LINES, body_of, device_id, doors, in_thread, now, reply, trusted_device
from hq.feed import page
from hq.identity import Device, device_of
from hq.inbox import LoosePush, answer_to, known, receive
from hq.inbox.greeting import scopes_for

router = APIRouter(prefix="/v1", tags=["sync"])
#: Room for the JSON around the operations.
_PUSH_BYTES = 2 * MAX_PUSH_BYTES
#: Room for the ids of a whole page.
_KNOWN_BYTES = 256 * 1024
_OperationId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
_Cursor = Annotated[str, Query(max_length=200, pattern=r"^[a-z]+(/[0-9a-f-]{36})?@[0-9]{1,16}$")]


@router.post("/push", openapi_extra=takes(Push), responses=gives(PushReply))
async def push(request: Request) -> Response:
    """Operations of this device in the order of n; an answer for each."""
    device = device_id(request)
    data = await body_of(request, _PUSH_BYTES)
    doors(request).pushed.add(device, len(data), now(request).date())
    store = doors(request).store

    def take() -> bytes:
        return codec.encode(receive(store, device, codec.decode(data, LoosePush), now(request)))

    return Response(await in_thread(request, take), media_type=JSON)


@router.post("/known", openapi_extra=takes(Known), responses=gives(KnownReply))
async def known_operations(request: Request) -> Response:
    """What HQ (restored) has of operations it had answered; each is asked for by its id."""
    device = device_id(request)
    asked = codec.decode(await body_of(request, _KNOWN_BYTES), Known)

    def look() -> KnownReply:
        with doors(request).store.reading() as connection:
            return known(connection, device_of(connection, device), asked.ids)

    return reply(await in_thread(request, look))


@router.get("/pull", openapi_extra=needs_device(), responses=gives((Line, PageEnd), JSON_LINES))
async def pull(
    request: Request,
    scope: Annotated[str, Query(max_length=60)],
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_PULL_ROWS)] = DEFAULT_PULL_ROWS,
    incarnation: Annotated[str | None, Query(max_length=60)] = None,
    base: Annotated[int, Query(ge=0, le=2**53)] = 0,
) -> Response:
    """Rows and tombstones after a cursor as zstd JSON lines, the next cursor last; 204 when nothing is new."""
    device = await trusted_device(request)
    _check_scopes(device, [scope])
    store = doors(request).store

    def read() -> bytes | None:
        with store.reading() as connection:
            found = page(connection, scope, after, limit, incarnation, base=base)
        return None if found is None else codec.pack(found.lines)

    packed = await in_thread(request, read)
    if packed is None:
        return Response(status_code=204)
    return Response(packed, media_type=JSON_LINES, headers={"Content-Encoding": "zstd"})


@router.get("/wait", openapi_extra=needs_device(), responses=gives(WaitReply))
async def wait(
    request: Request,
    cursor: Annotated[list[_Cursor], Query(min_length=1, max_length=10)],
    seconds: Annotated[int, Query(ge=0, le=MAX_WAIT_SECONDS)] = MAX_WAIT_SECONDS,
) -> Response:
    """Answers as soon as one of the scopes stands past its cursor (``scope@seq``); 204 when none has moved.

    Who waits while the server stops is sent away with a 503, not a 204: it would ask again at once, like all others.
    """
    device = await trusted_device(request)
    cursors = {scope: int(seq) for scope, _, seq in (one.rpartition("@") for one in cursor)}
    _check_scopes(device, list(cursors))
    bell = doors(request).bell
    moved = await bell.moved(cursors, seconds)
    if not moved:
        if bell.closing:
            raise Refusal("hq_busy")
        return Response(status_code=204)
    return reply(WaitReply(scopes=tuple(ScopeState(scope=scope, seq=seq) for scope, seq in sorted(moved.items()))))


@router.get("/ops/{op_id}", openapi_extra=needs_device(), responses=gives(Answer))
async def operation(request: Request, op_id: _OperationId) -> Response:
    """What became of an operation of this device's branch."""
    device = device_id(request)

    def look() -> Answer:
        with doors(request).store.reading() as connection:
            return answer_to(connection, device_of(connection, device), op_id)

    return reply(await in_thread(request, look))


def _check_scopes(device: Device, scopes: list[str]) -> None:
    for scope in scopes:
        if scope not in scopes_for(device.place_id):
            raise Refusal("scope_not_yours", scope=scope)
