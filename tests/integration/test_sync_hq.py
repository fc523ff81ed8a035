"""A device and a real HQ: first start, work up, rows down, photos, registry, two devices, a line that fails."""

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from app.actions.attachments import keep_bytes, keep_picture, record_attachment
from app.actions.desk import Desk
from app.offline_db.blob_queue import QueuedBlob
from app.offline_db.blobs import BlobRef
from app.offline_db.partial_blobs import PartialBlob
from app.offline_db.schema import ROW_TABLES, shadow, touched
from app.sync.blobs import fetch_blob
from app.sync.client import Gone, _Token
from core.contract import codec
from core.contract.messages import Hello, Outcome, Problem
from core.refusals import Kind, Refusal
from core.rows import KINDS
from core.rows.orders import Attachment, Note, OrderUnit, WorkOrder
from core.rows.people import Credential
from core.rows.sync import Conflict, ParkedOperation
from core.warranty import RegisteredUnit, UnitStatus
from core.work_order import State
from hq.identity import revoke
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Device, Hq, Reply, Request, now, with_sample

DAY = date(2026, 3, 2)


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Hq]:
    with with_sample(tmp_path / "hq") as hq:
        yield hq


@pytest.fixture
def device(tmp_path: Path, hq: Hq) -> Iterator[Device]:
    device = Device(tmp_path / "device", hq)
    yield device
    device.close()


def feed_of(device: Device) -> dict[tuple[str, str], dict[str, Any]]:
    """All synced rows of a device, with local effects still on them."""
    found = {}
    with device.store.reading() as rows:
        for kind in KINDS:
            for row in rows.connection.execute(select(ROW_TABLES[kind])).mappings():
                found[kind.__name__, row["id"]] = dict(row)
    return found


def hq_sees(hq: Hq, kind: type[Any], row_id: str) -> Any:
    return hq.get(kind, row_id)


def test_first_start_brings_orders_people_and_catalogue(hq: Hq, device: Device) -> None:
    steps: list[str] = []
    report = device.syncer.sync_once(lambda step, done, total: steps.append(step))
    assert (report.pushed, report.pending, report.parked, report.conflicts) == (0, 0, 0, 0)
    assert report.pulled == 10
    assert device.row(WorkOrder, kit.ORDER) == hq.get(WorkOrder, kit.ORDER)
    assert steps.index(kit.SCOPE) < steps.index("reference"), "the own orders come before the catalogue"
    assert device.sync_store.identity().last_sync_at is not None


def test_with_nothing_to_do_a_sync_is_one_round_trip(hq: Hq, device: Device) -> None:
    device.syncer.sync_once()
    device.wire.sent.clear()
    report = device.syncer.sync_once()
    assert device.wire.paths() == ["/v1/hello"]
    assert (report.pushed, report.pulled) == (0, 0)


def test_work_goes_up_and_comes_back_as_hqs_rows(hq: Hq, device: Device) -> None:
    device.syncer.sync_once()
    device.act("accept_order")
    device.act("add_note", text="带梯子")
    device.act("start_work")
    report = device.syncer.sync_once()
    assert (report.pushed, report.pending, report.parked) == (3, 0, 0)
    mine = device.row(WorkOrder, kit.ORDER)
    assert mine == hq.get(WorkOrder, kit.ORDER)
    assert isinstance(mine, WorkOrder)
    assert (mine.state, mine.technician_id, mine.version) == (State.IN_PROGRESS, kit.WANG, 2)
    with device.store.reading() as rows:
        assert [note.version for note in rows.find(Note)] == [1]
        assert rows.connection.execute(select(shadow)).all() == []
        assert rows.connection.execute(select(touched)).all() == []


def test_days_offline_then_everything_at_once(hq: Hq, device: Device) -> None:
    device.syncer.sync_once()
    hq.off()
    device.act("accept_order")
    for text in range(30):
        device.act("add_note", text=f"第 {text} 条")
    with pytest.raises(Refusal) as caught:
        device.syncer.sync_once()
    assert (caught.value.code, caught.value.kind) == ("hq_unreachable", Kind.UNREACHABLE)
    assert device.store.pending() == 31
    hq.on()
    report = device.syncer.sync_once()
    assert (report.pushed, report.pending) == (31, 0)


