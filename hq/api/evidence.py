"""Evidence for HQ's people: the scans of an order, and what proves each unit's serial number."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from core.scan_evidence import OrderScans
from hq.api.described import gives, needs_key
from hq.api.doors import doors, now, other_system, reply
from hq.api.trust import DESK
from hq.dispatch.repository import find_order
from hq.warranty.evidence import evidence

router = APIRouter(prefix="/v1", tags=["desks"])
_Branch = Annotated[str | None, Query(max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")]


@router.get("/orders/{order_id}/scans", openapi_extra=needs_key(), responses=gives(OrderScans))
def order_scans(
    order_id: str, request: Request, _system: Annotated[str, Depends(other_system(DESK))], branch: _Branch = None
) -> Response:
    """The scans of an order (id or number), of one branch alone where ``branch`` (id or code) names it."""
    store = doors(request).store
    with store.reading() as connection:
        _branch, order = find_order(store, connection, order_id, branch)
        return reply(evidence(store, connection, order, now(request)))
