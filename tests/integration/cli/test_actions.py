"""Every action through its one door: what it does, what it refuses, strict arguments, orders by number and by id."""

import base64
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.actions import ACTIONS, act
from app.actions.desk import Desk, Recorded
from app.queries.find import Target, find_target
from core.identifiers import format_invoice, parse_invoice
from core.ids import derive
from core.judging import open_orders_of
from core.operations import action_named
from core.operations.ask_approval import subject_hash
from core.refusals import Refusal
from core.roles import Role
from core.rows import Row
from core.rows.orders import (
    ApprovalDecision,
    ApprovalKind,
    ApprovalRequest,
    Attachment,
    Note,
    OrderUnit,
    Quotation,
    ScanEvent,
    UnitVerdict,
    Visit,
    WorkOrder,
)
from core.rows.parts import OldPart, OldPartState, PartLine
from core.rows.people import Person
from core.rows.reference import ModelPart, Part
from core.work_order import State
from tests.integration.cli import kit
from tests.integration.cli.kit import At, Stations

STORY = kit.trade().story
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"drawn").decode()
CODES = {"condition": "1", "symptom": "P01", "section": "MBD", "defect": "12", "repair": "10"}


@pytest.fixture
def desk(at: At) -> Desk:
    """The technician's desk."""
    return at.desk()


def refused(desk: Desk, action: str, **asked: Any) -> Refusal:
    """The refusal of an action that changes nothing."""
    before = desk.store.pending()  # type: ignore[attr-defined]
    with pytest.raises(Refusal) as caught:
        act(action, asked, desk)
    assert desk.store.pending() == before  # type: ignore[attr-defined]
    return caught.value


def done(desk: Desk, action: str, **asked: Any) -> Recorded:
    """An action on the order in repair."""
    return act(action, {"order_id": kit.NUMBER} | asked, desk)


def found(desk: Desk, kind: type[Row], **equal: Any) -> list[Any]:
    """Rows of the order in repair."""
    with desk.store.reading() as rows:
        return list(rows.find(kind, **(equal or {"order_id": kit.ORDER})))


def state(desk: Desk, order_id: str = kit.ORDER) -> State:
    """Where an order stands."""
    with desk.store.reading() as rows:
        order = rows.get(WorkOrder, order_id)
    assert order is not None
    return order.state


def identified(desk: Desk) -> Desk:
    """The unit is known and judged."""
    done(desk, "identify_unit", serial=STORY.serial)
    done(desk, "judge_warranty")
    return desk


# the door


def test_every_action_of_the_door_is_an_operation_of_the_same_name() -> None:
    for name, action in ACTIONS.items():
        assert action.name == name == action_named(name).name


def test_an_unknown_action_and_wrong_arguments(desk: Desk) -> None:
    assert refused(desk, "fly").code == "action_unknown"
    for name in ACTIONS:
        assert refused(desk, name, order_id=kit.NUMBER, no_such_argument=1).code == "arguments_invalid"
    with pytest.raises(Refusal):
        act("add_note", "no object", desk)
    assert refused(desk, "add_note", order_id=kit.NUMBER, text="\ud800").code == "arguments_invalid"


@pytest.mark.parametrize("name", sorted(set(ACTIONS) - {"change_password"}))
def test_who_has_not_the_role_is_refused(desk: Desk, name: str) -> None:
    """Somebody of no role here: nothing an action looks up before lets them through."""
    nobody = derive(kit.ROOT, "nobody")
    stranger = Desk(desk.store, desk.blobs, nobody, desk.place_id, desk.now)
    asked = {"order_id": kit.NUMBER, "text": "x", "reason": "x", "station": "SZ01", "technician_id": nobody}
    takes = set(ACTIONS[name].asked.__struct_fields__)
    refusal = refused(stranger, name, **{key: value for key, value in asked.items() if key in takes})
    assert refusal.code in {
        "person_unknown", "arguments_invalid", "no_verdict", "unit_not_identified", "approval_unknown", "serial_empty",
        "old_part_unknown", "label_no_code", "preflight_failed", "signature_missing", "box_empty", "place_unknown",
    }  # fmt: skip


