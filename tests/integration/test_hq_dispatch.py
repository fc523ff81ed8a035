"""HQ's dispatch desk: time-outs by a given clock, answers that come late, direct dispatch, repeats, counter orders."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.contract.messages import Outcome
from core.geography import Position
from core.ids import new_id
from core.operations.operation import Trust
from core.refusals import Refusal
from core.roles import Role
from core.rows.orders import Note, OrderUnit, TimelineEntry, WorkOrder
from core.rows.people import Place
from core.rows.sync import Conflict, Task
from core.work_order import State
from hq.books import prove
from hq.dispatch import NewOrder, intake
from hq.dispatch.desk import direct, offer_to_branch, suggest
from hq.dispatch.messages import Customer
from hq.dispatch.timeouts import Swept, sweep
from hq.feed import work
from hq.sample.documents import product_classes
from tests.integration.device import TestDevice, touch
from tests.integration.hq_world import Headquarters, headquarters
from tests.integration.templates import hq_store
from tests.unit import world as w

S = State
MORNING = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)  # 09:00 on a Friday
OTHER_TECHNICIAN = w.an_id("other technician")


def after(minutes: int) -> datetime:
    return MORNING + timedelta(minutes=minutes)


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Headquarters]:
    store = hq_store(tmp_path / "hq.db")
    other = w.person(OTHER_TECHNICIAN, w.OTHER_STATION, Role.TECHNICIAN)
    with headquarters(store, tmp_path / "data", other, *product_classes()) as found:
        yield found
    assert prove(store, found.data_dir / "blobs").ok
    store.close()


def put(hq: Headquarters, *rows: Any) -> None:
    with work(hq.store) as doing:
        for row in rows:
            doing.rows(w.BRANCH).put(row)


def the_order(hq: Headquarters, order_id: str = w.ORDER) -> WorkOrder:
    (found,) = hq.rows(WorkOrder, id=order_id)
    return found


def offered(hq: Headquarters, at: datetime = MORNING, **fields: Any) -> WorkOrder:
    """The order as offered to the station at that moment."""
    order = w.an_order(
        state=S.OFFERED_STATION, technician_id=None, accepted_at=None, reported_at=at, offered_at=at, **fields
    )
    put(hq, order, _entry(order, "dispatch_order", at))
    return the_order(hq)


def _entry(order: WorkOrder, action: str, at: datetime) -> TimelineEntry:
    return TimelineEntry(
        id=w.an_id(f"{order.id} {action} {at}"), branch_id=w.BRANCH, station_id=order.station_id, order_id=order.id,
        action=action, person_id=None, at=at,
    )  # fmt: skip


def actions(hq: Headquarters, order_id: str = w.ORDER) -> list[str]:
    return [entry.action for entry in sorted(hq.rows(TimelineEntry, order_id=order_id), key=lambda one: one.at)]


def accept(device: TestDevice, version: int, at: datetime, **fields: Any) -> Any:
    """The station takes the offer, having seen that version of the order."""
    base = {f"work_order/{w.ORDER}": {"state": "offered_station", "technician_id": None, "accepted_at": None}}
    touches = (touch("work_order", w.ORDER, version),)
    return device.one(
        device.do("accept_order", {"order_id": w.ORDER}, made_at=at, base=base, touches=touches, **fields)
    )


# --- time-outs ------------------------------------------------------------------------------------------------------


def test_an_offer_that_a_station_does_not_answer_goes_back_to_the_branch_once(hq):
    offered(hq)
    assert sweep(hq.store, after(119)) == Swept()
    assert sweep(hq.store, after(120)) == Swept(expired=1)
    order = the_order(hq)
    assert (order.state, order.decline_reason, order.station_id) == (S.DECLINED, "timed_out", w.STATION)
    assert sweep(hq.store, after(121)) == Swept(), "again changes nothing"
    (entry,) = hq.rows(TimelineEntry, order_id=w.ORDER, action="expire_offer")
    assert (entry.at, entry.detail["minutes"]) == (after(120), "120")


def test_the_night_is_no_time_to_answer_in(hq):
    evening = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)  # 17:30, half an hour before the end
    offered(hq, evening)
    saturday = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)  # opens at 09:00
    assert sweep(hq.store, saturday + timedelta(minutes=89)) == Swept()
    assert sweep(hq.store, saturday + timedelta(minutes=90)).expired == 1


def test_a_branch_that_does_not_answer_is_told_to_hqs_dispatcher_each_time(hq):
    new = w.an_order(state=S.OFFERED_BRANCH, station_id=None, technician_id=None, accepted_at=None, reported_at=MORNING)
    put(hq, new, _entry(new, "intake", MORNING))
    assert sweep(hq.store, after(60)).escalated == 1
    assert sweep(hq.store, after(100)).escalated == 0
    assert sweep(hq.store, after(120)).escalated == 1
    assert the_order(hq).escalated_to == "hq"
    assert [task.kind for task in hq.rows(Task)] == ["branch_silent"] * 2


def test_where_the_branch_allows_it_hq_offers_to_the_best_station_instead(hq):
    (branch,) = [place for place in hq.rows(Place) if place.id == w.BRANCH]
    put(hq, msgspec.structs.replace(branch, direct_dispatch=True))
    new = w.an_order(state=S.OFFERED_BRANCH, station_id=None, technician_id=None, accepted_at=None, reported_at=MORNING)
    busy = [w.an_order(id=w.an_id(f"busy {n}"), number=f"B{n}") for n in range(9)]
    put(hq, new, _entry(new, "intake", MORNING), *busy)
    assert sweep(hq.store, after(60)).direct == 1
    order = the_order(hq)
    assert (order.state, order.station_id, order.offered_at) == (S.OFFERED_STATION, w.OTHER_STATION, after(60))
    assert hq.rows(OrderUnit, id=w.UNIT)[0].station_id == w.OTHER_STATION


def test_a_late_order_is_raised_as_far_as_the_table_says_at_once(hq):
    late = w.an_order(reported_at=MORNING - timedelta(days=9), due_at=MORNING - timedelta(days=1))
    put(hq, late, _entry(late, "accept_order", MORNING - timedelta(days=9)))
    assert sweep(hq.store, MORNING).late == 1
    assert the_order(hq).escalated_to in ("branch", "hq") and the_order(hq).urgency >= 1
    assert sweep(hq.store, MORNING).late == 0


# --- answers that come late -----------------------------------------------------------------------------------------


def test_an_answer_given_in_time_offline_wins_over_the_time_out(hq):
    device, seen = hq.device(), offered(hq).version
    sweep(hq.store, after(125))
    answer = accept(device, seen, after(100))
    assert answer.outcome is Outcome.MERGED
    order = the_order(hq)
    assert (order.state, order.technician_id, order.accepted_at) == (S.ACCEPTED, w.TECHNICIAN, after(100))
    assert order.decline_reason is None and hq.rows(Conflict) == []
    booked = device.one(device.do("start_work", {"order_id": w.ORDER}, made_at=after(110)))
    assert booked.outcome in (Outcome.APPLIED, Outcome.MERGED) and the_order(hq).state is S.IN_PROGRESS


@pytest.mark.parametrize(("minute", "trust"), [(130, Trust.TRUSTED), (100, Trust.UNTRUSTED)])
def test_an_answer_that_cannot_be_shown_to_be_in_time_is_a_conflict_for_the_branch(hq, minute, trust):
    device, seen = hq.device(), offered(hq).version
    sweep(hq.store, after(125))
    assert accept(device, seen, after(minute), trust=trust).outcome is Outcome.CONFLICT
    (conflict,) = hq.rows(Conflict)
    assert (conflict.hq_value, conflict.place_value, the_order(hq).state) == ("declined", "accepted", S.DECLINED)
    branch = hq.device(w.BRANCH)
    picked = branch.one(branch.do("pick_value", {"conflict_id": conflict.id, "value": "accepted"}, user=w.MANAGER))
    assert picked.outcome is Outcome.APPLIED
    assert (the_order(hq).state, the_order(hq).technician_id) == (S.ACCEPTED, w.TECHNICIAN)
    assert the_order(hq).decline_reason is None


def test_an_answer_in_time_meets_the_next_station_as_a_conflict(hq):
    device, seen = hq.device(), offered(hq).version
    device.everything()
    sweep(hq.store, after(125))
    branch = hq.device(w.BRANCH)
    given = {"order_id": w.ORDER, "station_id": w.OTHER_STATION}
    assert branch.one(branch.do("dispatch_order", given, user=w.MANAGER, made_at=after(126))).outcome is Outcome.APPLIED
    assert accept(device, seen, after(100)).outcome is Outcome.CONFLICT
    assert the_order(hq).station_id == w.OTHER_STATION, "what the branch decided stands until it picks"
    assert [found.place_value for found in hq.rows(Conflict)] == ["accepted"]


# --- suggestions and direct dispatch --------------------------------------------------------------------------------


def test_direct_dispatch_needs_the_branchs_leave(hq):
    new = w.an_order(state=S.OFFERED_BRANCH, station_id=None, technician_id=None, accepted_at=None)
    put(hq, new)
    with pytest.raises(Refusal, match="direct_dispatch_not_allowed"):
        direct(hq.store, new.number, "SZ02", MORNING)
    (branch,) = [place for place in hq.rows(Place) if place.id == w.BRANCH]
    put(hq, msgspec.structs.replace(branch, direct_dispatch=True))
    with pytest.raises(Refusal, match="station_unknown"):
        direct(hq.store, new.id, "GZ01", MORNING)
    assert direct(hq.store, new.number, "SZ02", MORNING).state is S.OFFERED_STATION
    with pytest.raises(Refusal, match="order_unknown"):
        suggest(hq.store, "SZ-nothing", MORNING)


def test_what_a_branch_gives_back_is_for_hq_to_offer_elsewhere(hq):
    new = w.an_order(state=S.OFFERED_BRANCH, station_id=None, technician_id=None, accepted_at=None, external_id="C7")
    put(hq, new)
    branch = hq.device(w.BRANCH)
    declined = branch.do("decline_at_branch", {"order_id": w.ORDER, "reason": "不在本区域"}, user=w.MANAGER)
    assert branch.one(declined).outcome is Outcome.APPLIED
    assert (the_order(hq).state, the_order(hq).decline_reason) == (S.NEW, "不在本区域")
    assert [task.kind for task in hq.rows(Task)] == ["branch_declined"]
    assert hq.rows(TimelineEntry, action="decline_at_branch")[0].detail == {"reason": "不在本区域"}
    assert offer_to_branch(hq.store, new.number, "SZ", MORNING).state is S.OFFERED_BRANCH
    again = branch.do("decline_at_branch", {"order_id": w.ORDER, "reason": "仍不在本区域"}, user=w.MANAGER)
    assert branch.one(again).outcome is Outcome.APPLIED
    moved = offer_to_branch(hq.store, new.number, "GZ", MORNING)
    assert (moved.branch_id, moved.also_numbers, moved.external_id) == (w.OTHER_BRANCH, (new.number,), "C7")
    assert the_order(hq).state is S.CANCELLED and the_order(hq).external_id is None
    with pytest.raises(Refusal, match="branch_unknown"):
        offer_to_branch(hq.store, new.number, "XX", MORNING)


def test_suggestions_tell_what_the_database_counts(hq):
    here = Position(lat_e6=22_540_000, lon_e6=113_950_000)
    (station,) = [place for place in hq.rows(Place) if place.id == w.STATION]
    put(hq, msgspec.structs.replace(station, position=here))
    done = w.an_order(id=w.an_id("done"), number="D1", state=S.COMPLETED, completed_at=MORNING - timedelta(days=3))
    again = w.an_order(id=w.an_id("again"), number="D2", state=S.COMPLETED, completed_at=MORNING - timedelta(days=1),
                       repairs_order_id=done.id)  # fmt: skip
    far = w.an_order(id=w.an_id("later"), number="D3", state=S.SCHEDULED, visit_from=MORNING + timedelta(days=3))
    fresh = w.an_order(id=w.an_id("fresh"), number="N1", state=S.AT_BRANCH, station_id=None, technician_id=None,
                       customer_position=here)  # fmt: skip
    put(hq, done, again, far, fresh)
    facts = {one.facts.id: one for one in suggest(hq.store, "N1", MORNING).ranking.offered}
    first = facts[w.STATION]
    assert (first.facts.load, first.facts.fixed, first.facts.finished, first.distance_m) == (1, 1, 2, 0)
    assert facts[w.OTHER_STATION].facts.load == 0


# --- intake ---------------------------------------------------------------------------------------------------------


def report(hq: Headquarters, external_id: str, at: datetime = MORNING, **fields: Any) -> Any:
    customer = Customer(name="陈女士", phone="13800002716", address="科技园")
    given = {"customer": customer, "fault": "无图像", "model": w.MODEL, "serial": w.SERIAL, "branch": "SZ"}
    with work(hq.store) as doing:
        return intake(doing, NewOrder(external_id=external_id, **(given | fields)), at)


def test_a_report_soon_after_a_repair_is_linked_and_tells_who_came(hq):
    done = MORNING - timedelta(days=12)
    put(hq, w.an_order(state=S.COMPLETED, started_at=done, completed_at=done), w.identified())
    said = report(hq, "C1")
    assert said.repeats.order == "SZ-261119-0001" and said.repeats.days == 12
    assert (said.came_last.name, said.came_last.station) == ("李伟", "SZ01")
    assert the_order(hq, said.order_id).repairs_order_id == w.ORDER
    later = report(hq, "C2", done + timedelta(days=40), serial=None)
    assert later.repeats is None and later.came_last is None


def test_reminders_rise_by_their_count_and_never_make_a_second_order(hq):
    first = report(hq, "C1")
    told = [report(hq, f"C{n}", after(n)) for n in (2, 3, 4)]
    assert [(one.reminders, one.escalated_to, one.urgency) for one in told] == [
        (1, "station", 1), (2, "branch", 2), (3, "hq", 2),
    ]  # fmt: skip
    assert {one.order_id for one in told} == {first.order_id}
    order = the_order(hq, first.order_id)
    assert order.due_at is not None and order.due_at < after(9 * 60 * 4), "an urgent order is due sooner"
    assert actions(hq, order.id).count("escalate_order") == 3


# --- orders of the counter ------------------------------------------------------------------------------------------

COUNTER = new_id()


def opened(device: TestDevice, order_id: str = COUNTER, at: datetime = MORNING, **fields: Any) -> Any:
    given = {
        "order_id": order_id, "customer_name": "陈先生", "customer_phone": "13900001111", "fault": "不开机",
        "product_class": "tv_lcd", "model": w.MODEL, "serial": w.SERIAL,
    } | fields  # fmt: skip
    return device.one(device.do("open_order", given, made_at=at))


def test_an_order_opened_at_the_counter_meets_the_call_centres_and_goes_on_with_both_numbers(hq):
    called = report(hq, "C1", serial=w.SERIAL)
    device = hq.device()
    assert opened(device, at=after(5)).outcome is Outcome.APPLIED
    kept, ended = the_order(hq, COUNTER), the_order(hq, called.order_id)
    assert (kept.state, kept.also_numbers, kept.external_id) == (S.ACCEPTED, (called.number,), "C1")
    assert (ended.state, ended.merged_into_id, ended.result) == (S.CANCELLED, COUNTER, kept.number)
    assert kept.reported_at == MORNING and kept.due_at == ended.due_at
    assert "陈女士" in hq.rows(Note, order_id=COUNTER)[0].text
    assert device.one(device.do("start_work", {"order_id": COUNTER}, made_at=after(9))).outcome is Outcome.APPLIED
    seen = {line.id for line in device.everything().values() if line.entity == "work_order"}
    assert COUNTER in seen
    branch = hq.device(w.BRANCH)
    assert {COUNTER, called.order_id} <= {line.id for line in branch.everything().values()}
    assert report(hq, "C1", after(20)).order_id == COUNTER, "the call centre's number leads to the order that goes on"
    assert report(hq, "C9", after(30)).repeat_of == kept.number


def test_a_report_of_a_unit_that_stands_at_a_counter_is_a_reminder(hq):
    opened(hq.device())
    assert report(hq, "C1").order_id == COUNTER


def test_two_counters_or_work_that_has_begun_elsewhere_are_for_people_to_say(hq):
    put(hq, w.an_order(state=S.IN_PROGRESS, started_at=MORNING), w.identified())
    other = hq.device(w.OTHER_STATION)
    answer = other.one(
        other.do("open_order", {"order_id": COUNTER, "customer_name": "陈", "customer_phone": "139", "fault": "x",
                 "product_class": "tv_lcd", "serial": w.SERIAL}, user=OTHER_TECHNICIAN))  # fmt: skip
    assert answer.outcome is Outcome.APPLIED
    assert (the_order(hq).state, the_order(hq, COUNTER).state) == (S.IN_PROGRESS, S.ACCEPTED)
    assert [task.kind for task in hq.rows(Task)] == ["same_unit"]


def test_the_same_customers_call_is_taken_into_the_work_that_has_begun_when_the_unit_is_identified(hq):
    called = report(hq, "C1")
    put(hq, w.an_order(state=S.IN_PROGRESS, started_at=MORNING))
    device = hq.device()
    given = {"order_id": w.ORDER, "unit_id": w.UNIT, "model": w.MODEL, "serial": w.SERIAL, "source": "typed"}
    assert device.one(device.do("identify_unit", given, made_at=after(3))).outcome is Outcome.APPLIED
    assert the_order(hq).also_numbers == (called.number,)
    assert the_order(hq, called.order_id).merged_into_id == w.ORDER
