"""Rescue files: written at one machine, handed in at any, once or often, early or late; the same state at HQ."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from app.offline_db.blob_queue import QueuedBlob
from app.offline_db.rescue import Exported, export_rescue
from app.sync.rescue import HandedIn, hand_in
from core.contract.messages import Outcome
from core.refusals import Refusal
from core.roles import Role
from core.rows.orders import Attachment, Note, WorkOrder
from core.rows.people import Person
from core.rows.sync import ParkedOperation
from core.work_order import State
from hq.backups import dump, restore
from hq.books import prove
from hq.identity import device_of, grant_epoch, revoke
from hq.store.schema import beside, inbox
from hq.store.schema import rescue as rescue_table
from rowstore import rescue_format
from rowstore.rescue_format import BlobContent, Cost, RescueFile
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Device, Hq, Request, now, with_sample

PASSPHRASE = "for this test only"
PHOTO = b"\xff\xd8\xff" + bytes(range(256)) * 9_000  # 2.3 MB: several pieces


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescue_format, "COST", Cost(memory_kib=64, time=1, lanes=1))


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Hq]:
    with with_sample(tmp_path / "hq") as hq:
        yield hq


Enrol = Callable[..., Device]


@pytest.fixture
def enrolled(tmp_path: Path, hq: Hq) -> Iterator[Enrol]:
    made: list[Device] = []

    def enrol(place: str = kit.STATION) -> Device:
        made.append(Device(tmp_path / f"device-{len(made)}", hq, place, seed=len(made) + 1))
        return made[-1]

    yield enrol
    for device in made:
        device.close()


@pytest.fixture
def device(enrolled: Enrol) -> Device:
    device = enrolled()
    device.syncer.sync_once()
    return device


def photo(device: Device, content: bytes = PHOTO) -> str:
    """A photo taken at the order, with its operation."""
    sha256 = device.blobs.put(content).sha256
    args = {"order_id": kit.ORDER, "kind": "photo", "sha256": sha256, "bytes": len(content), "media_type": "image/jpeg"}
    queued = [QueuedBlob(sha256, len(content), "photo", kit.ORDER, "image/jpeg")]
    device.store.record("add_attachment", args, kit.WANG, blobs=queued)
    return sha256


def export(device: Device, path: Path) -> Exported:
    return export_rescue(
        device.store.engine, device.blobs, device.key, path, PASSPHRASE, now(), lambda done, total: None
    )


def import_(path: Path, through: Device) -> HandedIn:
    file = RescueFile(path, PASSPHRASE)
    file.prove()
    return hand_in(file, through.client, lambda done: None)


def refused(code: str, call: Callable[[], Any]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        call()
    assert caught.value.code == code
    return caught.value


def state_of(hq: Hq) -> dict[str, Any]:
    """Everything at HQ that an import may change."""
    with hq.store.reading() as connection:
        rows = {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in [*hq.store.tables.values(), inbox, beside, rescue_table]
        }
    return {name: values for name, values in rows.items() if values}


def sound(hq: Hq) -> None:
    report = prove(hq.store)
    assert report.ok, report.problems


def notes(hq: Hq) -> list[str]:
    with hq.store.reading() as connection:
        return sorted(connection.execute(select(hq.store.tables[Note].c.text)).scalars())


def worked(device: Device) -> str:
    """Three unsent steps and a photo; the photo's name."""
    device.act("accept_order")
    device.act("add_note", text="带梯子")
    device.act("start_work")
    return photo(device)


def test_another_device_of_the_branch_hands_the_work_in(
    hq: Hq, device: Device, enrolled: Enrol, tmp_path: Path
) -> None:
    sha256 = worked(device)
    exported = export(device, tmp_path / "rescue")
    assert (exported.operations, exported.unanswered, exported.photos, exported.missing) == (4, 4, 1, 0)
    branch = enrolled(kit.BRANCH)
    done = import_(tmp_path / "rescue", branch)
    assert (done.known, done.taken, done.photos, done.outcomes) == (0, 4, 1, {"applied": 4})
    order = hq.get(WorkOrder, kit.ORDER)
    assert isinstance(order, WorkOrder) and (order.state, order.technician_id) == (State.IN_PROGRESS, kit.WANG)
    stored = (hq.folder / "blobs" / sha256[:2] / sha256).read_bytes()
    assert stored == PHOTO
    assert device.client.send("HEAD", f"/v1/blobs/{sha256}").headers["upload-complete"] == "?1"
    sound(hq)


