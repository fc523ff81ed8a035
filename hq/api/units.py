"""Routes about single units: a device asks for one by its serial number; HQ's desk decides corrections."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from core.contract.messages import UnitAnswer
from hq.api.described import gives, needs_device, needs_key
from hq.api.desk_messages import CorrectionList, Moved, OptionalReason
from hq.api.doors import doors, in_thread, message_of, now, other_system, reply, trusted_device
from hq.api.trust import DESK
from hq.warranty import corrections, history

router = APIRouter(prefix="/v1")
_Serial = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Id = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
_System = Annotated[str, Depends(other_system(DESK))]


@router.get("/units/{serial}", tags=["sync"], openapi_extra=needs_device(), responses=gives(UnitAnswer))
async def unit(serial: _Serial, request: Request) -> Response:
    """What HQ knows of exactly this serial number: the registry's entries, repairs of all places, contracts.

    A device may ask for some hundred an hour: enough for a counter, too few to list what was made.
    """
    device = await trusted_device(request)
    doors(request).unit_questions.check(device.id)

    def look() -> UnitAnswer:
        with doors(request).store.reading() as connection:
            return history.answer(connection, serial, now(request))

    return reply(await in_thread(request, look))


@router.get("/corrections", tags=["desks"], openapi_extra=needs_key(), responses=gives(CorrectionList))
def proposed(request: Request, _system: _System) -> Response:
    """Corrections of the registry that wait for a decision, oldest first."""
    return reply(CorrectionList(corrections=tuple(corrections.proposed(doors(request).store))))


@router.post("/corrections/{correction_id}/accept", tags=["desks"], openapi_extra=needs_key(OptionalReason),
             responses=gives(Moved))  # fmt: skip
async def accept(correction_id: _Id, request: Request, system: _System) -> Response:
    """Let the correction stand; the registry's next delta carries it."""
    return await _decided(correction_id, request, system, accepted=True)


@router.post("/corrections/{correction_id}/refuse", tags=["desks"], openapi_extra=needs_key(OptionalReason),
             responses=gives(Moved))  # fmt: skip
async def refuse(correction_id: _Id, request: Request, system: _System) -> Response:
    """Leave the registry as it is; the place reads the reason."""
    return await _decided(correction_id, request, system, accepted=False)


async def _decided(correction_id: str, request: Request, system: str, *, accepted: bool) -> Response:
    given = await message_of(request, OptionalReason)
    store = doors(request).store

    def run() -> Moved:
        at = now(request)
        one = corrections.decide(store, correction_id, accepted=accepted, answer=given.reason, by=system, now=at)
        return Moved(id=one.id, state=one.state.value)

    return reply(await run_in_threadpool(run))
