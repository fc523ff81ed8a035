"""Visits, units in the shop, loaners, certificates, installations and the other ends: what is written, what refused."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import claiming, ends
from core.approvals import subject_hash
from core.claims import total_fen
from core.identifiers import certificate_number, certificate_prefix
from core.ids import new_id
from core.judging import judge_unit
from core.refusals import Refusal
from core.rows.jobs import Certificate, Contact, Custody, Loaner, OrderEnd
from core.rows.orders import (
    ApprovalDecision,
    ApprovalKind,
    ApprovalRequest,
    Job,
    OrderUnit,
    Quotation,
    Visit,
    WorkOrder,
)
from core.rows.people import Place
from core.rows.settlement import Claim
from core.warranty import Payer, Remedy, RemedyKind, Verdict
from core.work_order import CONTESTED, ENDED_BY, MOVES, State
from hq.claims.service import on_ended, on_exchanged, on_reopened
from hq.sample.memory import MemoryRows
from tests.unit import world as w
from tests.unit.test_claiming import a_verdict
from tests.unit.world import a_world, an_id, an_order, do, identified, registered

HASH = "b" * 64
#: A mended unit without a part.
CODES = {"condition": "1", "symptom": "D01", "section": "MBD", "defect": "14", "repair": "05"}
NEW_SERIAL = "K35U5525A1599999"
DEVICE = an_id("device")
NUMBER = certificate_number("SZ01", DEVICE, 0)
BOUGHT = w.TODAY - timedelta(days=5)


def order(rows: MemoryRows) -> WorkOrder:
    """The order as it stands."""
    found = rows.get(WorkOrder, w.ORDER)
    assert found is not None
    return found


def refused(rows: MemoryRows, name: str, args: dict[str, Any], **fields: Any) -> str:
    """The code with which the operation is refused."""
    with pytest.raises(Refusal) as caught:
        do(rows, name, {"order_id": w.ORDER} | args, **fields)
    return caught.value.code


def done(rows: MemoryRows, name: str, args: dict[str, Any] | None = None, **fields: Any) -> Any:
    """Do it to the order."""
    return do(rows, name, {"order_id": w.ORDER} | (args or {}), **fields)


def in_work(*extra: Any, bought: date = BOUGHT, **fields: Any) -> MemoryRows:
    """An order at work on a unit bought a few days ago, judged and coded."""
    values = {"state": State.IN_PROGRESS, "started_at": w.NOW - timedelta(hours=1)} | fields
    rows = a_world(an_order(**values), units=(registered(sold=bought, status="sold"),))
    rows.put(msgspec.structs.replace(identified(), invoice_date=bought, **CODES))
    unit = rows.find(OrderUnit, order_id=w.ORDER)[0]
    verdict = judge_unit(order(rows), unit, rows, w.TODAY)
    judged(rows, verdict)
    for row in extra:
        rows.put(row)
    return rows


def judged(rows: MemoryRows, verdict: Verdict) -> None:
    """The unit has that verdict."""
    rows.put(a_verdict(verdict))
    unit = rows.get(OrderUnit, w.UNIT)
    assert unit is not None
    rows.put(msgspec.structs.replace(unit, verdict_id=an_id("verdict")))


def certified(rows: MemoryRows, purpose: str = "exchange", **fields: Any) -> None:
    """A certificate is there."""
    given: dict[str, Any] = {
        "unit_id": w.UNIT, "number": NUMBER, "purpose": purpose, "finding": "faulty", "fault": "背光不亮",
        "measured": [{"name": "12V", "value": "0.2 V"}], "signed_by": "陈女士", "signature_sha256": HASH,
    }  # fmt: skip
    done(rows, "issue_certificate", given | fields)


def granted(rows: MemoryRows, kind: ApprovalKind = ApprovalKind.UNIT_EXCHANGE) -> None:
    """The branch has approved."""
    common: dict[str, Any] = {"branch_id": w.BRANCH, "station_id": w.STATION, "order_id": w.ORDER}
    common["subject_hash"] = subject_hash(rows, w.ORDER, kind, 0, 0)
    asked: dict[str, Any] = {"kind": kind, "rule": "x", "reason": "x", "asked_by": w.TECHNICIAN, "asked_at": w.NOW}
    rows.put(ApprovalRequest(id=an_id("r"), **asked, **common))
    decided: dict[str, Any] = {"approved": True, "decided_by": w.MANAGER, "decided_at": w.NOW}
    rows.put(ApprovalDecision(id=an_id("d"), request_id=an_id("r"), **decided, **common))


def signed(rows: MemoryRows) -> None:
    """The customer has signed nothing to pay."""
    rows.put(
        Quotation(
            id=an_id("q"),
            branch_id=w.BRANCH,
            station_id=w.STATION,
            order_id=w.ORDER,
            lines=(),
            total_fen=0,
            price_list="p",
            signed_by="陈",
            signature_sha256=HASH,
            signed_at=w.NOW,
        )
    )


# --- the table of moves ---------------------------------------------------------------------------------------------


def test_every_state_is_reached_from_new_and_only_closed_is_the_end() -> None:
    found = {State.NEW}
    for _ in State:
        found |= {move.target for move in MOVES if move.target and move.sources & found}
    assert found == set(State)
    assert set(State) - {source for move in MOVES for source in move.sources} == {State.CLOSED}


def test_each_end_is_contested_by_a_cancelled_order_and_names_its_state() -> None:
    for action, end in ENDED_BY.items():
        assert action == "cancel_order" or State.CANCELLED in CONTESTED[action]
        assert end in CONTESTED["cancel_order"] or end is State.CANCELLED
    assert State.CANCELLED in CONTESTED["reopen_order"]


# --- calls and visits -----------------------------------------------------------------------------------------------


def test_the_first_call_that_reached_somebody_is_the_first_contact() -> None:
    rows = a_world()
    done(rows, "note_contact", {"reached": False, "at": w.NOW - timedelta(hours=2)}, label="1")
    assert order(rows).contacted_at is None
    done(rows, "note_contact", {"reached": True, "note": "约明天"}, label="2")
    assert order(rows).contacted_at == w.NOW
    done(rows, "note_contact", {"reached": True, "at": w.NOW - timedelta(hours=1)}, label="3")
    done(rows, "note_contact", {"reached": True}, label="4")
    assert order(rows).contacted_at == w.NOW - timedelta(hours=1), "entered later, but called before"
    calls = rows.find(Contact, order_id=w.ORDER)
    assert len(calls) == 4 and {call.entered_at for call in calls} == {w.NOW}
    assert refused(rows, "note_contact", {"reached": True, "at": w.NOW + timedelta(minutes=1)}) == "time_in_future"
    closed = a_world(an_order(state=State.CLOSED))
    assert refused(closed, "note_contact", {"reached": True}) == "move_not_allowed"


def booked(rows: MemoryRows, label: str = "b", days: int = 1) -> None:
    """A visit is booked."""
    begin = w.NOW + timedelta(days=days)
    done(rows, "book_visit", {"begins_at": begin, "ends_at": begin + timedelta(hours=2)}, label=label)


def test_a_missed_visit_keeps_whose_doing_it_was_and_waits_for_another_booking() -> None:
    rows = a_world()
    booked(rows)
    came = w.NOW - timedelta(minutes=20)
    done(rows, "miss_visit", {"missed_by": "customer", "at": came, "reason": "无人", "evidence_sha256": HASH})
    (visit,) = rows.find(Visit, order_id=w.ORDER)
    assert (visit.state, visit.missed_by, visit.made_at, visit.entered_at) == ("missed", "customer", came, w.NOW)
    assert visit.evidence_sha256 == HASH
    assert (order(rows).state, order(rows).visit_from) == (State.ACCEPTED, None)
    assert ends.was_visited(order(rows), rows)
    assert refused(a_world(an_order(state=State.SCHEDULED)), "miss_visit", {"missed_by": "customer"}) == (
        "no_visit_booked"
    )
    late = a_world()
    booked(late)
    done(late, "miss_visit", {"missed_by": "technician"})
    assert not ends.was_visited(order(late), late)


def test_a_second_visit_is_booked_from_work_and_does_not_begin_it_anew() -> None:
    rows = a_world()
    booked(rows, "1")
    arrived = w.NOW - timedelta(hours=3)
    done(rows, "start_work", {"began_at": arrived}, label="1")
    booked(rows, "2", days=3)
    assert order(rows).state is State.SCHEDULED
    done(rows, "start_work", label="2")
    assert (order(rows).state, order(rows).started_at) == (State.IN_PROGRESS, arrived)
    made = sorted((visit.made_at, visit.entered_at) for visit in rows.find(Visit, order_id=w.ORDER, state="made"))
    assert made == [(arrived, w.NOW), (w.NOW, w.NOW)]


# --- in the shop ----------------------------------------------------------------------------------------------------

RECEIPT = {"unit_id": w.UNIT, "condition": "屏幕无划痕", "accessories": "遥控器", "from_name": "陈女士"}


def test_a_unit_is_taken_to_the_shop_and_must_be_back_before_completion() -> None:
    rows = in_work()
    signed(rows)
    assert refused(rows, "give_back", {"unit_id": w.UNIT, "to_name": "陈"}) == "unit_not_here"
    done(rows, "take_to_shop", RECEIPT)
    assert order(rows).state is State.IN_SHOP
    assert refused(rows, "receive_unit", RECEIPT | {"kind": "carried_in"}) == "unit_is_here"
    done(rows, "finish_repair")
    assert refused(rows, "complete_order", {}) == "unit_not_returned"
    way = {"unit_id": w.UNIT, "to_name": "陈"}
    assert refused(rows, "give_back", way | {"carrier": "顺丰"}) == "tracking_missing"
    done(rows, "give_back", way)
    (stay,) = rows.find(Custody, order_id=w.ORDER)
    assert (stay.kind, stay.accessories, stay.returned_at, stay.to_name) == ("taken", "遥控器", w.NOW, "陈")
    done(rows, "complete_order")
    assert (order(rows).state, order(rows).ended_as) == (State.COMPLETED, State.COMPLETED)


def test_a_parcel_has_its_number_in_and_out() -> None:
    rows = in_work()
    assert refused(rows, "receive_unit", RECEIPT | {"kind": "mailed_in"}) == "tracking_missing"
    done(rows, "receive_unit", RECEIPT | {"kind": "mailed_in", "carrier": "顺丰", "tracking": "SF1029384756"})
    assert order(rows).state is State.IN_PROGRESS
    done(rows, "give_back", {"unit_id": w.UNIT, "to_name": "陈", "carrier": "顺丰", "tracking": "SF2222333344"})
    (stay,) = rows.find(Custody, order_id=w.ORDER)
    assert (stay.tracking_in, stay.tracking_out) == ("SF1029384756", "SF2222333344")


LENT = {"model": "LED32", "serial": "LOAN0001", "condition": "完好"}


def test_a_loaner_is_lent_once_and_must_come_back() -> None:
    rows = in_work()
    signed(rows)
    done(rows, "lend_loaner", LENT)
    assert refused(rows, "lend_loaner", LENT, label="2") == "loaner_is_out"
    assert refused(rows, "complete_order", {}) == "loaner_not_back"
    (loaner,) = rows.find(Loaner, order_id=w.ORDER)
    back = {"loaner_id": loaner.id, "condition": "完好"}
    done(rows, "take_back_loaner", back)
    assert refused(rows, "take_back_loaner", back) == "loaner_not_out"
    (loaner,) = rows.find(Loaner, order_id=w.ORDER)
    assert (loaner.back_at, loaner.condition_back) == (w.NOW, "完好")
    done(rows, "lend_loaner", LENT, label="3")


def test_of_two_who_take_a_loaner_back_the_first_one_stands() -> None:
    from core.operations import loaners

    rows = in_work()
    done(rows, "lend_loaner", LENT)
    (loaner,) = rows.find(Loaner, order_id=w.ORDER)
    for label, words in (("1", "完好"), ("2", "缺遥控器")):
        args = loaners.TakeBackLoaner(order_id=w.ORDER, loaner_id=loaner.id, condition=words)
        loaners.take_back(args, w.an_operation("take_back_loaner", {}, label=label), rows)
    assert rows.find(Loaner, order_id=w.ORDER)[0].condition_back == "完好"


# --- certificates ---------------------------------------------------------------------------------------------------


def test_a_certificate_is_numbered_by_its_device_and_never_rewritten() -> None:
    rows = in_work()
    certified(rows)
    (one,) = rows.find(Certificate, order_id=w.ORDER)
    assert (one.number, one.serial, one.model, one.inspected_at) == (NUMBER, w.SERIAL, w.MODEL, w.NOW)
    assert one.number.startswith("JD-SZ01-") and one.number.endswith("-0001")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"measured": []}, "measured_missing"),
        ({"signature_sha256": None}, "signature_missing"),
        ({"number": certificate_number("SZ01", an_id("another device"), 0)}, "certificate_number_wrong"),
        ({"number": certificate_number("SZ02", DEVICE, 0)}, "certificate_number_wrong"),
    ],
)
def test_a_certificate_needs_figures_a_signature_and_its_own_number(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as caught:
        certified(in_work(), **fields)
    assert caught.value.code == code


def test_a_number_is_given_once_and_to_an_identified_unit_only() -> None:
    rows = in_work()
    certified(rows)
    with pytest.raises(Refusal) as caught:
        do(rows, "issue_certificate", _again(rows), label="2")
    assert caught.value.code == "certificate_number_taken"
    with pytest.raises(Refusal) as caught:
        certified(a_world(an_order(state=State.IN_PROGRESS)))
    assert caught.value.code == "unit_not_identified"


def _again(rows: MemoryRows) -> dict[str, Any]:
    one = rows.find(Certificate, order_id=w.ORDER)[0]
    return {
        "order_id": w.ORDER, "unit_id": w.UNIT, "number": one.number, "purpose": "refund", "finding": "faulty",
        "fault": "x", "measured": [{"name": "a", "value": "b"}], "signed_by": "x", "signature_sha256": HASH,
    }  # fmt: skip


@given(st.integers(min_value=2, max_value=40))
def test_devices_never_give_the_same_number(many: int) -> None:
    devices = [new_id() for _ in range(many)]
    prefixes = {certificate_prefix("SZ01", device) for device in devices}
    assert len(prefixes) == len(devices)
    assert len({certificate_number("SZ01", device, n) for device in devices for n in range(3)}) == 3 * len(devices)


# --- other ends -----------------------------------------------------------------------------------------------------


def earned(rows: MemoryRows) -> list[tuple[str, int]]:
    """The claim's lines as they would be now: kind and fen."""
    return [(line.kind, line.amount_fen) for line in claiming.preview(order(rows), rows, w.TODAY)]


