"""What a sync with nothing to do costs: one hello, beside one bare GET to the same server.

python -m benchmarks.sync.idle [--rounds N]
"""

import argparse
import statistics
import time
from collections.abc import Callable

import requests

from benchmarks.sync.push_ground import sender, serving
from benchmarks.table import Line, as_markdown

ROUNDS = 400
_WARM = 20
#: Measured with the peers on a machine of this kind.
ANKI_MS, POUCHDB_MS = 0.74, 9.6
GOAL = 1.2


def measure(rounds: int = ROUNDS) -> list[Line]:
    """By turns, so that both meet the same machine; medians."""
    with serving(1) as server, sender(server) as device, requests.Session() as session:
        session.trust_env = False

        def get() -> None:
            session.get(f"{server.url}/v1/health", timeout=5).raise_for_status()

        idle, bare = _by_turns(device.syncer.sync_once, get, rounds)
    ratio = idle / bare
    return [
        Line("idle sync", f"{idle:.2f} ms", f"≤ {GOAL} × a bare GET: {ratio:.2f} ×", ratio <= GOAL),
        Line("one bare GET of requests", f"{bare:.2f} ms"),
        Line("idle sync of Anki, of PouchDB (measured before)", f"{ANKI_MS} ms, {POUCHDB_MS} ms"),
    ]


def _by_turns(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[float, float]:
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds + _WARM):
        for what, found in zip((first, second), times, strict=True):
            began = time.perf_counter()
            what()
            if turn >= _WARM:
                found.append((time.perf_counter() - began) * 1000)
    return statistics.median(times[0]), statistics.median(times[1])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sync.idle", description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    print(as_markdown(measure(parser.parse_args().rounds)))


if __name__ == "__main__":
    main()
