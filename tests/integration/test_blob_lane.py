"""Photos on their lane: work reaches HQ while a large photo is on its way, and a refused photo is told."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.sync.blob_lane import BlobLane
from app.sync.lane import Moving
from app.sync.transport import HttpTransport, Reply, Request
from app.sync.turn import Clocks, Syncer
from core.refusals import Refusal
from core.rows.orders import Note
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Device, Hq, Wire, now, with_sample
from tests.integration.test_sync_hq import hq_has, photo

WAIT = 20.0


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Hq]:
    with with_sample(tmp_path / "hq") as hq:
        yield hq


class Laned:
    """A device whose photos have a connection of their own."""

    def __init__(self, folder: Path, hq: Hq) -> None:
        self.device = device = Device(folder, hq)
        device.syncer.sync_once()
        self.wire = Wire(HttpTransport(hq.url))
        device.wire, main = self.wire, device.wire
        own = device._client()
        device.wire = main
        self.told: list[Moving] = []
        self.lane = BlobLane(device.sync_store, device.blobs, own, lambda: 0.0)
        self.lane.listen(self.told.append)
        clocks = Clocks(now, lambda: 0.0)
        self.syncer = Syncer(device.sync_store, device.client, clocks, blobs=self.lane)


def test_an_operation_passes_a_photo_that_is_on_its_way(hq: Hq, tmp_path: Path) -> None:
    laned = Laned(tmp_path / "device", hq)
    sha = photo(laned.device, b"large" * 500_000)
    on_its_way, let_through = threading.Event(), threading.Event()

    def hold(request: Request) -> Reply | None:
        if request.method == "PATCH":
            on_its_way.set()
            assert let_through.wait(WAIT)
        return None

    laned.wire.before = hold
    laned.syncer.sync_once()
    assert on_its_way.wait(WAIT)
    made = laned.device.act("add_note", text="urgent")
    assert laned.syncer.sync_once().pending == 0
    assert [note.text for note in _notes(hq)] == ["urgent"], made
    assert not hq_has(laned.device, sha) or laned.device.sync_store.counts().blobs == 1
    let_through.set()
    laned.lane.settle()
    assert laned.device.sync_store.counts().blobs == 0
    assert (laned.told[0].total, laned.told[-1]) == (2_500_000, Moving())
    laned.device.close()


def _notes(hq: Hq) -> list[Note]:
    from hq.feed import work

    with work(hq.store) as doing:
        return list(doing.view(kit.BRANCH).find(Note))


def test_what_ended_the_lane_is_told(hq: Hq, tmp_path: Path) -> None:
    laned = Laned(tmp_path / "device", hq)
    photo(laned.device, b"x" * 1000)

    def refuse(request: Request) -> Reply | None:
        if request.method == "HEAD":
            raise Refusal("blob_too_large", limit=1)
        return None

    laned.wire.before = refuse
    laned.syncer.sync_once()
    laned.lane.settle()
    assert laned.device.sync_store.counts().blobs == 0, "it can never be sent from here"
    photo(laned.device, b"y" * 1000)

    def odd(request: Request) -> Reply | None:
        raise Refusal("hq_unexpected", problem="odd")

    laned.wire.before = odd
    laned.syncer.sync_once()
    laned.lane.settle()
    assert laned.told[-1].problem == "hq_unexpected"
    assert laned.device.sync_store.counts().blobs == 1
    laned.device.close()
