"""What an order's clocks show: begun, due, used and left in business minutes; paused, warned, breached."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from core.sla.calendar import Calendar
from core.sla.names import ClockName
from core.work_order import ENDED, State

S = State
_OFFERED_AT_HQ = frozenset({S.NEW, S.OFFERED_BRANCH})
_AT_BRANCH = frozenset({S.AT_BRANCH, S.DECLINED, S.RECALLED})
_NOT_ACCEPTED = _OFFERED_AT_HQ | _AT_BRANCH | {S.OFFERED_STATION}
#: In which states a clock runs or pauses. Outside of them it has stopped; entered anew it begins anew.
_RUNS: Mapping[ClockName, Callable[[State, bool, bool], bool]] = {
    ClockName.OFFER_BRANCH: lambda state, booked, started: state in _OFFERED_AT_HQ,
    ClockName.DISPATCH: lambda state, booked, started: state in _AT_BRANCH,
    ClockName.OFFER_STATION: lambda state, booked, started: state is S.OFFERED_STATION,
    ClockName.FIRST_CONTACT: lambda state, booked, started: not (state in _NOT_ACCEPTED | ENDED or booked or started),
    ClockName.FIRST_VISIT: lambda state, booked, started: not (state in _NOT_ACCEPTED | ENDED or started),
    ClockName.COMPLETION: lambda state, booked, started: state not in ENDED,
}


class Event(NamedTuple):
    """From ``at`` (aware) on the order was in ``state``; whether a visit was booked, and work begun, by then."""

    at: datetime
    state: State
    booked: bool = False
    started: bool = False


class Clock(NamedTuple):
    """One clock as it stands at the moment asked for.

    ``used`` and ``left`` are business minutes and add up to ``limit`` (``left`` is negative when it is breached).
    ``due`` is when it ends if nothing pauses it any more; ``stopped`` when it is no longer running.
    """

    name: ClockName
    begun: datetime
    due: datetime
    limit: int
    used: int
    paused: bool
    stopped: bool
    warned: bool
    breached: bool

    @property
    def left(self) -> int:
        """Business minutes to the limit."""
        return self.limit - self.used


class Terms(NamedTuple):
    """What the clocks go by: per clock its minutes (none: no such limit), the place's calendar, which states pause."""

    limits: Mapping[ClockName, int]
    calendar: Calendar
    pausing: frozenset[State]
    warn_percent: int = 75


def clocks_of(events: Sequence[Event], terms: Terms, now: datetime) -> tuple[Clock, ...]:
    """The clocks of an order that have begun, in the order of :class:`ClockName`; ``events`` are sorted by time."""
    found = (_clock(name, limit, events, terms, now) for name, limit in sorted(terms.limits.items(), key=_rank))
    return tuple(clock for clock in found if clock is not None)


def leading(clocks: Iterable[Clock]) -> Clock | None:
    """The clock that matters now: of those that have not stopped the one due first (paused ones last)."""
    running = [clock for clock in clocks if not clock.stopped]
    return min(running, key=lambda clock: (clock.paused, clock.due, _ORDER[clock.name]), default=None)


_ORDER = {name: place for place, name in enumerate(ClockName)}


def _rank(item: tuple[ClockName, int]) -> int:
    return _ORDER[item[0]]


class _Stretch(NamedTuple):
    """The clock's last run through the events."""

    begun: datetime
    used: int
    since: datetime  # from when on it has run or paused last
    paused: bool
    stopped: bool


def _clock(name: ClockName, limit: int, events: Sequence[Event], terms: Terms, now: datetime) -> Clock | None:
    run = _run(name, events, terms, now)
    if run is None:
        return None
    goes_on = not (run.paused or run.stopped)
    used = run.used + (terms.calendar.used(run.since, now) if goes_on else 0)
    breached = used > limit if run.stopped else used >= limit
    return Clock(
        name=name,
        begun=run.begun,
        due=_due(run, limit, terms.calendar, now),
        limit=limit,
        used=used,
        paused=run.paused and not run.stopped,
        stopped=run.stopped,
        warned=used * 100 >= limit * terms.warn_percent,
        breached=breached,
    )


def _due(run: _Stretch, limit: int, calendar: Calendar, now: datetime) -> datetime:
    """While it pauses the rest is counted from now on: each minute of pause moves it away."""
    since = max(run.since, now) if run.paused and not run.stopped else run.since
    return calendar.after(since, limit - run.used)


def _run(name: ClockName, events: Sequence[Event], terms: Terms, now: datetime) -> _Stretch | None:
    run: _Stretch | None = None
    for event in events:
        if event.at > now:
            break
        counts = _RUNS[name](event.state, event.booked, event.started)
        run = _step(run, event, terms, counts=counts)
    return run


def _step(run: _Stretch | None, event: Event, terms: Terms, *, counts: bool) -> _Stretch | None:
    """The clock after one event."""
    paused = event.state in terms.pausing
    if run is None or (run.stopped and counts):
        return _Stretch(event.at, 0, event.at, paused, stopped=False) if counts else run
    if run.stopped:
        return run
    used = run.used if run.paused else run.used + terms.calendar.used(run.since, event.at)
    if not counts:
        return run._replace(used=used, since=event.at, stopped=True)
    return run._replace(used=used, since=event.at, paused=paused)
