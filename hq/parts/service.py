"""After the clerk's receipt: lateness is noted, and what was not as expected becomes a task of the station."""

from datetime import timedelta

import msgspec

from core.ids import derive
from core.operations.operation import Operation
from core.rows.access import Rows
from core.rows.parts import OldPart
from core.rows.people import Place
from core.rows.sync import Task

_AS_EXPECTED = frozenset({"ok", "late"})


def on_received(rows: Rows, operation: Operation) -> None:
    """Look at the old part that an operation ``receive_old_part`` has received."""
    old = rows.get(OldPart, str(msgspec.json.decode(operation.args)["old_part_id"]))
    if old is None or old.received_at is None or old.finding is None:
        return
    if old.finding == "ok" and _is_late(rows, old):
        rows.put(msgspec.structs.replace(old, finding="late"))
    elif old.finding not in _AS_EXPECTED:
        rows.put(_difference(old, old.finding, operation))


def _is_late(rows: Rows, old: OldPart) -> bool:
    if old.due_on is None or old.received_at is None:
        return False
    station = rows.get(Place, old.station_id) if old.station_id else None
    offset = timedelta(minutes=station.utc_offset_minutes if station else 480)
    return (old.received_at + offset).date() > old.due_on


def _difference(old: OldPart, finding: str, operation: Operation) -> Task:
    return Task(
        id=derive(operation.id, "task/old_part_differs"),
        branch_id=old.branch_id,
        place_id=old.station_id or old.branch_id,
        kind="old_part_differs",
        order_id=old.order_id,
        facts={"tag": old.tag, "part": old.part_id, "finding": finding},
        at=operation.made_at,
    )