def test_twice_and_on_two_machines_is_the_same_state(hq: Hq, device: Device, enrolled: Enrol, tmp_path: Path) -> None:
    worked(device)
    export(device, tmp_path / "rescue")
    first, second = enrolled(kit.BRANCH), enrolled()
    import_(tmp_path / "rescue", first)
    before = state_of(hq)
    for through in (first, second, device):
        again = import_(tmp_path / "rescue", through)
        assert (again.known, again.taken, again.photos) == (4, 0, 1)
    assert state_of(hq) == before
    sound(hq)


def test_the_device_itself_gets_its_answers_afterwards(hq: Hq, device: Device, enrolled: Enrol, tmp_path: Path) -> None:
    worked(device)
    export(device, tmp_path / "rescue")
    device.act("add_note", text="made after the file was written")
    import_(tmp_path / "rescue", enrolled(kit.BRANCH))
    report = device.syncer.sync_once()
    assert (report.pushed, report.pending, report.parked) == (5, 0, 0)
    assert device.sync_store.counts().blobs == 0
    assert device.sync_store.identity().epoch == 1, "nothing forked"
    assert device.row(WorkOrder, kit.ORDER) == hq.get(WorkOrder, kit.ORDER)
    assert notes(hq) == ["made after the file was written", "带梯子"]
    sound(hq)


def test_a_file_handed_in_after_the_device_has_synced_changes_nothing(
    hq: Hq, device: Device, enrolled: Enrol, tmp_path: Path
) -> None:
    worked(device)
    export(device, tmp_path / "rescue")
    device.syncer.sync_once()
    before = state_of(hq)
    done = import_(tmp_path / "rescue", enrolled(kit.BRANCH))
    assert (done.known, done.taken) == (4, 0)
    after = state_of(hq)
    assert len(after.pop("rescue")) == 1
    assert after == before


def test_what_no_longer_fits_the_chain_is_taken_beside_it(
    hq: Hq, device: Device, enrolled: Enrol, tmp_path: Path
) -> None:
    worked(device)
    export(device, tmp_path / "rescue")
    name = device.sync_store.identity().id
    with hq.store.writing() as connection:
        grant_epoch(connection, device_of(connection, name), 2, "a clone came first", now())
    done = import_(tmp_path / "rescue", enrolled(kit.BRANCH))
    assert (done.taken, done.outcomes) == (4, {"applied": 4})
    with hq.store.reading() as connection:
        kept = connection.execute(select(inbox.c.epoch, inbox.c.n).order_by(inbox.c.n)).all()
        assert kept == [(0, 1), (0, 2), (0, 3), (0, 4)]
        assert device_of(connection, name).last_n == 0, "the chain is what the device sends itself"
    sound(hq)
    device.act("add_note", text="later")
    report = device.syncer.sync_once()  # numbered anew under the second epoch, known by their ids
    assert (report.pushed, report.pending, report.parked) == (5, 0, 0)
    assert notes(hq) == ["later", "带梯子"]
    assert device.row(WorkOrder, kit.ORDER) == hq.get(WorkOrder, kit.ORDER)
    again = import_(tmp_path / "rescue", enrolled(kit.BRANCH))
    assert (again.known, again.taken) == (4, 0)
    sound(hq)


def test_a_chain_that_comes_after_its_rescued_part_closes_without_a_fork(
    hq: Hq, device: Device, enrolled: Enrol, tmp_path: Path
) -> None:
    """The file lacks the beginning: its operations stand beside, and take their places when the device sends all."""
    from app.offline_db.engine import writing
    from app.offline_db.schema import operation

    device.act("add_note", text="first")
    worked(device)
    with writing(device.store.engine) as connection:
        first = connection.execute(select(operation).where(operation.c.n == 1)).mappings().one()
        connection.execute(operation.delete().where(operation.c.n == 1))
    export(device, tmp_path / "rescue")
    with writing(device.store.engine) as connection:
        connection.execute(operation.insert().values(dict(first)))
    done = import_(tmp_path / "rescue", enrolled(kit.BRANCH))
    assert (done.taken, done.outcomes) == (4, {"applied": 4})
    device.act("add_note", text="later")
    report = device.syncer.sync_once()
    assert (report.pending, device.sync_store.identity().epoch) == (0, 1)
    assert notes(hq) == ["first", "later", "带梯子"]
    with hq.store.reading() as connection:
        chain = connection.execute(select(inbox.c.n, inbox.c.repeats).where(inbox.c.epoch == 1).order_by(inbox.c.n))
        assert [bool(found.repeats) for found in chain] == [False, True, True, True, True, False]
    sound(hq)


