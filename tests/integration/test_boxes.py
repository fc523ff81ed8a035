"""Old parts back to the warehouse by real devices and the real HQ: packed, sealed, counted offline, received once."""

import base64
import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from app.actions import act
from app.actions.desk import Desk
from app.queries.boxes import counting, find_unread, list_boxes, manifest, packing
from app.queries.old_parts import at_warehouse, one
from app.sync.transport import Reply, Request
from core.identifiers import box_id, format_box, format_old_part, tag_of
from core.ids import derive
from core.refusals import Refusal
from core.roles import Role
from core.rows.boxes import Box, BoxCount, BoxState
from core.rows.parts import AccountEntry, OldPart, OldPartState, StockMove
from core.rows.sync import Task
from hq.books import prove
from hq.cli.main import main
from hq.feed.blobs import Blobs, Reader
from hq.parts.overdue import OVERDUE, Swept, sweep
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Device, Hq, now, with_sample

CLERK, OTHER_CLERK = kit.named("clerk"), kit.named("other clerk")


def old_part(index: int, **fields: Any) -> OldPart:
    old_id = kit.named(f"old {index}")
    values: dict[str, Any] = {
        "id": old_id,
        "branch_id": kit.BRANCH,
        "station_id": kit.STATION,
        "warehouse_id": kit.WAREHOUSE,
        "order_id": kit.named(f"order {index}"),
        "part_line_id": kit.named(f"line {index}"),
        "part_id": "P1",
        "serial": f"SN{index:03d}",
        "tag": tag_of(old_id),
        "state": OldPartState.TAGGED,
        "tagged_at": kit.NOW,
    }
    return OldPart(**values | fields)


def tag(index: int) -> str:
    """What the tag's bar code says."""
    return format_old_part(tag_of(kit.named(f"old {index}")))


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Hq]:
    with with_sample(tmp_path / "hq") as hq:
        clerks = [kit.person(one, one[-4:], Role.WAREHOUSE_CLERK, kit.WAREHOUSE, kit.WAREHOUSE)
                  for one in (CLERK, OTHER_CLERK)]  # fmt: skip
        hq.add([*(old_part(index) for index in range(44)), *clerks])
        yield hq


class Worker:
    """Somebody at a device of their own."""

    def __init__(self, folder: Path, hq: Hq, place: str, person: str, seed: int) -> None:
        self.device = Device(folder, hq, place, seed)
        self.desk = Desk(self.device.store, self.device.blobs, person, place, now)
        self.sync()

    def sync(self) -> int:
        return self.device.syncer.sync_once().pending

    def do(self, name: str, **asked: Any) -> str:
        return act(name, asked, self.desk).operation.id

    def refused(self, name: str, **asked: Any) -> str:
        with pytest.raises(Refusal) as caught:
            self.do(name, **asked)
        return caught.value.code


@pytest.fixture
def station(hq: Hq, tmp_path: Path) -> Iterator[Worker]:
    worker = Worker(tmp_path / "station", hq, kit.STATION, kit.LEAD, 1)
    yield worker
    worker.device.close()


@pytest.fixture
def clerk(hq: Hq, tmp_path: Path) -> Iterator[Worker]:
    worker = Worker(tmp_path / "clerk", hq, kit.WAREHOUSE, CLERK, 2)
    yield worker
    worker.device.close()


@pytest.fixture
def colleague(hq: Hq, tmp_path: Path) -> Iterator[Worker]:
    worker = Worker(tmp_path / "colleague", hq, kit.WAREHOUSE, OTHER_CLERK, 3)
    yield worker
    worker.device.close()


def pack(station: Worker, count: int) -> str:
    """So many parts in a box, sealed and shipped; returns its number."""
    for index in range(count):
        station.do("pack_old_part", tag=tag(index))
    station.do("seal_box")
    with station.device.store.reading() as rows:
        (box,) = list_boxes(rows, (BoxState.SEALED,))
    station.do("ship_box", number=box.number, carrier_number="SF1234567890123", carrier="SF")
    return box.number


def rows_of(hq: Hq, kind: type[Any], **equal: object) -> list[Any]:
    from hq.feed import work

    with work(hq.store) as doing:
        return list(doing.view(kit.BRANCH).find(kind, **equal))