def test_a_refused_quotation_gives_the_unit_back_and_earns_nothing_of_the_maker() -> None:
    rows = in_work()
    done(rows, "take_to_shop", RECEIPT)
    done(rows, "wait_for_customer")
    assert refused(rows, "return_unrepaired", {"reason": "bored", "to_name": "陈"}) == "reason_unknown"
    done(rows, "return_unrepaired", {"reason": "quotation_refused", "to_name": "陈", "customer_fen": 8000})
    assert order(rows).state is State.RETURNED_UNREPAIRED
    assert rows.find(Custody, order_id=w.ORDER)[0].to_name == "陈"
    facts = ends.end_facts(order(rows), rows, State.RETURNED_UNREPAIRED)
    assert facts is not None and (facts.payer, facts.customer_fen) == ("customer", 8000)
    assert earned(rows) == []


def test_what_cannot_be_repaired_in_warranty_earns_visit_and_inspection() -> None:
    rows = in_work()
    operation = done(rows, "return_unrepaired", {"reason": "no_part", "to_name": "陈"})
    assert earned(rows) == [("visit", 3200), ("inspection", 3200)]
    claim = on_ended(rows, operation)
    assert claim is not None and claim.total_fen == 6400 == total_fen(claiming.preview(order(rows), rows, w.TODAY))
    assert on_ended(rows, operation) is None, "once"
    rows = in_work()
    done(rows, "lend_loaner", LENT)
    assert refused(rows, "return_unrepaired", {"reason": "no_part", "to_name": "陈"}) == "loaner_not_back"


