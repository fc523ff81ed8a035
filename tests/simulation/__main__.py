"""Simulate from the command line: one seed, a kept schedule, or thousands with a tally."""

import argparse
import multiprocessing
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from tests.memory import CHOSEN, memory_folder
from tests.simulation.run import Result, of_seed, run
from tests.simulation.shrink import shrunk
from tests.simulation.steps import Schedule, drawn, load, save

_MOST_SHOWN = 10
_EVERY_SECONDS = 20.0
_CLASSES = ("lost", "doubled", "stuck", "divergent", "books", "defect")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _results(seeds: range, jobs: int) -> Iterator[Result]:
    if jobs == 1:
        yield from map(of_seed, seeds)
        return
    folder = memory_folder("fixpoint-sim-jobs-")  # workers are ended without a word: what they leave lies here
    try:
        with (
            mock.patch.dict(os.environ, {CHOSEN: str(folder)}),
            multiprocessing.get_context("spawn").Pool(jobs) as pool,
        ):
            yield from pool.imap_unordered(of_seed, seeds, chunksize=4)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _many(seeds: range, jobs: int, keep: Path) -> int:
    """Run them all, print the tally and keep what failed; returns an exit code."""
    began = told = time.monotonic()
    tally: Counter[str] = Counter()
    classes: Counter[str] = Counter()
    failed: list[Result] = []
    for number, result in enumerate(_results(seeds, jobs), 1):
        tally += result.tally
        tally["steps"] += len(result.schedule.steps)
        classes.update(result.classes)
        if result.failures:
            failed.append(result)
            _say(f"seed {result.schedule.seed}: {'; '.join(result.failures[:3])}")
        if time.monotonic() - told > _EVERY_SECONDS:
            told = time.monotonic()
            _say(f"… {number} of {len(seeds)} schedules, {len(failed)} failed, {told - began:.0f} s")
    _print_tally(len(seeds), tally, classes, time.monotonic() - began)
    for result in failed[:_MOST_SHOWN]:
        _keep(result, keep)
    return 1 if failed else 0


def _print_tally(count: int, tally: Counter[str], classes: Counter[str], seconds: float) -> None:
    _say(f"schedules {count}; steps {tally['steps']}; operations {tally['operations']}; requests {tally['requests']}")
    for begin in ("did ", "answered ", "refused ", "outcome ", "sync ", "step "):
        some = {name.removeprefix(begin): n for name, n in sorted(tally.items()) if name.startswith(begin)}
        _say(f"{begin.strip()}: " + ", ".join(f"{name} {n}" for name, n in some.items()))
    named = ("did ", "answered ", "refused ", "outcome ", "sync ", "step ")
    rest = {name: n for name, n in sorted(tally.items()) if not name.startswith(named)}
    _say("faults and events: " + ", ".join(f"{name} {n}" for name, n in rest.items()))
    _say("failed: " + ", ".join(f"{name} {classes[name]}" for name in _CLASSES) + f"; {seconds:.0f} s")


def _keep(result: Result, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"seed-{result.schedule.seed}.json"
    save(result.schedule, file, result.failures)
    _say(f"kept: python -m tests.simulation --replay {file}")
    return file


def _one(schedule: Schedule, keep: Path, shrink_seconds: float) -> int:
    result = run(schedule)
    for failure in result.failures:
        _say(failure)
    if not result.failures:
        _say(f"nothing wrong; {len(schedule.steps)} steps, {result.seconds:.2f} s, {result.digest}")
        return 0
    small = shrunk(result, shrink_seconds, _say) if shrink_seconds else result
    for step in small.schedule.steps:
        _say(f"  {step.kind} {step.who} {step.seed}")
    for failure in small.failures:
        _say(failure)
    _keep(small, keep)
    return 1


def main(arguments: list[str] | None = None) -> int:
    """Read the command line; 0: nothing lost, doubled, stuck or divergent."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="run the schedule of this seed; shrink it when it fails")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="run a kept schedule")
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds")
    parser.add_argument("--from", type=int, default=0, dest="begin", help="the first seed")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--shrink", type=float, default=120.0, metavar="SECONDS", help="how long to shrink; 0: not")
    parser.add_argument("--keep", type=Path, default=Path("build/simulation"), help="where failing schedules are kept")
    chosen = parser.parse_args(arguments)
    if chosen.replay:
        return _one(load(chosen.replay), chosen.keep, 0)
    if chosen.seed is not None:
        return _one(drawn(chosen.seed), chosen.keep, chosen.shrink)
    return _many(range(chosen.begin, chosen.begin + chosen.seeds), chosen.jobs, chosen.keep)


if __name__ == "__main__":
    sys.exit(main())
