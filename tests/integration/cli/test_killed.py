"""``fixpoint sync`` killed at any moment against a real HQ: every operation arrives once, and both ends count alike."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.integration.test_one_order import Desk, Headquarters, hq

__all__ = ["hq"]
ROOT = Path(__file__).resolve().parents[3]
SHARES = (0.4, 0.55, 0.65, 0.75, 0.82, 0.9, 0.95)
"""Of the time one whole ``fixpoint sync`` takes here: starting, opening, then pushing and pulling near the end."""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def killed_sync(station: Desk, after: float) -> int:
    """Begin to sync and kill the process so many seconds later; its exit code."""
    command = [sys.executable, "-m", "app", "--data", str(station.data), "--json", "sync"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            return process.wait(after)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.returncode


def test_a_sync_killed_at_any_moment_loses_and_doubles_nothing(hq: Headquarters, tmp_path: Path) -> None:
    hq("init", "--sample", "--orders", "10", "--units", "600")
    hq.start()
    station = hq.device("SZ01", tmp_path / "station", "liwei")
    order = station("orders")["orders"][0]["number"]
    written = ["first"]
    station.act("add_note", order, text="first")
    began = time.monotonic()
    assert killed_sync(station, after=60) == 0
    whole, codes = time.monotonic() - began, []
    for share in SHARES:
        for part in range(3):
            written.append(f"{share}.{part}")
            station.act("add_note", order, text=written[-1])
        codes.append(killed_sync(station, share * whole))
    assert station("sync")["pending"] == 0
    assert codes[0] == -9
    notes = [note["text"] for note in station("order", order)["notes"] if note["text"] in written]
    assert sorted(notes) == sorted(written)
    checked = hq("check")
    assert checked["ok"], checked
    assert checked["operations"] == station("doctor")["last_n"] == len(written)
    assert station("doctor")["ok"]