EXCHANGE = {"unit_id": w.UNIT, "new_model": w.MODEL, "new_serial": NEW_SERIAL}


def test_an_exchange_needs_certificate_approval_and_another_unit() -> None:
    rows = in_work()
    assert refused(rows, "exchange_unit", EXCHANGE | {"new_serial": w.SERIAL}) == "same_unit"
    assert refused(rows, "exchange_unit", EXCHANGE | {"new_model": "NONE"}) == "model_unknown"
    assert refused(rows, "exchange_unit", EXCHANGE | {"rule": "remedy.none"}) == "remedy_not_open"
    assert refused(rows, "exchange_unit", EXCHANGE) == "certificate_missing"
    certified(rows, "refund")
    assert refused(rows, "exchange_unit", EXCHANGE) == "certificate_missing"
    certified(rows, "doa", number=certificate_number("SZ01", DEVICE, 1), finding="no_fault")
    assert refused(rows, "exchange_unit", EXCHANGE) == "certificate_missing", "the same operation, another finding"
    certified(rows, "exchange")
    assert refused(rows, "exchange_unit", EXCHANGE) == "exchange_not_approved"
    granted(rows)
    done(rows, "lend_loaner", LENT)
    assert refused(rows, "exchange_unit", EXCHANGE) == "loaner_not_back"
    bare = a_world(an_order(state=State.IN_PROGRESS))
    assert refused(bare, "exchange_unit", EXCHANGE) == "unit_not_identified"


