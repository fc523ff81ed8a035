"""Making a failing schedule small: steps are taken out as long as what is left still fails in the same way."""

import time
from collections.abc import Callable, Sequence

from tests.simulation.run import Result, run
from tests.simulation.steps import Schedule, Step


def shrunk(found: Result, seconds: float = 120.0, told: Callable[[str], None] = lambda _: None) -> Result:
    """The smallest schedule found in ``seconds`` with a failure of one of the same classes (delta debugging)."""
    until = time.monotonic() + seconds
    best, parts = found, 2
    while len(best.schedule.steps) > 1 and time.monotonic() < until:
        smaller = _without_a_part(best, parts, found.classes, until)
        if smaller is not None:
            best, parts = smaller, max(parts - 1, 2)
            told(f"{len(best.schedule.steps)} steps")
        elif parts >= len(best.schedule.steps):
            break
        else:
            parts = min(parts * 2, len(best.schedule.steps))
    return best


def _without_a_part(best: Result, parts: int, classes: set[str], until: float) -> Result | None:
    steps = best.schedule.steps
    size = -(-len(steps) // parts)
    for begin in range(0, len(steps), size):
        if time.monotonic() >= until:
            return None
        tried = run(Schedule(best.schedule.seed, _left(steps, begin, begin + size)))
        if tried.classes & classes:
            return tried
    return None


def _left(steps: Sequence[Step], begin: int, end: int) -> tuple[Step, ...]:
    return (*steps[:begin], *steps[end:])
