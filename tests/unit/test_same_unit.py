"""Two open orders of one unit: which goes on, what it takes over, and what is left to people."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import same_unit
from core.identifiers import counter_number, parse_order
from core.ids import new_id
from core.refusals import Refusal
from core.roles import Role
from core.rows.orders import Note, OrderUnit, TimelineEntry, WorkOrder
from core.rows.people import Person, Place
from core.same_unit import pair_of, survivor_of, take_in
from core.work_order import ENDED, State, possible
from hq.sample.documents import product_classes
from tests.unit import world as w

S = State
OTHER = w.an_id("the call centre's")
states = st.sampled_from(State)
sources = st.sampled_from(("counter", "call_centre"))


def other_order(**fields: object) -> WorkOrder:
    values = {"id": OTHER, "number": "SZ-261120-0007", "state": S.AT_BRANCH, "station_id": None, "technician_id": None}
    return w.an_order(**(values | fields))


def at_counter(**fields: object) -> WorkOrder:
    return w.an_order(**({"source": "counter", "customer_phone": "13900000000"} | fields))


@given(states, sources, states, sources)
def test_what_has_begun_or_stands_at_a_counter_is_never_taken_in(one_state, one_source, two_state, two_source):
    one = w.an_order(state=one_state, source=one_source)
    two = other_order(state=two_state, source=two_source)
    pair = pair_of(one, two)
    assert pair == pair_of(two, one), "it does not matter which one is looked at first"
    if pair is not None:
        assert pair.taken_in.source != "counter" and possible(pair.taken_in.state, "cancel_order")
        assert not {one_state, two_state} & ENDED


def test_the_counters_goes_on_and_an_order_is_no_pair_with_itself():
    pair = pair_of(other_order(state=S.SCHEDULED), at_counter())
    assert pair is not None and pair.going_on.id == w.ORDER
    assert pair_of(at_counter(), at_counter()) is None
    assert pair_of(w.an_order(state=S.IN_PROGRESS), other_order(customer_phone="1")) is None, "another customer's"


def test_nothing_that_either_customer_was_told_is_lost():
    due, now = w.NOW + timedelta(hours=5), w.NOW
    called = other_order(
        external_id="C1", reminders=2, urgency=2, escalated_to="branch", reported_at=now - timedelta(days=3),
        due_at=due, also_numbers=("SZ-0",), reported_serial=w.SERIAL, cost_low_fen=0, cost_high_fen=5000,
        warranty_guess="needs_review",
    )  # fmt: skip
    rows = w.a_world(
        called, at_counter(due_at=due + timedelta(days=1), reminders=1, cost_low_fen=100, cost_high_fen=200)
    )
    order = rows.get(WorkOrder, w.ORDER)
    assert order is not None
    kept = take_in(rows, same_unit.Pair(order, called), now)
    assert (kept.external_id, kept.also_numbers, kept.reminders, kept.urgency) == (
        "C1", (called.number, "SZ-0"), 3, 2,
    )  # fmt: skip
    assert (kept.reported_at, kept.due_at, kept.escalated_to) == (called.reported_at, due, "branch")
    assert (kept.cost_low_fen, kept.cost_high_fen, kept.reported_serial) == (100, 200, w.SERIAL)
    ended = rows.get(WorkOrder, OTHER)
    assert ended is not None and (ended.state, ended.merged_into_id) == (S.CANCELLED, w.ORDER)
    assert survivor_of(rows, ended) == kept and survivor_of(rows, kept) == kept
    (note,) = rows.find(Note, order_id=w.ORDER)
    assert called.number in note.text and called.customer_phone in note.text
    told = {entry.order_id: entry.detail["number"] for entry in rows.find(TimelineEntry, action="merge_orders")}
    assert told == {w.ORDER: called.number, OTHER: kept.number}


def test_the_same_words_make_no_note_and_a_costless_order_takes_over_the_costs():
    called = other_order(cost_low_fen=0, cost_high_fen=5000)
    rows = w.a_world(called, w.an_order(source="counter"))
    order = rows.get(WorkOrder, w.ORDER)
    assert order is not None
    kept = take_in(rows, same_unit.Pair(order, called), w.NOW)
    assert (kept.cost_low_fen, kept.cost_high_fen, kept.due_at) == (0, 5000, None)
    assert rows.find(Note, order_id=w.ORDER) == []


def test_a_ring_or_a_missing_end_leaves_the_order_where_it_is():
    rows = w.a_world(other_order(merged_into_id=w.ORDER), w.an_order(merged_into_id=OTHER))
    one, lost = rows.get(WorkOrder, w.ORDER), w.an_order(merged_into_id=w.an_id("nowhere"))
    assert one is not None and survivor_of(rows, one).id == OTHER
    assert survivor_of(rows, lost) == lost


def test_others_of_a_unit_are_found_as_identified_and_as_reported():
    reported = other_order(reported_serial=w.SERIAL)
    rows = w.a_world(w.identified(), reported, other_order(id=w.an_id("old"), reported_serial=w.SERIAL, state=S.CLOSED))
    order = rows.get(WorkOrder, w.ORDER)
    assert order is not None
    assert [other.id for other in same_unit.others_of(order, rows)] == [OTHER]
    assert [other.id for other in same_unit.others_of(reported, rows)] == [w.ORDER]


# --- opening one ----------------------------------------------------------------------------------------------------

GIVEN = {
    "customer_name": "陈先生", "customer_phone": "13900001111", "fault": "不开机", "product_class": "tv_lcd",
    "model": w.MODEL, "serial": w.SERIAL,
}  # fmt: skip


def a_counter(*extra: object):
    return w.a_world(*product_classes(), *extra)


def test_whoever_opens_an_order_has_accepted_it_and_a_technician_has_it():
    for user, technician in ((w.TECHNICIAN, w.TECHNICIAN), (w.LEAD, None)):
        rows, order_id = a_counter(), new_id()
        w.do(rows, "open_order", GIVEN | {"order_id": order_id}, user=user)
        order = rows.get(WorkOrder, order_id)
        assert order is not None
        assert (order.state, order.technician_id, order.station_id) == (S.ACCEPTED, technician, w.STATION)
        assert order.number.startswith("SZ01-261120-") and parse_order(f"FX-O:{order.number}") == order.number
        assert order.due_at is not None and order.due_at > w.NOW
        assert [unit.position for unit in rows.find(OrderUnit, order_id=order_id)] == [1]


def test_a_second_order_of_an_open_unit_is_refused_at_its_own_station_only():
    rows = a_counter(w.identified())
    with pytest.raises(Refusal, match="order_open_already"):
        w.do(rows, "open_order", GIVEN | {"order_id": new_id()})
    elsewhere = a_counter(w.identified(station_id=w.OTHER_STATION), w.an_order(station_id=w.OTHER_STATION))
    w.do(elsewhere, "open_order", GIVEN | {"order_id": new_id()})
    w.do(a_counter(w.identified()), "open_order", GIVEN | {"order_id": new_id(), "serial": None})


def test_only_a_station_has_a_counter_and_the_line_must_be_known():
    branch_lead = w.an_id("lead of a branch")
    rows = a_counter(w.person(branch_lead, w.BRANCH, Role.STATION_LEAD))
    with pytest.raises(Refusal, match="not_your_place"):
        w.do(rows, "open_order", GIVEN | {"order_id": new_id()}, place=w.BRANCH, user=branch_lead)
    with pytest.raises(Refusal, match="product_class_unknown"):
        w.do(a_counter(), "open_order", GIVEN | {"order_id": new_id(), "product_class": "kettle"})


def test_the_id_of_another_order_is_not_written_over():
    rows = a_counter()
    with pytest.raises(Refusal, match="operation_invalid"):
        w.do(rows, "open_order", GIVEN | {"order_id": w.ORDER, "serial": None})


@given(st.lists(st.uuids(version=4).map(str), min_size=2, max_size=30, unique=True))
def test_numbers_come_of_ids(ids):
    numbers = {counter_number("SZ01", w.TODAY, one) for one in ids}
    assert len(numbers) == len({one[-8:] for one in ids}) or len(numbers) > len(ids) // 2
    assert all(len(number) == len("SZ01-261120-") + 6 for number in numbers)


def test_a_person_in_re_examination_gets_no_order_and_a_frozen_station_none():
    rows = w.a_world()
    colleague = rows.get(Person, w.COLLEAGUE)
    assert colleague is not None
    rows.put(msgspec.structs.replace(colleague, reexamination=True))
    with pytest.raises(Refusal, match="technician_reexamination"):
        w.do(rows, "assign_technician", {"order_id": w.ORDER, "technician_id": w.COLLEAGUE}, user=w.LEAD)
    rows.put(w.an_order(state=S.AT_BRANCH, station_id=None, technician_id=None))
    station = rows.get(Place, w.OTHER_STATION)
    assert station is not None
    for change in ({"frozen": True}, {"active": False}):
        rows.put(msgspec.structs.replace(station, **change))
        given = {"order_id": w.ORDER, "station_id": w.OTHER_STATION}
        with pytest.raises(Refusal, match="station_takes_none"):
            w.do(rows, "dispatch_order", given, user=w.MANAGER)