def test_a_file_of_before_a_new_epoch_is_known_by_its_ids(
    hq: Hq, device: Device, enrolled: Enrol, tmp_path: Path
) -> None:
    worked(device)
    export(device, tmp_path / "rescue")
    with hq.store.writing() as connection:
        grant_epoch(connection, device_of(connection, device.sync_store.identity().id), 2, "a clone", now())
    assert device.syncer.sync_once().pushed == 4  # numbered anew: other hashes, the same ids
    before = state_of(hq)
    done = import_(tmp_path / "rescue", enrolled(kit.BRANCH))
    assert (done.known, done.taken) == (4, 0)
    assert {name: rows for name, rows in state_of(hq).items() if name != "rescue"} == before
    sound(hq)


def test_after_hq_was_restored_the_answered_ones_come_back_too(
    hq: Hq, device: Device, enrolled: Enrol, tmp_path: Path
) -> None:
    branch = enrolled(kit.BRANCH)
    branch.syncer.sync_once()
    dump(hq.store, hq.folder / "blobs", tmp_path / "backup", now())
    worked(device)
    device.syncer.sync_once()
    exported = export(device, tmp_path / "rescue")
    assert (exported.operations, exported.unanswered, exported.photos) == (4, 0, 0)
    restore(hq.store, hq.folder / "blobs", tmp_path / "backup", now())
    done = import_(tmp_path / "rescue", branch)
    assert (done.taken, done.outcomes) == (4, {"applied": 4})
    device.act("add_note", text="later")
    report = device.syncer.sync_once()
    assert (report.pending, report.parked, notes(hq)) == (0, 0, ["later", "带梯子"])
    assert device.row(WorkOrder, kit.ORDER) == hq.get(WorkOrder, kit.ORDER)
    sound(hq)


def test_a_file_of_another_hq_is_refused(hq: Hq, device: Device, tmp_path: Path) -> None:
    worked(device)
    export(device, tmp_path / "rescue")
    file = RescueFile(tmp_path / "rescue", PASSPHRASE)
    with with_sample(tmp_path / "other-hq") as other:
        stranger = Device(tmp_path / "stranger", other, kit.BRANCH, seed=77)
        refused("rescue_other_hq", lambda: hand_in(file, stranger.client, lambda done: None))
        stranger.close()


def test_parked_in_a_file_is_shown_and_holds_back_only_its_order(
    hq: Hq, device: Device, enrolled: Enrol, tmp_path: Path
) -> None:
    device.act("accept_order")
    device.act("start_work")
    wang = hq.get(Person, kit.WANG)
    assert isinstance(wang, Person)
    hq.put(msgspec.structs.replace(wang, roles=(Role.PARTS_PLANNER,)))
    export(device, tmp_path / "rescue")
    branch = enrolled(kit.BRANCH)
    done = import_(tmp_path / "rescue", branch)
    assert done.outcomes == {"parked": 2}
    colleague = enrolled()
    colleague.syncer.sync_once()
    with colleague.store.reading() as rows:
        shown = sorted(rows.find(ParkedOperation), key=lambda row: row.made_at)
    assert {row.action for row in shown} == {"accept_order", "start_work"}
    assert {row.code for row in shown} == {"role_not_allowed", "waits_behind"}
    assert all(row.args == {"order_id": kit.ORDER} for row in shown)
    colleague.act("add_note", kit.LEAD, text="another device goes on")
    assert colleague.syncer.sync_once().pending == 0
    sound(hq)


def test_the_file_of_a_revoked_device_waits_in_quarantine(
    hq: Hq, device: Device, enrolled: Enrol, tmp_path: Path
) -> None:
    sha256 = worked(device)
    export(device, tmp_path / "rescue")
    with hq.store.writing() as connection:
        revoke(connection, device.sync_store.identity().id, now())
    done = import_(tmp_path / "rescue", enrolled(kit.BRANCH))
    assert (done.photos, done.outcomes) == (1, {"quarantined": 1, "parked": 3})
    assert (hq.folder / "blobs" / sha256[:2] / sha256).exists()
    assert hq.get(Attachment, sha256) is None and notes(hq) == []
    refused("device_revoked", lambda: import_(tmp_path / "rescue", device))
    sound(hq)


def test_only_the_branch_or_hq_may_hand_it_in(hq: Hq, device: Device, enrolled: Enrol, tmp_path: Path) -> None:
    worked(device)
    export(device, tmp_path / "rescue")
    foreign = enrolled(kit.WAREHOUSE)
    refused("rescue_not_yours", lambda: import_(tmp_path / "rescue", foreign))
    with hq.store.reading() as connection:
        assert connection.execute(select(inbox)).first() is None
        assert connection.execute(select(rescue_table)).first() is None


