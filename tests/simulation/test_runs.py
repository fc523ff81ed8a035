"""The simulation itself: alike by its seed, told by its steps, shrunk and replayed, and no action left out."""

import os
import subprocess
import sys
from collections import Counter

import pytest

from core.operations import ACTIONS
from tests.simulation import plants
from tests.simulation.__main__ import main
from tests.simulation.people import ALL, OF_KIND, OF_TRADE
from tests.simulation.run import run
from tests.simulation.shrink import shrunk
from tests.simulation.steps import WEIGHTS, Schedule, drawn, load, save

#: Seeds in whose schedules every action is done and answered.
_EVERY_ACTION = range(900, 912)
#: The first six have all of them; the others are for the day when the dice fall otherwise.
_EVERY_TRADE_ACTION = (954, 957, 952, 998, 958, 955, *range(960, 990))
_OF_TRADE = frozenset().union(*OF_TRADE.values()) - frozenset().union(*OF_KIND.values())
#: Drawn, but so much must come together first that a few dozen schedules need not get there.
_RARE = frozenset({"exchange_unit", "propose_refund", "settle_shipment"})


@pytest.mark.timeout(300)
def test_a_seed_gives_the_same_run_in_every_process():
    schedule = drawn(7, 20, 25)
    here = run(schedule).digest
    assert run(schedule).digest == here
    code = "from tests.simulation import run, steps; print(run.run(steps.drawn(7, 20, 25)).digest)"
    other = os.environ | {"PYTHONHASHSEED": "5"}
    done = subprocess.run([sys.executable, "-c", code], env=other, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == here


def test_other_seeds_go_otherwise():
    assert run(drawn(7, 20, 25)).digest != run(drawn(8, 20, 25)).digest


@pytest.mark.timeout(300)
def test_a_failing_schedule_shrinks_and_is_replayed_from_its_file(tmp_path, capsys):
    schedule = drawn(0, 20, 30, {"act": 10, "sync": 8, "desk": 2, "poison": 2})
    with plants.parked_is_dropped():
        found = run(schedule)
        small = shrunk(found, seconds=10)
        assert "lost" in small.classes
        assert len(small.schedule.steps) < len(schedule.steps)
        save(small.schedule, tmp_path / "small.json", small.failures)
        assert load(tmp_path / "small.json") == small.schedule
        assert main(["--replay", str(tmp_path / "small.json"), "--keep", str(tmp_path)]) == 1
    assert "lost" in capsys.readouterr().out
    assert main(["--replay", str(tmp_path / "small.json")]) == 0


def test_an_empty_schedule_finds_nothing():
    assert run(Schedule(1, ())).failures == []


@pytest.mark.timeout(300)
def test_the_tally_is_printed(tmp_path, capsys):
    assert main(["--seeds", "2", "--from", "900", "--jobs", "2", "--keep", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "schedules 2" in said
    assert "lost 0, doubled 0, stuck 0, divergent 0" in said


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_action_is_done_and_answered():
    tally = Counter()
    for seed in _EVERY_ACTION:
        tally += run(drawn(seed, weights={"act": 50, "sync": 22, "desk": 6, "poison": 1})).tally
        if all(tally[f"answered {name}"] for name in ACTIONS.keys() - _OF_TRADE):
            break
    assert frozenset(ACTIONS) == ALL
    assert [name for name in sorted(ACTIONS.keys() - _OF_TRADE) if not tally[f"answered {name}"]] == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_action_of_the_trade_is_done_and_answered():
    tally = Counter()
    for seed in _EVERY_TRADE_ACTION:
        done = run(drawn(seed, 100, 140, {"trade": 70, "act": 25, "sync": 30}))
        assert done.failures == []
        tally += done.tally
        if all(tally[f"answered {name}"] for name in _OF_TRADE - _RARE):
            break
    assert [name for name in sorted(_OF_TRADE - _RARE) if not tally[f"answered {name}"]] == []


def test_every_kind_of_step_is_drawn():
    kinds = {step.kind for seed in range(120) for step in drawn(seed).steps}
    assert kinds == set(WEIGHTS)
