"""Work of a lost computer or of somebody who has left, and parked work whose maker is gone: kept for a person."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.actions.redo import redo
from app.offline_db.blob_queue import QueuedBlob
from app.offline_db.schema import operation
from app.queries.fate import fate_of
from app.queries.parked import Detail, mendable
from core.contract.messages import Outcome
from core.refusals import Refusal
from core.roles import Role
from core.rows.orders import Attachment, Note, WorkOrder
from core.rows.people import Person
from core.rows.sync import ParkedOperation
from core.work_order import State
from hq.books import prove
from hq.identity import issue_api_key, revoke_named
from hq.inbox import release
from hq.inbox.distrust import deactivate
from hq.inbox.releasing import withdraw
from hq.inbox.waiting import Waiting, branch_of, waiting
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Device, Hq, now, with_sample

PHOTO = b"\xff\xd8\xff" + bytes(range(256)) * 40


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
        made[-1].syncer.sync_once()
        return made[-1]

    yield enrol
    for device in made:
        device.close()


@pytest.fixture
def device(enrolled: Enrol) -> Device:
    return enrolled()


def photo(device: Device) -> str:
    """A photo taken at the order, with its operation."""
    sha256 = device.blobs.put(PHOTO).sha256
    args = {"order_id": kit.ORDER, "kind": "photo", "sha256": sha256, "bytes": len(PHOTO), "media_type": "image/jpeg"}
    queued = [QueuedBlob(sha256, len(PHOTO), "photo", kit.ORDER, "image/jpeg")]
    device.store.record("add_attachment", args, kit.WANG, blobs=queued)
    return sha256


def worked(device: Device) -> str:
    """Unsent: the order accepted, a note, a photo; the photo's name."""
    device.act("accept_order")
    device.act("add_note", text="带梯子")
    return photo(device)


def revoke(hq: Hq, device: Device) -> None:
    with hq.store.writing() as connection:
        revoke_named(connection, device.sync_store.identity().id, now())


def release_all(hq: Hq) -> list[Outcome]:
    """A person of HQ lets everything through, the earlier first."""
    done = []
    while found := waiting(hq.store):
        done.append(release(hq.store, branch_of(hq.store, found[0].id), found[0].id, "HQ").outcome)
    return done


def sound(hq: Hq) -> None:
    report = prove(hq.store)
    assert report.ok, report.problems


def outcomes(device: Device) -> list[str]:
    with device.store.engine.connect() as connection:
        return list(connection.execute(select(operation.c.outcome).order_by(operation.c.position)).scalars())


def kinds(found: list[Waiting]) -> list[tuple[str, str]]:
    return sorted((one.kind, one.code) for one in found)


def test_a_revoked_device_hands_in_work_and_photos_and_gets_nothing(hq: Hq, device: Device) -> None:
    sha256 = worked(device)
    revoke(hq, device)
    report = device.syncer.sync_once()
    assert (report.pushed, report.pending, device.sync_store.counts().blobs) == (3, 0, 0)
    assert device.sync_store.identity().revoked, "it is told"
    assert (hq.folder / "blobs" / sha256[:2] / sha256).read_bytes() == PHOTO
    assert hq.get(WorkOrder, kit.ORDER).state is State.OFFERED_STATION  # type: ignore[union-attr]
    with pytest.raises(Refusal) as caught:
        device.client.pull(kit.SCOPE, 0, 10, "")
    assert caught.value.code == "device_revoked"
    found = waiting(hq.store)
    assert kinds(found) == [("parked", "waits_behind"), ("parked", "waits_behind"), ("quarantined", "device_revoked")]
    first = found[0]
    assert (first.device, first.person, first.place_name) == (device.sync_store.identity().id, "王", "网点")
    sound(hq)


def test_what_a_revoked_device_handed_in_takes_effect_when_a_person_says_so(
    hq: Hq, device: Device, enrolled: Enrol
) -> None:
    sha256 = worked(device)
    revoke(hq, device)
    device.syncer.sync_once()
    assert release_all(hq) == [Outcome.RESOLVED] * 3
    order = hq.get(WorkOrder, kit.ORDER)
    assert isinstance(order, WorkOrder) and (order.state, order.technician_id) == (State.ACCEPTED, kit.WANG)
    colleague = enrolled()
    with colleague.store.reading() as rows:
        assert [note.text for note in rows.find(Note)] == ["带梯子"]
        assert [row.sha256 for row in rows.find(Attachment)] == [sha256]
        assert {row.state for row in rows.find(ParkedOperation)} == {"resolved"}
    assert colleague.client.send("GET", f"/v1/blobs/{sha256}").body == PHOTO
    sound(hq)