def test_a_cut_import_goes_on_where_it_was(hq: Hq, device: Device, enrolled: Enrol, tmp_path: Path) -> None:
    sha256 = worked(device)
    export(device, tmp_path / "rescue")
    branch = enrolled(kit.BRANCH)
    patches = 0

    def cut(request: Request) -> None:
        nonlocal patches
        patches += request.method == "PATCH"
        if patches == 2:
            raise Refusal("hq_unreachable")

    branch.wire.before = cut
    refused("hq_unreachable", lambda: import_(tmp_path / "rescue", branch))
    branch.wire.before = lambda request: None
    branch.wire.sent.clear()
    done = import_(tmp_path / "rescue", branch)
    assert (done.known, done.taken, done.photos) == (4, 0, 1)
    sent = [request for request in branch.wire.sent if request.method == "PATCH"]
    assert 0 < sum(len(request.body) for request in sent) < len(PHOTO) - 1024 * 1024, (
        "the first piece is not sent again"
    )
    assert hashlib.sha256((hq.folder / "blobs" / sha256[:2] / sha256).read_bytes()).hexdigest() == sha256


# files that can't be right


@pytest.fixture
def file(device: Device, tmp_path: Path) -> Path:
    worked(device)
    export(device, tmp_path / "rescue")
    return tmp_path / "rescue"


def test_the_passphrase_is_needed_and_nothing_shows_without_it(file: Path) -> None:
    refused("rescue_passphrase_wrong", lambda: RescueFile(file, PASSPHRASE + "x"))
    content = file.read_bytes()
    assert b"accept_order" not in content and "带梯子".encode() not in content
    assert file.stat().st_mode & 0o077 == 0


def test_a_cut_file_is_refused_as_a_whole(hq: Hq, device: Device, file: Path) -> None:
    content = file.read_bytes()
    for share in (0.0001, 0.001, 0.01, 0.5, 0.9, 0.999):
        file.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(Refusal) as caught:
            import_(file, device)
        assert caught.value.code in ("rescue_damaged", "rescue_unreadable"), share
    with hq.store.reading() as connection:
        assert connection.execute(select(inbox)).first() is None


def test_a_file_cut_between_two_chunks_is_refused(hq: Hq, device: Device, file: Path) -> None:
    content = file.read_bytes()
    head = content.index(b"}", content.index(b'"check"')) + 1
    file.write_bytes(content[: head + 3 * (rescue_format.CHUNK + 16)])
    assert refused("rescue_damaged", lambda: import_(file, device)).facts == {"problem": "cut off"}


