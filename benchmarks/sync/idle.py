"""What a sync with nothing to do costs: one hello, beside one bare GET to the same server.

python -m benchmarks.sync.idle [--rounds N]
"""

import argparse
import statistics
import time
from collections.abc import Callable

import requests

from benchmarks.sync.beside import KEPT, Peers
from benchmarks.sync.push_ground import sender, serving
from benchmarks.table import Line, as_markdown

ROUNDS = 400
_WARM = 20
GOAL = 1.2


def measure(rounds: int = ROUNDS, peers: Peers = KEPT) -> list[Line]:
    """By turns, so that both meet the same machine; medians."""
    with serving(1) as server, sender(server) as device, requests.Session() as session:
        session.trust_env = False

        def get() -> None:
            session.get(f"{server.url}/v1/health", timeout=5).raise_for_status()

        idle, bare = _by_turns(device.syncer.sync_once, get, rounds)
    ratio = idle / bare
    others = f"{peers.anki.idle_ms:.2f} ms, {peers.pouchdb.idle_ms:.1f} ms"
    return [
        Line(
            "idle sync beside one bare GET",
            f"{ratio:.2f} × ({idle:.2f} of {bare:.2f} ms)",
            f"≤ {GOAL} ×",
            ratio <= GOAL,
        ),
        Line(f"idle sync of Anki, of PouchDB{peers.note}", others),
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