@pytest.mark.parametrize("named", [kit.ORDER, kit.NUMBER, kit.NUMBER.lower(), f"  {kit.NUMBER} "])
def test_an_order_is_named_by_id_or_number(desk: Desk, named: str) -> None:
    act("add_note", {"order_id": named, "text": "看过"}, desk)
    assert [note.text for note in found(desk, Note)] == ["看过"]
    assert refused(desk, "add_note", order_id=named + "0", text="x").code == "order_unknown"


def test_a_struct_is_taken_as_it_is(desk: Desk) -> None:
    asked = msgspec.convert({"order_id": kit.NUMBER, "text": "看过"}, ACTIONS["add_note"].asked)
    assert act("add_note", asked, desk).operation.action == "add_note"


# the way of an order


def test_accepting_booking_and_declining(desk: Desk) -> None:
    offered = {"order_id": kit.OFFERED_NUMBER}
    assert refused(desk, "start_work", **offered).code == "move_not_allowed"
    act("accept_order", offered, desk)
    assert state(desk, kit.OFFERED) is State.ACCEPTED
    begin = datetime(2030, 1, 1, 2, tzinfo=UTC)
    times = {"begins_at": begin, "ends_at": begin + timedelta(hours=2)}
    backwards = {"begins_at": times["ends_at"], "ends_at": begin}
    assert refused(desk, "book_visit", **offered, **backwards).code == "visit_in_wrong_order"
    assert refused(desk, "book_visit", **offered, begins_at="2030-01-01T02:00:00", ends_at=begin).code == (
        "arguments_invalid"
    )
    act("book_visit", offered | times, desk)
    act("book_visit", offered | {"begins_at": begin + timedelta(days=1), "ends_at": begin + timedelta(days=2)}, desk)
    assert sorted(visit.state for visit in found(desk, Visit, order_id=kit.OFFERED)) == ["booked", "moved"]
    assert refused(desk, "decline_order", **offered).code == "arguments_invalid"
    act("decline_order", offered | {"reason": "太远"}, desk)
    assert state(desk, kit.OFFERED) is State.DECLINED


def test_waiting_and_going_on(desk: Desk) -> None:
    done(desk, "wait_for_parts", reason="主板")
    assert state(desk) is State.WAITING_PARTS
    assert refused(desk, "wait_for_customer", order_id=kit.NUMBER).code == "move_not_allowed"
    done(desk, "resume_work")
    done(desk, "wait_for_customer")
    done(desk, "resume_work")
    assert state(desk) is State.IN_PROGRESS
    done(desk, "finish_repair")
    assert state(desk) is State.REPAIRED


def test_the_lead_gives_an_order_to_a_technician(stations: Stations) -> None:
    lead = next(
        row.login
        for row in kit.trade().rows
        if isinstance(row, Person) and Role.STATION_LEAD in row.roles and row.place_id == kit.who("liwei").place_id
    )
    at = stations(lead)
    desk = at.desk()
    act("accept_order", {"order_id": kit.OFFERED_NUMBER}, desk)
    technician = kit.who("liwei").id
    act("assign_technician", {"order_id": kit.OFFERED_NUMBER, "technician_id": technician}, desk)
    assert found(desk, WorkOrder, id=kit.OFFERED)[0].technician_id == technician
    stranger = kit.who("wangfang").id
    assert refused(desk, "assign_technician", order_id=kit.OFFERED_NUMBER, technician_id=stranger).code
    mine = Desk(desk.store, desk.blobs, technician, desk.place_id, desk.now)
    refusal = refused(mine, "assign_technician", order_id=kit.OFFERED_NUMBER, technician_id=technician)
    assert refusal.code == "role_not_allowed"