def test_an_exchange_keeps_both_serials_earns_its_fee_and_asks_hq_for_the_registry() -> None:
    rows = in_work()
    certified(rows)
    granted(rows)
    operation = done(rows, "exchange_unit", EXCHANGE | {"rule": "remedy.early_exchange"})
    facts = ends.end_facts(order(rows), rows, State.EXCHANGED)
    assert facts is not None and (facts.old_serial, facts.new_serial) == (w.SERIAL, NEW_SERIAL)
    assert facts.certificate_id and facts.payer == "maker"
    assert earned(rows) == [("exchange", 8400)]
    assert claiming.findings(order(rows), rows, w.TODAY) == []
    claim = on_exchanged(rows, operation)
    assert claim is not None and (claim.total_fen, claim.state) == (8400, "open")
    from core.rows.sync import Task

    (task,) = rows.find(Task, kind="unit_exchanged")
    assert (task.facts["serial"], task.facts["new_serial"]) == (w.SERIAL, NEW_SERIAL)
    rows.put(msgspec.structs.replace(order(rows), state=State.SETTLED))
    assert claiming.end_of(order(rows), rows) == "exchanged", "verified and settled, it stays an exchange"


def with_remedy(rule: str, kind: RemedyKind, payer: Payer = Payer.MAKER, **fields: Any) -> MemoryRows:
    """At work, the verdict giving that remedy."""
    rows = in_work(**fields)
    verdict = ends.verdict_of(rows.find(OrderUnit, order_id=w.ORDER)[0], rows)
    assert verdict is not None
    judged(rows, msgspec.structs.replace(verdict, remedies=(Remedy(kind=kind, rule=rule, payer=payer),)))
    return rows


