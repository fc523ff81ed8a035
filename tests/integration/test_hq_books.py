"""HQ's books beside the inbox and the trade: what waits, the feed's counters, photos; planted damage is found."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, insert, text, update

from core.rows.sync import ParkedOperation
from core.work_order import State
from hq.books import prove
from hq.store.schema import TABLES, blocked, feed_row, scope_counter
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Device, Hq, with_sample
from tests.integration.test_sync_hq import photo

CONTENT = b"a label" * 20_000


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Hq]:
    """One operation is applied, one waits, one photo is here."""
    with with_sample(tmp_path / "hq") as hq:
        device = Device(tmp_path / "device", hq)
        device.syncer.sync_once()
        device.act("accept_order")
        photo(device, CONTENT)
        device.syncer.sync_once()
        hq.put(kit.order(version=1, station_id=kit.named("elsewhere"), state=State.CLOSED))
        device.act("start_work")
        device.syncer.sync_once()
        device.close()
        yield hq


def found(hq: Hq) -> set[tuple[str, str]]:
    report = prove(hq.store, hq.folder / "blobs", thorough=True)
    return {(problem["check"], problem["what"]) for problem in report.problems}


def test_all_is_right_and_counted(hq: Hq) -> None:
    report = prove(hq.store, hq.folder / "blobs", thorough=True)
    assert report.problems == ()
    assert (report.counts["waiting"], report.counts["photos"]) == (1, 1)


def run(statement: object) -> Callable[[Connection], object]:
    return lambda connection: connection.execute(statement)  # type: ignore[call-overload]


_PARKED = TABLES[ParkedOperation]
_NOBODYS = {"branch_id": kit.BRANCH, "device_id": "d", "entity": "e", "row_id": "r", "epoch": 1, "n": 1, "op_id": "o"}
DAMAGE: dict[str, tuple[tuple[str, str], Callable[[Connection], object]]] = {
    "hidden": (("waiting", "waits, and nobody is shown it"), run(update(_PARKED).values(state="resolved"))),
    "held for nothing": (("waiting", "holds others back, and does not wait"), run(insert(blocked).values(_NOBODYS))),
    "not waiting": (
        ("waiting", "is shown as waiting, and does not wait"),
        run(text("UPDATE inbox SET outcome = 'applied', answer = json_set(answer, '$.outcome', 'applied')")),
    ),
    "a line lost": (("feed", "not in the feed"), run(delete(feed_row).where(feed_row.c.entity == "work_order"))),
    "a line twice": (
        ("feed", "has two lines at one number"),
        run(update(feed_row).where(feed_row.c.scope == kit.SCOPE).values(seq=1)),
    ),
    "the horizon": (
        ("feed", "has its horizon at 999, its counter says 1"),
        run(update(scope_counter).where(scope_counter.c.scope == kit.SCOPE).values(horizon=999, seq=1)),
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_in_the_database_is_found(hq: Hq, name: str) -> None:
    wanted, plant = DAMAGE[name]
    with hq.store.writing() as connection:
        plant(connection)
    assert wanted in found(hq)


def shortened(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def changed(file: Path) -> None:
    file.write_bytes(b"A" + file.read_bytes()[1:])


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (Path.unlink, "its file is gone"),
        (shortened, f"has {len(CONTENT) - 1} bytes of {len(CONTENT)}"),
        (changed, "is not what was sent"),
    ],
)
def test_damage_to_a_photo_is_found(hq: Hq, damage: Callable[[Path], None], said: str) -> None:
    name = hashlib.sha256(CONTENT).hexdigest()
    damage(hq.folder / "blobs" / name[:2] / name)
    assert ("photos", said) in found(hq)