def test_the_branch_dispatches_recalls_and_cancels(stations: Stations) -> None:
    desk = stations("wangfang").desk()
    order = {"order_id": kit.OFFERED_NUMBER}
    act("recall_order", order | {"reason": "改派"}, desk)
    assert refused(desk, "dispatch_order", **order, station="ZZ99").code == "station_unknown"
    act("dispatch_order", order | {"station": STORY.station_code.lower()}, desk)
    assert state(desk, kit.OFFERED) is State.OFFERED_STATION
    act("recall_order", order | {"reason": "改派"}, desk)
    act("dispatch_order", order | {"station": STORY.station_id}, desk)
    act("cancel_order", order | {"reason": "客户取消"}, desk)
    assert state(desk, kit.OFFERED) is State.CANCELLED
    assert refused(desk, "accept_at_branch", **order).code == "move_not_allowed"


# unit, papers, verdict, codes


def test_a_typed_and_a_scanned_serial(desk: Desk) -> None:
    done(desk, "identify_unit", serial=f" {STORY.serial.lower()} ")
    unit = found(desk, OrderUnit)[0]
    assert (unit.serial, unit.model, unit.serial_source) == (STORY.serial, STORY.model, "typed")
    how = {"engine": "zxing/deskewed", "agreed": 3, "disputed": True, "doubtful": True, "page": 2}
    codes = [{"text": STORY.serial, "format": "Code128"} | how, {"text": STORY.gtin, "format": "EAN13"}]
    done(desk, "identify_unit", codes=codes, source="wedge", device_name="desk 1", read_ms=412)
    unit = found(desk, OrderUnit)[0]
    assert (unit.serial, unit.serial_source, unit.gtin) == (STORY.serial, "scan", STORY.gtin.zfill(14))
    event = found(desk, ScanEvent)[-1]
    assert {code.chosen_as for code in event.codes} >= {"serial"}
    assert base64.b64decode(event.codes[0].raw).decode() == STORY.serial
    assert (event.device_name, event.read_ms) == ("desk 1", 412)
    told = msgspec.to_builtins(event.codes)
    assert {name: told[0][name] for name in how} == how
    assert [told[1][name] for name in how] == ["", 1, False, False, 0], "nothing is said where nothing is known"


def test_identifying_again_asks_for_a_new_verdict(desk: Desk) -> None:
    identified(desk)
    assert found(desk, OrderUnit)[0].verdict_id
    done(desk, "identify_unit", serial=kit.EXCHANGED)
    assert found(desk, OrderUnit)[0].verdict_id is None


def test_judging_needs_a_unit_and_keeps_every_verdict(desk: Desk) -> None:
    assert refused(desk, "judge_warranty", order_id=kit.NUMBER).code == "unit_not_identified"
    identified(desk)
    recorded = done(desk, "judge_warranty", day=STORY.invoice_date.isoformat())
    assert recorded.operation.versions
    outcomes = [verdict.outcome for verdict in found(desk, UnitVerdict)]
    assert sorted(outcomes) == ["in_warranty", "main_parts_only"]


def test_the_invoices_code_and_what_is_typed(desk: Desk) -> None:
    done(desk, "record_documents", invoice=STORY.invoice_qr)
    unit = found(desk, OrderUnit)[0]
    assert (unit.invoice_date, unit.invoice_fen) == (STORY.invoice_date, STORY.invoice_fen)
    done(desk, "record_documents", warranty_card_date=STORY.invoice_date.isoformat())
    unit = found(desk, OrderUnit)[0]
    assert unit.invoice_date == unit.warranty_card_date == STORY.invoice_date, "what is not given stays"
    assert refused(desk, "record_documents", order_id=kit.NUMBER, invoice_date="yesterday").code == "arguments_invalid"


def test_codes_are_kept_until_changed_and_impossible_ones_refused(desk: Desk) -> None:
    done(desk, "code_fault", symptom="p01")
    done(desk, "code_fault", condition="1", defect="")
    unit = found(desk, OrderUnit)[0]
    assert (unit.symptom, unit.condition, unit.defect) == ("P01", "1", None)
    assert refused(desk, "code_fault", order_id=kit.NUMBER, symptom="ZZZ").code == "codes_impossible"
    assert refused(desk, "code_fault", order_id=kit.NUMBER, unit_id=kit.ORDER, symptom="P01").code == "unit_unknown"


# approvals, quotation, photos


