"""From rows to verdicts, quotations' facts and claims: who pays, what is claimed, what the pre-flight sees."""

from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from core import claiming, judging, reference
from core.approvals import subject_hash
from core.claims import total_fen
from core.refusals import Refusal
from core.rows.orders import (
    ApprovalDecision,
    ApprovalKind,
    ApprovalRequest,
    Attachment,
    OrderUnit,
    Quotation,
    TimelineEntry,
    UnitVerdict,
    WorkOrder,
)
from core.rows.parts import PartLine
from core.rows.people import Person
from core.rows.reference import DocumentKind, Part, ReferenceDocument
from core.rows.settlement import Claim
from core.warranty import Case, Documents, Outcome, RegisteredUnit, RegistryState, UnitStatus, Verdict, judge
from core.work_order import State
from tests.unit import world as w
from tests.unit.world import MemoryRows, a_world, an_id, an_order, do, identified, registered

CODES = {"condition": "1", "symptom": "D01", "section": "MBD", "defect": "12", "repair": "10"}
LATER = "K35U5525A1500043"


def worked(*extra: Any, **order: Any) -> MemoryRows:
    """An order in progress, its unit judged and coded."""
    values = {"state": State.IN_PROGRESS, "started_at": w.NOW - timedelta(hours=1), "completed_at": None} | order
    rows = a_world(an_order(**values), identified(), *extra)
    unit = rows.find(OrderUnit, order_id=w.ORDER)[0]
    verdict = judging.judge_unit(the_order(rows), unit, rows, w.TODAY)
    args = {"order_id": w.ORDER, "unit_id": w.UNIT}
    do(rows, "judge_warranty", args | {"day": w.TODAY, "verdict": verdict})
    do(rows, "code_fault", args | CODES)
    return rows


def the_order(rows: MemoryRows) -> WorkOrder:
    """The order."""
    found = rows.get(WorkOrder, w.ORDER)
    assert found is not None
    return found


def goodwill(rows: MemoryRows, *, approved: bool = True) -> None:
    """A decided request."""
    stands = subject_hash(rows, w.ORDER, ApprovalKind.GOODWILL, 0, 0)
    common: dict[str, Any] = {"branch_id": w.BRANCH, "station_id": w.STATION, "order_id": w.ORDER}
    common["subject_hash"] = stands
    rows.put(
        ApprovalRequest(
            id=an_id("r"),
            kind=ApprovalKind.GOODWILL,
            rule="x",
            reason="x",
            asked_by=w.TECHNICIAN,
            asked_at=w.NOW,
            **common,
        )
    )
    decided = {"decided_by": w.MANAGER, "decided_at": w.NOW}
    rows.put(ApprovalDecision(id=an_id("d"), request_id=an_id("r"), approved=approved, **decided, **common))


def fitted(part_id: str = w.PART, payer: str = "maker") -> PartLine:
    """A part line."""
    return PartLine(
        id=an_id(f"line {part_id}"), branch_id=w.BRANCH, station_id=w.STATION, order_id=w.ORDER, unit_id=w.UNIT,
        part_id=part_id, payer=payer, added_by=w.TECHNICIAN, added_at=w.NOW,
    )  # fmt: skip


def the_part(rows: MemoryRows, part_id: str) -> Part:
    """A part of the catalogue."""
    found = rows.get(Part, part_id)
    assert found is not None
    return found


def rules(rows: MemoryRows) -> set[str]:
    """The ids of the pre-flight's findings."""
    return {finding.rule for finding in claiming.findings(the_order(rows), rows, w.TODAY)}


def test_a_board_out_of_warranty_is_the_customers_until_goodwill_is_granted() -> None:
    rows = worked()
    order = the_order(rows)
    work = claiming.work_of(order, rows)
    assert claiming.part_payer(work, the_part(rows, w.PART)) == "customer"
    assert claiming.part_payer(work, the_part(rows, w.PANEL)) == "maker"
    assert claiming.preview(order, rows, w.TODAY) == ()
    goodwill(rows)
    work = claiming.work_of(order, rows)
    assert claiming.part_payer(work, the_part(rows, w.PART)) == "maker"
    assert total_fen(claiming.preview(order, rows, w.TODAY)) > 0


