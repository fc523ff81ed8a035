"""Mistakes planted into the real code are caught within a few seeds, each as the failure that it is."""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import NamedTuple

import pytest

from tests.simulation import plants
from tests.simulation.plants import Plant
from tests.simulation.run import Result, run
from tests.simulation.steps import Schedule, drawn

#: So many seeds at most are tried, beginning with one that is known to show it.
_TRIES = 8
_WORK: Mapping[str, float] = {"act": 10, "sync": 8, "desk": 2}
_TWINS: Mapping[str, float] = {"clone": 2, "backup": 2, "restore": 2}


class Case(NamedTuple):
    """A plant, how it fails, the seed to begin with, and what its short schedules are made of."""

    plant: Plant
    fails: str
    seed: int
    more: Mapping[str, float]

    def schedule(self, number: int) -> Schedule:
        """The schedule of a try."""
        return drawn(self.seed + number, 20, 30, {**_WORK, **self.more})


CASES = [
    Case(plants.station_not_synchronous, "lost", 2, {"power_cut": 3}),
    Case(plants.hq_not_synchronous, "divergent", 0, {"power_cut": 6}),
    Case(plants.cursor_apart, "divergent", 0, {"crash": 8, "desk": 4}),
    Case(plants.answer_stored_apart, "doubled", 7, {"act": 14, "crash": 12, "sync": 2, "desk": 0}),
    Case(plants.bare_sequence, "divergent", 0, {"pull_while_hq_writes": 4}),
    Case(plants.number_used_again, "lost", 0, _TWINS),
    Case(
        plants.new_ids_when_numbered_anew, "doubled", 2, {"sync_on_bad_line": 8, "clone": 2, "backup": 2, "restore": 2}
    ),
    Case(plants.parked_is_dropped, "lost", 0, {"poison": 2}),
    Case(plants.answered_is_dropped, "lost", 0, {"hq_image": 2, "hq_restore": 2}),
    Case(plants.no_shadow, "divergent", 0, {"desk": 6}),
    Case(plants.photo_queued_apart, "lost", 2, {"crash": 14, "sync": 0, "desk": 0}),
    Case(plants.page_applied_again, "divergent", 15, {"desk": 6}),
]


def _first_to_fail(case: Case, *, planted: bool) -> Result | None:
    for number in range(_TRIES):
        with case.plant() if planted else nullcontext():
            result = run(case.schedule(number))
        if case.fails in result.classes:
            return result
    return None


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.plant.__name__)
def test_a_planted_mistake_is_caught(case):
    result = _first_to_fail(case, planted=True)
    assert result is not None, f"{case.plant.__doc__} was not noticed"


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.plant.__name__)
def test_the_same_schedule_passes_without_it(case):
    assert run(case.schedule(0)).failures == []
