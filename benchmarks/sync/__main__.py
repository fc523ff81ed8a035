"""``make bench-sync``: sync against peers and limits in one run, with the machine's load, as one table.

    python -m benchmarks.sync [--only pull push …] [--record] [--without-peers] [--small]

``--record`` writes the table into docs/benchmarks.md; ``--small`` shows in few minutes that every line works. The
first whole run fills HQ's database for ten million units (below build/bench-sync, some 4 GB); later ones begin with it.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.report import DOCUMENT, conditions, record
from benchmarks.sync import beside, first_start, idle, peers, pull, push, registry
from benchmarks.sync.beside import KEPT, Peers
from benchmarks.table import Line, as_markdown

KEEP = Path("build/bench-sync")


class Sizes(NamedTuple):
    """How much is measured."""

    rows: int = pull.ROWS
    operations: int = push.OPERATIONS
    rounds: int = idle.ROUNDS
    units: int = 1_000_000  # of a first start
    registry: int = 10_000_000


SMALL = Sizes(rows=5_000, operations=500, rounds=50, units=30_000, registry=50_000)

_PARTS: Mapping[str, Callable[[Sizes, Peers], list[Line]]] = {
    "pull": lambda sizes, found: pull.measure(sizes.rows, peers=found),
    "push": lambda sizes, found: push.measure(sizes.operations, found),
    "idle": lambda sizes, found: idle.measure(sizes.rounds, found),
    "first_start": lambda sizes, _: first_start.measure(sizes.units),
    "registry": lambda sizes, _: registry.measure(sizes.registry, ("sqlite",), keep=KEEP),
}
_WITH_PEERS = {"pull", "push", "idle"}


def main() -> int:
    """Run what is asked for; 1 when a goal was missed."""
    options = _options()
    began, load = time.monotonic(), os.getloadavg()[0]
    sizes = SMALL if options.small else Sizes()
    notes = [f"Small sizes: {sizes}. Ratios of so little work say little."] if options.small else []
    KEEP.mkdir(parents=True, exist_ok=True)
    wanted = not options.without_peers and not _WITH_PEERS.isdisjoint(options.only)
    found = _peers(sizes, notes) if wanted else KEPT
    lines: list[Line] = []
    for name in options.only:
        print(f"{name} … (load {os.getloadavg()[0]:.1f}, {time.monotonic() - began:.0f} s)", flush=True)
        lines += _PARTS[name](sizes, found)
    lines.sort(key=lambda line: line.met is None)  # ratios and goals first
    told = " ".join([conditions(load, time.monotonic() - began), *notes])
    text = f"{told}\n\n{as_markdown(lines)}\n"
    print(f"\n{text}")
    if options.record:
        record(text, "sync run")
    return int(any(line.met is False for line in lines))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sync", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", nargs="+", choices=list(_PARTS), default=list(_PARTS))
    parser.add_argument("--record", action="store_true", help=f"write the table into {DOCUMENT}")
    parser.add_argument("--without-peers", action="store_true", help="compare with the peers' kept figures")
    parser.add_argument("--small", action="store_true", help="little of everything, to see that it works")
    return parser.parse_args()


def _peers(sizes: Sizes, notes: list[str]) -> Peers:
    """The peers' figures of this run; kept ones when they are not installed."""
    if peers.are_installed():
        return beside.measured(sizes.rows, sizes.operations)
    how = "The peers are not installed (python -m benchmarks.sync.peers.install): kept figures stand for them."
    print(how, flush=True)
    notes.append(how)
    return KEPT


if __name__ == "__main__":
    sys.exit(main())