def test_a_refused_request_changes_nothing() -> None:
    rows = worked()
    goodwill(rows, approved=False)
    assert claiming.approvals_of(w.ORDER, rows) == frozenset()


def test_a_covered_main_part_makes_the_order_the_makers() -> None:
    rows = worked(fitted(w.PANEL))
    assert claiming.maker_pays(claiming.work_of(the_order(rows), rows))
    rows.put(msgspec.structs.replace(fitted(w.PANEL), removed=True))
    assert not claiming.maker_pays(claiming.work_of(the_order(rows), rows))


def test_an_unjudged_order_is_nobodys_claim() -> None:
    rows = a_world()
    assert not claiming.maker_pays(claiming.work_of(the_order(rows), rows))
    rows = MemoryRows()
    rows.put(an_order(station_id=None))
    work = claiming.work_of(the_order(rows), rows)
    assert (work.unit, work.verdict) == (None, None)
    facts = claiming.claim_facts(the_order(rows), rows)
    assert (facts.station_grade, facts.level, facts.maker_pays) == (3, "", False)
    assert claiming.preview(the_order(rows), rows, w.TODAY) == ()
    seen = claiming.preflight_facts(the_order(rows), rows, w.TODAY)
    assert (seen.serial, seen.area_m, seen.code_problems) == ("", 0, ())


def test_in_warranty_the_maker_pays_and_time_used_is_measured() -> None:
    unit = registered(sold=date(2026, 5, 1))
    rows = worked()
    rows = a_world(an_order(completed_at=w.NOW), units=(unit,))
    rows.put(msgspec.structs.replace(identified(), invoice_date=date(2026, 5, 1), **CODES))
    verdict = judging.judge_unit(the_order(rows), rows.find(OrderUnit, order_id=w.ORDER)[0], rows, w.TODAY)
    assert verdict.outcome is Outcome.IN_WARRANTY
    assert judging.is_covered(verdict, "main_board")
    rows.put(a_verdict(verdict))
    rows.put(msgspec.structs.replace(rows.find(OrderUnit, order_id=w.ORDER)[0], verdict_id=an_id("verdict")))
    facts = claiming.claim_facts(the_order(rows), rows)
    assert facts.maker_pays and facts.minutes_used == 180 and facts.level == "medium"


def a_verdict(verdict: Verdict) -> UnitVerdict:
    """A stored verdict."""
    return UnitVerdict(
        id=an_id("verdict"), branch_id=w.BRANCH, station_id=w.STATION, order_id=w.ORDER, unit_id=w.UNIT,
        serial=w.SERIAL, model=w.MODEL, day=w.TODAY, outcome=verdict.outcome.value, verdict=verdict,
        judged_by=w.TECHNICIAN, judged_at=w.NOW,
    )  # fmt: skip


def test_codes_of_another_system_have_no_level() -> None:
    rows = a_world(identified(code_system="EIA", repair="10"))
    assert claiming.repair_level(claiming.work_of(the_order(rows), rows), rows) == ""
    rows.put(identified(repair="999"))
    assert claiming.repair_level(claiming.work_of(the_order(rows), rows), rows) == ""


def test_a_main_part_is_covered_by_the_day_of_the_verdict() -> None:
    rows = worked()
    verdict = claiming.work_of(the_order(rows), rows).verdict
    assert verdict is not None and verdict.outcome is Outcome.MAIN_PARTS_ONLY
    assert judging.is_covered(verdict, "panel") and not judging.is_covered(verdict, "main_board")
    assert not judging.is_covered(None, "panel")
    late = msgspec.structs.replace(verdict, day=date(2031, 1, 1))
    assert not judging.is_covered(late, "panel")
    expired = msgspec.structs.replace(verdict, outcome=Outcome.OUT_OF_WARRANTY)
    assert not judging.is_covered(expired, "panel")


