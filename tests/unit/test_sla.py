"""Business time, the clocks of an order, and how reminders escalate."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import resources
from core import slas
from core.ids import derive
from core.rows.orders import ServiceType, TimelineEntry, WorkOrder
from core.rows.people import Place
from core.rows.reference import ReferenceDocument
from core.sla import (
    BusinessHours,
    Calendar,
    ClockName,
    Escalation,
    Event,
    Limit,
    Limits,
    Terms,
    clocks_of,
    escalation_of,
    leading,
)
from core.warranty import Holidays
from core.work_order import State
from hq.sample.memory import MemoryRows
from tests.unit import world as w

S, C = State, ClockName
MONDAY = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)  # 09:00 in China
HOLIDAYS = Holidays(
    years=frozenset({2026}), days=frozenset({date(2026, 11, 18)}), worked=frozenset({date(2026, 11, 21)})
)
CALENDAR = Calendar(BusinessHours(weekday=((540, 720), (780, 1080)), weekend=(), holiday=()), HOLIDAYS)

minutes = st.integers(0, 24 * 60)
spans = st.lists(st.tuples(minutes, minutes), max_size=3).map(tuple)
calendars = st.builds(
    Calendar,
    st.builds(BusinessHours, weekday=spans, weekend=spans, holiday=spans),
    st.just(HOLIDAYS),
    st.sampled_from((-720, -90, 0, 345, 480, 840)),
)
moments = st.integers(0, 25 * 24 * 60).map(
    lambda minute: datetime(2026, 11, 10, tzinfo=UTC) + timedelta(minutes=minute)
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 by the wall clock in China."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


# --- business time --------------------------------------------------------------------------------------------------


def test_the_lunch_break_the_holiday_and_the_weekend_do_not_count_the_worked_saturday_does():
    assert CALENDAR.used(at(16, 11, 30), at(16, 13, 30)) == 60
    assert CALENDAR.used(at(17, 17, 0), at(19, 10, 0)) == 60 + 60, "the 18th is a holiday"
    assert CALENDAR.used(at(20, 17, 30), at(23, 9, 0)) == 30 + 8 * 60, "Saturday the 21st is worked in exchange"
    assert CALENDAR.after(at(20, 17, 30), 45) == at(21, 9, 15)
    assert CALENDAR.after(at(22, 12, 0), 1) == at(23, 9, 1)


def test_hours_across_midnight_are_two_stretches():
    night = Calendar(BusinessHours(weekday=((1200, 1440), (0, 120))), Holidays())
    assert night.used(at(16, 22, 0), at(17, 1, 30)) == 210
    assert night.after(at(16, 23, 30), 60) == at(17, 0, 30)


def test_a_place_that_never_opens_goes_by_the_wall():
    closed = Calendar(BusinessHours(weekday=(), weekend=()), Holidays())
    assert closed.used(at(16, 9), at(20, 9)) == 0
    assert closed.after(at(16, 9), 90) == at(16, 10, 30)


@given(calendars, moments, moments, moments)
def test_business_time_adds_up(calendar, one, two, three):
    first, middle, last = sorted((one, two, three))
    assert calendar.used(first, middle) + calendar.used(middle, last) == calendar.used(first, last)
    assert calendar.used(last, first) == 0 or first == last
    assert 0 <= calendar.used(first, last) <= (last - first).total_seconds() // 60 + 1


@given(calendars, moments, st.integers(0, 4_000))
def test_so_many_minutes_later_is_the_first_moment_at_which_they_are_used(calendar, begin, wanted):
    assume(any(closes > opens for opens, closes in calendar.hours.weekday))
    end = calendar.after(begin, wanted)
    assert calendar.used(begin, end) == wanted
    assert wanted == 0 or calendar.used(begin, end - timedelta(minutes=1)) < wanted


@given(moments, st.integers(1, 3_000), st.sampled_from((-720, -90, 0, 345, 840)))
def test_an_offset_moves_the_clock_and_nothing_else(begin, wanted, offset):
    here = CALENDAR._replace(utc_offset_minutes=0)
    there = CALENDAR._replace(utc_offset_minutes=offset)
    moved = timedelta(minutes=offset)
    assert there.after(begin - moved, wanted) == here.after(begin, wanted) - moved


# --- clocks ---------------------------------------------------------------------------------------------------------

PAUSING = frozenset({S.WAITING_PARTS, S.WAITING_CUSTOMER})
LIMITS = {
    C.OFFER_BRANCH: 60, C.DISPATCH: 60, C.OFFER_STATION: 120, C.FIRST_CONTACT: 120, C.FIRST_VISIT: 960,
    C.COMPLETION: 1440,
}  # fmt: skip
TERMS = Terms(LIMITS, CALENDAR, PAUSING)
STORY = (
    Event(at(16, 9), S.OFFERED_BRANCH),
    Event(at(16, 9, 30), S.AT_BRANCH),
    Event(at(16, 10), S.OFFERED_STATION),
    Event(at(16, 11), S.ACCEPTED),
    Event(at(16, 11, 30), S.SCHEDULED, booked=True),
    Event(at(16, 14), S.WAITING_PARTS, booked=True),
    Event(at(17, 9), S.IN_PROGRESS, booked=True, started=True),
    Event(at(17, 10), S.COMPLETED, booked=True, started=True),
)


def by_name(events=STORY, now=None):
    return {clock.name: clock for clock in clocks_of(events, TERMS, now or at(17, 12))}


def test_each_clock_tells_its_own_part_of_the_story():
    found = by_name()
    assert {name: (clock.used, clock.stopped) for name, clock in found.items()} == {
        C.OFFER_BRANCH: (30, True),
        C.DISPATCH: (30, True),
        C.OFFER_STATION: (60, True),
        C.FIRST_CONTACT: (30, True),
        C.FIRST_VISIT: (120, True),  # 11:00 to 14:00 without lunch; it waited for parts until the next morning
        C.COMPLETION: (180 + 60 + 60, True),
    }
    assert not any(clock.breached or clock.paused for clock in found.values())
    assert leading(found.values()) is None


def test_a_running_clock_warns_and_breaches_and_leads_when_it_is_due_first():
    early, late, over = (by_name(STORY[:3], at(16, hour, minute)) for hour, minute in ((10, 1), (11, 31), (14, 0)))
    offers = [found[C.OFFER_STATION] for found in (early, late, over)]
    assert [(one.warned, one.breached, one.left) for one in offers] == [
        (False, False, 119), (True, False, 29), (True, True, -60),
    ]  # fmt: skip
    assert offers[0].due == at(16, 12)
    lead = leading(early.values())
    assert lead is not None and lead.name is C.OFFER_STATION


def test_a_clock_that_pauses_leads_last_and_is_due_later_each_minute():
    one, two = (by_name(STORY[:6], at(16, hour))[C.COMPLETION] for hour in (15, 16))
    assert one.paused and two.paused and one.used == two.used == 240
    assert two.due - one.due == timedelta(hours=1)


def test_given_again_the_station_has_its_whole_limit_again_but_the_order_has_not():
    again = (*STORY[:3], Event(at(16, 11), S.DECLINED), Event(at(16, 11, 30), S.OFFERED_STATION))
    found = by_name(again, at(16, 11, 40))
    assert (found[C.OFFER_STATION].begun, found[C.OFFER_STATION].used) == (at(16, 11, 30), 10)
    assert found[C.COMPLETION].used == 160
    assert by_name(STORY, at(16, 9, 10)).keys() == {C.OFFER_BRANCH, C.COMPLETION}, "what lies ahead has not happened"


_WAYS = {
    S.ACCEPTED: (S.WAITING_PARTS, S.IN_PROGRESS),
    S.WAITING_PARTS: (S.IN_PROGRESS,),
    S.IN_PROGRESS: (S.WAITING_CUSTOMER, S.WAITING_APPROVAL, S.WAITING_PARTS),
    S.WAITING_CUSTOMER: (S.IN_PROGRESS,),
    S.WAITING_APPROVAL: (S.IN_PROGRESS,),
}


@st.composite
def stories(draw):
    moment, state, events = MONDAY, S.ACCEPTED, [Event(MONDAY, S.ACCEPTED)]
    for _ in range(draw(st.integers(0, 7))):
        moment += timedelta(minutes=draw(st.integers(0, 900)))
        state = draw(st.sampled_from(_WAYS[state]))
        events.append(Event(moment, state, started=state is not S.WAITING_PARTS))
    return tuple(events)


@given(stories(), st.integers(0, 6_000), calendars)
def test_used_and_left_are_the_limit_and_the_due_fits_them(events, later, calendar):
    now = events[-1].at + timedelta(minutes=later)
    for clock in clocks_of(events, TERMS._replace(calendar=calendar), now):
        assert clock.used + clock.left == clock.limit and clock.used >= 0
        assert clock.breached == (clock.left < 0 if clock.stopped else clock.left <= 0)
        assert not clock.breached or clock.warned
        opens = any(closes > begins for begins, closes in calendar.hours.weekday)
        if opens and not clock.stopped and clock.left > 0:
            assert calendar.used(now, clock.due) == clock.left


@given(stories(), st.integers(0, 3_000), st.integers(1, 3_000))
def test_a_pause_never_brings_the_due_nearer(events, before, longer):
    """The same story, with one more pause at its end."""
    last = events[-1]
    assume(last.state not in PAUSING)
    begins = last.at + timedelta(minutes=before)
    ends = begins + timedelta(minutes=longer)
    paused = (
        *events,
        Event(begins, S.WAITING_PARTS, started=last.started),
        Event(ends, last.state, started=last.started),
    )
    for without, with_pause in zip(clocks_of(events, TERMS, ends), clocks_of(paused, TERMS, ends), strict=True):
        assert with_pause.due >= without.due
        assert with_pause.used <= without.used


# --- the table ------------------------------------------------------------------------------------------------------


def shipped() -> Limits:
    return msgspec.json.decode(resources.read_text("sla", "limits-2026-01.json"), type=Limits)


def test_the_closest_limit_counts():
    limits = shipped()
    assert limits.minutes(C.OFFER_STATION, "tv_lcd", 0, "on_site") == 120
    assert limits.minutes(C.OFFER_STATION, "tv_lcd", 2, "on_site") == 30
    assert limits.minutes(C.FIRST_VISIT, "tv_lcd", 0, "carry_in") is None, "nobody drives to a unit that was brought"
    assert limits.minutes(C.FIRST_VISIT, "refrigerator", 0, "on_site") == 570


def test_only_holds_can_pause():
    with pytest.raises(msgspec.ValidationError, match="waits"):
        msgspec.json.decode(b'{"pausing": ["in_progress"]}', type=Limits)


@given(st.integers(0, 9), st.integers(0, 400), st.integers(0, 3), st.integers(0, 100))
def test_more_reminders_or_more_time_never_lower_an_order(reminders, used, more, later):
    table = shipped().escalations
    levels = [None, "station", "branch", "hq"]
    one, two = (escalation_of(table, *asked) for asked in ((reminders, used), (reminders + more, used + later)))
    assert levels.index(one.to if one else None) <= levels.index(two.to if two else None)


def test_the_second_reminder_reaches_the_branch_the_third_headquarters():
    table = shipped().escalations
    assert [found.to if (found := escalation_of(table, n, 0)) else None for n in range(4)] == [
        None, "station", "branch", "hq",
    ]  # fmt: skip
    assert escalation_of(table, 0, 100) == Escalation(to="branch", urgency=1, used_percent=100)


# --- from rows ------------------------------------------------------------------------------------------------------


def act(rows: MemoryRows, name: str, moment: datetime) -> None:
    w.do(rows, name, {"order_id": w.ORDER}, made_at=moment, label=str(moment))


def the_order(rows: MemoryRows) -> WorkOrder:
    found = rows.get(WorkOrder, w.ORDER)
    assert found is not None
    return found


def entry(action: str, moment: datetime) -> TimelineEntry:
    return TimelineEntry(
        id=derive(w.ORDER, f"{action} {moment}"), branch_id=w.BRANCH, station_id=w.STATION, order_id=w.ORDER,
        action=action, person_id=None, at=moment,
    )  # fmt: skip


def states(order: Any, *entries: TimelineEntry) -> list[tuple[State, bool, bool]]:
    return [(event.state, event.booked, event.started) for event in slas.events_of(order, entries)]


def test_an_orders_story_is_told_by_its_timeline():
    order = w.an_order(state=S.IN_PROGRESS, reported_at=at(16, 9))
    names = ("intake", "add_note", "dispatch_order", "accept_order", "book_visit", "wait_for_parts", "resume_work",
             "start_work")  # fmt: skip
    entries = [entry(name, at(16, 10 + n)) for n, name in enumerate(names)]
    told = states(order, *reversed(entries))
    assert told == [
        (S.NEW, False, False), (S.OFFERED_BRANCH, False, False), (S.OFFERED_STATION, False, False),
        (S.ACCEPTED, False, False), (S.SCHEDULED, True, False), (S.WAITING_PARTS, True, False),
        (S.SCHEDULED, True, False), (S.IN_PROGRESS, True, True),
    ]  # fmt: skip


def test_a_station_that_sees_only_the_end_of_the_story_believes_what_it_is_told():
    order = w.an_order(state=S.CANCELLED, reported_at=at(16, 9))
    told = states(
        order,
        entry("accept_order", at(16, 11)),
        entry("resume_work", at(16, 12)),
        entry("state_waiting_inspection", at(16, 13)),
    )
    assert [state for state, *_ in told] == [S.NEW, S.ACCEPTED, S.WAITING_INSPECTION, S.CANCELLED]


def test_the_clocks_of_an_order_go_by_its_stations_hours():
    rows = w.a_world()
    order = w.an_order(state=S.OFFERED_STATION, reported_at=at(16, 9))
    told = [entry("intake", at(16, 9)), entry("dispatch_order", at(16, 10))]
    found = {clock.name: clock for clock in slas.clocks(rows, order, at(16, 11), told)}
    assert found[C.OFFER_STATION].used == 60 and found[C.COMPLETION].used == 120
    station = rows.get(Place, w.STATION)
    assert station is not None
    rows.put(msgspec.structs.replace(station, hours=BusinessHours(weekday=((630, 1080),))))
    assert {clock.name: clock.used for clock in slas.clocks(rows, order, at(16, 11), told)}[C.OFFER_STATION] == 30
    assert slas.clocks(rows, order, at(16, 11)) == slas.clocks(rows, order, at(16, 11), [])


def test_a_new_order_is_due_by_its_kind_of_service():
    rows = w.a_world()
    new = w.an_order(station_id=None, reported_at=at(16, 9), urgency=2)
    assert slas.first_due(rows, new) == at(17, 13, 45)
    rows_without = MemoryRows()
    assert slas.first_due(rows_without, new) == at(17, 9), "without a table, a day by the wall"
    nothing = Limits(limits=(Limit(clock=C.COMPLETION, minutes=1, service_type="mail_in"),))
    assert nothing.minutes(C.COMPLETION, "tv_lcd", 0, ServiceType.ON_SITE.value) is None


def test_waiting_moves_the_due_and_waiting_for_the_branch_does_not():
    rows = w.a_world()
    started = w.an_order(state=S.IN_PROGRESS, due_at=at(16, 17))
    rows.put(started)
    act(rows, "wait_for_parts", at(16, 10))
    waiting = the_order(rows)
    assert (waiting.state, waiting.paused_at, waiting.due_at) == (S.WAITING_PARTS, at(16, 10), at(16, 17))
    act(rows, "resume_work", at(17, 10))
    goes_on = the_order(rows)
    assert (goes_on.paused_at, goes_on.due_at) == (None, at(17, 17))
    asked = slas.timed(rows, goes_on, msgspec.structs.replace(goes_on, state=S.WAITING_APPROVAL), at(17, 11))
    assert asked.paused_at is None
    assert slas.timed(rows, asked, msgspec.structs.replace(asked, state=S.IN_PROGRESS), at(18, 9)).due_at == at(17, 17)


def test_what_was_late_before_it_waited_stays_late_and_what_has_no_limit_has_none():
    rows = w.a_world()
    for due in (at(16, 9), None):
        held = w.an_order(state=S.WAITING_CUSTOMER, held_from=S.IN_PROGRESS, paused_at=at(16, 10), due_at=due)
        rows.put(held)
        act(rows, "resume_work", at(19, 10))
        assert (the_order(rows).due_at, the_order(rows).paused_at) == (due, None)
    parts = w.an_order(state=S.WAITING_PARTS, paused_at=at(16, 10))
    customer = msgspec.structs.replace(parts, state=S.WAITING_CUSTOMER)
    assert slas.timed(rows, parts, customer, at(17, 10)) == customer, "one pause that goes on"


def test_an_order_without_a_limit_has_no_due():
    rows = w.a_world()
    nothing = Limits(version="9", in_force_from=date(2026, 11, 1))
    document = next(one for one in rows.find(ReferenceDocument) if one.kind == "sla")
    rows.put(msgspec.structs.replace(document, id=w.an_id("limits"), revision="9", in_force_from=date(2026, 11, 1),
                                     body=msgspec.Raw(msgspec.json.encode(nothing))))  # fmt: skip
    assert slas.first_due(rows, w.an_order()) is None


def test_a_limit_that_no_lifetime_of_open_minutes_reaches_runs_by_the_wall():
    minute_a_day = Calendar(BusinessHours(weekday=(), weekend=((540, 541),)), HOLIDAYS)
    assert minute_a_day.after(MONDAY, 40 * 366) == MONDAY + timedelta(minutes=40 * 366)