def test_a_decision_that_hq_refuses_is_parked_shown_and_taken_off_the_rows(hq: Hq, device: Device) -> None:
    device.syncer.sync_once()
    order = hq_sees(hq, WorkOrder, kit.ORDER)
    made = device.act("accept_order")
    hq.put(kit.order(version=order.version, state=State.AT_BRANCH))
    report = device.syncer.sync_once()
    assert (report.parked, report.pending) == (1, 0)
    parked = device.row(ParkedOperation, made)
    assert isinstance(parked, ParkedOperation)
    assert parked.code == "move_not_allowed"
    assert device.row(WorkOrder, kit.ORDER) == hq.get(WorkOrder, kit.ORDER)
    device.store.record("withdraw_operation", {"operation_id": made}, kit.WANG)
    assert device.syncer.sync_once().parked == 0
    assert kit.stored(device.store)[0]["outcome"] in (Outcome.PARKED, Outcome.WITHDRAWN)


def test_the_same_field_changed_at_both_ends_is_a_conflict_with_both_values(hq: Hq, device: Device) -> None:
    hq.put(kit.order(version=1, state=State.IN_PROGRESS, technician_id=kit.WANG))
    device.syncer.sync_once()
    device.act("identify_unit", unit_id=kit.UNIT, model="KT55", serial="A1", source="typed")
    hq.put(kit.unit(model="KT55", serial="B2"))
    report = device.syncer.sync_once()
    assert report.conflicts == 1
    with device.store.reading() as rows:
        (conflict,) = rows.find(Conflict)
    assert (conflict.field, conflict.hq_value, conflict.place_value) == ("serial", "B2", "A1")
    mine = device.row(OrderUnit, kit.UNIT)
    assert mine == hq.get(OrderUnit, kit.UNIT)


def test_two_devices_of_a_station_end_equal(hq: Hq, device: Device, tmp_path: Path) -> None:
    other = Device(tmp_path / "other", hq, seed=2)
    for one in (device, other):
        one.syncer.sync_once()
    device.act("accept_order")
    other.act("add_note", person=kit.LEAD, text="客户催单")
    device.act("add_note", text="已联系")
    for one in (device, other, device, other):
        one.syncer.sync_once()
    assert feed_of(device) == feed_of(other)
    assert len([name for name, _ in feed_of(device) if name == "Note"]) == 2
    other.close()


def test_a_reply_that_is_lost_makes_nothing_twice(hq: Hq, device: Device) -> None:
    device.syncer.sync_once()
    device.act("add_note", text="一次")

    def lose(request: Request, reply: Reply) -> Reply:
        if request.path == "/v1/push":
            raise Refusal("hq_unreachable")
        return reply

    device.wire.after = lose
    with pytest.raises(Refusal):
        device.syncer.sync_once()
    assert device.store.pending() == 1
    device.wire.after = lambda request, reply: reply
    assert device.syncer.sync_once().pushed == 1
    with device.store.reading() as rows:
        assert len(rows.find(Note)) == 1


def status(number: int, body: bytes = b"") -> Any:
    return lambda request: Reply(number, {}, body)


GARBAGE = [
    (status(500, b"boom"), "hq_failed"),
    (status(502, b"<html>Bad gateway</html>"), "hq_failed"),
    (status(200, b"<html>Welcome to the hotel</html>"), "hq_unexpected"),
    (status(200, b"\x28\xb5\x2f\xfd garbage"), "hq_unexpected"),
    (status(302), "hq_unexpected"),
    (status(418, b'{"code": "teapot", "sentence": "short and stout"}'), "hq_unexpected"),
    (status(200, b""), "hq_unexpected"),
]


@pytest.mark.parametrize(("answer", "code"), GARBAGE)
@pytest.mark.parametrize("path", ["/v1/token", "/v1/hello", "/v1/push", "/v1/pull"])
def test_no_answer_of_hqs_changes_nothing_and_the_next_sync_goes_through(
    hq: Hq, device: Device, path: str, answer: Any, code: str
) -> None:
    device.syncer.sync_once()
    made = device.act("accept_order")
    hq.put(kit.order(version=1, customer_phone="139"))
    device.client._pass.token = None
    device.wire.before = lambda request: answer(request) if request.path.startswith(path) else None
    with pytest.raises(Refusal) as caught:
        device.syncer.sync_once()
    assert caught.value.code == code
    assert caught.value.kind is Kind.UNREACHABLE
    device.wire.before = lambda request: None
    assert device.syncer.sync_once().pending == 0
    assert kit.stored(device.store)[0]["id"] == made
    assert device.row(WorkOrder, kit.ORDER) == hq.get(WorkOrder, kit.ORDER)


