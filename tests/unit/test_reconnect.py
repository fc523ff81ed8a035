"""Five thousand stations come back to an HQ that was away: simulated on a virtual clock, second by second."""

import heapq
import random
from collections import Counter
from typing import NamedTuple

import pytest

from app.sync import schedule
from app.sync.schedule import Schedule

STATIONS = 5_000
#: An idle sync at HQ takes about a millisecond, the token before it as much again: far more than these can be served.
MOST_PER_SECOND = 300
AWAY_FROM = 100.0


class Station:
    """A station that was idle, somewhere between two of its syncs, when HQ went away."""

    def __init__(self, seed: int) -> None:
        dice = random.Random(seed)
        self.plan = Schedule(dice.random, 0.0)
        self.plan.succeeded(AWAY_FROM - dice.uniform(0, schedule.QUIET))


class Arrivals(NamedTuple):
    """When HQ was asked, how often in each second, and when each station was back."""

    per_second: Counter[int]
    failed_per_second: Counter[int]
    back: list[float]


def simulate(down_for: float, until: float) -> Arrivals:
    """Everyone is idle and holds a long poll; HQ goes away and comes back."""
    stations = [Station(seed) for seed in range(STATIONS)]
    arrivals, failures = Counter[int](), Counter[int]()
    back: dict[int, float] = {}
    down_from, up_again = AWAY_FROM, AWAY_FROM + down_for
    for station in stations:
        station.plan.cut(down_from)  # all at once: HQ's end of each connection is gone
    due = [(down_from + one.plan.seconds_left(down_from), number) for number, one in enumerate(stations)]
    heapq.heapify(due)
    while due and due[0][0] < until:
        now, number = heapq.heappop(due)
        plan = stations[number].plan
        if plan.seconds_left(now) > 1e-9:
            heapq.heappush(due, (now + plan.seconds_left(now), number))
            continue
        if now < up_again:
            failures[int(now)] += 1
            plan.failed(now)
        else:
            arrivals[int(now)] += 1
            plan.succeeded(now)
            plan.held()
            back.setdefault(number, now)
        heapq.heappush(due, (now + plan.seconds_left(now), number))
    return Arrivals(arrivals, failures, sorted(back.values()))


@pytest.mark.parametrize(("away", "within"), [(3.0, 60.0), (600.0, schedule.LONGEST_WAIT)])
def test_five_thousand_stations_come_back_spread(away: float, within: float) -> None:
    up_again = AWAY_FROM + away
    found = simulate(away, up_again + within + 1)
    assert len(found.back) == STATIONS
    assert found.back[-1] <= up_again + within
    peak, in_vain = max(found.per_second.values()), max(found.failed_per_second.values())
    assert peak <= MOST_PER_SECOND
    assert in_vain <= MOST_PER_SECOND


def test_half_of_the_stations_have_news_again_soon_after_a_restart() -> None:
    found = simulate(3.0, 200.0)
    assert found.back[STATIONS // 2] <= AWAY_FROM + schedule.CUT_SPREAD


def test_where_no_long_poll_holds_it_is_tried_more_rarely_and_one_that_held_begins_anew() -> None:
    plan, waits = Schedule(lambda: 1.0, 0.0), []
    for _ in range(5):
        plan.succeeded(0.0)
        plan.cut(0.0)
        waits.append(plan.seconds_left(0.0))
    assert waits == [30.0, 60.0, 120.0, 120.0, 120.0]
    plan.held()
    plan.succeeded(0.0)
    plan.cut(0.0)
    assert plan.seconds_left(0.0) == schedule.CUT_SPREAD


def test_a_cut_does_not_put_off_what_is_due_and_does_not_shorten_a_failing_ones_wait() -> None:
    plan = Schedule(lambda: 1.0, 0.0)
    plan.succeeded(0.0)
    plan.changed(0.0)
    plan.cut(0.0)
    assert plan.seconds_left(0.0) == schedule.SOON
    for _ in range(8):
        plan.failed(0.0)
    plan.cut(0.0)
    assert plan.seconds_left(0.0) == schedule.LONGEST_WAIT


def test_the_first_failure_after_a_cut_waits_long_and_any_other_shortly() -> None:
    plan = Schedule(lambda: 1.0, 0.0)
    plan.failed(0.0)
    assert plan.seconds_left(0.0) == schedule.FIRST_WAIT
    plan.succeeded(0.0)
    plan.cut(0.0)
    plan.failed(0.0)
    assert (plan.seconds_left(0.0), plan.failures) == (32.0, 1)
    plan.succeeded(0.0)
    plan.failed(0.0)
    assert plan.seconds_left(0.0) == schedule.FIRST_WAIT