def test_an_exchange_owed_for_the_repairers_delay_is_at_the_stations_cost() -> None:
    rows = with_remedy("remedy.repairer_late", RemedyKind.EXCHANGE, Payer.REPAIRER)
    certified(rows)
    granted(rows)
    done(rows, "exchange_unit", EXCHANGE | {"rule": "remedy.repairer_late"})
    assert earned(rows) == []


REFUND = {"unit_id": w.UNIT, "rule": "remedy.early_refund", "price_fen": 329_900, "day": w.TODAY}


def test_a_refund_is_proposed_by_a_remedy_with_the_rules_own_sum() -> None:
    rows = in_work()
    assert refused(rows, "propose_refund", REFUND | {"rule": "remedy.repair"}) == "remedy_not_open"
    assert refused(rows, "propose_refund", REFUND | {"deduction_fen": 1}) == "refund_sum_wrong"
    assert refused(rows, "propose_refund", REFUND | {"price_fen": 0}) == "price_missing"
    assert refused(rows, "propose_refund", REFUND) == "certificate_missing"
    certified(rows, "refund")
    done(rows, "lend_loaner", LENT)
    assert refused(rows, "propose_refund", REFUND) == "loaner_not_back"
    (loaner,) = rows.find(Loaner, order_id=w.ORDER)
    done(rows, "take_back_loaner", {"loaner_id": loaner.id, "condition": "完好"})
    done(rows, "propose_refund", REFUND)
    facts = ends.end_facts(order(rows), rows, State.REFUND_PROPOSED)
    assert facts is not None and (facts.price_fen, facts.deduction_fen) == (329_900, 0)
    assert earned(rows) == [("visit", 3200), ("inspection", 3200)]


