"""The parts planner's doors: open requests, allocation and shipments from HQ (or its ERP), returns, accounts' terms."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from core.parts.books import progress_of
from core.parts.requests import state_of
from core.rows.people import Place
from hq.api.described import gives, needs_key
from hq.api.desk_messages import Allocate, CountedParts, Moved, SendParts, Terms, TermsNow
from hq.api.doors import doors, message_of, now, other_system, reply
from hq.feed import Work, work
from hq.parts import supply
from hq.parts.planning import OpenRequests, open_requests, request_named, shipment_named

router = APIRouter(prefix="/v1/parts", tags=["parts"])
PARTS = "parts"
System = Annotated[str, Depends(other_system(PARTS))]


@router.get("/requests", openapi_extra=needs_key(), responses=gives(OpenRequests))
def requests(request: Request, _system: System) -> Response:
    """What stations ask for and nobody has decided on or sent yet, the oldest first."""
    return reply(open_requests(doors(request).store, now(request)))


@router.post("/requests/{request_id}/allocations", openapi_extra=needs_key(Allocate), responses=gives(Moved))
async def allocate(request_id: str, request: Request, _system: System) -> Response:
    """Give from HQ's stock, or refuse with a reason, line by line."""
    given = await message_of(request, Allocate)

    def run(doing: Work) -> Moved:
        rows = doing.rows(request_named(doing, request_id).branch_id)
        found = supply.allocate(rows, request_named(doing, request_id).id, given.lines, now(request))
        return Moved(id=found.id, state=state_of(False, progress_of(rows, found.id)))

    return await _in_work(request, run)


@router.post("/requests/{request_id}/shipments", openapi_extra=needs_key(SendParts), responses=gives(Moved))
async def send(request_id: str, request: Request, _system: System) -> Response:
    """Send what was granted; the same delivery note again changes nothing."""
    given = await message_of(request, SendParts)

    def run(doing: Work) -> Moved:
        known = request_named(doing, request_id)
        papers = {"document": given.document, "carrier": given.carrier}
        sent = supply.send(doing.rows(known.branch_id), known.id, given.lines, now(request), **papers)
        return Moved(id=sent.id, state="received" if sent.received_at else "sent")

    return await _in_work(request, run)


@router.post("/shipments/{shipment_id}/receipt", openapi_extra=needs_key(CountedParts), responses=gives(Moved))
async def receive(shipment_id: str, request: Request, _system: System) -> Response:
    """Receive what a station sent back to HQ; without a count all of it, as it was sent."""
    given = await message_of(request, CountedParts)

    def run(doing: Work) -> Moved:
        known = shipment_named(doing, shipment_id)
        supply.receive(doing.rows(known.branch_id), known.id, given.counted, now(request))
        return Moved(id=known.id, state="received")

    return await _in_work(request, run)


@router.post("/accounts/{station}", openapi_extra=needs_key(Terms), responses=gives(TermsNow))
async def set_terms(station: str, request: Request, _system: System) -> Response:
    """Set limit and freeze of a station's parts account; the station is named by its code."""
    given = await message_of(request, Terms)

    def run(doing: Work) -> TermsNow:
        place = _station(doing, station)
        terms = supply.set_terms(
            doing.rows(place.branch_id),
            place,
            now(request),
            limit_fen=given.limit_fen,
            frozen=given.frozen,
            reason=given.reason,
            freeze_after_days=given.freeze_after_days,
        )
        return TermsNow(station=place.code, limit_fen=terms.limit_fen, frozen=terms.frozen, reason=terms.reason)

    return await _in_work(request, run)


def _station(doing: Work, code: str) -> Place:
    from core.refusals import Refusal
    from core.roles import PlaceKind

    found = doing.reference().find(Place, code=code.upper(), kind=PlaceKind.STATION) if code.isprintable() else ()
    if not found:
        raise Refusal("place_unknown", place=code[:40])
    return found[0]


async def _in_work(request: Request, run: Callable[[Work], object]) -> Response:
    store = doors(request).store

    def do() -> object:
        with work(store) as doing:
            return run(doing)

    return reply(await run_in_threadpool(do))
