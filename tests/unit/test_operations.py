"""Every operation: what it writes when it may be done, and what it refuses."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.geography import Position
from core.judging import judge_unit
from core.operations import ACTIONS, action_named, kernel
from core.operations.operation import Trust, body_hash, encode
from core.refusals import Refusal
from core.rows.orders import (
    ApprovalDecision,
    ApprovalRequest,
    Attachment,
    Note,
    OrderUnit,
    Quotation,
    ScanEvent,
    TimelineEntry,
    UnitVerdict,
    Visit,
    WorkOrder,
)
from core.rows.parts import AccountEntry, Condition, OldPart, OldPartState, PartLine, StockMove
from core.rows.people import Credential, Place
from core.rows.settlement import Statement, StatementLine
from core.rows.sync import Conflict, ParkedOperation
from core.settlement import StatementState
from core.work_order import State
from tests.unit import world as w
from tests.unit.world import MemoryRows, a_world, an_id, an_order, do, identified

HASH = "a" * 64


def refused(rows: MemoryRows, name: str, args: dict[str, Any], **fields: Any) -> str:
    """The code with which the operation is refused."""
    with pytest.raises(Refusal) as caught:
        do(rows, name, args, **fields)
    return caught.value.code


def order(rows: MemoryRows) -> WorkOrder:
    """The order as it stands."""
    found = rows.get(WorkOrder, w.ORDER)
    assert found is not None
    return found


def judged(rows: MemoryRows) -> None:
    """Identify, and store the verdict of today."""
    rows.put(identified())
    unit = rows.get(OrderUnit, w.UNIT)
    assert unit is not None
    verdict = judge_unit(order(rows), unit, rows, w.TODAY)
    args = {"order_id": w.ORDER, "unit_id": w.UNIT, "day": w.TODAY, "verdict": verdict}
    do(rows, "judge_warranty", args)


def in_work(*extra: Any) -> MemoryRows:
    """A world whose order is in progress."""
    return a_world(an_order(state=State.IN_PROGRESS, started_at=w.NOW), *extra)


def test_the_branch_takes_dispatches_and_recalls() -> None:
    rows = a_world(an_order(state=State.OFFERED_BRANCH, station_id=None, technician_id=None))
    rows.put(w.a_unit(station_id=None))
    do(rows, "accept_at_branch", {"order_id": w.ORDER}, user=w.MANAGER)
    assert order(rows).state is State.AT_BRANCH
    do(rows, "dispatch_order", {"order_id": w.ORDER, "station_id": w.STATION}, user=w.MANAGER)
    assert (order(rows).state, order(rows).station_id) == (State.OFFERED_STATION, w.STATION)
    assert [unit.station_id for unit in rows.find(OrderUnit, order_id=w.ORDER)] == [w.STATION]
    do(rows, "recall_order", {"order_id": w.ORDER, "reason": "改派"}, user=w.MANAGER)
    assert (order(rows).state, order(rows).station_id) == (State.AT_BRANCH, None)
    do(rows, "cancel_order", {"order_id": w.ORDER, "reason": "用户取消"}, user=w.MANAGER)
    assert (order(rows).state, order(rows).result) == (State.CANCELLED, "用户取消")


@pytest.mark.parametrize(
    ("station", "code"),
    [
        ({"id": an_id("nowhere")}, "station_unknown"),
        ({"branch_id": w.OTHER_BRANCH}, "station_unknown"),
        ({"lines": ("phone",)}, "station_not_licensed"),
        ({"licence_until": date(2026, 11, 1)}, "station_not_licensed"),
    ],
)
def test_dispatch_needs_a_licensed_station_of_the_branch(station: dict[str, Any], code: str) -> None:
    rows = a_world(an_order(state=State.AT_BRANCH))
    place = rows.get(Place, w.STATION)
    assert place is not None
    rows.put(msgspec.structs.replace(place, **{name: value for name, value in station.items() if name != "id"}))
    args = {"order_id": w.ORDER, "station_id": station.get("id", w.STATION)}
    assert refused(rows, "dispatch_order", args, user=w.MANAGER) == code


def test_a_technician_who_accepts_takes_the_order_and_a_lead_does_not() -> None:
    offered = an_order(state=State.OFFERED_STATION, technician_id=None)
    rows = a_world(offered)
    do(rows, "accept_order", {"order_id": w.ORDER})
    assert (order(rows).state, order(rows).technician_id) == (State.ACCEPTED, w.TECHNICIAN)
    rows = a_world(offered)
    do(rows, "accept_order", {"order_id": w.ORDER}, user=w.LEAD)
    assert order(rows).technician_id is None
    do(rows, "assign_technician", {"order_id": w.ORDER, "technician_id": w.COLLEAGUE}, user=w.LEAD)
    assert order(rows).technician_id == w.COLLEAGUE
    assert refused(rows, "start_work", {"order_id": w.ORDER}) == "not_your_order"
    do(rows, "decline_order", {"order_id": w.ORDER, "reason": "无备件"}, user=w.LEAD)
    assert (order(rows).state, order(rows).decline_reason) == (State.DECLINED, "无备件")


@pytest.mark.parametrize(
    ("person", "code"),
    [(an_id("nobody"), "person_unknown"), (w.MANAGER, "person_unknown"), (w.LEAD, "person_unknown")],
)
def test_only_technicians_of_the_station_are_assigned(person: str, code: str) -> None:
    args = {"order_id": w.ORDER, "technician_id": person}
    assert refused(a_world(), "assign_technician", args, user=w.LEAD) == code


def test_an_inactive_technician_is_not_assigned() -> None:
    rows = a_world(w.person(w.COLLEAGUE, w.STATION, w.Role.TECHNICIAN, active=False))
    args = {"order_id": w.ORDER, "technician_id": w.COLLEAGUE}
    assert refused(rows, "assign_technician", args, user=w.LEAD) == "person_inactive"


def test_a_visit_is_booked_moved_and_made() -> None:
    rows = a_world()
    begin, end = w.NOW + timedelta(days=1), w.NOW + timedelta(days=1, hours=2)
    do(rows, "book_visit", {"order_id": w.ORDER, "begins_at": begin, "ends_at": end}, label="1")
    later = {"begins_at": begin + timedelta(days=1), "ends_at": end + timedelta(days=1), "reason": "改约"}
    do(rows, "book_visit", {"order_id": w.ORDER, **later}, label="2")
    assert sorted(visit.state for visit in rows.find(Visit, order_id=w.ORDER)) == ["booked", "moved"]
    assert order(rows).visit_from == later["begins_at"]
    do(rows, "start_work", {"order_id": w.ORDER})
    assert (order(rows).state, order(rows).started_at) == (State.IN_PROGRESS, w.NOW)
    assert sorted(visit.state for visit in rows.find(Visit, order_id=w.ORDER)) == ["made", "moved"]
    backwards = {"order_id": w.ORDER, "begins_at": end, "ends_at": begin}
    assert refused(a_world(), "book_visit", backwards) == "visit_in_wrong_order"


def test_waiting_returns_to_where_it_was() -> None:
    rows = a_world()
    do(rows, "wait_for_parts", {"order_id": w.ORDER})
    assert (order(rows).state, order(rows).held_from) == (State.WAITING_PARTS, State.ACCEPTED)
    do(rows, "resume_work", {"order_id": w.ORDER})
    assert (order(rows).state, order(rows).held_from) == (State.ACCEPTED, None)


def test_a_scan_identifies_the_unit_and_ends_an_earlier_verdict() -> None:
    rows = in_work()
    judged(rows)
    codes = [{"format": "Code128", "text": w.SERIAL, "raw": "SzM1"}]
    args = {
        "order_id": w.ORDER, "unit_id": w.UNIT, "model": w.MODEL, "serial": w.SERIAL, "source": "picture",
        "codes": codes, "picture_sha256": HASH,
    }  # fmt: skip
    do(rows, "identify_unit", args, label="same")
    unit = rows.get(OrderUnit, w.UNIT)
    assert unit is not None and unit.verdict_id is not None and unit.serial_source == "scan"
    do(rows, "identify_unit", args | {"serial": "K35U5525A1500099", "source": "typed", "codes": []}, label="other")
    unit = rows.get(OrderUnit, w.UNIT)
    assert unit is not None and unit.verdict_id is None and unit.serial_source == "typed"
    assert len(rows.find(ScanEvent, order_id=w.ORDER)) == 2
    assert refused(rows, "identify_unit", args | {"model": "NO-SUCH"}) == "model_unknown"
    assert refused(rows, "identify_unit", args | {"unit_id": an_id("else")}) == "unit_unknown"


def test_documents_are_recorded_and_none_lies_in_the_future() -> None:
    rows = in_work()
    judged(rows)
    args = {"order_id": w.ORDER, "unit_id": w.UNIT, "invoice_date": "2025-11-09", "invoice_fen": 329900}
    do(rows, "record_documents", args)
    unit = rows.get(OrderUnit, w.UNIT)
    assert unit is not None and (unit.invoice_date, unit.verdict_id) == (date(2025, 11, 9), None)
    assert refused(rows, "record_documents", args | {"invoice_date": "2027-01-01"}) == "document_in_future"
    do(rows, "record_documents", {"order_id": w.ORDER, "unit_id": w.UNIT}, label="none")


def test_a_verdict_needs_an_identified_unit_and_is_stored() -> None:
    rows = in_work()
    judged(rows)
    stored = rows.find(UnitVerdict, order_id=w.ORDER)[0]
    assert stored.outcome == "main_parts_only" and stored.verdict.days_over == 11
    rows.put(w.a_unit())
    args = {"order_id": w.ORDER, "unit_id": w.UNIT, "day": w.TODAY, "verdict": stored.verdict}
    assert refused(rows, "judge_warranty", args) == "unit_not_identified"


def asked(rows: MemoryRows) -> ApprovalRequest:
    """Ask for goodwill and return the request."""
    args = {"order_id": w.ORDER, "kind": "goodwill", "rule": "goodwill.days_over", "days_over": 11, "reason": "老用户"}
    do(rows, "ask_approval", args, label="ask")
    return rows.find(ApprovalRequest, order_id=w.ORDER)[0]


def test_goodwill_is_asked_decided_once_by_another_about_what_stands() -> None:
    rows = in_work()
    judged(rows)
    request = asked(rows)
    assert order(rows).state is State.WAITING_APPROVAL
    decision = {"order_id": w.ORDER, "request_id": request.id, "subject_hash": request.subject_hash}
    unknown = decision | {"request_id": an_id("none"), "approved": True}
    assert refused(rows, "decide_approval", unknown, user=w.MANAGER) == "approval_unknown"
    assert refused(rows, "decide_approval", decision | {"approved": False}, user=w.MANAGER) == "reason_missing"
    stale = decision | {"approved": True, "subject_hash": HASH}
    assert refused(rows, "decide_approval", stale, user=w.MANAGER) == "approval_outdated"
    rows.put(msgspec.structs.replace(request, asked_by=w.MANAGER))
    assert refused(rows, "decide_approval", decision | {"approved": True}, user=w.MANAGER) == "approval_own"
    rows.put(request)
    do(rows, "decide_approval", decision | {"approved": True}, user=w.MANAGER)
    assert order(rows).state is State.IN_PROGRESS
    rows.put(an_order(state=State.WAITING_APPROVAL))
    assert refused(rows, "decide_approval", decision | {"approved": True}, user=w.MANAGER) == "approval_decided"


def test_a_decision_about_an_order_that_went_on_is_kept_without_moving_it() -> None:
    rows = in_work()
    request = asked(rows)
    rows.put(an_order(state=State.COMPLETED))
    args = {"order_id": w.ORDER, "request_id": request.id, "approved": True, "subject_hash": request.subject_hash}
    action = action_named("decide_approval")
    operation = w.an_operation("decide_approval", args, user=w.MANAGER)
    kernel.perform(action, kernel.decode_args(action, operation.args), operation, rows)
    assert order(rows).state is State.COMPLETED and rows.find(ApprovalDecision, order_id=w.ORDER)


def test_codes_that_cannot_go_together_are_refused() -> None:
    rows = in_work(identified())
    codes = {"condition": "1", "symptom": "D01", "section": "MBD", "defect": "12", "repair": "10"}
    do(rows, "code_fault", {"order_id": w.ORDER, "unit_id": w.UNIT, **codes})
    unit = rows.get(OrderUnit, w.UNIT)
    assert unit is not None and (unit.symptom, unit.repair) == ("D01", "10")
    wrong = {"order_id": w.ORDER, "unit_id": w.UNIT, "symptom": "D01", "section": "TUN", "defect": "20"}
    assert refused(rows, "code_fault", wrong) == "codes_impossible"
    do(rows, "code_fault", {"order_id": w.ORDER, "unit_id": w.UNIT, "symptom": "X1", "code_system": "EIA"}, label="e")


def quotation(**fields: Any) -> dict[str, Any]:
    """A signed quotation of one line."""
    lines = [{"kind": "visit", "text": "上门费", "amount_fen": 5000}]
    base = {"order_id": w.ORDER, "lines": lines, "total_fen": 5000, "price_list": "2026-01", "signed_by": "陈女士"}
    return base | {"signature_sha256": HASH} | fields


def test_a_quotation_is_signed_and_adds_up() -> None:
    rows = in_work()
    do(rows, "sign_quotation", quotation())
    assert rows.find(Quotation, order_id=w.ORDER)[0].total_fen == 5000
    assert refused(rows, "sign_quotation", quotation(total_fen=4999)) == "quotation_sum_wrong"
    assert refused(rows, "sign_quotation", quotation(signature_sha256=None)) == "signature_missing"


def test_photos_and_notes_are_added_by_the_station_and_its_branch_only() -> None:
    rows = in_work()
    photo = {"order_id": w.ORDER, "kind": "photo", "sha256": HASH, "bytes": 9, "media_type": "image/png"}
    do(rows, "add_attachment", photo)
    do(rows, "add_note", {"order_id": w.ORDER, "text": "用户在家"}, user=w.MANAGER)
    assert rows.find(Attachment, order_id=w.ORDER) and rows.find(Note, order_id=w.ORDER)
    rows.put(an_order(station_id=w.OTHER_STATION))
    assert refused(rows, "add_attachment", photo) == "not_your_place"
    assert refused(rows, "add_note", {"order_id": an_id("no order"), "text": "x"}) == "order_unknown"


def part(**fields: Any) -> dict[str, Any]:
    """One main board put in."""
    return {"order_id": w.ORDER, "unit_id": w.UNIT, "part_id": w.PART, "new_serial": "MB1"} | fields


def test_a_part_moves_stock_and_its_old_one_must_come_back() -> None:
    rows = in_work(identified())
    do(rows, "use_part", part())
    line = rows.find(PartLine, order_id=w.ORDER)[0]
    old = rows.find(OldPart, order_id=w.ORDER)[0]
    move = rows.find(StockMove, order_id=w.ORDER)[0]
    assert (line.old_part_id, old.state, old.due_on) == (old.id, OldPartState.TO_TAG, date(2026, 12, 20))
    assert old.warehouse_id == w.WAREHOUSE
    assert (move.from_location, move.quantity) == (f"station:{w.STATION}", 1)
    assert refused(rows, "use_part", part(part_id="NO")) == "part_unknown"
    foreign = w.Part(id="XX", name_zh="x", name_en="x", part_class="panel", main_part=True, price_fen=1, transfer_fen=1)
    rows.put(foreign)
    assert refused(rows, "use_part", part(part_id="XX")) == "part_not_of_model"


def test_a_customers_part_owes_no_old_one() -> None:
    rows = in_work(w.a_unit())
    do(rows, "use_part", part(payer="customer"))
    old = rows.find(OldPart, order_id=w.ORDER)[0]
    assert (old.state, old.due_on) == (OldPartState.NOT_DUE, None)


def test_a_part_is_kept_as_a_fact_where_place_and_catalogue_are_unknown() -> None:
    rows = MemoryRows()
    rows.put(an_order(state=State.IN_PROGRESS, station_id=None))
    action = action_named("use_part")
    operation = w.an_operation("use_part", part())
    kernel.perform(action, kernel.decode_args(action, operation.args), operation, rows)
    assert rows.find(OldPart, order_id=w.ORDER)[0].warehouse_id is None
    assert rows.find(TimelineEntry, order_id=w.ORDER)[0].person_name == ""


def tagged(rows: MemoryRows) -> OldPart:
    """A part put in and its old one tagged."""
    do(rows, "use_part", part())
    old = rows.find(OldPart, order_id=w.ORDER)[0]
    do(rows, "tag_old_part", {"order_id": w.ORDER, "old_part_id": old.id, "serial": "OLD1"})
    return rows.find(OldPart, order_id=w.ORDER)[0]


def test_an_old_part_is_tagged_with_its_serial_or_the_word_that_it_has_none() -> None:
    rows = in_work(identified())
    do(rows, "use_part", part())
    old = rows.find(OldPart, order_id=w.ORDER)[0]
    args = {"order_id": w.ORDER, "old_part_id": old.id}
    assert refused(rows, "tag_old_part", args) == "old_part_serial_missing"
    assert refused(rows, "tag_old_part", args | {"old_part_id": an_id("x")}) == "old_part_unknown"
    do(rows, "tag_old_part", args | {"no_serial": True})
    assert rows.find(OldPart, order_id=w.ORDER)[0].state is OldPartState.TAGGED
    rows.put(msgspec.structs.replace(old, state=OldPartState.WRITTEN_OFF))
    assert refused(rows, "tag_old_part", args | {"no_serial": True}) == "old_part_received"
    action = action_named("tag_old_part")
    operation = w.an_operation("tag_old_part", args | {"serial": "S"})
    kernel.perform(action, kernel.decode_args(action, operation.args), operation, rows)
    assert rows.find(OldPart, order_id=w.ORDER)[0].state is OldPartState.WRITTEN_OFF


def test_the_clerk_receives_once_and_the_duty_is_written_off() -> None:
    rows = in_work(identified())
    old = tagged(rows)
    do(rows, "receive_old_part", {"old_part_id": old.id}, user=w.CLERK)
    received = rows.find(OldPart, order_id=w.ORDER)[0]
    assert (received.state, received.received_by) == (OldPartState.WRITTEN_OFF, w.CLERK)
    assert rows.find(AccountEntry, old_part_id=old.id)[0].amount_fen == 21_000
    assert rows.find(StockMove, order_id=w.ORDER, condition=Condition.DEFECTIVE)
    assert refused(rows, "receive_old_part", {"old_part_id": old.id}, user=w.CLERK) == "old_part_received"
    again = w.an_operation("receive_old_part", {"old_part_id": old.id}, user=w.CLERK)
    action = action_named("receive_old_part")
    kernel.perform(action, kernel.decode_args(action, again.args), again, rows)
    assert len(rows.find(AccountEntry, old_part_id=old.id)) == 1


def test_a_wrong_old_part_is_received_without_credit() -> None:
    rows = in_work(identified())
    old = tagged(rows)
    do(rows, "receive_old_part", {"old_part_id": old.id, "finding": "wrong_part"}, user=w.CLERK)
    assert rows.find(OldPart, order_id=w.ORDER)[0].state is OldPartState.RECEIVED
    assert not rows.find(AccountEntry, old_part_id=old.id)


def test_an_old_part_not_tagged_or_not_of_this_warehouse_is_refused() -> None:
    rows = in_work(identified())
    do(rows, "use_part", part())
    old = rows.find(OldPart, order_id=w.ORDER)[0]
    assert refused(rows, "receive_old_part", {"old_part_id": old.id}, user=w.CLERK) == "old_part_not_tagged"
    rows.put(msgspec.structs.replace(old, warehouse_id=an_id("else")))
    assert refused(rows, "receive_old_part", {"old_part_id": old.id}, user=w.CLERK) == "old_part_unknown"
    action = action_named("receive_old_part")
    operation = w.an_operation("receive_old_part", {"old_part_id": an_id("none")}, user=w.CLERK)
    with pytest.raises(Refusal):
        kernel.perform(action, kernel.decode_args(action, operation.args), operation, rows)


def test_credit_of_a_part_no_longer_in_the_catalogue_is_nothing() -> None:
    rows = MemoryRows()
    old = OldPart(
        id=an_id("old"), branch_id=w.BRANCH, station_id=w.STATION, warehouse_id=w.WAREHOUSE, order_id=w.ORDER,
        part_line_id=an_id("l"), part_id="GONE", tag="T", state=OldPartState.TAGGED,
    )  # fmt: skip
    rows.put(old)
    action = action_named("receive_old_part")
    operation = w.an_operation("receive_old_part", {"old_part_id": old.id}, user=w.CLERK)
    kernel.perform(action, kernel.decode_args(action, operation.args), operation, rows)
    assert rows.find(AccountEntry, old_part_id=old.id)[0].amount_fen == 0


def test_completion_asks_for_everything_in_turn() -> None:
    rows = in_work(w.a_unit())
    complete = {"order_id": w.ORDER, "result": "更换主板"}
    assert refused(rows, "complete_order", complete) == "unit_not_identified"
    rows.put(identified())
    assert refused(rows, "complete_order", complete) == "no_verdict"
    judged(rows)
    assert refused(rows, "complete_order", complete) == "codes_missing"
    codes = {"condition": "1", "symptom": "D01", "section": "MBD", "defect": "12", "repair": "10"}
    do(rows, "code_fault", {"order_id": w.ORDER, "unit_id": w.UNIT, **codes})
    assert refused(rows, "complete_order", complete) == "signature_missing"
    do(rows, "sign_quotation", quotation())
    do(rows, "use_part", part())
    assert refused(rows, "complete_order", complete) == "old_parts_untagged"
    old = rows.find(OldPart, order_id=w.ORDER)[0]
    do(rows, "tag_old_part", {"order_id": w.ORDER, "old_part_id": old.id, "serial": "OLD1"})
    do(rows, "complete_order", complete)
    assert (order(rows).state, order(rows).completed_at) == (State.COMPLETED, w.NOW)
    assert refused(rows, "use_part", part()) == "move_not_allowed"


def a_statement(**fields: Any) -> Statement:
    """A draft of the station's month."""
    values: dict[str, Any] = {
        "id": an_id("statement"), "branch_id": w.BRANCH, "station_id": w.STATION, "month": "2026-10",
        "state": StatementState.DRAFT, "total_fen": 100, "lines": 1, "tariff": "2026-10", "made_at": w.NOW,
    }  # fmt: skip
    return Statement(**(values | fields))