def test_who_refuses_a_like_model_pays_for_the_use() -> None:
    rows = with_remedy("remedy.part_missing", RemedyKind.EXCHANGE, bought=w.TODAY - timedelta(days=100))
    certified(rows, "refund")
    wanted = REFUND | {"rule": "remedy.part_missing", "like_model_refused": True}
    # 3,299.00 yuan × 0.10 % × 100 days
    assert refused(rows, "propose_refund", wanted) == "refund_sum_wrong"
    done(rows, "propose_refund", wanted | {"deduction_fen": 32_990})
    unit = rows.find(OrderUnit, order_id=w.ORDER)[0]
    verdict = ends.verdict_of(unit, rows)
    assert verdict is not None
    assert ends.deduction(msgspec.structs.replace(verdict, start=None), 1000, w.TODAY) == 0


def test_a_visit_in_vain_is_paid_by_the_branchs_word_alone() -> None:
    rows = a_world()
    booked(rows)
    assert refused(rows, "cancel_order", {"reason": "x", "visit_payer": "maker"}, user=w.MANAGER) == "no_visit_made"
    done(rows, "miss_visit", {"missed_by": "customer"})
    quiet = msgspec.convert(msgspec.to_builtins(order(rows)), WorkOrder)
    operation = done(rows, "cancel_order", {"reason": "多次无人", "visit_payer": "maker"}, user=w.MANAGER)
    assert (order(rows).state, order(rows).ended_as) == (State.CANCELLED, State.CANCELLED)
    assert earned(rows) == [("visit", 3200)]
    assert claiming.findings(order(rows), rows, w.TODAY) == []
    claim = on_ended(rows, operation)
    assert claim is not None and claim.total_fen == 3200
    rows.put(quiet)
    done(rows, "cancel_order", {"reason": "用户付了", "visit_payer": "customer"}, user=w.MANAGER, label="2")
    assert rows.find(OrderEnd, order_id=w.ORDER, payer="customer")


