"""Schedules: small explicit steps drawn by a seed; each has its own dice, so that it runs without the others too."""

import json
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

#: How often each kind of step is drawn.
WEIGHTS = {
    "act": 38,
    "trade": 14,
    "sync": 14,
    "sync_on_bad_line": 12,
    "desk": 7,
    "time": 6,
    "look": 2,
    "late": 4,
    "crash": 5,
    "power_cut": 1,
    "partition": 2,
    "clock": 1.5,
    "disk": 1.5,
    "backup": 1.2,
    "restore": 0.7,
    "clone": 0.4,
    "destroy": 0.15,
    "hq_image": 1.2,
    "hq_restore": 0.6,
    "poison": 1,
    "revoke_person": 0.4,
    "revoke_device": 0.15,
    "prune": 1,
    "pull_while_hq_writes": 2.5,
}


class Step(NamedTuple):
    """What happens, at which device (counted round), with which dice."""

    kind: str
    who: int
    seed: int


class Schedule(NamedTuple):
    """A seed's steps, or what is left of them."""

    seed: int
    steps: tuple[Step, ...]


def drawn(seed: int, least: int = 40, most: int = 68, weights: Mapping[str, float] = WEIGHTS) -> Schedule:
    """The schedule of a seed."""
    dice = random.Random(seed)
    kinds = dice.choices(list(weights), list(weights.values()), k=dice.randint(least, most))
    return Schedule(seed, tuple(Step(kind, dice.randrange(60), dice.randrange(2**32)) for kind in kinds))


def save(schedule: Schedule, file: Path, why: Iterable[str] = ()) -> None:
    """Keep a schedule as JSON, with what it found."""
    content = {"seed": schedule.seed, "found": list(why), "steps": [list(step) for step in schedule.steps]}
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def load(file: Path) -> Schedule:
    """A kept schedule."""
    content = json.loads(file.read_text(encoding="utf-8"))
    return Schedule(content["seed"], tuple(Step(*step) for step in content["steps"]))