def a_line() -> StatementLine:
    """Its one line."""
    return StatementLine(
        id=an_id("line"), branch_id=w.BRANCH, station_id=w.STATION, statement_id=an_id("statement"), claim_id=None,
        order_id=None, kind="labour", amount_fen=100, tariff="2026-10",
    )  # fmt: skip


def test_a_statement_is_disputed_or_confirmed_by_its_station() -> None:
    rows = a_world(a_statement(), a_line())
    ids = {"statement_id": an_id("statement")}
    do(rows, "dispute_line", {**ids, "line_id": an_id("line"), "reason": "金额不符"}, user=w.LEAD)
    statement = rows.get(Statement, an_id("statement"))
    line = rows.get(StatementLine, an_id("line"))
    assert statement is not None and statement.state is StatementState.DISPUTED
    assert line is not None and line.disputed
    assert refused(rows, "confirm_statement", ids, user=w.LEAD) == "statement_not_open"
    rows.put(a_statement())
    wrong = {**ids, "line_id": an_id("nothing"), "reason": "x"}
    assert refused(rows, "dispute_line", wrong, user=w.LEAD) == "statement_unknown"
    do(rows, "confirm_statement", ids, user=w.LEAD)
    confirmed = rows.get(Statement, an_id("statement"))
    assert confirmed is not None and confirmed.confirmed_by == w.LEAD
    rows.put(a_statement(station_id=w.OTHER_STATION))
    assert refused(rows, "confirm_statement", ids, user=w.LEAD) == "statement_unknown"


