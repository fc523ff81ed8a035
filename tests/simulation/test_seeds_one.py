"""A fixed list of schedules, first half: nothing is lost, doubled, stuck or divergent, and the books are right."""

import pytest

from tests.simulation.seeds import groups, nothing_is_wrong


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seeds", groups(0), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_nothing_is_lost_doubled_stuck_or_divergent(seeds):
    tally = nothing_is_wrong(seeds)
    assert tally["requests"]