# --- opened again, repaired again -----------------------------------------------------------------------------------


def completed(**fields: Any) -> tuple[MemoryRows, Any]:
    """A completed order and the operation that completed it."""
    rows = in_work(**fields)
    signed(rows)
    return rows, done(rows, "complete_order")


def test_a_completed_order_is_opened_again_by_its_lead_and_claimed_anew() -> None:
    rows, operation = completed()
    first = on_ended(rows, operation)
    assert first is not None
    assert refused(rows, "reopen_order", {"reason": "漏填"}) == "role_not_allowed"
    reopening = done(rows, "reopen_order", {"reason": "漏填配件"}, user=w.LEAD)
    on_reopened(rows, reopening)
    assert (order(rows).state, order(rows).completed_at, order(rows).ended_as) == (State.IN_PROGRESS, None, None)
    assert [claim.state for claim in rows.find(Claim, order_id=w.ORDER)] == ["withdrawn"]
    again = on_ended(rows, done(rows, "complete_order", label="2"))
    assert again is not None and again.id == first.id, "an order has one claim in its life"
    assert [claim.state for claim in rows.find(Claim, order_id=w.ORDER)] == ["open"]


def test_neither_late_nor_after_money_has_moved() -> None:
    rows, operation = completed()
    late = {"made_at": w.NOW + timedelta(days=8)}
    assert refused(rows, "reopen_order", {"reason": "x"}, user=w.LEAD, **late) == "reopen_late"
    claim = on_ended(rows, operation)
    assert claim is not None
    rows.put(msgspec.structs.replace(claim, state="verified"))
    assert refused(rows, "reopen_order", {"reason": "x"}, user=w.LEAD) == "claim_in_statement"
    rows.put(msgspec.structs.replace(order(rows), completed_at=None))
    assert refused(rows, "reopen_order", {"reason": "x"}, user=w.LEAD) == "claim_in_statement"


def first_repair(days: int, **fields: Any) -> list[Any]:
    """An order that repaired the same unit so many days ago."""
    at = w.NOW - timedelta(days=days)
    first = an_order(
        **{"id": an_id("first"), "number": "SZ-261001-0001", "state": State.COMPLETED, "completed_at": at} | fields
    )
    return [first, msgspec.structs.replace(identified(), id=an_id("first unit"), order_id=first.id)]


IDENTIFY = {"unit_id": w.UNIT, "model": w.MODEL, "serial": w.SERIAL, "source": "wedge"}


@pytest.mark.parametrize(
    ("days", "fields", "linked"),
    [
        (8, {}, True),
        (30, {}, True),
        (31, {}, False),
        (8, {"ended_as": State.RETURNED_UNREPAIRED}, False),
        (8, {"job": Job.INSTALLATION}, False),
        (8, {"station_id": w.OTHER_STATION}, True),
    ],
)
def test_a_second_repair_within_thirty_days_is_linked_by_itself(
    days: int, fields: dict[str, Any], linked: bool
) -> None:
    rows = a_world(an_order(state=State.IN_PROGRESS), *first_repair(days, **fields))
    done(rows, "identify_unit", IDENTIFY)
    assert (order(rows).repairs_order_id == an_id("first")) is linked
    own = linked and "station_id" not in fields
    assert claiming.claim_facts(order(rows), rows).re_repair is own, "unpaid to the same station, paid to another"


def test_the_link_goes_when_it_was_another_unit_after_all() -> None:
    rows = a_world(an_order(state=State.IN_PROGRESS), *first_repair(8))
    done(rows, "identify_unit", IDENTIFY, label="1")
    done(rows, "identify_unit", IDENTIFY | {"serial": NEW_SERIAL}, label="2")
    assert order(rows).repairs_order_id is None
    rows = a_world(an_order(state=State.IN_PROGRESS, job=Job.INSTALLATION), *first_repair(8))
    done(rows, "identify_unit", IDENTIFY)
    assert order(rows).repairs_order_id is None


