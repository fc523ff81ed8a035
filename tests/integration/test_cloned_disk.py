"""One disk copied to a second machine: both work on under one identity, nothing is lost or doubled, HQ tells of it."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.offline_db.engine import writing
from core.rows.orders import Note, WorkOrder
from core.work_order import State
from hq.books import prove
from hq.books.warnings import FORKS, devices, forking, warnings
from hq.cli.main import main
from hq.store.schema import device_epoch, inbox
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Device, Hq, now, with_sample

ROUNDS = 8


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Hq]:
    with with_sample(tmp_path / "hq") as hq:
        yield hq


@pytest.fixture
def machines(hq: Hq, tmp_path: Path) -> Iterator[tuple[Device, Device]]:
    """A device with unsent work, and the same once more from a copy of its folder."""
    first = Device(tmp_path / "first", hq)
    first.syncer.sync_once()
    first.act("add_note", text="sent before")
    first.syncer.sync_once()
    first.act("add_note", text="unsent when copied")
    with writing(first.store.engine) as connection:
        connection.exec_driver_sql("SELECT 1")
    first.close()
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    one, other = Device(tmp_path / "first", hq), Device(tmp_path / "second", hq)
    assert one.sync_store.identity().id == other.sync_store.identity().id
    yield one, other
    one.close()
    other.close()


def notes(device: Device) -> list[str]:
    with device.store.reading() as rows:
        return sorted(note.text for note in rows.find(Note))


def received(hq: Hq) -> list[tuple[int, str | None, str | None]]:
    with hq.store.reading() as connection:
        found = connection.execute(select(inbox.c.n, inbox.c.op_id, inbox.c.repeats).order_by(inbox.c.n)).all()
    return [(one.n, one.op_id, one.repeats) for one in found]


def test_two_machines_with_one_identity_lose_and_double_nothing(hq: Hq, machines: tuple[Device, Device]) -> None:
    made = ["sent before", "unsent when copied"]
    for turn in range(ROUNDS):
        machine = machines[turn % 2]
        for which in "ab":
            made.append(f"round {turn}{which}")
            machine.act("add_note", text=made[-1])
        assert machine.syncer.sync_once().pending == 0
    for machine in (*machines, *machines):
        machine.syncer.sync_once()
    assert notes(machines[0]) == notes(machines[1]) == sorted(made)
    taken = received(hq)
    assert [n for n, _, _ in taken] == list(range(1, len(taken) + 1))
    ids = [op_id for _, op_id, _ in taken if op_id]
    assert len(ids) == len(set(ids)) == len(made)
    assert {repeats for _, _, repeats in taken if repeats} <= set(ids)
    assert prove(hq.store).ok


def test_both_machines_do_the_same_thing_and_it_happens_once(hq: Hq, machines: tuple[Device, Device]) -> None:
    for machine in machines:
        machine.act("accept_order")
        machine.act("start_work")
    for machine in (*machines, *machines):
        machine.syncer.sync_once()
    for machine in machines:
        order = machine.row(WorkOrder, kit.ORDER)
        assert isinstance(order, WorkOrder)
        assert order.state is State.IN_PROGRESS
        assert order == hq.get(WorkOrder, kit.ORDER)
        assert machine.store.pending() == 0
        assert all(one["outcome"] for one in kit.stored(machine.store))
    assert prove(hq.store).ok


def test_hq_tells_of_a_device_that_forks_again_and_again(
    hq: Hq, machines: tuple[Device, Device], capsys: pytest.CaptureFixture[str]
) -> None:
    for turn in range(ROUNDS):
        machines[turn % 2].act("add_note", text=str(turn))
        machines[turn % 2].syncer.sync_once()
    device_id = machines[0].sync_store.identity().id
    with hq.store.reading() as connection:
        epochs = connection.execute(select(device_epoch).where(device_epoch.c.device_id == device_id)).all()
        assert len(epochs) >= FORKS
        assert all(one.reason for one in epochs)
        ((found, count),) = forking(connection, now())
        assert (found, count) == (device_id, len(epochs))
        assert [one.kind for one in warnings(connection, now())] == ["device_forks"]
        assert forking(connection, now() + timedelta(days=31)) == []
        assert [one["forks_again"] for one in devices(connection, now())] == [True]
    assert main(["--data", str(hq.folder), "check"]) == 0, "a warning is no problem in the books"
    assert device_id in capsys.readouterr().out
    assert main(["--data", str(hq.folder), "devices"]) == 0
    assert "second machine" in capsys.readouterr().out


def test_a_backup_put_back_once_is_no_cloned_disk(hq: Hq, machines: tuple[Device, Device]) -> None:
    machines[0].syncer.sync_once()
    machines[1].act("add_note", text="x")
    machines[1].syncer.sync_once()
    with hq.store.reading() as connection:
        assert forking(connection, now()) == []
