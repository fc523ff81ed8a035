"""From rows to clocks: the table and calendar of an order, its states over time, and its due moment across pauses."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from core import reference, work_order
from core.judging import local_day
from core.rows.access import Rows
from core.rows.orders import TimelineEntry, WorkOrder
from core.rows.people import Place
from core.sla import Calendar, Clock, ClockName, Event, Limits, Terms, clocks_of
from core.work_order import AT_WORK, HOLDS, State

_STATE = "state_"  # timeline entries of states that no action leads to
_BEFORE = frozenset(
    {State.NEW, State.OFFERED_BRANCH, State.AT_BRANCH, State.OFFERED_STATION, State.DECLINED, State.RECALLED}
)


def limits_of(rows: Rows, order: WorkOrder) -> Limits:
    """The table in force on the day of the report: it stays the order's own."""
    return reference.limits_in_force(rows, local_day(rows, order.branch_id, order.reported_at))


def calendar_of(rows: Rows, order: WorkOrder, limits: Limits) -> Calendar:
    """The business time of whoever has the order: its station, or its branch."""
    place = rows.get(Place, order.station_id or order.branch_id)
    hours = (place.hours if place else None) or limits.hours
    return Calendar(hours, reference.holidays(rows), place.utc_offset_minutes if place else 480)


def terms_of(rows: Rows, order: WorkOrder) -> Terms:
    """What the order's clocks go by."""
    limits = limits_of(rows, order)
    asked = (order.product_class, order.urgency, order.service_type.value)
    minutes = {name: found for name in ClockName if (found := limits.minutes(name, *asked)) is not None}
    return Terms(minutes, calendar_of(rows, order, limits), limits.pausing, limits.warn_percent)


def clocks(
    rows: Rows, order: WorkOrder, now: datetime, entries: Iterable[TimelineEntry] | None = None
) -> tuple[Clock, ...]:
    """The order's clocks at ``now``; ``entries`` is its timeline where the caller has it already."""
    if entries is None:
        entries = rows.find(TimelineEntry, order_id=order.id)
    return clocks_of(events_of(order, entries), terms_of(rows, order), now)


def first_due(rows: Rows, order: WorkOrder) -> datetime | None:
    """When a new order is due; None where its kind has no limit."""
    terms = terms_of(rows, order)
    minutes = terms.limits.get(ClockName.COMPLETION)
    return None if minutes is None else terms.calendar.after(order.reported_at, minutes)


def events_of(order: WorkOrder, entries: Iterable[TimelineEntry]) -> list[Event]:
    """The order's states over time as its timeline tells them.

    A station does not see what happened before it was given the order: a move that the table does not allow from
    where the story stands is taken as told. The order's own state has the last word.
    """
    story = _Story(order)
    for entry in sorted(entries, key=lambda entry: (entry.at, entry.id)):
        story.take(entry)
    return story.ended(order)


class _Story:
    """An order's states as they follow one another."""

    def __init__(self, order: WorkOrder) -> None:
        self._state = State.NEW
        self._held_from: State | None = None
        self._booked = self._started = False
        self._events = [Event(order.reported_at, self._state)]

    def take(self, entry: TimelineEntry) -> None:
        """One entry of the timeline."""
        reached = self._reached(entry.action)
        if reached is None:
            return
        state, self._held_from = reached
        self._note(entry.at, state, entry.action)

    def ended(self, order: WorkOrder) -> list[Event]:
        """All events, the last one in the order's own state, since when the order tells it."""
        if self._state is not order.state:
            since = {State.OFFERED_STATION: order.offered_at, State.ACCEPTED: order.accepted_at}.get(order.state)
            self._note(since or self._events[-1].at, order.state, "")
        return self._events

    def _reached(self, action: str) -> tuple[State, State | None] | None:
        if action in _OPENINGS:
            return _OPENINGS[action], None
        if action.startswith(_STATE):
            return State(action.removeprefix(_STATE)), None
        if work_order.possible(self._state, action):
            return work_order.apply(self._state, self._held_from, action)
        target = work_order.target_of(action)
        return None if target is None else (target, self._held_from)

    def _note(self, at: datetime, state: State, action: str) -> None:
        self._state = state
        fresh = state in _BEFORE
        self._booked = not fresh and (self._booked or action == "book_visit")
        self._started = not fresh and (self._started or action == "start_work" or state in AT_WORK)
        self._events.append(Event(max(at, self._events[-1].at), state, self._booked, self._started))


#: Entries by which an order begins.
_OPENINGS = {"intake": State.OFFERED_BRANCH, "open_order": State.ACCEPTED}


def timed(rows: Rows, before: WorkOrder, after: WorkOrder, at: datetime) -> WorkOrder:
    """``after`` with its time limits stopped or running again, when a move at ``at`` began or ended a pause."""
    if before.state is after.state or not {before.state, after.state} & HOLDS:
        return after
    limits = limits_of(rows, after)
    pauses = after.state in limits.pausing
    if pauses and after.paused_at is None:
        return msgspec.structs.replace(after, paused_at=at)
    if not pauses and after.paused_at is not None:
        return msgspec.structs.replace(after, paused_at=None, due_at=_later(rows, after, limits, at))
    return after


def _later(rows: Rows, order: WorkOrder, limits: Limits, at: datetime) -> datetime | None:
    """The due moment, moved by the business time of the pause; one that had passed before stays."""
    since, due = order.paused_at, order.due_at
    if since is None or due is None or due <= since:
        return due
    calendar = calendar_of(rows, order, limits)
    return max(due, calendar.after(max(at, since), calendar.used(since, due)))
