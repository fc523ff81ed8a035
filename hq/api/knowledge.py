"""The knowledge desk's doors: what places propose, publishing and returning it, and taking articles back."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from hq.api.described import gives, needs_key
from hq.api.desk_messages import Editions, Moved, ProposedArticles, Reason
from hq.api.doors import doors, message_of, now, other_system, reply
from hq.api.trust import DESK
from hq.knowledge import service
from hq.knowledge.service import ProposedArticle, Publication

router = APIRouter(prefix="/v1/knowledge", tags=["desks"])
_Id = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
_Number = Annotated[str, Path(max_length=40, pattern=r"^[0-9A-Za-z-]+$")]
_System = Annotated[str, Depends(other_system(DESK))]
#: An article in both languages.
_MOST_BYTES = 256 * 1024


@router.get("", openapi_extra=needs_key(), responses=gives(Editions))
def published(request: Request, _system: _System) -> Response:
    """The articles and job templates that stations read now."""
    return reply(Editions(editions=tuple(service.everything_published(doors(request).store))))


@router.get("/proposals", openapi_extra=needs_key(), responses=gives(ProposedArticles))
def proposals(request: Request, _system: _System) -> Response:
    """Proposed articles that wait for a decision, oldest first."""
    return reply(ProposedArticles(proposals=tuple(service.proposals(doors(request).store))))


@router.get("/proposals/{proposal_id}", openapi_extra=needs_key(), responses=gives(ProposedArticle))
def proposal(proposal_id: _Id, request: Request, _system: _System) -> Response:
    """One proposal, decided or not."""
    return reply(service.proposal(doors(request).store, proposal_id))


@router.post("/proposals/{proposal_id}/publish", openapi_extra=needs_key(Publication), responses=gives(Moved))
async def publish(proposal_id: _Id, request: Request, system: _System) -> Response:
    """Publish it as it is or with other words; every station gets it."""
    given = await message_of(request, Publication, _MOST_BYTES)
    at, store = now(request), doors(request).store

    def run() -> Moved:
        article = service.publish(store, proposal_id, given, by=system, now=at)
        return Moved(id=article.id, state=article.state.value)

    return reply(await run_in_threadpool(run))


@router.post("/proposals/{proposal_id}/return", openapi_extra=needs_key(Reason), responses=gives(Moved))
async def send_back(proposal_id: _Id, request: Request, system: _System) -> Response:
    """Return it; its place reads the reason and may propose it anew."""
    given = await message_of(request, Reason)
    at, store = now(request), doors(request).store

    def run() -> Moved:
        one = service.send_back(store, proposal_id, given.reason, by=system, now=at)
        return Moved(id=one.id, state=one.state.value)

    return reply(await run_in_threadpool(run))


@router.post("/{number}/withdraw", openapi_extra=needs_key(Reason), responses=gives(Moved))
async def withdraw(number: _Number, request: Request, _system: _System) -> Response:
    """Take an article or template back; stations no longer find it."""
    given = await message_of(request, Reason)
    at, store = now(request), doors(request).store

    def run() -> Moved:
        one = service.withdraw(store, number, given.reason, now=at)
        return Moved(id=one.id, state=one.state.value)

    return reply(await run_in_threadpool(run))