def test_a_push_that_hq_can_not_take_does_not_keep_rows_from_coming_down(hq: Hq, device: Device) -> None:
    device.syncer.sync_once()
    device.act("accept_order")
    hq.put(kit.order(version=1, customer_phone="139"))
    device.wire.before = lambda request: Reply(500, {}, b"") if request.path == "/v1/push" else None
    with pytest.raises(Refusal):
        device.syncer.sync_once()
    mine = device.row(WorkOrder, kit.ORDER)
    assert isinstance(mine, WorkOrder)
    assert (mine.customer_phone, mine.state) == ("139", State.ACCEPTED)


def test_an_expired_token_is_renewed(hq: Hq, device: Device) -> None:
    device.syncer.sync_once()
    device.client._pass.token = _Token("expired", float("inf"))
    device.wire.sent.clear()
    device.syncer.sync_once()
    assert device.wire.paths() == ["/v1/hello", "/v1/token", "/v1/token", "/v1/hello"]


def test_another_hq_gets_and_gives_nothing(hq: Hq, device: Device) -> None:
    device.syncer.sync_once()
    device.act("accept_order")

    def impostor(request: Request, reply: Reply) -> Reply:
        return reply._replace(body=reply.body.replace(device.sync_store.identity().hq_id.encode(), b"hq-2"))

    device.wire.after = impostor
    device.wire.sent.clear()
    with pytest.raises(Refusal) as caught:
        device.syncer.sync_once()
    assert caught.value.code == "hq_other"
    assert "/v1/push" not in device.wire.paths()
    assert device.store.pending() == 1


def test_an_enrolment_code_counts_once(hq: Hq, tmp_path: Path, device: Device) -> None:
    from app.sync.enrol import enrol

    code = hq.code()
    enrol(device.wire, device.key, code)
    with pytest.raises(Refusal) as caught:
        enrol(device.wire, device.key, code)
    assert caught.value.code == "enrol_code_wrong"


