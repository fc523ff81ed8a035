"""Holes that others' sync is known for, each by its name: none of them is here."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.offline_db.engine import open_engine
from app.offline_db.migrate import upgrade
from app.offline_db.schema import operation
from app.sync.transport import Reply, Request
from core.contract import codec
from core.contract.messages import Push, PushReply
from core.refusals import Refusal
from core.rows.orders import Note, OrderUnit, WorkOrder
from core.rows.sync import Conflict
from core.warranty import RegisteredUnit
from core.work_order import State
from hq.feed import work
from hq.identity import new_incarnation
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Device, Hq, now, with_sample
from tests.integration.test_sync_hq import photo


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Hq]:
    with with_sample(tmp_path / "hq") as hq:
        yield hq


@pytest.fixture
def device(tmp_path: Path, hq: Hq) -> Iterator[Device]:
    device = Device(tmp_path / "device", hq)
    device.syncer.sync_once()
    yield device
    device.close()


@pytest.fixture
def colleague(tmp_path: Path, hq: Hq) -> Iterator[Device]:
    device = Device(tmp_path / "colleague", hq, seed=2)
    device.syncer.sync_once()
    yield device
    device.close()


def notes_at_hq(hq: Hq) -> list[str]:
    with work(hq.store) as doing:
        return sorted(note.text for note in doing.view(kit.BRANCH).find(Note))


def outcomes(device: Device) -> list[str | None]:
    with device.store.reading() as rows:
        statement = select(operation.c.outcome).order_by(operation.c.position)
        return list(rows.connection.execute(statement).scalars())


def answer_with(device: Device, path: str, instead: Reply) -> None:
    """Carry the request out, but answer with something else."""
    device.wire.after = lambda request, reply: instead if request.path.startswith(path) else reply


def as_ever(device: Device) -> None:
    device.wire.before = lambda request: None
    device.wire.after = lambda request, reply: reply


def test_a_snapshot_download_that_restarts_from_zero(hq: Hq, tmp_path: Path) -> None:
    """Hole: “a snapshot download that restarts from zero”: a cut fetch goes on at the byte where it was cut."""
    hq.register(RegisteredUnit(serial=f"S{n:05}", model="KT55") for n in range(20_000))
    device = Device(tmp_path / "device", hq)
    begins: list[int] = []

    def cut(request: Request, reply: Reply) -> Reply:
        if request.path.startswith("/v1/snapshot/registry/"):
            begins.append(int(request.headers["Range"].removeprefix("bytes=").partition("-")[0]))
            if len(begins) > 1:
                raise Refusal("hq_unreachable")
            return reply._replace(body=reply.body[: len(reply.body) // 2])
        return reply

    device.wire.after = cut
    with pytest.raises(Refusal):
        device.syncer.sync_once()
    as_ever(device)
    device.wire.after = lambda request, reply: (
        begins.append(int(request.headers["Range"].removeprefix("bytes=").partition("-")[0])) or reply
        if request.path.startswith("/v1/snapshot/registry/")
        else reply
    )
    device.syncer.sync_once()
    assert begins[0] == 0
    assert all(begin > 0 for begin in begins[1:])
    assert device.registry.look_up("S19999", now().date()).units
    device.close()


def test_changes_between_the_snapshot_and_now_skipped(hq: Hq, tmp_path: Path) -> None:
    """Hole: “changes between the snapshot and now skipped” (Dotmim.Sync #872)."""
    hq.register([RegisteredUnit(serial="BEFORE", model="KT55")])
    device = Device(tmp_path / "device", hq)

    def meanwhile(request: Request, reply: Reply) -> Reply:
        if request.path.startswith("/v1/snapshot/registry/"):
            hq.register([RegisteredUnit(serial="MEANWHILE", model="KT55")])
        return reply

    device.wire.after = meanwhile
    device.syncer.sync_once()
    as_ever(device)
    device.syncer.sync_once()
    for serial in ("BEFORE", "MEANWHILE"):
        assert device.registry.look_up(serial, now().date()).units, serial
    device.close()


def test_unsent_work_destroyed_by_re_initialising(hq: Hq, device: Device) -> None:
    """Hole: “unsent work destroyed by re-initialising”: every scope is read from the beginning, the work stays."""
    device.act("add_note", text="unsent")
    new_incarnation(hq.store, now())
    device.wire.before = lambda request: Reply(503, {}, b"") if request.path.startswith("/v1/push") else None
    with pytest.raises(Refusal, match="hq_failed"):
        device.syncer.sync_once()
    as_ever(device)
    with device.store.reading() as rows:
        assert [note.text for note in rows.find(Note)] == ["unsent"]
    assert device.store.pending() == 1
    device.syncer.sync_once()
    assert notes_at_hq(hq) == ["unsent"]


def test_one_blocked_upload_freezing_downloads(hq: Hq, device: Device) -> None:
    """Hole: “one blocked upload freezing downloads” (PowerSync): neither a push nor a photo that fails does."""
    device.act("add_note", text="blocked")
    photo(device, b"a photo that HQ refuses")
    hq.put(kit.order(version=1, customer_phone="changed"))
    refused = Reply(400, {}, codec.encode({"code": "body_invalid", "facts": {"problem": "x"}, "sentence": "x"}))
    device.wire.before = lambda request: refused if request.path.startswith(("/v1/push", "/v1/blobs")) else None
    with pytest.raises(Refusal):
        device.syncer.sync_once()
    order = device.row(WorkOrder, kit.ORDER)
    assert isinstance(order, WorkOrder)
    assert order.customer_phone == "changed"
    assert device.store.pending() == 2


def test_timestamp_cursors_that_miss_or_echo_rows(hq: Hq, device: Device) -> None:
    """Hole: “timestamp cursors that miss or echo rows” (WatermelonDB, RxDB): no clock is in any cursor."""
    received: list[int] = []

    def count(request: Request, reply: Reply) -> Reply:
        if request.path.startswith("/v1/pull") and reply.status == 200:
            body = codec.unpack(reply.body) if reply.body.startswith(b"\x28") else reply.body
            received.append(len(list(codec.split_lines(body))) - 1)
        return reply

    device.wire.after = count
    device.store.clock = lambda: now() - timedelta(days=4_000)
    for n in range(5):  # within one second, between two pulls that see the same second
        hq.put(kit.order(customer_phone=str(n)))
        device.syncer.sync_once()
        order = device.row(WorkOrder, kit.ORDER)
        assert isinstance(order, WorkOrder)
        assert order.customer_phone == str(n)
    assert received == [1] * 5, "each change comes once"
    device.syncer.sync_once()
    assert len(received) == 5, "and never again"


def test_out_of_order_edits_of_one_entity(hq: Hq, device: Device) -> None:
    """Hole: “out-of-order edits of one entity” (ODK Central #669): what comes too early waits for what was before."""
    device.act("accept_order")
    device.act("start_work")
    epoch, (first, second) = device.sync_store.unsent(10, 100_000)
    early = device.client.push(Push(epoch=epoch, operations=(second,)))
    assert (early.answers, early.received_n) == ((), 0)
    device.client.push(Push(epoch=epoch, operations=(first,)))
    device.syncer.sync_once()
    assert outcomes(device) == ["applied", "applied"]
    order = hq.get(WorkOrder, kit.ORDER)
    assert isinstance(order, WorkOrder)
    assert order.state is State.IN_PROGRESS


def test_the_same_form_stored_twice_after_a_slow_reply(hq: Hq, device: Device) -> None:
    """Hole: “the same form stored twice after a slow reply” (ODK Collect #3391)."""
    device.act("add_note", text="once")
    sent: list[Request] = []

    def lose(request: Request, reply: Reply) -> Reply:
        if request.path == "/v1/push":
            sent.append(request)
            raise Refusal("hq_unreachable")
        return reply

    device.wire.after = lose
    with pytest.raises(Refusal):
        device.syncer.sync_once()
    as_ever(device)
    device.syncer.sync_once()
    late = codec.decode(device.wire.inner.send(sent[0]).body, PushReply)  # the first request arrives after all
    assert [answer.outcome.value for answer in late.answers] == ["applied"]
    device.syncer.sync_once()
    assert notes_at_hq(hq) == ["once"]
    assert outcomes(device) == ["applied"]


@pytest.mark.parametrize("status", [400, 401, 404, 413, 429, 500, 503, 200])
def test_sent_data_deleted_though_the_server_answered_an_error(hq: Hq, device: Device, status: int) -> None:
    """Hole: “sent data deleted though the server answered an error” (ODK #1017); 200: no HQ answers there."""
    op_id = device.act("add_note", text="kept")
    device.wire.before = lambda request: Reply(status, {}, b"<html>") if request.path == "/v1/push" else None
    with pytest.raises(Refusal):
        device.syncer.sync_once()
    as_ever(device)
    assert [one["id"] for one in kit.stored(device.store)] == [op_id]
    assert device.store.pending() == 1
    device.syncer.sync_once()
    assert notes_at_hq(hq) == ["kept"]


def test_last_write_wins_erasing_a_colleague_s_checklist(hq: Hq, device: Device, colleague: Device) -> None:
    """Hole: “‘last write wins’ erasing a colleague's checklist”: other fields are merged, the same one tells both."""
    device.act("accept_order")
    device.syncer.sync_once()
    colleague.syncer.sync_once()
    unit = {"unit_id": kit.UNIT, "model": "KT55", "source": "typed"}
    device.act("identify_unit", **unit, serial="MINE")
    device.act("add_note", text="mine")
    colleague.act("identify_unit", kit.LEAD, **unit, serial="THEIRS")
    colleague.act("add_note", kit.LEAD, text="theirs")
    for one in (device, colleague, device):
        one.syncer.sync_once()
    assert notes_at_hq(hq) == ["mine", "theirs"]
    for one in (device, colleague):
        with one.store.reading() as rows:
            conflict = next(found for found in rows.find(Conflict) if found.field == "serial")
            serial = rows.get(OrderUnit, kit.UNIT)
        assert {conflict.hq_value, conflict.place_value} == {"MINE", "THEIRS"}
        assert serial is not None
        assert serial.serial in ("MINE", "THEIRS")


def test_reconfiguring_that_clears_the_local_database(hq: Hq, device: Device, tmp_path: Path) -> None:
    """Hole: “reconfiguring that clears the local database” (Dynamics 365): enrolment, address and update keep it."""
    op_id = device.act("add_note", text="mine")
    state = device.sync_store.identity()
    with pytest.raises(Refusal, match="already_enrolled"):
        device.store.enrol("http://elsewhere", kit.enrol_reply())
    other = Hq(tmp_path / "other")
    device.wire.inner, inner = type(device.wire.inner)(other.url), device.wire.inner  # type: ignore[call-arg]
    with pytest.raises(Refusal):
        device.syncer.sync_once()
    device.wire.inner = inner
    other.close()
    device.store.engine.dispose()
    engine = open_engine(device.profile, kit.KEY)
    upgrade(engine, device.profile, now())
    engine.dispose()
    assert device.sync_store.identity() == state
    assert [one["id"] for one in kit.stored(device.store)] == [op_id]
    device.syncer.sync_once()
    assert notes_at_hq(hq) == ["mine"]