def test_a_password_replaces_only_ones_own_verifier() -> None:
    rows = a_world()
    verifier = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g"
    do(rows, "change_password", {"verifier": verifier}, label="1")
    do(rows, "change_password", {"verifier": verifier + "x"}, label="2")
    stored = rows.get(Credential, w.TECHNICIAN)
    assert stored is not None and (stored.verifier, stored.must_change) == (verifier + "x", False)
    assert refused(rows, "change_password", {"verifier": "plain"}) == "arguments_invalid"
    assert refused(rows, "change_password", {"verifier": verifier}, branch_id=an_id("elsewhere")) == "not_your_place"


@pytest.mark.parametrize("year", [1899, 2201])
def test_a_time_outside_the_calendar_is_refused(year: int) -> None:
    begin = datetime(year, 6, 1, 9, tzinfo=UTC)
    asked = {"order_id": w.ORDER, "begins_at": begin, "ends_at": begin + timedelta(hours=2)}
    assert refused(a_world(), "book_visit", asked) == "operation_invalid"


def parked() -> ParkedOperation:
    """An operation that HQ refused."""
    return ParkedOperation(
        id=an_id("parked"), branch_id=w.BRANCH, place_id=w.STATION, device_id=an_id("device"), n=3,
        action="accept_order", person_id=w.TECHNICIAN, made_at=w.NOW, code="move_not_allowed",
    )  # fmt: skip


