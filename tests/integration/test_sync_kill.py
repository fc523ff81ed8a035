"""A station's process is killed at any moment of working and syncing: nothing is lost, nothing is doubled."""

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app.offline_db.schema import operation
from core.operations.kernel import decode_operation
from core.operations.operation import GENESIS
from core.rows.orders import Note, TimelineEntry
from hq.store.schema import inbox
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Device, Hq, with_sample

ROOT = Path(__file__).resolve().parents[2]
KILLS = 6


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Hq]:
    with with_sample(tmp_path / "hq") as hq:
        yield hq


def killed_after(profile: Path, url: str, notes: int, extra: float) -> list[str]:
    """Run the victim until it has told of so many notes and a random moment more; returns the notes it told of."""
    command = [sys.executable, "-m", "tests.integration.sync_victim", str(profile), url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        told = [victim.stdout.readline().strip() for _ in range(notes)]
        try:
            victim.wait(extra)
        except subprocess.TimeoutExpired:
            victim.kill()
        told += [line.strip() for line in victim.stdout if line.endswith("\n")]
    assert victim.returncode == -9
    return told


@pytest.mark.slow
def test_killed_at_any_moment(hq: Hq, tmp_path: Path) -> None:
    device = Device(tmp_path / "device", hq)
    device.syncer.sync_once()
    folder = device.profile.path
    device.close()
    moments = random.Random(7)
    told: set[str] = set()
    for _ in range(KILLS):
        told |= set(killed_after(folder, hq.url, moments.randint(1, 12), moments.uniform(0, 0.05)))
    after = Device(folder, hq)
    assert after.syncer.sync_once().pending == 0
    made = [decode_operation(found["body"]) for found in kit.stored(after.store)]
    assert told <= {one.id for one in made}, "what a person was told is done is there"
    assert [one.n for one in made] == list(range(1, len(made) + 1))
    prev = GENESIS
    for found, one in zip(kit.stored(after.store), made, strict=True):
        assert one.prev == prev
        prev = found["hash"]
    with after.store.reading() as rows:
        assert len(rows.find(Note)) == len(rows.find(TimelineEntry)) == len(made)
        assert all(note.version == 1 for note in rows.find(Note))
        outcomes = rows.connection.execute(select(operation.c.outcome).distinct()).scalars().all()
        assert set(outcomes) <= {"applied", "merged"}
    with hq.store.reading() as connection:
        assert sorted(connection.execute(select(inbox.c.op_id)).scalars()) == sorted(one.id for one in made)
    with after.store.reading() as rows:
        assert sorted(note.text for note in rows.find(Note)) == sorted(_texts(hq))
    assert kit.SCOPE in after.sync_store.cursors()
    after.close()


def _texts(hq: Hq) -> list[str]:
    with hq.store.reading() as connection:
        return list(connection.execute(select(hq.store.tables[Note].c.text)).scalars())