def box_at(hq: Hq, number: str) -> Box:
    (box,) = rows_of(hq, Box, id=box_id(number))
    return box


def test_40_of_42_with_one_swapped_received_offline_and_synced_twice_gives_exactly_3_differences(
    hq: Hq, station: Worker, clerk: Worker
) -> None:
    number = pack(station, 42)
    assert station.sync() == 0
    clerk.sync()
    hq.off()
    clerk.do("open_box", number=format_box(number))
    for index in range(39):
        clerk.do("count_old_part", number=number, tag=tag(index))
    clerk.do("count_old_part", number=number, tag=tag(39), serial="ANOTHER")  # 40 and 41 are not there
    clerk.do("close_count", number=number)
    with clerk.device.store.reading() as rows:
        assert sorted(one.kind for one in counting(rows, number).box.differences) == (
            ["missing", "missing", "wrong_serial"]
        ), "known before HQ is"
    hq.on()

    def lose(request: Request, reply: Reply) -> Reply:
        if request.path == "/v1/push":
            raise Refusal("hq_unreachable", problem="cut")
        return reply

    clerk.device.wire.after = lose
    with pytest.raises(Refusal):
        clerk.sync()
    clerk.device.wire.after = lambda request, reply: reply
    assert clerk.sync() == 0
    assert clerk.sync() == 0
    box = box_at(hq, number)
    assert [(one.kind, one.old_part_id) for one in sorted(box.differences, key=lambda one: one.old_part_id or "")] == (
        sorted(
            [("missing", kit.named("old 40")), ("missing", kit.named("old 41")), ("wrong_serial", kit.named("old 39"))],
            key=lambda one: one[1],
        )
    )  # fmt: skip
    assert (box.state, box.counted, len(box.manifest)) == (BoxState.CLOSED, 40, 42)
    states = Counter(old.state.value for old in rows_of(hq, OldPart))
    assert states == {"written_off": 39, "received": 1, "tagged": 4}
    credits = Counter(entry.old_part_id for entry in rows_of(hq, AccountEntry))
    assert credits == dict.fromkeys((kit.named(f"old {index}") for index in range(39)), 1)
    assert {entry.amount_fen for entry in rows_of(hq, AccountEntry)} == {70_000}
    assert len(rows_of(hq, StockMove)) == 40
    tasks = rows_of(hq, Task)
    assert sorted(task.facts["kind"] for task in tasks) == ["missing", "missing", "wrong_serial"]
    assert {task.place_id for task in tasks} == {kit.STATION}, "its station sees them"
    assert prove(hq.store).problems == ()
    station.sync()
    with station.device.store.reading() as rows:
        fates = Counter(one(rows.connection, kit.named(f"old {index}")).fate for index in range(44))  # type: ignore[union-attr]
    assert fates == {"written_off": 39, "received": 1, "not_in_box": 2, "tagged": 2}


def test_two_clerks_at_one_box_one_of_them_offline(hq: Hq, station: Worker, clerk: Worker, colleague: Worker) -> None:
    number = pack(station, 6)
    station.sync()
    clerk.sync()
    colleague.sync()
    for worker, indices in ((clerk, (0, 1, 2)), (colleague, (2, 3, 4))):
        worker.do("open_box", number=number)
        for index in indices:
            worker.do("count_old_part", number=number, tag=tag(index))
    clerk.do("close_count", number=number)
    assert clerk.sync() == 0
    assert [one.kind for one in box_at(hq, number).differences] == ["missing"] * 3
    assert len([task for task in rows_of(hq, Task) if task.state == "open"]) == 3
    assert colleague.sync() == 0
    box = box_at(hq, number)
    assert ([one.kind for one in box.differences], box.counted) == (["missing"], 5)
    assert [task.state for task in sorted(rows_of(hq, Task), key=lambda task: task.state)] == ["done", "done", "open"]
    assert Counter(entry.old_part_id for entry in rows_of(hq, AccountEntry)) == dict.fromkeys(
        (kit.named(f"old {index}") for index in range(5)), 1
    )
    clerk.sync()
    for worker in (clerk, colleague):
        assert worker.device.row(Box, box.id) == box
    assert prove(hq.store).problems == ()


