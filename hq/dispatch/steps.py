"""HQ's own steps on an order: their timeline entries and tasks, with ids by which doing it again is seen."""

from datetime import datetime

from core.ids import derive
from core.roles import PlaceKind
from core.rows.access import Rows
from core.rows.orders import TimelineEntry, WorkOrder
from core.rows.people import Place
from core.rows.sync import Task

BY = "HQ"


def entry(order: WorkOrder, action: str, at: datetime, mark: str, **detail: str) -> TimelineEntry:
    """The entry; ``mark`` tells this step from others of its kind on the same order."""
    return TimelineEntry(
        id=derive(order.id, f"{action}/{mark}"),
        branch_id=order.branch_id,
        station_id=order.station_id,
        order_id=order.id,
        action=action,
        person_id=None,
        person_name=BY,
        at=at,
        detail=detail,
    )


def task_for_hq(rows: Rows, order: WorkOrder, kind: str, mark: str, at: datetime) -> Task:
    """Something for HQ's dispatcher, which the branch sees too; ``mark`` as for an entry."""
    headquarters = next(iter(rows.find(Place, kind=PlaceKind.HQ)), None)
    return Task(
        id=derive(order.id, f"task/{kind}/{mark}"),
        branch_id=order.branch_id,
        place_id=headquarters.id if headquarters else order.branch_id,
        kind=kind,
        order_id=order.id,
        facts={"number": order.number},
        at=at,
    )