def test_goodwill_is_asked_with_a_photo_and_decided_once(stations: Stations, tmp_path: Path) -> None:
    desk = stations().desk()
    photo = tmp_path / "photo.png"
    photo.write_bytes(base64.b64decode(PNG))
    assert refused(desk, "ask_approval", order_id=kit.NUMBER, reason="x").code == "no_verdict"
    identified(desk)
    empty = {"order_id": kit.NUMBER, "reason": "", "photo": str(photo)}
    assert refused(desk, "ask_approval", **empty).code == "arguments_invalid"
    assert refused(desk, "ask_approval", order_id=kit.NUMBER, reason="x", parts=["NOPE"]).code == "part_unknown"
    assert refused(desk, "ask_approval", order_id=kit.NUMBER, reason="x", kind="gift").code == "arguments_invalid"
    done(desk, "ask_approval", reason="老用户", photo=str(photo), parts=[STORY.part_id])
    request = found(desk, ApprovalRequest)[0]
    assert (request.days_over, state(desk)) == (11, State.WAITING_APPROVAL)
    assert request.amount_fen > 0 and request.photo_sha256 == found(desk, Attachment)[0].sha256
    again = {"order_id": kit.NUMBER, "reason": "x", "photo": str(photo)}
    assert refused(desk, "ask_approval", **again).code == "move_not_allowed"
    assert refused(desk, "decide_approval", order_id=kit.NUMBER, approved=True).code == "role_not_allowed"


def an_approval(**more: Any) -> ApprovalRequest:
    """A request that came up from the station."""
    values: dict[str, Any] = {
        "id": derive(kit.ROOT, "request"), "version": 1, "branch_id": STORY.branch_id, "station_id": STORY.station_id,
        "order_id": kit.ORDER, "kind": ApprovalKind.GOODWILL, "rule": "goodwill.days_over", "reason": "老用户",
        "subject_hash": "a" * 64, "asked_by": kit.who("liwei").id, "asked_at": kit.NOW,
    }  # fmt: skip
    return ApprovalRequest(**(values | more))


def test_the_branch_decides_what_it_saw(stations: Stations) -> None:
    at = stations("wangfang")
    desk = at.desk()
    assert refused(desk, "decide_approval", order_id=kit.NUMBER, approved=True).code == "approval_unknown"
    waiting = {"version": 2, "state": State.WAITING_APPROVAL, "held_from": State.IN_PROGRESS}
    with desk.store.reading() as rows:
        stands = subject_hash(rows, kit.ORDER, ApprovalKind.GOODWILL, 0, 0)
    at.close()
    at.put(an_approval(subject_hash=stands), msgspec.structs.replace(found_order(at), **waiting))
    desk = at.desk()
    decide = {"order_id": kit.NUMBER, "approved": True}
    assert refused(desk, "decide_approval", **decide, subject_hash="b" * 64).code == "approval_outdated"
    assert refused(desk, "decide_approval", order_id=kit.NUMBER, approved=1).code == "arguments_invalid"
    act("decide_approval", decide | {"reason": "同意"}, desk)
    assert state(desk) is State.IN_PROGRESS
    assert [(one.approved, one.subject_hash) for one in found(desk, ApprovalDecision)] == [(True, stands)]
    assert refused(desk, "decide_approval", **decide).code == "approval_unknown"


def found_order(at: At) -> WorkOrder:
    """The order in repair as it is there."""
    order = found(at.desk(), WorkOrder, id=kit.ORDER)[0]
    at.close()
    assert isinstance(order, WorkOrder)
    return order


def test_nobody_decides_their_own_request(stations: Stations) -> None:
    at = stations("wangfang")
    waiting = {"version": 2, "state": State.WAITING_APPROVAL, "held_from": State.IN_PROGRESS}
    at.put(an_approval(asked_by=kit.who("wangfang").id), msgspec.structs.replace(found_order(at), **waiting))
    assert refused(at.desk(), "decide_approval", order_id=kit.NUMBER, approved=True).code == "approval_own"