def test_every_changed_byte_is_noticed(device: Device, file: Path) -> None:
    content = file.read_bytes()
    for at in (0, 9, 40, 150, 400, len(content) // 2, len(content) - 1):
        file.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(Refusal) as caught:
            RescueFile(file, PASSPHRASE).prove()
        assert caught.value.code in ("rescue_damaged", "rescue_unreadable", "rescue_passphrase_wrong"), at


@pytest.mark.parametrize("content", [b"", b"FX", b"FXRESCUE", b"FXRESCUE\xff\xff{}", b"PK\x03\x04" * 50])
def test_what_is_no_rescue_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    refused("rescue_unreadable", lambda: RescueFile(tmp_path / "x", PASSPHRASE))
    refused("file_missing", lambda: RescueFile(tmp_path / "none", PASSPHRASE))


def test_a_file_that_asks_for_all_memory_is_not_opened(tmp_path: Path, file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content.replace(b'"memory_kib":64', b'"memory_kib":99999999'))
    with pytest.raises(Refusal) as caught:
        RescueFile(file, PASSPHRASE)
    assert caught.value.code == "rescue_unreadable"


def test_a_forged_file_is_refused(hq: Hq, device: Device, enrolled: Enrol, tmp_path: Path) -> None:
    """Another device claims the first one's work: neither its manifest nor a foreign operation is taken."""
    from app.offline_db import device as device_table
    from app.offline_db.engine import writing

    worked(device)
    liar = enrolled()
    liar.syncer.sync_once()
    liar.act("add_note", text="invented")
    with writing(liar.store.engine) as connection:
        device_table.change(connection, id=device.sync_store.identity().id)
    export(liar, tmp_path / "forged")
    refused("rescue_forged", lambda: import_(tmp_path / "forged", enrolled(kit.BRANCH)))
    assert notes(hq) == []


def test_a_file_that_lacks_what_its_device_signed_for_is_refused(device: Device, tmp_path: Path, file: Path) -> None:
    """Whoever knows the passphrase may write a file anew, but not with fewer or other operations and photos."""
    opened = RescueFile(file, PASSPHRASE)
    records: list[Any] = []
    for found in opened.records():
        is_blob = isinstance(found, BlobContent)
        records.append(found._replace(pieces=iter([b"".join(found.pieces)])) if is_blob else found)  # type: ignore[union-attr]
    batch, blob = records
    harms = [([batch[:-1]], [blob]), ([batch, batch[:1]], [blob]), ([batch[::-1]], [blob]), ([batch], [])]
    for number, (batches, blobs) in enumerate(harms):
        path = tmp_path / f"harm-{number}"
        with path.open("wb") as target:
            rescue_format.seal(target, PASSPHRASE, opened.signed, batches, blobs)
        refused("rescue_damaged", RescueFile(path, PASSPHRASE).prove)


def test_an_operation_that_its_device_did_not_sign_stops_its_whole_batch(
    hq: Hq, device: Device, enrolled: Enrol, tmp_path: Path
) -> None:
    from app.offline_db.engine import writing
    from app.offline_db.schema import operation

    worked(device)
    with writing(device.store.engine) as connection:
        wrong = connection.execute(select(operation.c.signature).where(operation.c.n == 1)).scalar_one()
        connection.execute(update(operation).where(operation.c.n == 3).values(signature=wrong))
    export(device, tmp_path / "rescue")
    refused("signature_invalid", lambda: import_(tmp_path / "rescue", enrolled(kit.BRANCH)))
    with hq.store.reading() as connection:
        assert connection.execute(select(inbox)).first() is None


def test_exporting_refuses_what_would_be_lost_or_weak(device: Device, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    refused("file_exists", lambda: export(device, tmp_path / "there"))
    assert (tmp_path / "there").read_text() == "mine"
    refused("file_missing", lambda: export(device, tmp_path / "no folder" / "x"))
    short = lambda: export_rescue(  # noqa: E731
        device.store.engine, device.blobs, device.key, tmp_path / "x", "short", now(), lambda done, total: None
    )
    refused("passphrase_too_short", short)
    assert not (tmp_path / "x").exists()


def test_a_photo_that_is_gone_is_told_and_the_rest_is_written(
    hq: Hq, device: Device, enrolled: Enrol, tmp_path: Path
) -> None:
    gone, kept = photo(device, PHOTO + b"1"), photo(device, PHOTO + b"2")
    device.blobs.remove(gone)
    exported = export(device, tmp_path / "rescue")
    assert (exported.photos, exported.missing) == (1, 1)
    assert RescueFile(tmp_path / "rescue", PASSPHRASE).manifest.missing == (gone,)
    assert import_(tmp_path / "rescue", enrolled(kit.BRANCH)).photos == 1
    assert (hq.folder / "blobs" / kept[:2] / kept).exists()


# the proof of what stands beside a chain


@pytest.mark.parametrize("harm", ["last", "middle", "content", "mark"])
def test_harm_beside_the_chain_is_found(hq: Hq, device: Device, enrolled: Enrol, tmp_path: Path, harm: str) -> None:
    worked(device)
    export(device, tmp_path / "rescue")
    with hq.store.writing() as connection:
        grant_epoch(connection, device_of(connection, device.sync_store.identity().id), 2, "a clone", now())
    import_(tmp_path / "rescue", enrolled(kit.BRANCH))
    sound(hq)
    with hq.store.writing() as connection:
        if harm == "mark":
            connection.execute(beside.delete())
        elif harm == "content":
            connection.execute(update(inbox).where(inbox.c.n == 2).values(body=b"{}"))
        else:
            connection.execute(inbox.delete().where(inbox.c.n == (4 if harm == "last" else 2)))
    report = prove(hq.store)
    assert not report.ok
    assert {problem["check"] for problem in report.problems} >= {"rescued"}


def test_the_outcome_of_a_rescued_operation_is_told_to_its_place(
    hq: Hq, device: Device, enrolled: Enrol, tmp_path: Path
) -> None:
    done = device.act("accept_order")
    export(device, tmp_path / "rescue")
    branch = enrolled(kit.BRANCH)
    import_(tmp_path / "rescue", branch)
    assert device.client.operation(done).outcome is Outcome.APPLIED
    assert branch.client.operation(done).outcome is Outcome.APPLIED
