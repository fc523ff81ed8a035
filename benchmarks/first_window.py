"""Time from starting the process to the first painted screen: a technician's orders beside a bare PySide6 window."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.ground import Ground
from benchmarks.table import Line

LIMIT_SECONDS = 0.7
LOGIN = "liwei"
ROUNDS = 7
_MOST_SECONDS = 60


class Start(NamedTuple):
    """One start: seconds until the first paint, and seconds of processor time it took."""

    wall: float
    cpu: float


def measure(ground: Ground) -> list[Line]:
    """Alternate fresh processes of both kinds; the first of each only warms the disk's cache."""
    _log_in(ground.station)
    found: dict[str, list[Start]] = {"bare": [], "ours": []}
    for _ in range(ROUNDS + 1):
        for kind, starts in found.items():
            starts.append(_start(kind, ground.station))
    bare, ours = (_median(starts[1:]) for starts in found.values())
    extra = ours.wall - bare.wall
    return [
        Line("first window: bare PySide6", f"{bare.wall:.2f} s (CPU {bare.cpu:.2f} s)"),
        Line("first window: 50,000 orders", f"{ours.wall:.2f} s (CPU {ours.cpu:.2f} s), {ours.wall / bare.wall:.1f} ×"),
        Line(
            "first window: ours less bare",
            f"{extra:.2f} s (CPU {ours.cpu - bare.cpu:.2f} s)",
            f"≤ {LIMIT_SECONDS} s",
            met=extra <= LIMIT_SECONDS,
        ),
    ]


def _log_in(profile: Path) -> None:
    """The technician logs in as by ``fixpoint login``; the window goes on in that session."""
    from app.bootstrap import open_station
    from app.offline_db.profile import Profile
    from benchmarks.ways import WAYS
    from core.rows.people import Person

    station = open_station(Profile(profile), WAYS, log_name="command")
    with station.store.reading() as rows:
        person = rows.find(Person, login=LOGIN)[0]
    station.sessions.begin(person.id)
    station.close()


def _median(starts: list[Start]) -> Start:
    return Start(*(statistics.median(one) for one in zip(*starts, strict=True)))


def _start(kind: str, profile: Path) -> Start:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"QT_QPA_PLATFORM": "offscreen", "LANG": "zh_CN.UTF-8"}
    began = time.monotonic()  # the same clock for all processes
    command = [sys.executable, "-m", "benchmarks.starting", kind, str(profile)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_MOST_SECONDS, check=True)
    painted, cpu = map(float, done.stdout.split())
    return Start(painted - began, cpu)
