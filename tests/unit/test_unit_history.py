"""A unit's past from rows: our orders, what HQ told, exchanges; findings and corrections as operations."""

from datetime import date, timedelta

import msgspec
import pytest

from core import judging, unit_history
from core.corrections import corrected, value_in
from core.refusals import Refusal
from core.rows.orders import OrderUnit, TimelineEntry
from core.rows.parts import PartLine
from core.rows.units import CorrectionField, CorrectionState, PastRepair, UnitCorrection, UnitRecord
from core.warranty import WHOLE_UNIT, Contract, FittedPart, Outcome, SpanKind, Standing, UnitStatus
from core.work_order import State
from tests.unit import world as w
from tests.unit.world import a_world, an_id, an_order, do, identified, registered

ELSEWHERE = PastRepair(
    order_id=an_id("elsewhere"), number="GZ-1", station="GZ02", job="repair", state="settled",
    from_day=date(2026, 4, 1), to_day=date(2026, 4, 16), waits=((date(2026, 4, 3), date(2026, 4, 12)),),
    fault="D01", parts=("panel",),
)  # fmt: skip
CONTRACT = Contract(id="C1", name="延保", from_day=date(2026, 11, 10), to_day=date(2028, 11, 9))


def told(*repairs, contracts=(), hours=0, station=w.STATION, serial=w.SERIAL):
    return UnitRecord(
        id=an_id(f"record {station} {hours}"), branch_id=w.BRANCH, station_id=station, serial=serial,
        repairs=repairs, contracts=contracts, as_of=w.NOW - timedelta(hours=hours),
    )  # fmt: skip


def earlier(**fields):
    """A finished order of the unit at this station, with a new board."""
    values = {
        "id": an_id("first"), "number": "SZ-261101-0009", "state": State.COMPLETED,
        "started_at": w.NOW - timedelta(days=9), "completed_at": w.NOW - timedelta(days=8),
    }  # fmt: skip
    order = an_order(**(values | fields))
    unit = msgspec.structs.replace(identified(symptom="P01"), id=an_id("first unit"), order_id=order.id)
    line = PartLine(
        id=an_id("line"), branch_id=w.BRANCH, station_id=w.STATION, order_id=order.id, unit_id=unit.id, part_id=w.PART,
        added_by=w.TECHNICIAN, added_at=w.NOW,
    )  # fmt: skip
    return [order, unit, line]


def passed(action, days, order_id=w.ORDER):
    return TimelineEntry(
        id=an_id(f"{action} {days}"), branch_id=w.BRANCH, station_id=w.STATION, order_id=order_id, action=action,
        person_id=None, at=w.NOW - timedelta(days=days),
    )  # fmt: skip


def the_unit(rows):
    return rows.find(OrderUnit, order_id=w.ORDER)[0]


def test_repairs_here_and_elsewhere_are_one_history_and_each_stands_once():
    own = PastRepair(
        order_id=an_id("first"), number="as HQ told", station="", job="repair", state="", from_day=w.TODAY,
        to_day=w.TODAY,
    )  # fmt: skip
    rows = a_world(*earlier(), told(ELSEWHERE, own))
    found = unit_history.repairs_of(w.SERIAL, rows)
    assert [repair.number for repair in found] == ["GZ-1", "SZ-261101-0009"]
    assert found[1].parts == ("main_board",), "our own order is known best"
    assert [repair.number for repair in unit_history.repairs_of(w.SERIAL, rows, but=an_id("first"))] == ["GZ-1"]
    removed = msgspec.structs.replace(earlier()[2], removed=True)
    assert unit_history.own_repairs(w.SERIAL, a_world(*earlier(), removed))[0].parts == ()
    assert unit_history.own_repairs(w.SERIAL, a_world(*earlier(started_at=None))) == [], "nobody began"
    nowhere = a_world(*earlier(station_id=None))
    assert unit_history.own_repairs(w.SERIAL, nowhere)[0].station == ""


def test_what_hq_told_last_counts_for_contracts():
    rows = a_world(told(hours=3, contracts=(CONTRACT,)), told(ELSEWHERE, hours=1, station=w.OTHER_STATION))
    assert unit_history.contracts_of(w.SERIAL, rows) == ()
    assert unit_history.contracts_of(w.SERIAL, a_world()) == ()
    assert unit_history.repairs_of(w.SERIAL, rows) == [ELSEWHERE]


def test_spans_and_parts_of_a_repair_are_what_the_rules_take():
    spans = unit_history.spans_of([ELSEWHERE])
    assert [(one.kind, one.from_day.day, one.to_day.day) for one in spans] == [
        (SpanKind.REPAIR, 1, 16),
        (SpanKind.WAITING_PARTS, 3, 12),
    ]
    assert unit_history.fitted_of([ELSEWHERE]) == (
        FittedPart(part_class="panel", fitted_on=date(2026, 4, 16), order_id=ELSEWHERE.order_id),
    )