def test_a_box_that_is_counted_before_its_sealing_reached_hq(hq: Hq, station: Worker, clerk: Worker) -> None:
    number = pack(station, 3)  # the station is offline
    clerk.do("open_box", number=format_box(number))
    clerk.do("count_old_part", number=number, tag=tag(0))
    clerk.do("count_old_part", number=number, part_id="p1", serial="sn001")  # its tag can't be read
    clerk.do("count_old_part", number=number, tag=tag(7))
    clerk.do("close_count", number=number)
    assert clerk.sync() == 0
    assert box_at(hq, number).differences == (), "there is no list yet"
    assert Counter(old.state.value for old in rows_of(hq, OldPart))["written_off"] == 3
    assert station.sync() == 0
    box = box_at(hq, number)
    assert [(found.kind, found.tag) for found in box.differences] == [
        ("missing", tag_of(kit.named("old 2"))),
        ("over", tag_of(kit.named("old 7"))),
    ]
    assert (box.state, box.carrier_number) == (BoxState.CLOSED, "SF1234567890123")
    assert len(rows_of(hq, AccountEntry)) == 3
    assert prove(hq.store).problems == ()


def test_a_part_that_was_received_by_itself_is_not_received_again_with_its_box(
    hq: Hq, station: Worker, clerk: Worker
) -> None:
    number = pack(station, 2)
    station.sync()
    clerk.sync()
    clerk.do("receive_old_part", tag=tag(0))
    clerk.do("open_box", number=number)
    clerk.do("count_old_part", number=number, tag=tag(0))
    picture = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(50)).decode()
    damaged = {"number": number, "tag": tag(1), "finding": "damaged", "picture": picture, "grade": "supplier"}
    clerk.do("count_old_part", **damaged, next_place="A-03")
    clerk.do("close_count", number=number)
    assert clerk.sync() == 0
    assert [one.kind for one in box_at(hq, number).differences] == ["damaged"]
    assert len(rows_of(hq, AccountEntry)) == 1
    assert prove(hq.store).problems == ()
    # and on to its supplier
    clerk.do("send_to_supplier", tags=[tag(1)], supplier="屏厂")
    clerk.do("supplier_answered", tags=[tag(1)], answer="accepted")
    assert clerk.refused("grade_old_part", tag=tag(1), grade="scrap") == "old_part_sent"
    clerk.do("grade_old_part", tag=tag(0), grade="refurbish", next_place="B-1")
    assert clerk.sync() == 0
    with clerk.device.store.reading() as rows:
        (sent,) = at_warehouse(rows.connection, graded=None, batch=True)
        (kept,) = at_warehouse(rows.connection, graded="refurbish", batch=False)
    assert (sent.fate, sent.next_place, kept.next_place) == ("accepted", "A-03", "B-1")
    station.sync()
    assert prove(hq.store).problems == ()
    photo = rows_of(hq, BoxCount, finding="damaged")[0].photo_sha256
    blobs = Blobs(hq.store, hq.folder / "blobs")
    for place, branch in ((kit.STATION, kit.BRANCH), (kit.BRANCH, kit.BRANCH)):
        path, _ = blobs.file_for(photo, Reader("another device", place, branch))
        assert path.read_bytes().endswith(bytes(50)), "its station and branch see what the clerk saw"
    with pytest.raises(Refusal, match="blob_unknown"):
        blobs.file_for(photo, Reader("another device", kit.named("elsewhere"), kit.BRANCH))


def test_parts_past_their_day_are_tasks_of_their_station_until_they_are_back(
    hq: Hq, clerk: Worker, capsys: pytest.CaptureFixture[str]
) -> None:
    today = now().date()
    hq.add([old_part(50, due_on=today - timedelta(days=3)), old_part(51, due_on=today + timedelta(days=1))])
    for _ in range(2):
        assert main(["--data", str(hq.folder), "--json", "overdue"]) == 0
        assert json.loads(capsys.readouterr().out)["overdue"] == 1
    (task,) = rows_of(hq, Task)
    assert (task.kind, task.place_id, task.facts["tag"]) == (OVERDUE, kit.STATION, tag_of(kit.named("old 50")))
    clerk.sync()
    clerk.do("receive_old_part", tag=tag(50))
    clerk.sync()
    assert sweep(hq.store, now()) == Swept(overdue=0, stations=0, back=1)
    assert [task.state for task in rows_of(hq, Task)] == ["done"]