def test_a_parked_operation_is_withdrawn_once_and_only_at_its_place() -> None:
    rows = a_world(parked())
    do(rows, "withdraw_operation", {"operation_id": an_id("parked")}, user=w.LEAD)
    taken = rows.get(ParkedOperation, an_id("parked"))
    assert taken is not None and (taken.state, taken.resolved_by) == ("withdrawn", w.LEAD)
    again = {"operation_id": an_id("parked")}
    assert refused(rows, "withdraw_operation", again) == "operation_not_parked"
    assert refused(rows, "withdraw_operation", {"operation_id": an_id("none")}) == "operation_not_parked"
    rows.put(msgspec.structs.replace(parked(), place_id=w.OTHER_STATION))
    assert refused(rows, "withdraw_operation", again) == "not_your_place"


def a_conflict(**fields: Any) -> Conflict:
    """Two values of the order's result."""
    values: dict[str, Any] = {
        "id": an_id("conflict"), "branch_id": w.BRANCH, "place_id": w.STATION, "entity": "work_order",
        "row_id": w.ORDER, "field": "result", "hq_value": "甲", "place_value": "乙", "operation_id": an_id("op"),
        "person_id": w.TECHNICIAN, "at": w.NOW,
    }  # fmt: skip
    return Conflict(**(values | fields))


