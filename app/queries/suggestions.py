"""Who is fit for an order, counted on this device's own rows: stations for a branch, technicians for a lead."""

from datetime import datetime

from app.offline_db.schema import ROW_TABLES
from app.offline_db.store import LocalRows
from app.queries.order_board import day_ends
from core import reference
from core.dispatch import Ranking
from core.dispatching import Counts, model_of, stations_for, technicians_for
from core.judging import local_day
from core.rows.orders import WorkOrder
from core.rows.people import Place
from rowstore.dispatch_counts import Asked, Counter


def stations(rows: LocalRows, order: WorkOrder, now: datetime) -> Ranking:
    """The branch's stations, ranked for the order."""
    day = local_day(rows, order.branch_id, now)
    return stations_for(rows, order, day, counts(rows, "station_id", order.branch_id, now, model_of(rows, order)))


def technicians(rows: LocalRows, order: WorkOrder, station: Place, now: datetime) -> Ranking:
    """The station's technicians, ranked for the order."""
    day = local_day(rows, station.id, now)
    return technicians_for(rows, order, station, day, counts(rows, "technician_id", order.branch_id, now))


def counts(rows: LocalRows, by: str, branch_id: str, now: datetime, model: str | None = None) -> Counts:
    """What is ranked by, per station or technician of the branch."""
    branch = rows.get(Place, branch_id)
    _, end = day_ends(now, branch.utc_offset_minutes if branch else 480)
    fix_days = reference.criteria_in_force(rows, local_day(rows, branch_id, now)).fix_days
    return Counter(rows.connection, ROW_TABLES).counts(Asked(by, branch_id, now, end, fix_days, model))
