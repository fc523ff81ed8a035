"""What every route shares: the server's parts, who asks, and reading a bounded body."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeVar

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from core.contract import codec
from core.operations import schemas
from core.refusals import Refusal
from hq.api.bell import Bell
from hq.api.limits import AtOnce, Limit
from hq.api.settings import Settings
from hq.feed import Blobs, Snapshots, Spent
from hq.feed.sums import Adder
from hq.identity import Device, Headquarters, Tokens, check_api_key, device_of
from hq.store import Store

T = TypeVar("T")
JSON = "application/json"
JSON_LINES = "application/x-ndjson"


class Doors(NamedTuple):
    """The parts that the routes work with; kept in ``app.state.doors``."""

    store: Store
    settings: Settings
    headquarters: Headquarters
    tokens: Tokens
    bell: Bell
    blobs: Blobs
    snapshots: Snapshots
    adder: Adder
    enrolments: Limit
    requests: Limit
    at_once: AtOnce
    pushed: Spent
    unit_questions: Limit


def doors(request: Request) -> Doors:
    """The parts of the server that this request reached."""
    found: Doors = request.app.state.doors
    return found


def now(request: Request) -> datetime:
    """HQ's time: aware UTC in whole seconds."""
    return doors(request).settings.clock()


def address(request: Request) -> str:
    """Where the request comes from."""
    return request.client.host if request.client else ""


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Refusal("token_wrong")
    return token.strip()


def device_id(request: Request) -> str:
    """The device whose token the request carries; raises Refusal ``token_wrong`` or ``too_many_requests``."""
    parts = doors(request)
    found = parts.tokens.device_id(_bearer(request), now(request).timestamp())
    parts.requests.check(found)
    request.state.device_id = found
    return found


async def in_thread(request: Request, do: Callable[..., T], *args: object) -> T:
    """Do it in a thread of the server, of which one device has only a few; raises Refusal ``too_many_requests``.

    Reading a request and sending its answer hold none: a line that died there keeps no device out.
    """
    asks: str | None = getattr(request.state, "device_id", None)
    if asks is None:
        return await run_in_threadpool(do, *args)
    with doors(request).at_once.one(asks):
        return await run_in_threadpool(do, *args)


async def trusted_device(request: Request) -> Device:
    """The device, when it may receive; raises Refusal ``device_revoked``, ``update_needed``, those of `device_id`."""
    wanted = device_id(request)

    def look() -> Device:
        with doors(request).store.asking() as connection:
            return device_of(connection, wanted)

    device = await in_thread(request, look)
    if device.revoked_at is not None:
        raise Refusal("device_revoked")
    if device.schema is not None and device.schema < schemas.least():
        raise Refusal("update_needed", schema=device.schema, least=schemas.least())
    return device


def _key(request: Request) -> str:
    """The key of another system: a bearer, or ``X-API-Key``; raises Refusal ``api_key_wrong`` when there is none."""
    named = request.headers.get("x-api-key", "").strip()
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    key = named or (given.strip() if scheme.lower() == "bearer" else "")
    if not key:
        raise Refusal("api_key_wrong")
    return key


def other_system(right: str) -> Callable[[Request], str]:
    """A dependency for routes of other systems: the name of a bearer key that carries ``right``."""

    def check(request: Request) -> str:
        doors(request).requests.check(address(request))
        with doors(request).store.reading() as connection:
            return check_api_key(connection, _key(request), right)

    return check


async def body_of(request: Request, limit: int) -> bytes:
    """The request's body, unpacked when it came as zstd; raises Refusal ``body_too_large`` or ``body_invalid``."""
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > limit:
            raise Refusal("body_too_large", limit=limit)
        pieces.append(piece)
    data = b"".join(pieces)
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding == "zstd":
        return codec.unpack(data, limit)
    if encoding != "identity":
        raise Refusal("body_invalid", problem=f"content-encoding {encoding}")
    return data


async def message_of(request: Request, kind: type[T], limit: int = 64 * 1024) -> T:
    """The message in the request's body; raises Refusal ``body_invalid`` or ``body_too_large``."""
    return codec.decode(await body_of(request, limit), kind)


def reply(message: object, status: int = 200) -> Response:
    """A message as a JSON answer."""
    return Response(codec.encode(message), status, media_type=JSON)
