"""The branch gives an order to a station, named by its id or code."""

from app.actions.desk import Desk, DeskAction, OrderAsked, Recorded, find_order
from core.operations.dispatch_order import DispatchOrder
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.people import Place


class DispatchAsked(OrderAsked, frozen=True, kw_only=True):
    """Which order, to which station (id or code such as SZ01)."""

    station: str


def _station(rows: Rows, wanted: str) -> Place:
    found = rows.get(Place, wanted) or next(iter(rows.find(Place, code=wanted.strip().upper())), None)
    if found is None:
        raise Refusal("station_unknown")
    return found


def run(asked: DispatchAsked, desk: Desk) -> Recorded:
    """Offer the order to the station."""
    with desk.store.reading() as rows:
        args = DispatchOrder(order_id=find_order(rows, asked.order_id).id, station_id=_station(rows, asked.station).id)
    return desk.store.record("dispatch_order", args, desk.person_id)


ACTION = DeskAction("dispatch_order", DispatchAsked, run)
