"""HQ's desks for other systems until HQ has its pages: call-backs, settlements and the moves of statements."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from core.refusals import Refusal
from core.roles import PlaceKind
from core.rows.people import Place
from core.rows.settlement import Statement
from hq.api.described import gives, needs_key
from hq.api.desk_messages import CallBack, DirectDispatch, Moved
from hq.api.doors import doors, message_of, now, other_system, reply
from hq.callbacks.service import answer
from hq.dispatch.desk import direct
from hq.dispatch.repository import find_order
from hq.feed import Work, work
from hq.settlement.desk import SettledMonth, settle
from hq.settlement.service import move_statement

router = APIRouter(prefix="/v1", tags=["desks"])
CALLBACK, SETTLE, DISPATCH = "callback", "settle", "dispatch"
MOVES = {
    "approve": "approve_statement",
    "return": "return_statement",
    "answer-dispute": "answer_dispute",
    "audit": "audit_statement",
    "check-invoice": "check_invoice",
    "return-invoice": "return_invoice",
    "post": "post_statement",
    "pay": "pay_statement",
}


@router.post("/orders/{order_id}/callback", openapi_extra=needs_key(CallBack), responses=gives(Moved))
async def call_back(
    order_id: str, request: Request, _system: Annotated[str, Depends(other_system(CALLBACK))]
) -> Response:
    """Store the result of a call-back; the same answer twice changes nothing."""
    given = await message_of(request, CallBack)
    store = doors(request).store

    def run() -> Moved:
        with work(store) as doing:
            branch, order = find_order(store, doing.connection, order_id)
            moved = answer(doing.rows(branch.id), order.id, given.result, given.reason, now(request))
        return Moved(id=moved.id, state=moved.state.value)

    return reply(await run_in_threadpool(run))


@router.post("/orders/{order_id}/dispatch", openapi_extra=needs_key(DirectDispatch), responses=gives(Moved))
async def dispatch_order(
    order_id: str, request: Request, _system: Annotated[str, Depends(other_system(DISPATCH))]
) -> Response:
    """Offer an order to a station without asking its branch, where the branch allows that."""
    given = await message_of(request, DirectDispatch)
    moved = await run_in_threadpool(direct, doors(request).store, order_id, given.station, now(request))
    return reply(Moved(id=moved.id, state=moved.state.value))


@router.post("/settlements/{month}", openapi_extra=needs_key(), responses=gives(SettledMonth))
def settle_month(month: str, request: Request, _system: Annotated[str, Depends(other_system(SETTLE))]) -> Response:
    """Settle a month (YYYY-MM); again adds only what was verified since."""
    return reply(settle(doors(request).store, month, now(request)))


@router.post("/statements/{statement_id}/{step}", openapi_extra=needs_key(), responses=gives(Moved))
def statement_step(
    statement_id: str, step: str, request: Request, _system: Annotated[str, Depends(other_system(SETTLE))]
) -> Response:
    """Approve, audit, post, pay … a statement."""
    if step not in MOVES:
        raise Refusal("action_unknown", action=step[:40])
    with work(doors(request).store) as doing:
        branch = _branch_of(doing, statement_id)
        moved = move_statement(doing.rows(branch), statement_id, MOVES[step], now(request))
    return reply(Moved(id=moved.id, state=moved.state.value))


def _branch_of(doing: Work, statement_id: str) -> str:
    branches = doing.reference().find(Place, kind=PlaceKind.BRANCH) if statement_id.isprintable() else ()
    for branch in branches:
        if doing.view(branch.id).get(Statement, statement_id) is not None:
            return branch.id
    raise Refusal("statement_unknown")
