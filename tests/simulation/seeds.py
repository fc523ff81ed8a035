"""Running a fixed list of seeds: the part of the simulation that belongs to every `make test`."""

import os
from collections import Counter

from tests.simulation.run import run
from tests.simulation.steps import drawn

SEEDS = int(os.environ.get("FIXPOINT_SEEDS", "100"))
#: Schedules of one test; files and tests of the list.
AT_ONCE = 5
FILES = 2


def groups(file: int) -> list[range]:
    """The seeds of a file, in groups of one test each."""
    begins = range(file * AT_ONCE, SEEDS, FILES * AT_ONCE)
    return [range(begin, min(begin + AT_ONCE, SEEDS)) for begin in begins]


def nothing_is_wrong(seeds: range) -> Counter[str]:
    """Run the seeds; fails with how to see and shrink the first that finds something. Returns what happened."""
    tally: Counter[str] = Counter()
    for seed in seeds:
        result = run(drawn(seed))
        tally += result.tally
        shown = "\n".join(result.failures[:5])
        assert not result.failures, f"python -m tests.simulation --seed {seed}\n{shown}"
    return tally