def earlier(**fields: Any) -> list[Any]:
    """A finished order of the same unit."""
    order = an_order(
        id=an_id("first"), number="SZ-261101-0009", state=State.COMPLETED, started_at=w.NOW - timedelta(days=9),
        completed_at=w.NOW - timedelta(days=8), **fields,
    )  # fmt: skip
    unit = identified(symptom="D01")
    return [order, msgspec.structs.replace(unit, id=an_id("first unit"), order_id=order.id)]


def test_the_history_is_the_units_other_finished_orders() -> None:
    rows = worked(*earlier())
    spans = judging.history_of(w.SERIAL, rows, but=w.ORDER)
    assert [(span.from_day, span.to_day, span.paid) for span in spans] == [
        (date(2026, 11, 11), date(2026, 11, 12), False)
    ]
    rows.put(
        Quotation(
            id=an_id("q"),
            branch_id=w.BRANCH,
            station_id=w.STATION,
            order_id=an_id("first"),
            lines=(),
            total_fen=5,
            price_list="p",
            signed_by="x",
            signature_sha256=None,
            signed_at=w.NOW,
        )
    )
    assert judging.history_of(w.SERIAL, rows, but=w.ORDER)[0].paid
    rows.put(msgspec.structs.replace(earlier()[1], id=an_id("orphan"), order_id=an_id("gone")))
    assert len(judging.history_of(w.SERIAL, rows)) == 1


def passed(order_id: str, action: str, at: datetime) -> TimelineEntry:
    """Something that happened to an order."""
    return TimelineEntry(
        id=an_id(f"{action} {at}"), branch_id=w.BRANCH, station_id=w.STATION, order_id=order_id, action=action,
        person_id=None, at=at,
    )  # fmt: skip


def test_waits_for_parts_are_stretches_of_their_own() -> None:
    first, begun = an_id("first"), w.NOW - timedelta(days=20)
    waits = [
        passed(first, "wait_for_parts", begun),
        passed(first, "add_note", begun + timedelta(days=1)),
        passed(first, "resume_work", begun + timedelta(days=3)),
        passed(first, "resume_work", begun + timedelta(days=4)),
        passed(first, "wait_for_parts", begun + timedelta(days=11)),
    ]
    spans = judging.history_of(w.SERIAL, worked(*earlier(), *waits), but=w.ORDER)
    assert [(span.kind.value, span.from_day.day, (span.to_day or w.TODAY).day) for span in spans] == [
        ("waiting_parts", 31, 3),
        ("repair", 11, 12),
        ("waiting_parts", 11, 12),
    ]


