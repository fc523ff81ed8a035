"""How long the write lock of a database can't be had: asked from a process of its own, once a millisecond.

    python -m benchmarks.sync.write_lock FILE KEY

watches until its input ends, then prints the stretches in milliseconds as JSON. An upper bound: a stretch ends with
the first attempt that succeeds. ``KEY`` is hex, or empty for an ordinary database.
"""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlcipher3.dbapi2 as driver

_EVERY_S = 0.001


class Watch:
    """Watches a database while it is entered; ``milliseconds`` are there afterwards."""

    def __init__(self, file: Path, key: bytes | None) -> None:
        """Nothing is started yet."""
        self._command = [sys.executable, "-m", "benchmarks.sync.write_lock", str(file), key.hex() if key else ""]
        self.milliseconds: list[float] = []

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._process.stdout.readline()  # it watches
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        told, _ = self._process.communicate()
        self.milliseconds = json.loads(told)


def watch(raw: Any, stopped: threading.Event) -> list[float]:
    """Try to take the lock, give it back at once, and note for how long it could not be taken."""
    held: list[float] = []
    since: float | None = None
    while not stopped.wait(_EVERY_S):
        now = time.perf_counter()
        try:
            raw.execute("BEGIN IMMEDIATE")
        except driver.OperationalError:
            since = since or now
        else:
            raw.execute("ROLLBACK")
            if since is not None:
                held.append((time.perf_counter() - since) * 1000)
            since = None
    return held


def main() -> None:
    """Watch until the input ends."""
    file, key = sys.argv[1:]
    raw = driver.connect(file, timeout=0, isolation_level=None, check_same_thread=False)
    if key:
        raw.execute(f"PRAGMA key = \"x'{key}'\"")
    raw.execute("PRAGMA busy_timeout = 0")
    raw.execute("SELECT count(*) FROM sqlite_master").fetchall()
    stopped = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stopped.set()), daemon=True).start()
    print("watching", flush=True)
    print(json.dumps(watch(raw, stopped)))
    raw.close()


if __name__ == "__main__":
    main()
