"""Recording what a person does: one transaction for the operation, its effect, its shadows and its blobs."""

import base64
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select

from app.offline_db import device
from app.offline_db.blob_queue import QueuedBlob
from app.offline_db.engine import reading, writing
from app.offline_db.images import shadows_of
from app.offline_db.schema import operation
from app.offline_db.store import Store
from app.offline_db.sync_store import SyncStore
from app.security.device_key import DeviceKey, verify
from core.operations.kernel import decode_operation
from core.operations.operation import GENESIS, Trust, body_hash
from core.refusals import Refusal
from core.roles import PlaceKind, Role
from core.rows.orders import Note, TimelineEntry, WorkOrder
from core.rows.parts import OldPart, OldPartState, StockMove
from core.work_order import State
from tests.integration import station_kit as kit


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with kit.filled_store(tmp_path) as store:
        yield store


def test_the_chain_is_signed_and_linked(store: Store) -> None:
    store.record("accept_order", {"order_id": kit.ORDER}, kit.WANG)
    store.record("add_note", {"order_id": kit.ORDER, "text": "带梯子"}, kit.WANG)
    prev = GENESIS
    for n, found in enumerate(kit.stored(store), 1):
        made = decode_operation(found["body"])
        assert (made.n, made.prev, made.epoch, made.device) == (n, prev, 1, kit.DEVICE)
        assert verify(DeviceKey(kit.KEY).public_bytes, found["body"].encode(), base64.b64decode(found["signature"]))
        prev = body_hash(found["body"])
        assert prev == found["hash"]
    assert n == 2


def test_the_operation_tells_what_it_touched_and_what_the_person_had_seen(store: Store) -> None:
    made = store.record("accept_order", {"order_id": kit.ORDER}, kit.WANG).operation
    touches = {(touch.entity, touch.id): touch.base_version for touch in made.touches}
    assert touches["work_order", kit.ORDER] == 1
    assert sorted(entity for entity, _ in touches) == ["timeline_entry", "work_order"]
    assert made.base[f"work_order/{kit.ORDER}"] == {
        "state": "offered_station",
        "technician_id": None,
        "accepted_at": None,
    }
    assert made.trust is Trust.TRUSTED


def test_the_effect_is_there_at_once_and_hqs_image_beside_it(store: Store) -> None:
    told: list[frozenset[tuple[str, str]]] = []
    stop = store.subscribe(told.append)
    recorded = store.record("accept_order", {"order_id": kit.ORDER}, kit.WANG)
    with store.reading() as rows:
        order = rows.get(WorkOrder, kit.ORDER)
        assert order is not None
        assert (order.state, order.technician_id, order.version) == (State.ACCEPTED, kit.WANG, 1)
        assert [entry.action for entry in rows.find(TimelineEntry, order_id=kit.ORDER)] == ["accept_order"]
        below = shadows_of(rows.connection, [("work_order", kit.ORDER)])["work_order", kit.ORDER]
    assert isinstance(below.row, WorkOrder)
    assert below.row.state is State.OFFERED_STATION
    assert told == [recorded.changed]
    assert {("work_order", kit.ORDER), ("operation", recorded.operation.id)} <= recorded.changed, "the loop hears it"
    stop()
    store.record("add_note", {"order_id": kit.ORDER, "text": "x"}, kit.WANG)
    assert len(told) == 1


@pytest.mark.parametrize(
    ("action", "args", "person", "code"),
    [
        ("accept_order", {"order_id": kit.ORDER}, kit.named("nobody"), "person_unknown"),
        ("dispatch_order", {"order_id": kit.ORDER, "station_id": kit.STATION}, kit.WANG, "role_not_allowed"),
        ("start_work", {"order_id": kit.ORDER}, kit.WANG, "move_not_allowed"),
        ("add_note", {"order_id": kit.ORDER, "text": "a\x00b"}, kit.WANG, "operation_invalid"),
        ("add_note", {"order_id": kit.ORDER}, kit.WANG, "arguments_invalid"),
        ("fly", {}, kit.WANG, "action_unknown"),
    ],
)
def test_a_refusal_leaves_nothing_behind(
    store: Store, action: str, args: dict[str, object], person: str, code: str
) -> None:
    with pytest.raises(Refusal) as caught:
        store.record(action, args, person, blobs=[QueuedBlob("a" * 64, 3, "photo")])
    assert caught.value.code == code
    assert kit.stored(store) == []
    assert SyncStore(store).counts().blobs == 0
    with reading(store.engine) as connection:
        assert device.require(connection).last_n == 0