def test_a_quotation_is_signed_with_what_it_says(desk: Desk) -> None:
    identified(desk)
    sign = {"order_id": kit.NUMBER, "signed_by": "陈静"}
    assert refused(desk, "sign_quotation", **sign).code == "signature_missing"
    assert refused(desk, "sign_quotation", **sign, signature_png="AAAA").code == "picture_unknown"
    assert refused(desk, "sign_quotation", **sign, signature_png=PNG, parts=["NOPE"]).code == "part_unknown"
    act("sign_quotation", sign | {"signature_png": PNG, "parts": [STORY.part_id]}, desk)
    signed = found(desk, Quotation)[0]
    assert signed.total_fen == sum(line.amount_fen for line in signed.lines) > 0
    assert found(desk, Attachment)[0].kind == "signature"


def test_photos(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff" + b"x" * 100)
    taken = datetime(2026, 3, 17, 10, tzinfo=UTC)
    done(desk, "add_attachment", file=str(path), taken_at=taken)
    done(desk, "add_attachment", picture=PNG, kind="invoice")
    kinds = {(one.kind, one.media_type, one.taken_at) for one in found(desk, Attachment)}
    assert kinds == {("photo", "image/jpeg", taken), ("invoice", "image/png", None)}
    assert refused(desk, "add_attachment", order_id=kit.NUMBER, file=str(tmp_path / "gone")).code == "file_missing"
    assert refused(desk, "add_attachment", order_id=kit.NUMBER, file="a\0b").code == "file_unreadable"


# parts, completion, receipt


def test_from_the_part_to_the_completion(desk: Desk) -> None:
    identified(desk)
    assert refused(desk, "complete_order", order_id=kit.NUMBER).code == "preflight_failed"
    done(desk, "code_fault", **CODES)
    done(desk, "use_part", part_id=f" {STORY.part_id.lower()} ", new_serial="mb26110001")
    line, old = found(desk, PartLine)[0], found(desk, OldPart)[0]
    assert (line.part_id, line.new_serial, line.payer) == (STORY.part_id, "MB26110001", "customer")
    assert old.state is OldPartState.NOT_DUE, "an old part of a paid repair is the customer's"
    assert refused(desk, "tag_old_part", order_id=kit.NUMBER).code == "old_part_unknown"
    act("sign_quotation", {"order_id": kit.NUMBER, "signed_by": "陈静", "signature_png": PNG}, desk)
    done(desk, "complete_order", result="更换主板")
    assert state(desk) is State.COMPLETED
    for action in ("complete_order", "add_note", "use_part", "identify_unit"):
        asked = {"text": "x"} if action == "add_note" else {}
        asked |= {"part_id": STORY.part_id} if action == "use_part" else {}
        asked |= {"serial": STORY.serial} if action == "identify_unit" else {}
        if action != "add_note":
            assert refused(desk, action, order_id=kit.NUMBER, **asked).code == "move_not_allowed"


def an_old_part(warehouse_id: str, **more: Any) -> OldPart:
    """An old part on its way to the warehouse."""
    values: dict[str, Any] = {
        "id": derive(kit.ROOT, "old part"), "version": 1, "branch_id": STORY.branch_id, "station_id": STORY.station_id,
        "warehouse_id": warehouse_id, "order_id": kit.ORDER, "part_line_id": derive(kit.ROOT, "line"),
        "part_id": STORY.part_id, "tag": "AB12CD34", "state": OldPartState.TAGGED,
    }  # fmt: skip
    return OldPart(**(values | more))


@pytest.fixture
def clerk(stations: Stations) -> Callable[..., Desk]:
    """The clerk's desk with one old part expected."""
    login = next(row.login for row in kit.trade().rows if isinstance(row, Person) and Role.WAREHOUSE_CLERK in row.roles)

    def make(**more: Any) -> Desk:
        at = stations(login)
        at.put(an_old_part(kit.where(login).id, **more))
        return at.desk()

    return make


def test_an_old_part_is_received_once(clerk: Callable[..., Desk]) -> None:
    desk = clerk()
    assert refused(desk, "receive_old_part", tag="").code == "old_part_unknown"
    assert refused(desk, "receive_old_part", tag="ZZ99ZZ99").code in {"old_part_unknown", "old_part_tag_wrong"}
    act("receive_old_part", {"tag": derive(kit.ROOT, "old part")}, desk)
    assert found(desk, OldPart, order_id=kit.ORDER)[0].state is OldPartState.WRITTEN_OFF
    assert refused(desk, "receive_old_part", tag=derive(kit.ROOT, "old part")).code == "old_part_received"


def test_a_difference_is_received_but_not_written_off(clerk: Callable[..., Desk]) -> None:
    desk = clerk()
    act("receive_old_part", {"tag": derive(kit.ROOT, "old part"), "finding": "damaged"}, desk)
    assert found(desk, OldPart, order_id=kit.ORDER)[0].state is OldPartState.RECEIVED


def test_an_untagged_old_part_is_not_received(clerk: Callable[..., Desk]) -> None:
    desk = clerk(state=OldPartState.TO_TAG)
    assert refused(desk, "receive_old_part", tag=derive(kit.ROOT, "old part")).code == "old_part_not_tagged"


def test_invoices_can_be_read_back() -> None:
    read = parse_invoice(STORY.invoice_qr)
    assert parse_invoice(format_invoice(read)).date == read.date == STORY.invoice_date
    assert isinstance(read.date, date)


def test_nothing_of_an_unknown_statement_operation_or_conflict(desk: Desk) -> None:
    unknown = derive(kit.ROOT, "unknown")
    for action, asked in (
        ("confirm_statement", {"statement_id": unknown}),
        ("dispute_line", {"line_id": unknown, "reason": "x"}),
        ("withdraw_operation", {"operation_id": unknown}),
        ("pick_value", {"conflict_id": unknown}),
    ):
        with pytest.raises(Refusal):
            act(action, asked, desk)
    assert found(desk, ApprovalDecision) == []


def test_an_old_part_the_maker_paid_for_is_tagged(desk: Desk) -> None:
    identified(desk)
    with desk.store.reading() as rows:
        fitting = {row.part_id for row in rows.find(ModelPart, model_id=STORY.model)}
        panel = next(part for part in rows.find(Part, part_class="panel") if part.id in fitting)
    done(desk, "use_part", part_id=panel.id, new_serial="PN26110001")
    line, old = found(desk, PartLine)[0], found(desk, OldPart)[0]
    assert (line.payer, old.state) == ("maker", OldPartState.TO_TAG)
    if panel.serialised:
        assert refused(desk, "tag_old_part", order_id=kit.NUMBER).code == "old_part_serial_missing"
    assert refused(desk, "tag_old_part", order_id=kit.NUMBER, old_part_id=kit.ORDER).code == "old_part_unknown"
    done(desk, "tag_old_part", serial=" pn25090001 ")
    old = found(desk, OldPart)[0]
    assert (old.state, old.serial) == (OldPartState.TAGGED, "PN25090001")
    with desk.store.reading() as rows:
        assert find_target(rows, "P" + old.tag) == Target("old_parts", {"tag": old.tag})  # type: ignore[arg-type]


def test_a_unit_at_work_leads_to_its_order(desk: Desk) -> None:
    done(desk, "identify_unit", serial=STORY.serial)
    with desk.store.reading() as rows:
        assert find_target(rows, STORY.serial) == Target("order", {"order": kit.ORDER})  # type: ignore[arg-type]
        ended = next(unit for unit in rows.find(OrderUnit) if unit.serial and unit.order_id != kit.ORDER)
        leads = find_target(rows, ended.serial or "")  # type: ignore[arg-type]
        at_work = open_orders_of(ended.serial or "", rows)
    assert leads is not None and leads.page == ("order" if at_work else "unit")


def test_a_unit_whose_model_nobody_knows(stations: Stations) -> None:
    at = stations()
    at.put(msgspec.structs.replace(found_order(at), version=2, reported_model=None))
    desk = at.desk()
    assert refused(desk, "identify_unit", order_id=kit.NUMBER, serial="SOMETHING99").code == "model_missing"
    done(desk, "identify_unit", serial="SOMETHING99", model=STORY.model)
    assert found(desk, OrderUnit)[0].model == STORY.model