def test_the_unsent_work_of_a_person_who_left_waits_and_colleagues_go_on(hq: Hq, device: Device) -> None:
    sha256 = worked(device)
    person = deactivate(hq.store, "王")
    assert not person.active and not deactivate(hq.store, "王").active
    device.syncer.sync_once()
    assert kinds(waiting(hq.store))[-1] == ("quarantined", "person_inactive")
    assert (hq.folder / "blobs" / sha256[:2] / sha256).exists()
    with pytest.raises(Refusal) as caught:
        device.act("add_note", text="nicht mehr")
    assert caught.value.code == "person_inactive"
    assert release_all(hq) == [Outcome.RESOLVED] * 3
    device.act("add_note", kit.LEAD, text="the lead goes on")
    report = device.syncer.sync_once()
    assert (report.pushed, report.pending, report.parked) == (1, 0, 0)
    assert outcomes(device) == ["resolved", "resolved", "resolved", "applied"]
    assert device.row(WorkOrder, kit.ORDER) == hq.get(WorkOrder, kit.ORDER)
    sound(hq)


def test_hq_withdraws_with_a_reason_that_the_place_reads(hq: Hq, device: Device) -> None:
    done = device.act("accept_order")
    note = device.act("add_note", text="x")
    deactivate(hq.store, kit.WANG)
    device.syncer.sync_once()
    for reason in ("", "  "):
        with pytest.raises(Refusal):
            withdraw(hq.store, kit.BRANCH, done, reason, "HQ")
    answer = withdraw(hq.store, kit.BRANCH, done, "made by mistake", "HQ")
    assert (answer.outcome, answer.facts["withdrawn_because"]) == (Outcome.WITHDRAWN, "made by mistake")
    assert [(one.id, one.code) for one in waiting(hq.store)] == [(note, "person_inactive")], "judged for itself now"
    with pytest.raises(Refusal) as caught:
        withdraw(hq.store, kit.BRANCH, done, "again", "HQ")
    assert caught.value.code == "operation_not_parked"
    device.syncer.sync_once()
    shown = device.row(ParkedOperation, done)
    assert isinstance(shown, ParkedOperation)
    assert (shown.state, shown.resolved_by, shown.facts["withdrawn_because"]) == ("withdrawn", "HQ", "made by mistake")
    with device.store.engine.connect() as connection:
        fate = fate_of(connection, done)
    assert fate is not None and fate.outcome == "withdrawn"
    assert device.client.operation(done).outcome is Outcome.WITHDRAWN
    sound(hq)


def test_releasing_what_still_cannot_be_says_why(hq: Hq, device: Device) -> None:
    done = device.act("accept_order")
    hq.put(hq_person(hq, kit.WANG, roles=(Role.PARTS_PLANNER,)))
    device.syncer.sync_once()
    for wrong, code in ((done, "role_not_allowed"), ("01900000-0000-7000-8000-0000000000ff", "operation_unknown")):
        with pytest.raises(Refusal) as caught:
            release(hq.store, branch_of(hq.store, wrong), wrong, "HQ")
        assert caught.value.code == code
    assert len(waiting(hq.store, "分部")) == 1 and len(waiting(hq.store, kit.BRANCH)) == 1
    with pytest.raises(Refusal):
        waiting(hq.store, "nowhere")


def hq_person(hq: Hq, person_id: str, **changed: Any) -> Person:
    import msgspec

    person = hq.get(Person, person_id)
    assert isinstance(person, Person)
    return msgspec.structs.replace(person, **changed)


def test_names_that_are_no_device_or_person(hq: Hq, enrolled: Enrol) -> None:
    enrolled()
    enrolled()
    with hq.store.writing() as connection:
        for name, code in (("test", "device_ambiguous"), ("none", "device_named_wrong")):
            with pytest.raises(Refusal) as caught:
                revoke_named(connection, name, now())
            assert caught.value.code == code
    with pytest.raises(Refusal) as caught:
        deactivate(hq.store, "nobody")
    assert caught.value.code == "login_unknown"


# over the interface, with the right


def test_the_desk_does_the_same_over_the_interface(hq: Hq, device: Device) -> None:
    first = device.act("accept_order")
    second = device.act("add_note", text="x")
    with hq.store.writing() as connection:
        key = issue_api_key(connection, "desk", ["desk"], now())
        other = issue_api_key(connection, "call centre", ["intake"], now())
    with httpx.Client(base_url=hq.url, headers={"X-API-Key": key}, trust_env=False) as client:
        weak = client.get("/v1/waiting", headers={"X-API-Key": other})
        assert (weak.status_code, weak.json()["code"]) == (403, "right_missing")
        revoked = client.post(f"/v1/devices/{device.sync_store.identity().id}/revoke")
        assert revoked.json()["name"] == "test"
        gone = client.post(f"/v1/people/{kit.WANG}/deactivate")
        assert gone.json()["name"] == "王"
        device.syncer.sync_once()
        found = client.get("/v1/waiting", params={"branch": kit.BRANCH}).json()["waiting"]
        assert [one["id"] for one in found] == [first, second]
        assert client.post(f"/v1/waiting/{first}/withdraw", json={}).status_code == 400
        taken = client.post(f"/v1/waiting/{first}/withdraw", json={"reason": "a slip"}).json()
        assert taken["outcome"] == "withdrawn"
        assert client.post(f"/v1/waiting/{second}/release").json()["outcome"] == "resolved"
        assert client.post(f"/v1/waiting/{second}/release").json()["code"] == "operation_not_parked"
        assert client.get("/v1/waiting").json() == {"waiting": []}
    assert device.client.operation(second).outcome is Outcome.RESOLVED