@pytest.mark.parametrize(
    ("state", "extra", "end", "visited"),
    [
        (State.IN_PROGRESS, (), "completed", True),
        (State.ACCEPTED, (), "completed", True),
        (State.EXCHANGED, (), "exchanged", True),
        (State.SETTLED, ("start_work", "return_unrepaired"), "returned_unrepaired", True),
        (State.SETTLED, (), "completed", True),
        (State.CANCELLED, (), "cancelled", False),
        (State.CLOSED, ("cancel_order",), "cancelled", False),
    ],
)
def test_how_the_work_ended_decides_what_is_earned(
    state: State, extra: tuple[str, ...], end: str, visited: bool
) -> None:
    started = None if not visited or state is State.ACCEPTED else w.NOW - timedelta(hours=1)
    rows = worked(*(passed(w.ORDER, action, w.NOW) for action in extra))
    rows.put(an_order(state=state, started_at=started, completed_at=None))
    facts = claiming.claim_facts(the_order(rows), rows)
    assert (facts.end, facts.visited) == (end, visited)
    assert claiming.preflight_facts(*_args(rows)).end == end


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" \t", "serial_empty"),
        ("1234567890", "serial_placeholder"),
        ("490154203237510", "imei_wrong_digit"),
    ],
)
def test_a_typed_serial_is_looked_at_before_it_is_believed(text: str, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        judging.typed_serial(text)
    assert caught.value.code == code


def test_a_typed_serial_is_folded() -> None:
    assert judging.typed_serial(" k35u5525a1500042 ") == w.SERIAL
    assert judging.typed_serial("490154203237518") == "490154203237518"


def test_a_second_repair_within_thirty_days_is_found_unless_it_is_linked() -> None:
    assert "repaired_recently" in rules(worked(*earlier()))
    assert "repaired_recently" not in rules(worked(*earlier(), repairs_order_id=an_id("first")))


def test_a_re_repair_is_unpaid_to_the_same_station_and_paid_to_another() -> None:
    rows = worked(*earlier(), repairs_order_id=an_id("first"))
    assert claiming.claim_facts(the_order(rows), rows).re_repair
    rows = worked(*earlier(station_id=w.OTHER_STATION), repairs_order_id=an_id("first"))
    assert not claiming.claim_facts(the_order(rows), rows).re_repair


def test_open_orders_of_a_unit_are_reminded_of() -> None:
    rows = worked(*earlier())
    assert [order.id for order in judging.open_orders_of(w.SERIAL, rows)] == [w.ORDER]


def test_a_unit_claimed_by_another_order_the_same_day_is_found() -> None:
    rows = worked(*earlier())
    rows.put(a_claim(date(2026, 11, 12)))
    assert "claim_duplicate" not in rules(rows)
    rows.put(a_claim(w.TODAY))
    assert "claim_duplicate" in rules(rows)


def a_claim(day: date) -> Claim:
    """The first order's claim."""
    return Claim(
        id=an_id("claim"), branch_id=w.BRANCH, station_id=w.STATION, order_id=an_id("first"), order_number="1",
        technician_id=None, tariff="t", lines=(), total_fen=0, completed_on=day,
    )  # fmt: skip


def test_an_invoice_of_another_unit_or_another_date_is_found() -> None:
    other = msgspec.structs.replace(earlier()[1], serial=LATER)
    assert "invoice_reused" in rules(worked(earlier()[0], other))
    changed = msgspec.structs.replace(earlier()[1], invoice_date=date(2025, 1, 1), invoice_number=None)
    found = claiming.preflight_facts(*_args(worked(earlier()[0], changed)))
    assert found.papers.recorded_invoice_date == date(2025, 1, 1)
    bare = worked()
    bare.put(w.a_unit(model=w.MODEL))
    assert claiming.preflight_facts(*_args(bare)).papers.number_used_for == ""


def _args(rows: MemoryRows) -> tuple[WorkOrder, MemoryRows, date]:
    return the_order(rows), rows, w.TODAY


def test_parts_are_seen_with_their_old_ones() -> None:
    rows = worked()
    goodwill(rows)
    do(rows, "use_part", {"order_id": w.ORDER, "unit_id": w.UNIT, "part_id": w.PART, "new_serial": "N1"})
    rows.put(fitted("GONE"))
    seen = {part.part_id: part for part in claiming.preflight_facts(*_args(rows)).parts}
    assert (seen[w.PART].old_due, seen[w.PART].old_tagged, seen[w.PART].fits_model) == (True, False, True)
    assert (seen["GONE"].part_class, seen["GONE"].old_due, seen["GONE"].fits_model) == ("", False, False)
    assert claiming.claim_facts(the_order(rows), rows).parts[0].transfer_fen in (0, 21_000)


def test_signature_and_photos_are_counted() -> None:
    rows = worked()
    do(rows, "sign_quotation", {
        "order_id": w.ORDER, "lines": [], "total_fen": 0, "price_list": "p", "signed_by": "x",
        "signature_sha256": "a" * 64,
    })  # fmt: skip
    photo = {"order_id": w.ORDER, "kind": "photo", "sha256": "b" * 64, "bytes": 1, "media_type": "image/png"}
    do(rows, "add_attachment", photo)
    seen = claiming.preflight_facts(*_args(rows))
    assert (seen.signed, seen.quotation_signed, seen.photos) == (True, True, 1)
    assert rows.find(Attachment, order_id=w.ORDER)


@pytest.mark.parametrize(("lines", "licensed"), [((), True), (("tv_lcd",), True), (("phone",), False)])
def test_a_technician_with_a_list_of_lines_is_held_to_it(lines: tuple[str, ...], licensed: bool) -> None:
    person = msgspec.structs.replace(w.person(w.TECHNICIAN, w.STATION, w.Role.TECHNICIAN), lines=lines)
    assert ("technician_not_licensed" not in rules(worked(person))) == licensed


def test_a_lead_may_do_what_the_station_may() -> None:
    rows = worked(technician_id=None)
    assert "technician_not_licensed" not in rules(rows)
    rows.put(msgspec.structs.replace(w.person(w.LEAD, w.STATION, w.Role.STATION_LEAD), lines=("phone",)))
    rows.put(an_order(state=State.IN_PROGRESS, technician_id=w.LEAD))
    assert "technician_not_licensed" not in rules(rows)
    assert rows.find(Person, place_id=w.STATION)


def test_what_the_registry_says_reaches_the_pre_flight() -> None:
    rows = worked()
    seen = claiming.preflight_facts(*_args(rows))
    assert (seen.registered_model, seen.status) == (w.MODEL, UnitStatus.SOLD)
    assert rows.look_up("nothing") == (RegistryState.COMPLETE, None)


def test_a_serial_is_judged_without_an_order() -> None:
    rows = a_world()
    assert judging.judge_serial("", w.SERIAL, w.TODAY, rows).model == w.MODEL
    assert judging.judge_serial("", "NOPE", w.TODAY, rows).outcome is Outcome.NOT_RECOGNISED
    assert judging.local_day(rows, None, w.NOW) == w.TODAY


def document(revision: str, begin: date, until: date | None = None) -> ReferenceDocument:
    """A tariff without rates."""
    body = {"version": revision, "in_force_from": begin, "labour": [], "fees": [], "grade_bp": {}}
    return ReferenceDocument(
        id=an_id(revision), kind=DocumentKind.TARIFF, name="t", revision=revision, in_force_from=begin,
        in_force_until=until, body=msgspec.Raw(msgspec.json.encode(body)),
    )  # fmt: skip


def test_the_tariff_of_the_day_is_the_newest_in_force() -> None:
    rows = MemoryRows()
    assert reference.tariff_in_force(rows, w.TODAY) is None
    rows.put(document("a", date(2026, 1, 1)))
    rows.put(document("b", date(2026, 6, 1), date(2026, 7, 1)))
    rows.put(document("c", date(2027, 1, 1)))
    found = [reference.tariff_in_force(rows, day) for day in (date(2026, 6, 5), w.TODAY, date(2027, 2, 1))]
    assert [tariff.version for tariff in found if tariff] == ["b", "a", "c"]
    assert len(reference.tariffs(rows)) == 3


def test_the_shipped_documents_can_be_read() -> None:
    rows = a_world()
    assert reference.price_list_in_force(rows, w.TODAY) and reference.serial_patterns(rows)
    assert reference.fault_catalogue(rows) and reference.fault_catalogue(rows, "IRIS") is None
    assert reference.holidays(rows).days and not reference.holidays(MemoryRows()).days
    assert [policy.id for policy in reference.policies(rows, "tv_lcd")] == ["law-tv-lcd"]


def test_a_part_with_a_shorter_term_than_the_unit_is_covered_for_that_term_alone() -> None:
    policies = reference.policies(a_world(), "phone")
    unit = RegisteredUnit(model="P", serial="S", made=date(2026, 1, 1))
    papers = Documents(invoice_date=date(2026, 1, 5))
    case = Case(model="P", serial="S", day=date(2026, 7, 6), product_class="phone", unit=unit, documents=papers)
    verdict = judge(case, policies)
    assert verdict.outcome is Outcome.IN_WARRANTY
    assert not judging.is_covered(verdict, "battery")
    assert judging.is_covered(verdict, "charger")


def test_the_tariff_of_the_day_says_what_a_claim_must_keep() -> None:
    rows = worked()
    rules = claiming.preflight_facts(the_order(rows), rows, w.TODAY).rules
    tariff = reference.tariff_in_force(rows, w.TODAY)
    assert tariff is not None
    assert (rules.claim_days, rules.approval_limit_fen) == (tariff.claim_days, tariff.approval_limit_fen)
    assert rules.approval_limit_fen == 80_000
    before = claiming.preflight_facts(the_order(rows), rows, date(2000, 1, 1)).rules
    assert before.approval_limit_fen is None