def test_a_verdict_counts_what_hq_told():
    rows = a_world(identified(), told(ELSEWHERE, contracts=(CONTRACT,)))
    verdict = judging.judge_unit(an_order(), the_unit(rows), rows, w.TODAY)
    whole = verdict.cover_of(WHOLE_UNIT)
    assert (verdict.outcome, whole.to_day) == (Outcome.IN_WARRANTY, date(2028, 11, 9))
    alone = judging.judge_unit(an_order(), the_unit(rows), a_world(identified()), w.TODAY)
    assert alone.outcome is Outcome.MAIN_PARTS_ONLY
    asked = judging.Asked(elsewhere=(ELSEWHERE,), contracts=(), documents=judging.documents_of(the_unit(rows)))
    assert judging.judge_serial(w.MODEL, w.SERIAL, w.TODAY, a_world(), asked).outcome is Outcome.IN_WARRANTY


def test_the_running_order_counts_for_the_advice_and_not_for_the_verdict():
    order = an_order(state=State.IN_PROGRESS, started_at=w.NOW - timedelta(days=29))
    rows = a_world(order, identified(symptom="P01"), told(contracts=(CONTRACT,)))
    sold_later = msgspec.structs.replace(the_unit(rows), invoice_date=date(2026, 3, 2), invoice_fen=329_900)
    advised = judging.advise_unit(order, sold_later, rows, w.TODAY)
    (late,) = [one for one in advised.advice if one.rule == "remedy.repairer_late"]
    assert (late.standing, late.days_left) == (Standing.COMING, 1)
    assert judging.judge_unit(order, sold_later, rows, w.TODAY).cover_of(WHOLE_UNIT).days_added == 0


def test_the_holds_of_a_running_order():
    waiting = an_order(state=State.WAITING_PARTS, started_at=w.NOW - timedelta(days=10))
    entries = [
        passed("wait_for_customer", 9), passed("resume_work", 7), passed("wait_for_parts", 5),
        passed("wait_for_parts", 4),
    ]  # fmt: skip
    rows = a_world(waiting, identified(), *entries)
    spans = unit_history.running_spans(waiting, the_unit(rows), rows)
    assert [(one.kind, one.from_day.day, one.to_day and one.to_day.day) for one in spans] == [
        (SpanKind.REPAIR, 10, None),
        (SpanKind.WAITING_CUSTOMER, 11, 13),
        (SpanKind.WAITING_PARTS, 15, None),
    ]
    moved_on = msgspec.structs.replace(waiting, state=State.IN_PROGRESS, started_at=None)
    spans = unit_history.running_spans(moved_on, the_unit(rows), rows)
    assert [one.kind for one in spans] == [SpanKind.WAITING_CUSTOMER], "it no longer waits, whatever the timeline says"
    done = msgspec.structs.replace(waiting, completed_at=w.NOW)
    assert unit_history.running_spans(done, the_unit(rows), rows) == ()


def test_exchanges_are_followed_back_and_a_ring_ends():
    chain = [
        registered(serial="A", exchange_of="B"), registered(serial="B", exchange_of="C"), registered(serial="C"),
    ]  # fmt: skip
    rows = a_world(units=(*chain, registered(serial="X", exchange_of="Y"), registered(serial="Y", exchange_of="X")))
    assert [unit.serial for unit in unit_history.predecessors_of(chain[0], rows)] == ["B", "C"]
    ring = unit_history.predecessors_of(registered(serial="X", exchange_of="Y"), rows)
    assert len(ring) == unit_history.MOST_EXCHANGES
    gone = unit_history.predecessors_of(registered(exchange_of="nobody knows"), rows)
    assert gone == ()
    assert unit_history.predecessors_of(None, rows) == ()


def test_repairs_of_the_unit_taken_back_belong_to_the_question():
    given_for = registered(exchange_of="OLD", exchanged_on=date(2026, 6, 1))
    rows = a_world(told(ELSEWHERE, serial="OLD"), units=(given_for, registered(serial="OLD")))
    case = judging.case_of(w.MODEL, w.SERIAL, w.TODAY, rows, judging.NOTHING_ELSE)
    assert [span.earlier_unit for span in case.history] == [True, True]
    assert case.fitted == ()


# --- what was found --------------------


def at_work(*extra, **fields):
    return a_world(an_order(state=State.IN_PROGRESS, started_at=w.NOW), identified(**fields), *extra)


def findings(**more):
    return {"order_id": w.ORDER, "unit_id": w.UNIT} | more


