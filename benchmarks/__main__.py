"""``make bench``: all measurements in one run, with the machine's load, as one table.

    python -m benchmarks [--only first_window pull_blocks …] [--record]

``--record`` writes the table into docs/benchmarks.md.
"""

import argparse
import importlib
import os
import sys
import time

from benchmarks.ground import Ground
from benchmarks.report import DOCUMENT, conditions, record
from benchmarks.table import Line, as_markdown

#: The window's own measurement comes last: its process then carries what the others have loaded.
BENCHES = ("first_window", "lists", "picture_verdict", "pull_blocks")


def main() -> int:
    """Run what is asked for; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only", nargs="+", choices=BENCHES, default=BENCHES)
    parser.add_argument("--record", action="store_true", help=f"write the table into {DOCUMENT}")
    options = parser.parse_args()
    began, load = time.monotonic(), os.getloadavg()[0]
    ground = Ground()
    if not ground.is_there:
        print("Building a station with 50,000 orders (once) …", flush=True)
        ground.build()
    lines: list[Line] = []
    for name in options.only:
        print(f"{name} …", flush=True)
        lines += importlib.import_module(f"benchmarks.{name}").measure(ground)
    text = f"{conditions(load, time.monotonic() - began)}\n\n{as_markdown(lines)}\n"
    print(f"\n{text}")
    if options.record:
        record(text, "run")
    return int(any(line.met is False for line in lines))


if __name__ == "__main__":
    sys.exit(main())