def damaged_books(hq: Hq, row: Any) -> list[tuple[str, str]]:
    hq.put(row)
    return [(problem["check"], problem["what"]) for problem in prove(hq.store).problems]


def test_the_books_find_what_is_wrong_with_a_box(hq: Hq, station: Worker, clerk: Worker) -> None:
    number = pack(station, 2)
    station.sync()
    clerk.sync()
    clerk.do("count_old_part", number=number, tag=tag(0))
    clerk.do("close_count", number=number)
    clerk.sync()
    box = box_at(hq, number)
    old = next(old for old in rows_of(hq, OldPart) if old.state is OldPartState.WRITTEN_OFF)
    count = rows_of(hq, BoxCount)[0]
    wrong = {
        "its state is not what was done with it": replace(box, state=BoxState.OPEN),
        "its list is not what was sealed": replace(box, manifest_sha256="0" * 64),
        "its differences are not those of list and count": replace(box, differences=()),
        "its number of pieces is not the counted one": replace(box, counted=7),
        "a sealed box has a list, and only a sealed one": replace(box, sealed_at=None),
        "counted, and never opened": replace(box, opened_at=None),
        "counts without a box": replace(count, id=kit.named("stray"), box_id=kit.named("no box")),
        "lies in a box that is not there": replace(old, box_id=kit.named("no box")),
        f"counted, and not received: {old.tag}": replace(old, state=OldPartState.TAGGED),
        "sent old parts and stock moves differ by 1": replace(old, sent_at=now()),
    }
    for what, row in wrong.items():
        whole = next((one for one in (box, old) if one.id == row.id), None)
        assert what in [told for _, told in damaged_books(hq, row)], what
        if whole is not None:
            hq.put(whole)
        else:
            hq.put(replace(row, box_id=box.id, voided=True))
    assert prove(hq.store).problems == ()


def test_what_a_person_is_told_at_the_box(hq: Hq, station: Worker, clerk: Worker) -> None:
    assert station.refused("seal_box") == "box_empty"
    station.do("pack_old_part", tag=tag(0))
    station.do("pack_old_part", tag=tag(1))
    with station.device.store.reading() as rows:
        box, lines = packing(rows, kit.STATION)
    assert box is not None
    assert ([line.id for line in lines][-1], box.parts) == (kit.named("old 0"), 2)
    assert station.refused("pack_old_part", tag=tag(0)) == "old_part_packed"
    station.do("unpack_old_part", tag=tag(1))
    assert station.refused("unpack_old_part", tag=tag(1)) == "old_part_not_in_box"
    assert station.refused("ship_box", number=box.number, carrier_number="SF1234567890123") == "box_not_sealed"
    station.do("seal_box", number=box.number)
    assert station.refused("ship_box", number=box.number, carrier_number=format_box(box.number)) == (
        "carrier_number_wrong"
    )
    with station.device.store.reading() as rows:
        row, listed, parts = manifest(rows, box.number)
    assert (row.parts, [line.serial for line in listed], list(parts)) == (1, ["SN000"], ["P1"])
    assert clerk.refused("open_box", number="SZ01") == "box_unknown"
    clerk.do("open_box", number=box.number)
    assert clerk.refused("count_old_part", number=box.number) == "count_empty"
    assert clerk.refused("count_old_part", number=box.number, tag="nonsense") == "old_part_tag_wrong"
    counted = clerk.do("count_old_part", number=box.number, tag=tag(5))
    assert clerk.refused("count_old_part", number=box.number, tag=tag(5)) == "count_twice"
    clerk.do("count_old_part", number=box.number, tag=tag(5), serial="SN005")
    clerk.do("count_old_part", number=box.number, part_id="P1")
    clerk.do("count_old_part", number=box.number, part_id="P1")
    with clerk.device.store.reading() as rows:
        seen = counting(rows, box.number)
        assert find_unread(rows, "p1", "sn005").id == kit.named("old 5")
        with pytest.raises(Refusal, match="old_part_unknown"):
            find_unread(rows, "P1", "NONE")
    assert (seen.pieces, seen.listed, len(seen.counts)) == (3, None, 4), "blind: nothing of the list"
    clerk.do("uncount_old_part", number=box.number, count_id=derive(counted, "count"))
    assert clerk.refused("supplier_answered", tags=[], answer="accepted") == "old_part_unknown"
