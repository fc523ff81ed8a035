"""Old parts past their day: an open task of their station each, until they have come back."""

from datetime import datetime

import msgspec

from core.ids import derive
from core.judging import local_day
from core.parts.books import OWED, overdue_parts
from core.roles import PlaceKind
from core.rows.access import Rows
from core.rows.parts import OldPart
from core.rows.people import Place
from core.rows.sync import Task
from hq.feed import work
from hq.store import Store
from rowstore.rows import SqlRows

OVERDUE = "old_part_overdue"


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """How many old parts are overdue, at how many stations, and how many came back."""

    overdue: int
    stations: int
    back: int


def sweep(store: Store, now: datetime) -> Swept:
    """Look at every station, each branch in a transaction of its own; again is safe."""
    with store.reading() as connection:
        places = SqlRows(connection, store.tables).find(Place)
    late = stations = back = 0
    for branch in (place for place in places if place.kind is PlaceKind.BRANCH):
        with work(store) as doing:
            rows = doing.rows(branch.id)
            for station in (one for one in places if one.branch_id == branch.id and one.kind is PlaceKind.STATION):
                found = sweep_station(rows, station.id, now)
                late += found
                stations += found > 0
            back += _close(rows)
    return Swept(overdue=late, stations=stations, back=back)


def sweep_station(rows: Rows, station_id: str, now: datetime) -> int:
    """One task per overdue part of the station; returns how many parts are overdue."""
    found = overdue_parts(rows, station_id, local_day(rows, station_id, now))
    for old in found:
        task_id = derive(old.id, OVERDUE)
        if rows.get(Task, task_id) is None:
            rows.put(_task(task_id, old, now))
    return len(found)


def _task(task_id: str, old: OldPart, now: datetime) -> Task:
    assert old.due_on is not None
    return Task(
        id=task_id,
        branch_id=old.branch_id,
        place_id=old.station_id or old.branch_id,
        kind=OVERDUE,
        order_id=old.order_id,
        facts={"tag": old.tag, "part": old.part_id, "due_on": old.due_on.isoformat()},
        at=now,
    )


def _close(rows: Rows) -> int:
    """Tasks of parts that are owed no more are done."""
    done = 0
    for task in rows.find(Task, kind=OVERDUE, state="open"):
        olds = rows.find(OldPart, tag=task.facts["tag"])
        if not any(old.state in OWED for old in olds):
            rows.put(msgspec.structs.replace(task, state="done"))
            done += 1
    return done
