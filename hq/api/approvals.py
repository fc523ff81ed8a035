"""Headquarters' approvals over the API: what waits, and its decisions."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from core.rows.orders import ApprovalLevel
from hq.api.described import gives, needs_key
from hq.api.desk_messages import AskedBack, Decided, Decision, Question, WaitingRequests
from hq.api.doors import doors, message_of, now, other_system, reply
from hq.approvals.service import ask_back, decide, waiting

router = APIRouter(prefix="/v1/approvals", tags=["desks"])
APPROVE = "approve"
_System = Annotated[str, Depends(other_system(APPROVE))]


@router.get("", openapi_extra=needs_key(), responses=gives(WaitingRequests))
def what_is_asked(
    request: Request, _system: _System, level: Annotated[ApprovalLevel | None, Query()] = None
) -> Response:
    """Requests that nobody has decided, the longest waiting first; with ``level`` only those of that level."""
    return reply(WaitingRequests(requests=tuple(waiting(doors(request).store, level))))


@router.post("/{request_id}/decide", openapi_extra=needs_key(Decision), responses=gives(Decided))
async def decide_request(
    request_id: Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")], request: Request, system: _System
) -> Response:
    """Decide one, above whatever level it stands at; with ``subject_hash`` only when nothing has changed since."""
    given = await message_of(request, Decision)
    store, at = doors(request).store, now(request)

    def run() -> Decided:
        made = decide(
            store, request_id, approved=given.approved, reason=given.reason, by=given.by or system, at=at,
            subject_hash=given.subject_hash,
        )  # fmt: skip
        return Decided(request_id=request_id, approved=made.approved, decided_at=made.decided_at)

    return reply(await run_in_threadpool(run))


@router.post("/{request_id}/ask-back", openapi_extra=needs_key(Question), responses=gives(AskedBack))
async def send_back(
    request_id: Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")], request: Request, system: _System
) -> Response:
    """Send one back with a question; it comes up again with the answer, and its clock stands until then."""
    given = await message_of(request, Question)
    store, at = doors(request).store, now(request)

    def run() -> AskedBack:
        made = ask_back(
            store, request_id, question=given.question, by=given.by or system, at=at, subject_hash=given.subject_hash
        )
        return AskedBack(request_id=request_id, question=made.question, asked_at=made.asked_at)

    return reply(await run_in_threadpool(run))
