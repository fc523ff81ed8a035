"""Starts programs in the background for a demonstration, finds them again, and ends only those that are ours."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_children: dict[int, subprocess.Popen[bytes]] = {}  # what this process started and has not seen end


@dataclass(frozen=True)
class Record:
    """A program that runs in the background: its process, when the system started it, and its port (0: none)."""

    pid: int
    started: str
    port: int = 0

    @property
    def alive(self) -> bool:
        """Tell whether this very process still runs, and not another one that got its number."""
        return bool(self.started) and started_at(self.pid) == self.started


def started_at(pid: int) -> str:
    """Return when a process was started, in the system's own words; empty when there is none."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.exists():
        fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    if Path("/proc/self").exists() or sys.platform == "win32":
        return ""
    shown = subprocess.run(["ps", "-p", str(pid), "-o", "lstart="], capture_output=True, text=True, check=False)
    return shown.stdout.strip()


def read(file: Path) -> Record | None:
    """Return a record; None when there is none, when it cannot be read or when the process is gone."""
    try:
        record = Record(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return record if record.alive else None


def start(command: Sequence[str], file: Path, log: Path, env: Mapping[str, str], port: int = 0) -> Record:
    """Start a program that outlives us, its output in a log, its record in a file."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            list(command), stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=dict(env), start_new_session=True
        )
    _children[process.pid] = process
    record = Record(process.pid, started_at(process.pid), port)
    file.write_text(json.dumps(asdict(record)), encoding="utf-8")
    return record


def stop(file: Path, patience_s: float = 10.0) -> bool:
    """End a recorded program: asked first, ended after `patience_s`; tells whether one ran."""
    record = read(file)
    if record is not None:
        os.kill(record.pid, signal.SIGTERM)
        if not wait_for(lambda: not record.alive, patience_s):
            os.kill(record.pid, signal.SIGKILL)
            wait_for(lambda: not record.alive, patience_s)
    file.unlink(missing_ok=True)
    return record is not None


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Ask again until it holds or the time is over; tells whether it holds."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        _reap()
        time.sleep(0.1)
    return True


def ended_with(record: Record) -> int:
    """Wait until a program that this process started ends; returns its exit code."""
    return _children.pop(record.pid).wait()


def _reap() -> None:
    """Collect children of ours that ended, so that they do not look alive."""
    for pid in [pid for pid, child in _children.items() if child.poll() is not None]:
        del _children[pid]
