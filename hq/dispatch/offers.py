"""Offering an order straight from HQ: who is fit for it, with the figures; direct dispatch where a branch allows it."""

from datetime import datetime, timedelta

from core import reference
from core.dispatch import Ranking
from core.dispatching import model_of, stations_for
from core.judging import local_day
from core.operations.dispatch_order import check_station, offer
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.orders import WorkOrder
from core.rows.people import Place
from core.work_order import apply
from hq.dispatch.steps import entry
from hq.feed import Work
from rowstore.dispatch_counts import Asked, Counter

ACTION = "direct_dispatch"


def suggestions(doing: Work, rows: Rows, order: WorkOrder, now: datetime) -> Ranking:
    """The branch's stations, ranked for the order as it is now."""
    day = local_day(rows, order.branch_id, now)
    branch = rows.get(Place, order.branch_id)
    offset = timedelta(minutes=branch.utc_offset_minutes if branch else 480)
    midnight = datetime(day.year, day.month, day.day, tzinfo=now.tzinfo) - offset + timedelta(days=1)
    asked = Asked(
        by="station_id",
        branch_id=order.branch_id,
        now=now,
        day_end=midnight,
        fix_days=reference.criteria_in_force(rows, day).fix_days,
        model=model_of(rows, order),
    )
    counts = Counter(doing.connection, doing.store.tables).counts(asked)
    return stations_for(rows, order, day, counts)


def dispatch_directly(rows: Rows, order: WorkOrder, station_id: str, now: datetime) -> WorkOrder:
    """Offer the order to a station without asking its branch.

    Raises Refusal ``direct_dispatch_not_allowed``, ``move_not_allowed`` and those of the station.
    """
    branch = rows.get(Place, order.branch_id)
    if branch is None or not branch.direct_dispatch:
        raise Refusal("direct_dispatch_not_allowed", branch=branch.name if branch else "")
    apply(order.state, order.held_from, ACTION)
    station = check_station(rows, order, station_id, now.date())
    offered = offer(rows, order, ACTION, station_id, now)
    rows.put(entry(offered, ACTION, now, f"{station_id}/{now.isoformat()}", station=station.name))
    return offered