def test_a_re_repair_that_ends_as_an_exchange_earns_the_exchange() -> None:
    rows = in_work(*first_repair(8), repairs_order_id=an_id("first"))
    certified(rows)
    granted(rows)
    done(rows, "exchange_unit", EXCHANGE)
    assert earned(rows) == [("exchange", 8400)]


# --- installations and inspections ----------------------------------------------------------------------------------


def test_a_pair_is_installed_with_a_card_for_each_half() -> None:
    rows = a_world(an_order(state=State.IN_PROGRESS, started_at=w.NOW, job=Job.INSTALLATION), identified())
    done(rows, "add_unit", {"half": "outdoor", "pair": 1})
    first, second = sorted(rows.find(OrderUnit, order_id=w.ORDER), key=lambda one: one.position)
    assert (second.position, second.half) == (2, "outdoor")
    signed(rows)
    assert refused(rows, "complete_order", {}) == "unit_not_identified"
    done(rows, "identify_unit", IDENTIFY | {"unit_id": second.id, "serial": NEW_SERIAL})
    assert refused(rows, "complete_order", {}) == "card_missing"
    card = {"installed_on": w.TODAY, "place": "客厅", "pair": 1}
    assert refused(rows, "record_installation", card | {"unit_id": first.id, "half": "outdoor"}) == "half_taken"
    later = card | {"unit_id": first.id, "installed_on": w.TODAY + timedelta(days=2)}
    assert refused(rows, "record_installation", later) == "document_in_future"
    done(rows, "record_installation", card | {"unit_id": first.id, "half": "indoor"}, label="1")
    done(rows, "record_installation", card | {"unit_id": second.id, "half": "outdoor", "place": "阳台"}, label="2")
    done(rows, "record_installation", card | {"unit_id": second.id}, label="3")
    done(rows, "complete_order")
    assert earned(rows) == [("installation", 5300), ("sla_bonus", 500)]
    assert [one for one in claiming.findings(order(rows), rows, w.TODAY) if one.severity == "error"] == []


def test_an_order_has_not_more_units_than_a_job_can() -> None:
    rows = a_world(an_order(state=State.IN_PROGRESS))
    for number in range(39):
        done(rows, "add_unit", label=str(number))
    assert refused(rows, "add_unit", {}, label="one more") == "units_too_many"


def test_an_inspection_is_complete_with_its_certificate_whatever_it_finds() -> None:
    rows = a_world(an_order(state=State.IN_PROGRESS, started_at=w.NOW, job=Job.INSPECTION), identified())
    assert refused(rows, "complete_order", {}) == "certificate_missing"
    certified(rows, "dealer_stock", finding="no_fault")
    done(rows, "complete_order")
    assert earned(rows) == [("inspection", 3200), ("sla_bonus", 500)]
    assert [one.rule for one in claiming.findings(order(rows), rows, w.TODAY) if one.severity == "error"] == []


def test_work_waits_for_an_inspection_and_goes_on() -> None:
    rows = in_work()
    done(rows, "wait_for_inspection", {"reason": "送分公司鉴定"})
    assert order(rows).state is State.WAITING_INSPECTION
    certified(rows)
    done(rows, "resume_work")
    assert order(rows).state is State.IN_PROGRESS


def test_a_place_without_a_name_gives_no_number() -> None:
    rows = in_work()
    place = rows.get(Place, w.STATION)
    assert place is not None
    rows.put(msgspec.structs.replace(place, code="SZ09"))
    with pytest.raises(Refusal) as caught:
        certified(rows)
    assert caught.value.code == "certificate_number_wrong"
