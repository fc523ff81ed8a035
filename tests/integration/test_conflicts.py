"""Two sides change the same thing: what merges, what becomes a conflict, what a person's pick does, at real devices."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.actions import act
from app.actions.desk import Desk
from app.queries.approvals import requests
from core.approvals import subject_hash
from core.refusals import Refusal
from core.roles import Role
from core.rows.orders import (
    ApprovalKind,
    ApprovalRequest,
    Attachment,
    Note,
    OrderUnit,
    Quotation,
    ScanEvent,
    TimelineEntry,
    UnitVerdict,
    WorkOrder,
)
from core.rows.parts import PartLine, StockMove
from core.rows.settlement import Claim
from core.rows.sync import Conflict, ParkedOperation, Task
from core.warranty import Outcome as WarrantyOutcome
from core.warranty import RegistryState, Verdict
from core.work_order import State
from hq.sample.documents import documents
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Device, Hq, now, with_sample

S = State


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Hq]:
    with with_sample(tmp_path / "hq") as hq:
        hq.add([kit.person(kit.MANAGER, "经理", Role.BRANCH_MANAGER, at=kit.BRANCH)])
        yield hq


class Two:
    """A station's device and its branch's (or a colleague's), both with everything HQ has."""

    def __init__(self, hq: Hq, here: Device, there: Device) -> None:
        self.hq, self.here, self.there = hq, here, there
        self.sync()

    def sync(self, *devices: Device) -> None:
        for device in devices or (self.here, self.there):
            device.syncer.sync_once()

    def settle(self) -> None:
        """Both have what the other did."""
        self.sync()
        self.sync()

    def conflicts(self, **equal: object) -> list[Conflict]:
        """The open conflicts, which both devices see alike."""
        found = [rows_of(device, Conflict, state="open", **equal) for device in (self.here, self.there)]
        assert found[0] == found[1], "both sides see the same conflicts"
        return found[0]

    def outcomes(self, device: Device) -> list[str]:
        return [found["outcome"] for found in kit.stored(device.store)]


def rows_of(device: Device, kind: type[Any], **equal: object) -> list[Any]:
    with device.store.reading() as rows:
        return list(rows.find(kind, **equal))


def order_at(device: Device) -> WorkOrder:
    found = device.row(WorkOrder, kit.ORDER)
    assert isinstance(found, WorkOrder)
    return found


def of_hq(hq: Hq) -> WorkOrder:
    found = hq.get(WorkOrder, kit.ORDER)
    assert isinstance(found, WorkOrder)
    return found


def pair(hq: Hq, folder: Path, place: str) -> Iterator[Two]:
    here, there = Device(folder / "here", hq), Device(folder / "there", hq, place=place, seed=2)
    yield Two(hq, here, there)
    here.close()
    there.close()


@pytest.fixture
def branch(hq: Hq, tmp_path: Path) -> Iterator[Two]:
    """The station and its branch."""
    yield from pair(hq, tmp_path, kit.BRANCH)


@pytest.fixture
def colleagues(hq: Hq, tmp_path: Path) -> Iterator[Two]:
    """Two devices of the station, where work is under way."""
    hq.put(kit.order(version=1, state=S.IN_PROGRESS, accepted_at=now(), started_at=now()))
    yield from pair(hq, tmp_path, kit.STATION)


def cancel(two: Two) -> None:
    two.there.act("cancel_order", person=kit.MANAGER, reason="客户取消")


def finish(two: Two) -> None:
    """The station does the whole repair as far as the order's moves go."""
    for action in ("accept_order", "start_work", "finish_repair"):
        two.here.act(action)


def ready_to_complete(hq: Hq) -> None:
    """The unit is identified, judged and coded, the customer has signed; there is a tariff."""
    day = now().date()
    verdict = Verdict(
        model="KT55", serial="A1", day=day, outcome=WarrantyOutcome.IN_WARRANTY, registry=RegistryState.COMPLETE
    )
    mine: dict[str, Any] = {"branch_id": kit.BRANCH, "station_id": kit.STATION, "order_id": kit.ORDER}
    hq.add(documents(now(), day))
    hq.add(
        [
            UnitVerdict(
                id=kit.named("verdict"), unit_id=kit.UNIT, serial="A1", model="KT55", day=day, outcome="in_warranty",
                verdict=verdict, judged_by=kit.WANG, judged_at=now(), **mine,
            ),
            Quotation(
                id=kit.named("quotation"), lines=(), total_fen=0, price_list="x", signed_by="李",
                signature_sha256="a" * 64,
                signed_at=now(), **mine,
            ),
        ]
    )  # fmt: skip
    codes = {"condition": "1", "symptom": "D01", "section": "MBD", "defect": "12", "repair": "10"}
    hq.put(kit.unit(model="KT55", serial="A1", verdict_id=kit.named("verdict"), **codes))
    hq.put(kit.order(version=1, state=S.IN_PROGRESS, technician_id=kit.WANG, accepted_at=now(), started_at=now()))


# cancelled, recalled, declined


def test_cancelled_while_the_station_worked_is_a_conflict_with_both_values_and_makers(branch: Two) -> None:
    finish(branch)
    branch.here.act("add_note", text="已修好")
    cancel(branch)
    branch.sync(branch.there, branch.here)
    branch.settle()
    assert of_hq(branch.hq).state is S.CANCELLED
    (conflict,) = branch.conflicts()
    assert (conflict.field, conflict.hq_value, conflict.place_value) == ("state", S.CANCELLED, S.REPAIRED)
    assert (conflict.person_name, conflict.hq_person, conflict.stands) == ("王", "经理", "hq")
    assert conflict.hq_at is not None and conflict.place_id == kit.STATION
    assert branch.outcomes(branch.here) == ["conflict"] * 3 + ["applied"]
    assert rows_of(branch.there, ParkedOperation) == rows_of(branch.there, Task) == []


def test_work_that_came_first_and_a_cancellation_after_it_are_the_same_conflict(branch: Two) -> None:
    finish(branch)
    cancel(branch)
    branch.sync(branch.here, branch.there)
    branch.settle()
    assert of_hq(branch.hq).state is S.REPAIRED, "the work goes on until the branch has picked"
    (conflict,) = branch.conflicts()
    assert (conflict.hq_value, conflict.place_value) == (S.REPAIRED, S.CANCELLED)
    assert (conflict.person_name, conflict.hq_person) == ("经理", "王")
    assert conflict.also is not None and conflict.also["result"] == "客户取消"


def test_the_branch_picks_the_work_and_it_stands_as_the_station_did_it(branch: Two) -> None:
    finish(branch)
    cancel(branch)
    branch.sync(branch.there, branch.here)
    branch.settle()
    (conflict,) = branch.conflicts()
    picked = {"conflict_id": conflict.id, "value": S.REPAIRED}
    with pytest.raises(Refusal) as caught:
        branch.here.store.record("pick_value", picked, kit.WANG)
    assert caught.value.code == "pick_is_the_branchs"
    branch.there.store.record("pick_value", picked, kit.MANAGER)
    branch.settle()
    order = of_hq(branch.hq)
    assert (order.state, order.technician_id, order.result) == (S.REPAIRED, kit.WANG, None)
    assert order.accepted_at is not None and order.started_at is not None
    assert order_at(branch.here) == order_at(branch.there) == order
    (settled,) = rows_of(branch.here, Conflict)
    assert (settled.picked_by_name, settled.hq_also["result"]) == ("经理", "客户取消")


def test_the_branch_picks_the_cancellation_of_work_that_went_on(branch: Two) -> None:
    finish(branch)
    cancel(branch)
    branch.sync(branch.here, branch.there)
    branch.settle()
    (conflict,) = branch.conflicts()
    branch.there.store.record("pick_value", {"conflict_id": conflict.id, "value": S.CANCELLED}, kit.MANAGER)
    branch.settle()
    assert (order_at(branch.here).state, order_at(branch.here).result) == (S.CANCELLED, "客户取消")
    assert rows_of(branch.here, Conflict)[0].place_value == S.CANCELLED


@pytest.mark.parametrize("station_first", [True, False])
def test_recalled_while_work_was_begun_is_for_the_branch_to_say(branch: Two, station_first: bool) -> None:
    branch.here.act("accept_order")
    branch.settle()
    branch.here.act("start_work")
    branch.here.act("add_note", text="已到用户家")
    branch.there.act("recall_order", person=kit.MANAGER, reason="改派")
    first = (branch.here, branch.there) if station_first else (branch.there, branch.here)
    branch.sync(*first)
    branch.settle()
    (conflict,) = branch.conflicts()
    assert {conflict.hq_value, conflict.place_value} == {S.IN_PROGRESS, S.AT_BRANCH}
    assert [note.text for note in rows_of(branch.there, Note)] == ["已到用户家"]
    branch.there.store.record("pick_value", {"conflict_id": conflict.id, "value": S.IN_PROGRESS}, kit.MANAGER)
    branch.settle()
    order = order_at(branch.here)
    assert (order.state, order.station_id, order.technician_id) == (S.IN_PROGRESS, kit.STATION, kit.WANG)
    assert order == order_at(branch.there)


def test_declined_and_recalled_at_once_want_the_same(branch: Two) -> None:
    branch.here.act("decline_order", reason="太远")
    branch.there.act("recall_order", person=kit.MANAGER, reason="改派")
    branch.sync(branch.there, branch.here)
    branch.settle()
    assert of_hq(branch.hq).state is S.AT_BRANCH
    assert branch.outcomes(branch.here) == ["merged"]
    assert branch.conflicts() == rows_of(branch.there, ParkedOperation) == []
    told = {entry.action for entry in rows_of(branch.here, TimelineEntry)}
    assert "decline_order" in told, "that it was declined can still be read"


# what left while it was edited


def test_an_order_that_was_taken_away_while_it_was_edited_is_shown_to_both(branch: Two) -> None:
    branch.here.act("accept_order")
    branch.settle()
    noted = branch.here.act("add_note", text="备注")
    assigned = branch.here.act("assign_technician", person=kit.LEAD, technician_id=kit.WANG)
    branch.there.act("recall_order", person=kit.MANAGER, reason="改派")
    branch.sync(branch.there, branch.here)
    branch.settle()
    (task,) = rows_of(branch.there, Task)
    assert (task.facts["code"], task.facts["facts"]["by"]) == ("order_left", "经理")
    assert rows_of(branch.here, Task) == [task]
    assert [note.text for note in rows_of(branch.here, Note)] == ["备注"], "the fact is kept for both"
    (parked,) = rows_of(branch.there, ParkedOperation)
    assert (parked.id, parked.code, parked.facts["action"]) == (assigned, "order_left", "recall_order")
    assert rows_of(branch.here, ParkedOperation) == [parked]
    assert noted != assigned


# fields


def identify(device: Device, serial: str, person: str = kit.WANG, model: str = "KT55") -> str:
    return device.act("identify_unit", person, unit_id=kit.UNIT, model=model, serial=serial, source="typed")


def test_different_fields_merge_and_the_merge_can_be_read(colleagues: Two) -> None:
    documents = {"unit_id": kit.UNIT, "invoice_number": "0123"}
    colleagues.here.act("record_documents", **documents)
    colleagues.there.act("code_fault", kit.LEAD, unit_id=kit.UNIT, symptom="111")
    colleagues.settle()
    colleagues.settle()
    unit = colleagues.hq.get(OrderUnit, kit.UNIT)
    assert isinstance(unit, OrderUnit)
    assert (unit.invoice_number, unit.symptom) == ("0123", "111")
    assert colleagues.outcomes(colleagues.there) == ["merged"]
    answer = kit.stored(colleagues.there.store)[0]["answer"]
    assert answer["facts"]["fields"] == ["order_unit.symptom"]
    assert colleagues.conflicts() == []


def test_the_owners_value_stands_until_a_person_picks(branch: Two) -> None:
    """The diagnosis is the place's: what HQ changed meanwhile is kept beside it, not over it."""
    branch.hq.put(kit.order(version=1, state=S.IN_PROGRESS, technician_id=kit.WANG))
    branch.sync()
    identify(branch.here, "A1")
    branch.hq.put(kit.unit(model="KT55", serial="B2"))
    branch.settle()
    (conflict,) = branch.conflicts()
    assert (conflict.field, conflict.hq_value, conflict.place_value) == ("serial", "B2", "A1")
    assert conflict.stands == "place"
    assert rows_of(branch.here, OrderUnit)[0].serial == rows_of(branch.there, OrderUnit)[0].serial == "A1"
    branch.there.store.record("pick_value", {"conflict_id": conflict.id, "value": "B2"}, kit.MANAGER)
    branch.settle()
    assert {device.row(OrderUnit, kit.UNIT).serial for device in (branch.here, branch.there)} == {"B2"}  # type: ignore[union-attr]


# lists


def test_a_colleagues_work_is_not_erased(colleagues: Two) -> None:
    """Two devices add to the same order at once: notes, parts, photos, scans, and different papers of one unit."""
    for device, person, mark in ((colleagues.here, kit.WANG, "1"), (colleagues.there, kit.LEAD, "2")):
        device.act("add_note", person, text=f"备注 {mark}")
        device.act("use_part", person, unit_id=kit.UNIT, part_id="P1", new_serial=mark)
        photo = {"kind": "photo", "sha256": mark * 64, "bytes": 1, "media_type": "image/jpeg"}
        device.act("add_attachment", person, **photo)
        identify(device, "S1", person)
    colleagues.here.act("record_documents", unit_id=kit.UNIT, invoice_number="0123", invoice_date="2026-01-05")
    colleagues.there.act("record_documents", kit.LEAD, unit_id=kit.UNIT, warranty_card_date="2026-01-06")
    colleagues.here.act("code_fault", unit_id=kit.UNIT, symptom="111", defect="A")
    colleagues.there.act("code_fault", kit.LEAD, unit_id=kit.UNIT, section="PWR")
    colleagues.settle()
    colleagues.settle()
    for device in (colleagues.here, colleagues.there):
        counts = [len(rows_of(device, kind)) for kind in (Note, PartLine, StockMove, Attachment, ScanEvent)]
        assert counts == [2, 2, 2, 2, 2]
        (unit,) = rows_of(device, OrderUnit)
        assert (unit.invoice_number, str(unit.invoice_date), str(unit.warranty_card_date)) == (
            "0123",
            "2026-01-05",
            "2026-01-06",
        )
        assert (unit.symptom, unit.defect, unit.section) == ("111", "A", "PWR")
    assert colleagues.conflicts() == []


def test_what_a_colleague_wrote_is_not_hidden_while_ones_own_waits(colleagues: Two) -> None:
    """The local replay merges as HQ will, so that nobody sees their colleague's papers vanish for a while."""
    colleagues.here.act("record_documents", unit_id=kit.UNIT, invoice_number="0123")
    colleagues.sync(colleagues.here)
    colleagues.there.act("record_documents", kit.LEAD, unit_id=kit.UNIT, warranty_card_date="2026-01-06")
    colleagues.there.wire.before = lambda request: refuse_push(request.path)
    with pytest.raises(Refusal):
        colleagues.sync(colleagues.there)
    (unit,) = rows_of(colleagues.there, OrderUnit)
    assert (unit.invoice_number, str(unit.warranty_card_date)) == ("0123", "2026-01-06")


def refuse_push(path: str) -> Any:
    from tests.integration.hq_kit import Reply

    return Reply(500, {}, b"") if path == "/v1/push" else None


# approvals


def asking(two: Two) -> ApprovalRequest:
    two.hq.put(kit.order(version=1, state=S.IN_PROGRESS, technician_id=kit.WANG, accepted_at=now()))
    two.sync()
    identify(two.here, "A1")
    two.here.act("ask_approval", kind="goodwill", rule="goodwill.days_over", days_over=9, reason="超保 9 天")
    two.settle()
    (request,) = rows_of(two.there, ApprovalRequest)
    return request


def decide(two: Two, request: ApprovalRequest, subject: str) -> str:
    given = {"request_id": request.id, "approved": True, "subject_hash": subject}
    return two.there.act("decide_approval", kit.MANAGER, **given)


def test_a_decision_about_an_older_version_is_read_as_such_at_both_ends(branch: Two) -> None:
    request = asking(branch)
    decide(branch, request, request.subject_hash)  # offline, about serial A1
    identify(branch.here, "B2")
    branch.sync(branch.here, branch.there)
    branch.settle()
    assert kit.stored(branch.there.store)[-1]["answer"]["facts"]["code"] == "approval_outdated"
    assert rows_of(branch.there, ParkedOperation) == []
    for device in (branch.here, branch.there):
        with device.store.reading() as rows:
            (line,) = requests(rows, kit.MANAGER, date(2026, 11, 20))
        assert line.decided is None and line.edited
        assert line.older is not None and line.older.approved
        assert order_at(device).state is S.WAITING_APPROVAL
    with branch.there.store.reading() as rows:
        stands = subject_hash(rows, kit.ORDER, ApprovalKind.GOODWILL, 9, 0)
    decide(branch, request, stands)
    branch.settle()
    with branch.here.store.reading() as rows:
        (line,) = requests(rows, kit.MANAGER, date(2026, 11, 20))
    assert line.decided is not None and line.decided.approved
    assert order_at(branch.here).state is S.IN_PROGRESS


# a third value, and two who pick at once


def desk(device: Device, person: str, place: str) -> Desk:
    return Desk(device.store, device.blobs, person, place, now)


@pytest.mark.parametrize("at_branch", [False, True])
def test_a_person_writes_a_third_value_at_a_desk(branch: Two, at_branch: bool) -> None:
    branch.hq.put(kit.order(version=1, state=S.IN_PROGRESS, technician_id=kit.WANG))
    branch.sync()
    identify(branch.here, "A1")
    branch.hq.put(kit.unit(model="KT55", serial="B2"))
    branch.settle()
    (conflict,) = branch.conflicts()
    station, manager = desk(branch.here, kit.WANG, kit.STATION), desk(branch.there, kit.MANAGER, kit.BRANCH)
    act("pick_value", {"conflict_id": conflict.id, "value": "C3"}, manager if at_branch else station)
    branch.settle()
    for device in (branch.here, branch.there):
        assert rows_of(device, OrderUnit)[0].serial == "C3"
        (settled,) = rows_of(device, Conflict)
        assert (settled.state, settled.picked, settled.hq_value, settled.place_value) == ("picked", "C3", "B2", "A1")
        assert settled.picked_by_name == ("经理" if at_branch else "王")


def test_two_picks_at_once_end_in_one_and_the_other_is_told_who_picked(branch: Two) -> None:
    branch.hq.put(kit.order(version=1, state=S.IN_PROGRESS, technician_id=kit.WANG))
    branch.sync()
    identify(branch.here, "A1")
    branch.hq.put(kit.unit(model="KT55", serial="B2"))
    branch.settle()
    (conflict,) = branch.conflicts()
    branch.there.store.record("pick_value", {"conflict_id": conflict.id, "value": "B2"}, kit.MANAGER)
    late = branch.here.store.record("pick_value", {"conflict_id": conflict.id, "value": "A1"}, kit.WANG).operation.id
    branch.sync(branch.there, branch.here)
    branch.settle()
    assert {rows_of(device, OrderUnit)[0].serial for device in (branch.here, branch.there)} == {"B2"}
    (told,) = rows_of(branch.here, ParkedOperation)
    assert (told.id, told.code, told.facts) == (late, "conflict_not_open", {"by": "经理", "value": "B2"})


# claims


@pytest.mark.parametrize("station_first", [True, False])
@pytest.mark.parametrize("picked", [S.COMPLETED, S.CANCELLED])
def test_completed_against_cancelled_claims_only_when_completed_is_picked(
    branch: Two, station_first: bool, picked: State
) -> None:
    branch.hq.put(kit.order(version=1, state=S.ACCEPTED, technician_id=kit.WANG, accepted_at=now()))
    branch.sync()
    cancel(branch)  # of an order that the branch knows as accepted: it has not heard yet that work began
    ready_to_complete(branch.hq)
    branch.here.syncer.sync_once()
    branch.here.act("complete_order", result="换板")
    if not station_first:  # the cancellation was there before the station heard of anything
        branch.hq.put(kit.order(version=1, state=S.ACCEPTED, technician_id=kit.WANG, accepted_at=now()))
    branch.sync(*((branch.here, branch.there) if station_first else (branch.there, branch.here)))
    branch.settle()
    (conflict,) = branch.conflicts()
    wanted, other = (S.CANCELLED, S.COMPLETED) if station_first else (S.COMPLETED, S.CANCELLED)
    assert conflict.place_value == wanted
    assert conflict.hq_value in (other, S.CLAIM_HELD)
    value = next(one for one in (wanted, conflict.hq_value) if (one == S.CANCELLED) is (picked is S.CANCELLED))
    branch.there.store.record("pick_value", {"conflict_id": conflict.id, "value": value}, kit.MANAGER)
    branch.settle()
    order, claims = order_at(branch.here), [claim.state for claim in rows_of(branch.here, Claim)]
    if picked is S.CANCELLED:
        assert (order.state, order.completed_at, order.result) == (S.CANCELLED, None, "客户取消")
        assert claims == (["withdrawn"] if station_first else [])
    else:
        assert order.state in (S.COMPLETED, S.CLAIM_HELD) and order.completed_at is not None
        assert order.result == "换板"
        assert claims in (["open"], ["held"])
