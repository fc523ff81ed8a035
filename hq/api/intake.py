"""Orders of the call centre: in, and what became of them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from core.rows.people import Place
from core.same_unit import survivor_of
from hq.api.described import gives, needs_key
from hq.api.desk_messages import OrderState
from hq.api.doors import doors, message_of, now, other_system, reply
from hq.dispatch.messages import IntakeReply, NewOrder
from hq.dispatch.repository import find_order
from hq.dispatch.service import intake
from hq.feed import Work, work
from rowstore.rows import SqlRows

router = APIRouter(prefix="/v1", tags=["orders"])
INTAKE = "intake"


@router.post("/orders", status_code=201, openapi_extra=needs_key(NewOrder), responses=gives(IntakeReply, status=201))
async def new_order(request: Request, _system: Annotated[str, Depends(other_system(INTAKE))]) -> Response:
    """Take a report in. 201: a new order; 200: one that stands for it already."""
    order = await message_of(request, NewOrder)
    parts = doors(request)

    def run() -> tuple[IntakeReply, bool]:
        moment = now(request)
        with work(parts.store) as doing:
            answered = intake(doing, order, moment)
            return answered, bool(doing.rows(_branch_id(doing, answered.branch)).changes)

    answered, is_new = await run_in_threadpool(run)
    return reply(answered, 201 if is_new and answered.repeat_of is None else 200)


@router.get("/orders/{order_id}", openapi_extra=needs_key(), responses=gives(OrderState))
def order_state(order_id: str, request: Request, _system: Annotated[str, Depends(other_system(INTAKE))]) -> Response:
    """Where an order (id or number) stands."""
    store = doors(request).store
    with store.reading() as connection:
        branch, order = find_order(store, connection, order_id)
        everywhere = SqlRows(connection, store.tables)
        order = survivor_of(SqlRows(connection, store.tables, branch_id=branch.id), order)
        station = everywhere.get(Place, order.station_id) if order.station_id else None
        state = OrderState(
            order_id=order.id,
            number=order.number,
            external_id=order.external_id,
            state=order.state.value,
            branch=branch.code,
            station=station.code if station else None,
            reminders=order.reminders,
            urgency=order.urgency,
        )
    return reply(state)


def _branch_id(doing: Work, code: str) -> str:
    return doing.reference().find(Place, code=code)[0].id