def test_what_ends_the_warranty_needs_a_photo_and_words():
    rows = at_work(verdict_id=an_id("verdict"))
    bare = findings(exclusions=["misuse"])
    for args, code in (
        (bare, "finding_photo_missing"),
        (bare | {"photo_sha256": "a" * 64}, "reason_missing"),
        (bare | {"photo_sha256": "a" * 64, "finding": "  "}, "reason_missing"),
    ):
        with pytest.raises(Refusal, match=code):
            do(rows, "record_findings", args)
    do(rows, "record_findings", bare | {"photo_sha256": "a" * 64, "finding": "进水"})
    unit = the_unit(rows)
    assert (unit.exclusions, unit.finding, unit.finding_photo, unit.verdict_id) == (("misuse",), "进水", "a" * 64, None)
    verdict = judging.judge_unit(an_order(), unit, rows, w.TODAY)
    assert (verdict.outcome, verdict.reasons[0].rule) == (Outcome.OUT_OF_WARRANTY, "misuse")
    do(rows, "record_findings", findings(), label="taken back")
    assert (the_unit(rows).exclusions, the_unit(rows).held_by) == (None, "customer")


def test_a_dealers_stock_is_told_by_the_technician():
    rows = at_work()
    rows.know(registered(sold=None, status=UnitStatus.SHIPPED))
    do(rows, "record_findings", findings(held_by="dealer"))
    bare = msgspec.structs.replace(the_unit(rows), invoice_date=None)
    verdict = judging.judge_unit(an_order(), bare, rows, w.TODAY)
    assert (verdict.outcome, verdict.reasons[0].rule) == (Outcome.IN_WARRANTY, "dealer_stock")


# --- corrections --------------------


def proposal(**more):
    values = {"model": w.MODEL, "serial": w.SERIAL, "field": "sold", "old": "2025-11-09", "new": "2025-11-19"}
    return values | {"reason": "发票为准"} | more


def test_a_correction_is_a_proposal_and_the_registry_stays():
    rows = a_world()
    do(rows, "propose_correction", proposal(order_id=w.ORDER))
    (found,) = rows.find(UnitCorrection)
    assert (found.station_id, found.order_id, found.state) == (w.STATION, w.ORDER, CorrectionState.OPEN)
    assert rows.look_up(w.SERIAL)[1].sold == date(2025, 11, 9)
    do(rows, "propose_correction", proposal(), user=w.MANAGER, label="branch")
    assert sorted(str(one.station_id) for one in rows.find(UnitCorrection)) == sorted([w.STATION, "None"])


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"serial": "NOBODY"}, "unit_not_registered"),
        ({"order_id": an_id("none")}, "order_unknown"),
        ({"new": "2025-11-09"}, "correction_changes_nothing"),
        ({"new": "soon"}, "correction_value_wrong"),
        ({"new": "20251119"}, "correction_value_wrong"),
        ({"field": "status", "new": "lost"}, "correction_value_wrong"),
        ({"field": "status", "new": ""}, "correction_value_wrong"),
        ({"field": "dealer", "new": " "}, "correction_value_wrong"),
        ({"field": "model", "new": "NONE"}, "model_unknown"),
        ({"field": "exchange_of", "new": "1234567890"}, "serial_placeholder"),
        ({"field": "exchange_of", "new": "abc1"}, "serial_placeholder"),
    ],
)
def test_what_can_not_stand_is_refused(args, code):
    with pytest.raises(Refusal, match=code):
        do(a_world(), "propose_correction", proposal(**args))


@pytest.mark.parametrize(
    "args",
    [
        {"new": ""},
        {"field": "dealer", "new": "苏宁易购"},
        {"field": "status", "new": "scrapped"},
        {"field": "exchange_of", "new": "K35U5525A1500041"},
        {"field": "model", "new": w.MODEL, "old": "other"},
    ],
)
def test_what_may_stand_is_taken(args):
    rows = a_world(units=(registered(model="other"),)) if args.get("field") == "model" else a_world()
    do(rows, "propose_correction", proposal(**args))
    assert len(rows.find(UnitCorrection)) == 1


def test_the_entry_as_it_would_be():
    shipped = registered(sold=None, status=UnitStatus.SHIPPED)
    sold = corrected(shipped, CorrectionField.SOLD, "2025-11-19")
    assert (sold.sold, sold.status) == (date(2025, 11, 19), UnitStatus.SOLD)
    assert corrected(shipped, CorrectionField.SHIPPED, "2025-02-03").status is UnitStatus.SHIPPED
    assert corrected(registered(status=UnitStatus.SCRAPPED), CorrectionField.SOLD, "2025-12-01").status == "scrapped"
    assert corrected(registered(), CorrectionField.SOLD, "").sold is None
    assert corrected(registered(), CorrectionField.STATUS, "scrapped").status is UnitStatus.SCRAPPED
    assert corrected(registered(), CorrectionField.DEALER, "苏宁").dealer == "苏宁"
    unit = registered(installed=date(2025, 11, 12))
    assert (value_in(unit, CorrectionField.INSTALLED), value_in(unit, CorrectionField.DEALER)) == ("2025-11-12", "")
    assert value_in(unit, CorrectionField.STATUS) == "sold"
    with pytest.raises(Refusal, match="correction_contradicts"):
        corrected(registered(), CorrectionField.SOLD, "2025-01-14")
    with pytest.raises(Refusal, match="correction_contradicts"):
        corrected(registered(), CorrectionField.MADE, "2025-11-10")