# parked, and its maker is gone


@pytest.fixture
def parked(hq: Hq, device: Device) -> str:
    """A visit that HQ refused because its maker's role had changed; the maker's computer is gone for good."""
    device.act("accept_order")
    device.syncer.sync_once()
    visit = {"begins_at": "2026-03-03T01:00:00Z", "ends_at": "2026-03-03T03:00:00Z"}
    done = device.act("book_visit", **visit)
    hq.put(hq_person(hq, kit.WANG, roles=(Role.PARTS_PLANNER,)))
    device.syncer.sync_once()
    return done


def test_the_next_person_sees_what_was_given_and_mends_it(hq: Hq, parked: str, enrolled: Enrol) -> None:
    colleague = enrolled()
    with colleague.store.reading() as rows:
        shown = mendable(rows.connection, parked)
    assert (shown.action, shown.can_redo) == ("book_visit", True)
    details = {detail.name: detail for detail in shown.details}
    assert details["begins_at"] == Detail("begins_at", "time", "2026-03-03T01:00:00Z", True, True)
    assert not details["order_id"].may_change
    changed = {"begins_at": "2026-03-04T01:00:00Z", "ends_at": "2026-03-04T02:00:00Z"}
    done = redo(colleague.store, parked, changed, kit.LEAD)
    assert colleague.store.pending() == 2
    report = colleague.syncer.sync_once()
    assert (report.pushed, report.pending, report.parked) == (2, 0, 0)
    order = hq.get(WorkOrder, kit.ORDER)
    assert isinstance(order, WorkOrder) and order.visit_from is not None
    assert (order.state, order.visit_from.day) == (State.SCHEDULED, 4)
    assert colleague.client.operation(parked).outcome is Outcome.WITHDRAWN
    assert colleague.client.operation(done.operation.id).outcome is Outcome.APPLIED
    assert waiting(hq.store) == []
    sound(hq)


def test_mending_is_all_or_nothing(parked: str, enrolled: Enrol) -> None:
    colleague = enrolled()
    wrong = {"begins_at": "2026-03-04T05:00:00Z", "ends_at": "2026-03-04T02:00:00Z"}
    for changed, code in ((wrong, "visit_in_wrong_order"), ({"begins_at": None}, "arguments_invalid")):
        with pytest.raises(Refusal) as caught:
            redo(colleague.store, parked, changed, kit.LEAD)
        assert caught.value.code == code
    assert colleague.store.pending() == 0
    shown = colleague.row(ParkedOperation, parked)
    assert isinstance(shown, ParkedOperation) and shown.state == "open"
    with pytest.raises(Refusal) as caught:
        redo(colleague.store, kit.ORDER, {}, kit.LEAD)
    assert caught.value.code == "operation_not_parked"


def test_the_maker_mends_it_on_the_own_device(hq: Hq, device: Device, parked: str) -> None:
    hq.put(hq_person(hq, kit.WANG, roles=(Role.TECHNICIAN,)))
    device.syncer.sync_once()
    redo(device.store, parked, {}, kit.WANG)
    assert device.syncer.sync_once().parked == 0
    assert hq.get(WorkOrder, kit.ORDER).state is State.SCHEDULED  # type: ignore[union-attr]
    assert device.row(WorkOrder, kit.ORDER) == hq.get(WorkOrder, kit.ORDER)
    sound(hq)


def test_a_parked_password_is_shown_to_nobody(hq: Hq, device: Device, enrolled: Enrol) -> None:
    verifier = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG"
    done = device.store.record("change_password", {"verifier": verifier}, kit.WANG).operation.id
    deactivate(hq.store, kit.WANG)
    device.syncer.sync_once()
    colleague = enrolled()
    shown = colleague.row(ParkedOperation, done)
    assert isinstance(shown, ParkedOperation) and shown.args is None
    assert all(one.args is None for one in waiting(hq.store))
    with colleague.store.reading() as rows:
        assert not mendable(rows.connection, done).can_redo
    with pytest.raises(Refusal) as caught:
        redo(colleague.store, done, {}, kit.LEAD)
    assert caught.value.code == "parked_unreadable"