def test_a_blob_is_queued_with_its_operation(store: Store) -> None:
    sha = "ab" * 32
    args = {"order_id": kit.ORDER, "kind": "photo", "sha256": sha, "bytes": 10, "media_type": "image/jpeg"}
    store.record("add_attachment", args, kit.WANG, blobs=[QueuedBlob(sha, 10, "photo", kit.ORDER)])
    assert [blob.sha256 for blob in SyncStore(store).waiting_blobs()] == [sha]


def test_a_clock_that_hq_has_not_confirmed_or_that_went_back_is_not_trusted(store: Store) -> None:
    clock = store.clock
    assert isinstance(clock, kit.Clock)
    store.record("add_note", {"order_id": kit.ORDER, "text": "1"}, kit.WANG)
    clock.now = kit.NOW.replace(year=2025)
    assert store.record("add_note", {"order_id": kit.ORDER, "text": "2"}, kit.WANG).operation.trust is Trust.UNTRUSTED
    with writing(store.engine) as connection:
        device.change(connection, clock_offset_s=4000, last_made_at=None)
    assert store.record("add_note", {"order_id": kit.ORDER, "text": "3"}, kit.WANG).operation.trust is Trust.UNTRUSTED


def test_nothing_is_recorded_before_enrolment(tmp_path: Path) -> None:
    store = kit.open_store(tmp_path / "new")
    with pytest.raises(Refusal) as caught:
        store.record("add_note", {"order_id": kit.ORDER, "text": "1"}, kit.WANG)
    assert caught.value.code == "not_enrolled"
    store.engine.dispose()


def test_a_second_enrolment_is_refused(store: Store) -> None:
    with pytest.raises(Refusal) as caught:
        store.enrol("http://hq", msgspec.structs.replace(kit.enrol_reply(), device=kit.named("other")))
    assert caught.value.code == "already_enrolled"


def test_a_clerk_of_the_warehouse_works_on_rows_of_the_parts_branch(tmp_path: Path) -> None:
    store = kit.open_store(tmp_path / "warehouse")
    store.enrol("http://hq", kit.enrol_reply(kit.WAREHOUSE, PlaceKind.WAREHOUSE, kit.WAREHOUSE))
    sync, scope, clerk = SyncStore(store), f"place/{kit.WAREHOUSE}", kit.named("clerk")
    sync.greeted(kit.hello_reply(scope, "reference"), 0)
    kit.page(sync, kit.lines(kit.reference()), scope="reference")
    old = OldPart(
        id=kit.named("old"),
        version=4,
        branch_id=kit.BRANCH,
        station_id=kit.STATION,
        warehouse_id=kit.WAREHOUSE,
        order_id=kit.ORDER,
        part_line_id=kit.named("line"),
        part_id="P1",
        tag="T",
        state=OldPartState.TAGGED,
    )
    who = kit.person(clerk, "陈", Role.WAREHOUSE_CLERK, kit.WAREHOUSE, kit.WAREHOUSE)
    kit.page(sync, kit.lines([who, old]), scope=scope)
    made = store.record("receive_old_part", {"old_part_id": old.id}, clerk).operation
    assert made.branch_id == kit.BRANCH
    with store.reading() as rows:
        assert [move.branch_id for move in rows.find(StockMove)] == [kit.BRANCH]
        found = rows.get(OldPart, old.id)
        assert found is not None
        assert found.state is OldPartState.WRITTEN_OFF
    store.engine.dispose()


def test_two_stores_on_one_profile_number_in_turn(tmp_path: Path, store: Store) -> None:
    other = Store(store.engine, DeviceKey(kit.KEY), clock=kit.Clock())
    for who in (store, other, store, other):
        who.record("add_note", {"order_id": kit.ORDER, "text": "x"}, kit.WANG)
    assert [decode_operation(found["body"]).n for found in kit.stored(store)] == [1, 2, 3, 4]
    with store.reading() as rows:
        assert rows.connection.execute(select(func.count()).select_from(operation)).scalar_one() == 4
        assert len(rows.find(Note)) == 4
