"""When the next sync is due: a pure table of what happened and the wait that follows."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sync import schedule as s
from app.sync import status as statuses
from app.sync.schedule import Schedule, back_off
from app.sync.status import Standing, SyncStatus
from core.refusals import Refusal
from tests.integration.station_kit import NOW


def test_the_first_sync_is_due_at_once_and_then_it_is_quiet():
    plan = Schedule(lambda: 0.0, 100.0)
    assert plan.seconds_left(100.0) == 0
    plan.succeeded(100.0)
    assert plan.seconds_left(100.0) == s.QUIET
    assert plan.seconds_left(100.0 + s.QUIET) == 0


def test_work_done_here_is_sent_soon_and_several_actions_go_together():
    plan = Schedule(lambda: 0.0, 0.0)
    plan.succeeded(0.0)
    plan.changed(10.0)
    plan.changed(10.5)
    assert plan.seconds_left(10.5) == pytest.approx(s.SOON - 0.5)


def test_failures_wait_longer_each_time_and_work_does_not_shorten_it():
    plan = Schedule(lambda: 1.0, 0.0)
    waits = []
    for _ in range(12):
        plan.failed(0.0)
        plan.changed(0.0)
        waits.append(plan.seconds_left(0.0))
    assert waits[:4] == [2.0, 4.0, 8.0, 16.0]
    assert waits[-1] == s.LONGEST_WAIT
    assert plan.failures == 12
    plan.succeeded(0.0)
    assert plan.failures == 0


def test_news_from_hq_and_a_persons_wish_end_any_wait():
    for end in (Schedule.moved, Schedule.asked):
        plan = Schedule(random.random, 0.0)
        for _ in range(9):
            plan.failed(0.0)
        end(plan, 1.0)
        assert plan.seconds_left(1.0) == 0


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_the_wait_is_bounded_and_never_nothing(failures: int, roll: float):
    assert s.FIRST_WAIT / 2 <= back_off(failures, roll) <= s.LONGEST_WAIT


def test_a_thousand_devices_do_not_come_back_at_once():
    rolls = random.Random(1)
    waits = sorted(back_off(8, rolls.random()) for _ in range(1000))
    assert waits[-1] - waits[0] > s.LONGEST_WAIT / 3


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        (SyncStatus(), Standing.UP_TO_DATE),
        (SyncStatus(pending=2), Standing.PENDING),
        (SyncStatus(blobs=1), Standing.PENDING),
        (SyncStatus(pending=2, syncing=True), Standing.SYNCING),
        (SyncStatus(pending=2, offline_since=NOW), Standing.OFFLINE),
        (SyncStatus(parked=1, offline_since=NOW), Standing.NEEDS_YOU),
        (SyncStatus(conflicts=1, syncing=True), Standing.NEEDS_YOU),
    ],
)
def test_what_the_chip_says(status: SyncStatus, standing: Standing):
    assert status.standing is standing


def test_offline_since_the_first_failure_in_a_row():
    status = statuses.begun(SyncStatus())
    first = statuses.failed(status, Refusal("hq_unreachable"), NOW)
    second = statuses.failed(statuses.begun(first), Refusal("hq_failed", status=500), NOW.replace(hour=12))
    assert (second.offline_since, second.problem, second.problem_facts) == (NOW, "hq_failed", {"status": 500})
    good = statuses.succeeded(second, NOW.replace(hour=13))
    assert (good.offline_since, good.problem, good.last_sync_at) == (None, None, NOW.replace(hour=13))