def test_a_person_picks_a_side_or_writes_a_third() -> None:
    rows = a_world(a_conflict())
    assert refused(rows, "pick_value", {"conflict_id": an_id("conflict"), "value": 7}) == "arguments_invalid"
    do(rows, "pick_value", {"conflict_id": an_id("conflict"), "value": "丙"})
    settled = rows.get(Conflict, an_id("conflict"))
    assert order(rows).result == "丙"
    assert settled is not None and (settled.picked, settled.hq_value, settled.place_value) == ("丙", "甲", "乙")
    assert refused(rows, "pick_value", {"conflict_id": an_id("conflict"), "value": "丁"}) == "conflict_not_open"
    rows.put(a_conflict(place_id=w.OTHER_STATION, branch_id=w.OTHER_BRANCH))
    assert refused(rows, "pick_value", {"conflict_id": an_id("conflict"), "value": "丁"}) == "not_your_place"
    rows.put(a_conflict(row_id=an_id("gone")))
    do(rows, "pick_value", {"conflict_id": an_id("conflict"), "value": "丁"}, label="gone")


@pytest.mark.parametrize("user", [w.TECHNICIAN, w.LEAD, w.MANAGER, w.CLERK])
@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_each_role_may_do_what_the_table_says_and_nothing_else(name: str, user: str) -> None:
    rows = a_world()
    operation = w.an_operation(name, {}, user=user)
    roles = {
        w.TECHNICIAN: "technician",
        w.LEAD: "station_lead",
        w.MANAGER: "branch_manager",
        w.CLERK: "warehouse_clerk",
    }
    if roles[user] in ACTIONS[name].roles:
        assert kernel.authorise(ACTIONS[name], operation, rows).id == user
    else:
        with pytest.raises(Refusal, match="role_not_allowed"):
            kernel.authorise(ACTIONS[name], operation, rows)


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"user": an_id("nobody")}, "person_unknown"), ({"place": w.OTHER_STATION}, "person_unknown")],
)
def test_a_stranger_does_nothing(fields: dict[str, Any], code: str) -> None:
    operation = msgspec.structs.replace(w.an_operation("accept_order", {"order_id": w.ORDER}), **fields)
    with pytest.raises(Refusal, match=code):
        kernel.authorise(ACTIONS["accept_order"], operation, a_world())


