"""After every step of a box: once its count is closed its pieces are received, and its differences are tasks.

What a clerk counted may reach HQ before what the station packed, tagged or even took out: each of these looks again,
and a part is received once whoever comes last.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from core.boxes import pieces
from core.identifiers import box_id
from core.ids import derive
from core.judging import local_day
from core.operations.boxes import line_of
from core.operations.old_parts import BACK, Receipt, take_in
from core.operations.operation import Operation
from core.rows.access import Rows
from core.rows.boxes import Box, BoxCount, BoxDifference
from core.rows.parts import OldPart
from core.rows.sync import Task

DIFFERS = "box_differs"


def on_box(rows: Rows, operation: Operation) -> None:
    """Look at the box that an operation names by its number."""
    box = rows.get(Box, box_id(str(msgspec.json.decode(operation.args)["number"])))
    if box is not None:
        settle_box(rows, box)


def on_old_part(rows: Rows, operation: Operation) -> None:
    """An old part has become known, or its serial number: a closed box may have held it."""
    named = msgspec.json.decode(operation.args).get("old_part_id") or derive(operation.id, "old_part")
    old = rows.get(OldPart, str(named))
    if old is None or old.state in BACK:
        return
    counts = (*rows.find(BoxCount, tag=old.tag), *rows.find(BoxCount, station_id=old.station_id, tag=None))
    for found in sorted({count.box_id for count in counts}):
        box = rows.get(Box, found)
        if box is not None:
            settle_box(rows, box)


def settle_box(rows: Rows, box: Box) -> None:
    """Receive what a closed box held, and let its differences be open tasks of its station; again is safe."""
    if box.closed_at is None or box.opened_at is None:
        return
    for old, receipt in receipts(rows, box):
        take_in(rows, old, receipt)
    _open_tasks(rows, box, box.closed_at)


def receipts(rows: Rows, box: Box) -> list[tuple[OldPart, Receipt]]:
    """The known old parts that the counts of an opened box stand for, each with what was found."""
    assert box.opened_at is not None
    counts = rows.find(BoxCount, box_id=box.id)
    lines = {line.tag: line for line in box.manifest}
    for old in _beside(rows, box, counts):
        lines.setdefault(old.tag, line_of(old))  # what is over, or all of it while the list has not been heard of
    found = []
    for kind, line, count in pieces(lines.values(), counts, local_day(rows, box.station_id, box.opened_at)):
        known = rows.get(OldPart, line.old_part_id) if line and count else None
        if known is not None and count is not None:
            found.append((known, _receipt(box, count, kind)))
    return found


def _beside(rows: Rows, box: Box, counts: Iterable[BoxCount]) -> Iterable[OldPart]:
    for count in counts:
        if count.voided:
            continue
        if count.tag is not None:
            yield from rows.find(OldPart, tag=count.tag)
        elif count.serial:
            yield from rows.find(OldPart, station_id=box.station_id, part_id=count.part_id, serial=count.serial)


def _receipt(box: Box, count: BoxCount, kind: str) -> Receipt:
    assert box.warehouse_id is not None
    found = (count.counted_by, count.counted_at, kind, count.grade, count.next_place)
    return Receipt(count.id, box.warehouse_id, *found)


def _open_tasks(rows: Rows, box: Box, at: datetime) -> None:
    """One open task per difference; one that a later count has explained is done."""
    wanted = {task.id: task for task in (_task(rows, box, one, at) for one in box.differences)}
    there = {task.id: task for task in rows.find(Task, place_id=box.station_id, kind=DIFFERS)}
    for task_id, task in wanted.items():
        known = there.get(task_id)
        if known is None or known.state != "open":
            rows.put(msgspec.structs.replace(task, version=known.version if known else 0))
    for task_id, task in there.items():
        if task.facts.get("box") == box.number and task.state == "open" and task_id not in wanted:
            rows.put(msgspec.structs.replace(task, state="done"))


def _task(rows: Rows, box: Box, difference: BoxDifference, at: datetime) -> Task:
    old = rows.get(OldPart, difference.old_part_id) if difference.old_part_id else None
    facts = {name: value for name, value in msgspec.to_builtins(difference).items() if value}
    return Task(
        id=derive(box.id, f"{DIFFERS}/{difference.kind}/{difference.old_part_id or difference.count_id}"),
        branch_id=box.branch_id,
        place_id=box.station_id or box.branch_id,
        kind=DIFFERS,
        order_id=old.order_id if old else None,
        facts={"box": box.number} | facts,
        at=at,
    )