def test_pages_are_read_until_the_end(hq: Hq, device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.sync.pull.PULL_ROWS", 3)
    orders = [kit.order(kit.named(f"order {n}")) for n in range(10)]
    hq.add(orders)
    device.syncer.sync_once()
    with device.store.reading() as rows:
        assert len(rows.find(WorkOrder)) == 11
    assert device.wire.paths().count("/v1/pull") == 5 + 2


def test_a_cursor_hq_can_not_continue_from_is_read_anew_and_gone_rows_go(hq: Hq, device: Device) -> None:
    device.syncer.sync_once()
    ghost = kit.order(kit.named("ghost"), version=3)
    incarnation = device.sync_store.identity().incarnation or ""
    kit.page(device.sync_store, kit.lines([ghost], seq=99_000), incarnation=incarnation)
    made = device.act("accept_order")
    hq.put(kit.order(version=1, customer_phone="139"))
    assert device.client.pull("reference", 0, 10, incarnation) is not None
    with pytest.raises(Gone):
        device.client.pull(kit.SCOPE, 99_000, 10, incarnation)
    hq.forget_before(kit.SCOPE, 99_500)
    device.syncer.sync_once()
    assert device.row(WorkOrder, ghost.id) is None
    assert device.row(WorkOrder, kit.ORDER) == hq.get(WorkOrder, kit.ORDER)
    assert kit.stored(device.store)[0]["id"] == made


def photo(device: Device, content: bytes) -> str:
    ref = device.blobs.put(content)
    args = {"kind": "photo", "sha256": ref.sha256, "bytes": ref.size, "media_type": "image/jpeg"}
    queued = QueuedBlob(ref.sha256, ref.size, "photo", kit.ORDER, "image/jpeg")
    device.store.record("add_attachment", {"order_id": kit.ORDER} | args, kit.WANG, blobs=[queued])
    return ref.sha256


def test_a_photo_goes_up_where_it_was_cut_and_comes_down_elsewhere(
    hq: Hq, device: Device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.sync.blobs.PIECE", 100_000)
    device.syncer.sync_once()
    content = hashlib.sha256(b"x").digest() * 10_000
    sha = photo(device, content)

    def cut(request: Request) -> Reply | None:
        if request.method == "PATCH" and request.headers["Upload-Offset"] == "200000":
            raise Refusal("hq_unreachable")
        return None

    device.wire.before = cut
    with pytest.raises(Refusal):
        device.syncer.sync_once()
    assert device.store.pending() == 0, "the order's data is there already"
    device.wire.before = lambda request: None
    device.wire.sent.clear()
    device.syncer.sync_once()
    offsets = [request.headers["Upload-Offset"] for request in device.wire.sent if request.method == "PATCH"]
    assert offsets == ["200000", "300000"]
    assert device.sync_store.counts().blobs == 0
    other = Device(tmp_path / "other", hq, seed=2)
    other.syncer.sync_once()
    with other.store.reading() as rows:
        (attachment,) = rows.find(Attachment)
    assert not other.blobs.has(attachment.sha256)
    ref = BlobRef(attachment.sha256, attachment.bytes)
    other.wire.before = cut_down
    with pytest.raises(Refusal):
        fetch_blob(other.client, *ref, PartialBlob(other.blobs, ref, kit.KEY))
    other.wire.before = lambda request: None
    other.wire.sent.clear()
    fetch_blob(other.client, *ref, PartialBlob(other.blobs, ref, kit.KEY))
    assert [request.headers["Range"] for request in other.wire.sent] == ["bytes=200000-299999", "bytes=300000-319999"]
    assert other.blobs.read(attachment.sha256) == content
    assert attachment.sha256 == sha
    other.close()


def cut_down(request: Request) -> Reply | None:
    if request.headers.get("Range", "").startswith("bytes=200000"):
        raise Refusal("hq_unreachable")
    return None


def test_one_photo_that_is_lost_does_not_keep_the_others(hq: Hq, device: Device) -> None:
    device.syncer.sync_once()
    lost, good = photo(device, b"lost"), photo(device, b"good")
    device.blobs.remove(lost)
    device.syncer.sync_once()
    counts = device.sync_store.counts()
    assert (counts.pending, counts.blobs) == (0, 0)
    assert hq_has(device, good)
    assert not hq_has(device, lost)


def test_a_photos_thumbnail_and_a_signature_go_before_a_large_photo(device: Device, tmp_path: Path) -> None:
    device.syncer.sync_once()
    desk = Desk(device.store, device.blobs, kit.WANG, kit.STATION, now)
    file = tmp_path / "label.jpg"
    Image.effect_noise((1600, 900), 90).convert("RGB").save(file)
    large = keep_picture(str(file), desk)
    record_attachment(kit.ORDER, "photo", large, desk)
    signature = keep_bytes(file.read_bytes()[:3] + b"signed", desk)
    record_attachment(kit.ORDER, "signature", signature, desk)
    device.wire.sent.clear()
    device.syncer.sync_once()
    sent = [request.path.rpartition("/")[2] for request in device.wire.sent if request.method == "PATCH"]
    assert large.thumbnail is not None
    assert sent == [large.thumbnail.sha256, signature.sha256, large.sha256]
    (shown,) = (one for one in attachments(device) if one.kind == "photo")
    assert (shown.thumbnail_sha256, shown.thumbnail_bytes) == large.thumbnail


def attachments(device: Device) -> list[Attachment]:
    with device.store.reading() as rows:
        return list(rows.find(Attachment))


def hq_has(device: Device, sha256: str) -> bool:
    return device.client.send("HEAD", f"/v1/blobs/{sha256}", accepted=(404,)).status != 404


def unit(number: int, status: UnitStatus = UnitStatus.SOLD) -> RegisteredUnit:
    return RegisteredUnit(model="KT55", serial=f"KT55{number:08d}", status=status, made=DAY, sold=DAY)


def look_up(device: Device, number: int) -> Any:
    return device.registry.look_up(unit(number).serial, now().date())


def test_the_registry_comes_as_a_snapshot_and_then_by_changes(hq: Hq, device: Device) -> None:
    hq.register([unit(n) for n in range(2000)])
    device.syncer.sync_once()
    assert look_up(device, 7).state == "complete"
    assert look_up(device, 7).units[0].status is UnitStatus.SOLD
    hq.register([unit(7, UnitStatus.SCRAPPED), unit(5000)])
    device.wire.sent.clear()
    device.syncer.sync_once()
    assert not any(path.startswith("/v1/snapshot") for path in device.wire.paths())
    assert look_up(device, 7).units[0].status is UnitStatus.SCRAPPED
    assert look_up(device, 5000).units[0].model == "KT55"


def test_what_changes_between_the_snapshot_and_now_is_not_skipped(hq: Hq, device: Device) -> None:
    hq.register([unit(n) for n in range(100)])

    def change_meanwhile(request: Request, reply: Reply) -> Reply:
        if request.path == "/v1/snapshot/registry":
            hq.register([unit(100)])
        return reply

    device.wire.after = change_meanwhile
    device.syncer.sync_once()
    device.wire.after = lambda request, reply: reply
    device.syncer.sync_once()
    assert look_up(device, 100).units


def test_a_snapshot_goes_on_where_it_was_cut(hq: Hq, device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.sync.download.SPAN", 4096)
    hq.register([unit(n) for n in range(3000)])
    pieces: list[str] = []

    def cut(request: Request) -> Reply | None:
        if request.path.startswith("/v1/snapshot/registry/"):
            pieces.append(request.headers["Range"].partition("=")[2])
            if len(pieces) == 3:
                raise Refusal("hq_unreachable")
        return None

    device.wire.before = cut
    with pytest.raises(Refusal):
        device.syncer.sync_once()
    assert look_up(device, 7).state == "partial"
    assert device.row(WorkOrder, kit.ORDER) is not None, "orders are there before the registry"
    device.syncer.sync_once()
    assert look_up(device, 7).state == "complete"
    begins = [int(piece.partition("-")[0]) for piece in pieces]
    assert begins[3] == begins[2] == 8192
    assert begins == sorted(begins)


def test_a_snapshot_that_is_damaged_on_its_way_is_refused_and_fetched_anew(hq: Hq, device: Device) -> None:
    hq.register([unit(n) for n in range(100)])

    def damage(request: Request, reply: Reply) -> Reply:
        if request.path.startswith("/v1/snapshot/registry/"):
            return reply._replace(body=reply.body[:-3] + b"xyz")
        return reply

    device.wire.after = damage
    with pytest.raises(Refusal) as caught:
        device.syncer.sync_once()
    assert caught.value.code == "registry_damaged"
    device.wire.after = lambda request, reply: reply
    device.syncer.sync_once()
    assert look_up(device, 7).state == "complete"


def test_a_profile_put_back_from_a_backup_is_numbered_anew_and_loses_nothing(
    hq: Hq, device: Device, tmp_path: Path
) -> None:
    device.syncer.sync_once()
    device.act("add_note", text="before the backup")
    device.syncer.sync_once()
    device.store.engine.dispose()
    backup = (device.profile.path / "fixpoint.db").read_bytes()
    again = Device(device.profile.path, hq)
    again.act("add_note", text="after the backup, sent")
    again.syncer.sync_once()
    again.close()
    for suffix in ("-wal", "-shm"):
        (device.profile.path / f"fixpoint.db{suffix}").unlink(missing_ok=True)
    (device.profile.path / "fixpoint.db").write_bytes(backup)
    restored = Device(device.profile.path, hq)
    restored.act("add_note", text="after the restore")
    report = restored.syncer.sync_once()
    assert (report.pending, report.pushed) == (0, 1)
    with restored.store.reading() as rows:
        assert sorted(note.text for note in rows.find(Note)) == [
            "after the backup, sent",
            "after the restore",
            "before the backup",
        ]
    assert restored.sync_store.identity().epoch == 2
    restored.act("add_note", text="and on")
    assert restored.syncer.sync_once().pending == 0
    restored.close()


def test_a_hello_tells_where_the_device_stands(hq: Hq, device: Device) -> None:
    device.syncer.sync_once()
    device.act("accept_order")
    device.wire.sent.clear()
    device.syncer.sync_once()
    hello = codec.decode(device.wire.sent[0].body, Hello)
    assert (hello.last_n, hello.epoch) == (1, 1)
    assert hello.cursors[kit.SCOPE] > 0
    assert hello.incarnation == device.sync_store.identity().incarnation


def test_the_long_poll_tells_of_news(hq: Hq, device: Device) -> None:
    device.syncer.sync_once()
    assert device.client.wait(device.sync_store.cursors(), seconds=0) is False
    hq.put(kit.order(version=1, customer_phone="139"))
    assert device.client.wait(device.sync_store.cursors(), seconds=5) is True


def test_operations_wait_behind_a_parked_one_of_the_same_order_only(hq: Hq, device: Device) -> None:
    other = kit.named("other order")
    hq.add([kit.order(other)])
    device.syncer.sync_once()
    device.act("accept_order")
    behind = device.act("start_work")
    device.store.record("accept_order", {"order_id": other}, kit.WANG)
    hq.put(kit.order(version=1, state=State.AT_BRANCH))
    report = device.syncer.sync_once()
    assert (report.parked, report.pending) == (2, 0)
    waiting = device.row(ParkedOperation, behind)
    assert isinstance(waiting, ParkedOperation)
    assert waiting.code == "waits_behind"
    assert device.row(WorkOrder, other) == hq.get(WorkOrder, other)
    accepted = device.row(WorkOrder, other)
    assert isinstance(accepted, WorkOrder)
    assert accepted.state is State.ACCEPTED


def test_a_revoked_device_may_still_hand_in_its_work_but_gets_nothing_more(hq: Hq, device: Device) -> None:
    device.syncer.sync_once()
    device.act("add_note", text="signed before")
    with hq.store.writing() as connection:
        revoke(connection, device.sync_store.identity().id, now())
    hq.put(kit.order(version=1, customer_phone="139"))
    report = device.syncer.sync_once()
    assert (report.pushed, report.pulled, report.pending) == (1, 0, 0)
    assert device.sync_store.identity().revoked
    assert kit.stored(device.store)[0]["outcome"] == "quarantined"


def test_an_idle_sync_writes_nothing(hq: Hq, device: Device) -> None:
    device.syncer.sync_once()
    device.syncer.sync_once()
    before = (device.profile.path / "fixpoint.db-wal").read_bytes()
    device.syncer.sync_once()
    assert (device.profile.path / "fixpoint.db-wal").read_bytes() == before


def test_what_is_done_while_the_hello_is_under_way_goes_with_the_same_sync(hq: Hq, device: Device) -> None:
    device.syncer.sync_once()

    def work(request: Request, reply: Reply) -> Reply:
        device.wire.after = lambda _, reply: reply
        device.act("add_note", text="another process was quicker")
        hq.put(kit.order(version=1, customer_phone="139"))
        return reply

    device.wire.after = work
    report = device.syncer.sync_once()
    assert (report.pushed, report.pending) == (1, 0)
    assert device.row(WorkOrder, kit.ORDER) == hq.get(WorkOrder, kit.ORDER)


def test_a_new_password_reaches_the_other_devices_of_the_place_and_no_other_place(
    hq: Hq, device: Device, tmp_path: Path
) -> None:
    colleague = Device(tmp_path / "colleague", hq, seed=2)
    branch = Device(tmp_path / "branch", hq, kit.BRANCH, seed=3)
    device.syncer.sync_once()
    verifier = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA"
    device.store.record("change_password", {"verifier": verifier}, kit.WANG)
    assert device.syncer.sync_once().pending == 0
    for one in (colleague, branch):
        one.syncer.sync_once()
    found = colleague.row(Credential, kit.WANG)
    assert isinstance(found, Credential)
    assert (found.verifier, found.version) == (verifier, 1)
    assert branch.row(Credential, kit.WANG) is None
    for one in (colleague, branch):
        one.close()


def test_a_push_that_is_too_much_for_today_loses_nothing_and_the_rest_goes_on(hq: Hq, device: Device) -> None:
    told = codec.encode(Problem(code="too_many_requests", facts={"seconds": 3600}, sentence="x"))

    def refuse(request: Request) -> Reply | None:
        return Reply(429, {"retry-after": "3600"}, told) if request.path == "/v1/push" else None

    device.syncer.sync_once()
    device.act("add_note", text="waits")
    hq.put(kit.order(kit.named("news")))
    device.wire.before = refuse
    with pytest.raises(Refusal, match="too_many_requests") as caught:
        device.syncer.sync_once()
    assert caught.value.kind is Kind.TOO_MANY
    assert device.row(WorkOrder, kit.named("news")) is not None, "the other steps went on"
    assert device.sync_store.counts().pending == 1
    device.wire.before = lambda request: None
    assert device.syncer.sync_once().pushed == 1
