"""An HQ that answers in the right form but not in earnest: nothing is believed, lost, or runs for ever."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from core.contract import codec
from core.contract.messages import Line, PageEnd, PushReply
from core.refusals import Refusal
from core.rows.orders import WorkOrder
from core.warranty import RegisteredUnit, UnitStatus
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Device, Hq, Reply, Request, with_sample
from tests.integration.test_sync_hq import photo

Change = Callable[[Reply], Reply]


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


def refused_when(device: Device, path: str, change: Change, method: str = "") -> str:
    """The code of a sync in which answers to ``path`` are changed; afterwards HQ behaves again."""

    def meddle(request: Request, reply: Reply) -> Reply:
        hit = request.path.startswith(path) and method in ("", request.method)
        return change(reply) if hit else reply

    device.wire.after = meddle
    with pytest.raises(Refusal) as caught:
        device.syncer.sync_once()
    device.wire.after = lambda request, reply: reply
    return caught.value.code


def page_of(reply: Reply) -> list[bytes]:
    body = reply.body
    return list(codec.split_lines(codec.unpack(body) if body.startswith(b"\x28") else body))


def with_end(**changes: object) -> Change:
    def change(reply: Reply) -> Reply:
        *lines, last = page_of(reply)
        end = msgspec.structs.replace(codec.decode(last, PageEnd), **changes)
        return reply._replace(body=codec.join_lines([*lines, codec.encode(end)]))

    return change


def with_line(**changes: object) -> Change:
    def change(reply: Reply) -> Reply:
        first, *others = page_of(reply)
        line = msgspec.structs.replace(codec.decode(first, Line), **changes)
        return reply._replace(body=codec.join_lines([codec.encode(line), *others]))

    return change


def cut_in_the_middle(reply: Reply) -> Reply:
    return reply._replace(body=codec.join_lines(page_of(reply))[:-20])


def without_end(reply: Reply) -> Reply:
    return reply._replace(body=codec.join_lines(page_of(reply)[:-1]))


@pytest.mark.parametrize(
    "change",
    [
        with_end(cursor=0, more=True),
        with_end(cursor=0),
        with_end(incarnation="another"),
        with_line(version=99),
        with_line(id=kit.named("another")),
        with_line(row=msgspec.Raw(b'{"id": 1}')),
        with_line(row=msgspec.Raw(b'"text"')),
        cut_in_the_middle,
        without_end,
    ],
)
def test_a_page_that_can_not_be_right(hq: Hq, device: Device, change: Change) -> None:
    hq.put(kit.order(version=1, customer_phone="139"))
    before, cursor = device.row(WorkOrder, kit.ORDER), device.sync_store.cursors()
    assert refused_when(device, "/v1/pull", change) == "hq_unexpected"
    assert (device.row(WorkOrder, kit.ORDER), device.sync_store.cursors()) == (before, cursor)
    device.syncer.sync_once()
    assert device.row(WorkOrder, kit.ORDER) == hq.get(WorkOrder, kit.ORDER)


def without_answers(reply: Reply) -> Reply:
    answered = codec.decode(reply.body, PushReply)
    return reply._replace(body=codec.encode(msgspec.structs.replace(answered, answers=())))


def with_foreign_answers(reply: Reply) -> Reply:
    answered = codec.decode(reply.body, PushReply)
    foreign = tuple(msgspec.structs.replace(one, id=kit.named("foreign")) for one in answered.answers)
    return reply._replace(body=codec.encode(msgspec.structs.replace(answered, answers=foreign)))


@pytest.mark.parametrize("change", [without_answers, with_foreign_answers])
def test_work_counts_as_sent_only_when_it_is_answered(hq: Hq, device: Device, change: Change) -> None:
    device.act("add_note", text="x")
    assert refused_when(device, "/v1/push", change) == "hq_unexpected"
    assert device.store.pending() == 1
    assert device.syncer.sync_once().pending == 0
    assert [found["outcome"] for found in kit.stored(device.store)] == ["applied"]


@pytest.mark.parametrize("text", ["", "-1", "x", "999999999"])
def test_an_offset_that_is_none(hq: Hq, device: Device, text: str) -> None:
    photo(device, b"content" * 100)
    change = lambda reply: reply._replace(headers={"upload-offset": text})  # noqa: E731
    assert refused_when(device, "/v1/blobs", change, "PATCH") == "hq_unexpected"
    assert device.sync_store.counts().blobs == 1
    device.syncer.sync_once()
    assert device.sync_store.counts().blobs == 0


def test_a_new_epoch_again_and_again_ends(hq: Hq, device: Device) -> None:
    device.act("add_note", text="x")

    def change(reply: Reply) -> Reply:
        answered = codec.decode(reply.body, PushReply)
        return reply._replace(body=codec.encode(msgspec.structs.replace(answered, answers=(), epoch=9)))

    assert refused_when(device, "/v1/push", change) == "hq_unexpected"
    assert device.syncer.sync_once().pending == 0


@pytest.mark.parametrize(("status", "body"), [(206, b""), (200, b"short"), (206, b"x" * 10_000_000)])
def test_a_piece_of_the_snapshot_that_is_none(hq: Hq, device: Device, status: int, body: bytes) -> None:
    hq.register([RegisteredUnit(model="KT55", serial="KT551", status=UnitStatus.SOLD)])
    device.registry.close()
    device.profile.registry.unlink()
    change = lambda reply: Reply(status, {}, body)  # noqa: E731
    assert refused_when(device, "/v1/snapshot/registry/", change) == "hq_unexpected"
    device.syncer.sync_once()
    assert device.registry.about() is not None
