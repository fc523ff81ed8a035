"""HQ's desk for what waits: listing, releasing, withdrawing, and trusting a device or person no more."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from core.contract.messages import Answer
from hq.api.described import gives, needs_key
from hq.api.desk_messages import Distrusted, Reason, WaitingList
from hq.api.doors import doors, message_of, now, other_system, reply
from hq.identity import revoke_named
from hq.inbox import release
from hq.inbox.distrust import deactivate
from hq.inbox.releasing import withdraw
from hq.inbox.waiting import branch_of, waiting

router = APIRouter(prefix="/v1", tags=["desks"])
DESK = "desk"
_System = Annotated[str, Depends(other_system(DESK))]
_OperationId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
_Named = Annotated[str, Path(max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Branch = Annotated[str | None, Query(max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")]


@router.get("/waiting", openapi_extra=needs_key(), responses=gives(WaitingList))
def what_waits(request: Request, _system: _System, branch: _Branch = None) -> Response:
    """Operations that a rule refused or whose maker is trusted no more, oldest first."""
    return reply(WaitingList(waiting=tuple(waiting(doors(request).store, branch))))


@router.post("/waiting/{op_id}/release", openapi_extra=needs_key(), responses=gives(Answer))
def let_through(op_id: _OperationId, request: Request, system: _System) -> Response:
    """Judge it once more, its maker being trusted; refused when it still can't be applied."""
    store = doors(request).store
    return reply(release(store, branch_of(store, op_id), op_id, system))


@router.post("/waiting/{op_id}/withdraw", openapi_extra=needs_key(Reason), responses=gives(Answer))
async def take_back(op_id: _OperationId, request: Request, system: _System) -> Response:
    """Take it back for good; its place reads the reason."""
    given = await message_of(request, Reason)
    store = doors(request).store

    def run() -> Answer:
        return withdraw(store, branch_of(store, op_id), op_id, given.reason, system)

    return reply(await run_in_threadpool(run))


@router.post("/devices/{device}/revoke", openapi_extra=needs_key(), responses=gives(Distrusted))
def revoke_device(device: _Named, request: Request, _system: _System) -> Response:
    """Trust a device (by id or name) no more: it gets nothing, and what it still sends waits."""
    with doors(request).store.writing() as connection:
        known = revoke_named(connection, device, now(request))
    return reply(Distrusted(id=known.id, name=known.name, place=known.place))


@router.post("/people/{login}/deactivate", openapi_extra=needs_key(), responses=gives(Distrusted))
def deactivate_person(login: _Named, request: Request, _system: _System) -> Response:
    """A person (by id or log-in name) has left: what they signed and did not send waits."""
    person = deactivate(doors(request).store, login)
    return reply(Distrusted(id=person.id, name=person.name, place=person.place_id))
