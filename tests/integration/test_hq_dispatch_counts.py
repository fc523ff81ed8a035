"""What dispatch ranks by is counted alike on both databases, and a sweep works on both."""

from datetime import UTC, datetime, timedelta

from core.rows.orders import Visit, WorkOrder
from core.rows.parts import PartLine
from core.work_order import State
from hq.dispatch.desk import suggest
from hq.dispatch.timeouts import sweep
from hq.feed import work
from tests.unit import world as w

MORNING = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def test_figures_and_time_outs_are_alike_on_both_databases(hq):
    done = [
        w.an_order(
            id=w.an_id(f"done {n}"), number=f"D{n}", state=State.COMPLETED, completed_at=MORNING - timedelta(days=n)
        )
        for n in range(1, 4)
    ]
    twice = [
        Visit(
            id=w.an_id(f"visit {n}"), branch_id=w.BRANCH, station_id=w.STATION, order_id=done[0].id,
            technician_id=w.TECHNICIAN, begins_at=MORNING, ends_at=MORNING, state="made",
        )
        for n in range(2)
    ]  # fmt: skip
    line = PartLine(
        id=w.an_id("line"), branch_id=w.BRANCH, station_id=w.STATION, order_id=w.ORDER, unit_id=w.UNIT,
        part_id=w.PART, added_by=w.TECHNICIAN, added_at=MORNING - timedelta(days=3),
    )  # fmt: skip
    free = w.an_order(id=w.an_id("free"), number="N1", state=State.AT_BRANCH, station_id=None, technician_id=None)
    late = w.an_order(
        id=w.an_id("late"), number="N2", state=State.OFFERED_STATION, technician_id=None, accepted_at=None,
        reported_at=MORNING, offered_at=MORNING,
    )  # fmt: skip
    with work(hq.store) as doing:
        for row in (*done, *twice, line, w.identified(), free, late):
            doing.rows(w.BRANCH).put(row)
    found = next(one for one in suggest(hq.store, "N1", MORNING).ranking.offered if one.facts.id == w.STATION).facts
    assert (found.load, found.fixed, found.finished, found.parts) == (2, 2, 3, 2)
    assert sweep(hq.store, MORNING + timedelta(minutes=125)).expired == 1
    (expired,) = hq.rows(WorkOrder, id=late.id)
    assert (expired.state, expired.decline_reason) == (State.DECLINED, "timed_out")