def test_someone_who_left_does_nothing() -> None:
    rows = a_world(w.person(w.TECHNICIAN, w.STATION, w.Role.TECHNICIAN, active=False))
    with pytest.raises(Refusal, match="person_inactive"):
        kernel.authorise(ACTIONS["accept_order"], w.an_operation("accept_order", {"order_id": w.ORDER}), rows)


def test_an_unknown_action_is_refused() -> None:
    with pytest.raises(Refusal, match="action_unknown"):
        action_named("fly")


@pytest.mark.parametrize(
    "text", ["\\u0000", "\\u001d", "\\u007f", "\\ud800"], ids=["NUL", "GS", "DEL", "lone surrogate"]
)
def test_control_characters_never_reach_a_database(text: str) -> None:
    operation = w.an_operation("add_note", {"order_id": w.ORDER, "text": "TEXT"})
    with pytest.raises(Refusal, match="operation_invalid"):
        kernel.decode_operation(encode(operation).replace("TEXT", text))


def test_a_sound_operation_survives_its_own_text() -> None:
    operation = w.an_operation(
        "add_note", {"order_id": w.ORDER, "text": "两行\n有制表\t符", "n": [1, {"k": None}]}, trust=Trust.UNTRUSTED,
        base={"work_order/1": {"result": None}},
    )  # fmt: skip
    body = encode(operation)
    assert encode(kernel.decode_operation(body)) == body
    assert len(body_hash(body)) == 64


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ("", "operation_invalid"),
        ("[]", "operation_invalid"),
        ('{"id":1}', "operation_invalid"),
        ("x" * 300_000, "body_too_large"),
        ("\ud800", "operation_invalid"),
    ],
)
def test_what_is_no_operation_is_refused(broken: str, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        kernel.decode_operation(broken)


def test_naive_times_and_huge_numbers_are_refused() -> None:
    body = encode(w.an_operation("add_note", {"order_id": w.ORDER, "text": "x"}))
    with pytest.raises(Refusal, match="operation_invalid"):
        kernel.decode_operation(body.replace("2026-11-20T02:00:00Z", "2026-11-20T02:00:00"))
    with pytest.raises(Refusal, match="operation_invalid"):
        kernel.decode_operation(body.replace('"n":1', f'"n":{2**63}'))


def test_arguments_are_strict() -> None:
    with pytest.raises(Refusal, match="arguments_invalid"):
        kernel.decode_args(ACTIONS["accept_order"], b'{"order_id":"x"}')
    with pytest.raises(Refusal, match="arguments_invalid"):
        kernel.decode_args(ACTIONS["use_part"], msgspec.json.encode(part(quantity="1")))


def test_times_of_any_zone_are_held_in_whole_seconds_of_utc() -> None:
    begin, end = datetime(2026, 12, 1, 1, tzinfo=UTC), datetime(2026, 12, 1, 3, tzinfo=UTC)
    given = {"order_id": w.ORDER, "begins_at": "2026-12-01T09:00:00.75+08:00", "ends_at": "2026-12-01T03:00:00Z"}
    args = kernel.decode_args(ACTIONS["book_visit"], msgspec.json.encode(given))
    assert msgspec.to_builtins(args) == given | {"begins_at": "2026-12-01T01:00:00Z", "reason": ""}
    assert (args.begins_at, args.ends_at) == (begin, end)
    body = encode(w.an_operation("add_note", {"order_id": w.ORDER, "text": "x"}))
    moved = kernel.decode_operation(body.replace("2026-11-20T02:00:00Z", "2026-11-20T10:00:00+08:00"))
    assert moved == kernel.decode_operation(body)
    assert moved.made_at.tzinfo is UTC


def test_the_timeline_tells_who_when_and_whether_the_clock_is_trusted() -> None:
    rows = in_work()
    do(rows, "add_note", {"order_id": w.ORDER, "text": "x"}, trust=Trust.UNTRUSTED)
    entry = rows.find(TimelineEntry, order_id=w.ORDER)[0]
    assert (entry.person_name, entry.at, entry.trusted, entry.action) == ("李伟", w.NOW, False, "add_note")


def test_a_fact_on_an_order_that_is_unknown_leaves_no_order_behind() -> None:
    rows = MemoryRows()
    operation = w.an_operation("add_note", {"order_id": w.ORDER, "text": "x"})
    with pytest.raises(Refusal, match="order_unknown"):
        kernel.perform(ACTIONS["add_note"], kernel.decode_args(ACTIONS["add_note"], operation.args), operation, rows)
    assert rows.everything() == []


@given(text=st.text(st.characters(exclude_categories=()), max_size=12))
def test_a_text_passes_for_plain_only_when_nothing_in_it_would_be_refused(text: str) -> None:
    try:
        body = msgspec.json.encode({"text": text}).decode()
    except UnicodeEncodeError:
        return  # a lone surrogate can't even be sent
    if kernel.is_plain(body):
        kernel.clean(text)
    escaped = json.dumps({"text": text})
    if kernel.is_plain(escaped):
        kernel.clean(text)


def test_line_breaks_quotes_and_backslashes_are_plain() -> None:
    assert kernel.is_plain(msgspec.json.encode('one\ntwo\t"three" a/b').decode())
    assert not kernel.is_plain(json.dumps("\x00"))
    assert not kernel.is_plain(json.dumps("\x7f", ensure_ascii=False))
    assert not kernel.is_plain(json.dumps("\ud800"))


def test_what_is_not_plain_is_looked_through_to_its_leaves() -> None:
    """A form feed is refused wherever it stands, and an escaped letter is a letter."""
    kernel.clean({"a": ["b", {"c": (1, None, "d\n")}]})
    for wrong in ({"a\f": 1}, {"a": ["\f"]}, [{"b": ("\f",)}]):
        with pytest.raises(Refusal, match="operation_invalid"):
            kernel.clean(wrong)
    operation = w.an_operation("add_note", {"order_id": w.ORDER, "text": "TEXT"}, base={"note/1": {"text": ["x", 1]}})
    assert kernel.decode_operation(encode(operation).replace("TEXT", "\\u0041")).id == operation.id


def test_a_branch_gives_an_offer_back_to_hq_with_its_reason_in_the_record():
    rows = w.a_world(w.an_order(state=State.OFFERED_BRANCH, station_id=None, technician_id=None))
    w.do(rows, "decline_at_branch", {"order_id": w.ORDER, "reason": "不在本区域"}, user=w.MANAGER)
    order = rows.get(WorkOrder, w.ORDER)
    assert order is not None and (order.state, order.decline_reason) == (State.NEW, "不在本区域")
    (entry,) = rows.find(TimelineEntry, action="decline_at_branch")
    assert entry.detail == {"reason": "不在本区域"}


def test_an_offered_order_tells_how_far_its_station_is_where_both_are_on_the_map():
    here = Position(lat_e6=22_540_000, lon_e6=113_950_000)
    far = Position(lat_e6=22_540_000, lon_e6=113_980_000)
    rows = w.a_world(w.an_order(state=State.AT_BRANCH, station_id=None, technician_id=None, customer_position=far))
    station = rows.get(Place, w.STATION)
    assert station is not None
    rows.put(msgspec.structs.replace(station, position=here))
    w.do(rows, "dispatch_order", {"order_id": w.ORDER, "station_id": w.STATION}, user=w.MANAGER)
    order = rows.get(WorkOrder, w.ORDER)
    assert order is not None and 3_000 < order.distance_m < 3_150
