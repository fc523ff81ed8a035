"""The warranty verdict: golden rows, each with the rule it rests on."""

from datetime import date, timedelta

import msgspec
import pytest

import resources
from core.warranty import (
    NO_HOLIDAYS,
    REASONS,
    WHOLE_UNIT,
    Case,
    DocumentProblem,
    Documents,
    ExchangeRule,
    Exclusion,
    Holidays,
    MainPart,
    Outcome,
    Payer,
    Policy,
    RegisteredUnit,
    RegistryState,
    RemedyKind,
    RepairSpan,
    Source,
    SpanKind,
    UnitStatus,
    Verdict,
    add_months,
    depreciation,
    judge,
)

LAW = msgspec.json.decode(resources.read_text("policies", "law.json"), type=list[Policy])
PROMISES = msgspec.json.decode(resources.read_text("policies", "promises.json"), type=list[Policy])
CALENDAR = msgspec.json.decode(resources.read_text("holidays", "cn.json"), type=Holidays)

MODEL, SERIAL = "LED55K35U", "K35U5524A0100001"


def day(text):
    return date.fromisoformat(text)


def unit(**facts):
    base = {"model": MODEL, "serial": SERIAL, "made": day("2024-01-10"), "shipped": day("2024-02-01")}
    return RegisteredUnit(**(base | facts))


def case(on, product_class="tv_lcd", **facts):
    base = {"model": MODEL, "serial": SERIAL, "unit": unit()}
    if "invoice" in facts:
        base["documents"] = Documents(invoice_date=day(facts.pop("invoice")))
    return Case(day=day(on), product_class=product_class, **(base | facts))


def verdict(on, product_class="tv_lcd", policies=LAW, holidays=NO_HOLIDAYS, **facts):
    return judge(case(on, product_class, **facts), policies, holidays)


def rules(found):
    return [reason.rule for reason in found.reasons]


def steps(found):
    return [step.rule for step in found.proof]


# --- the end of the term --------------------

ENDS = [
    # start, months, last covered day, source
    ("1995-12-01", 12, "1996-12-01", "1995 rule, article 8: the end day is included"),
    ("2024-01-31", 1, "2024-02-29", "a month that has no such day ends with its last"),
    ("2023-01-31", 1, "2023-02-28", "the same, no leap year"),
    ("2024-02-29", 12, "2025-02-28", "the same, after a leap day"),
    ("2024-02-29", 36, "2027-02-28", "main parts: three years"),
    ("2024-08-31", 6, "2025-02-28", "phone battery: six months"),
    ("2024-12-15", 12, "2025-12-15", "over the year's end"),
    ("2024-05-05", 0, "2024-05-05", "no months: the day itself"),
]


@pytest.mark.parametrize(("start", "months", "end", "source"), ENDS)
def test_months_end_on_the_same_day_and_it_is_included(start, months, end, source):
    assert add_months(day(start), months) == day(end), source


def test_the_rule_of_1995_covers_the_last_day_and_not_the_next():
    old = unit(made=day("1995-10-01"), shipped=day("1995-11-01"))
    facts = {"invoice": "1995-12-01", "unit": old, "product_class": "tv_crt"}
    last, over = verdict("1996-12-01", **facts), verdict("1996-12-02", **facts)
    assert (last.outcome, last.days_over) == (Outcome.IN_WARRANTY, None)
    assert (over.outcome, over.days_over) == (Outcome.MAIN_PARTS_ONLY, 1)
    assert over.cover_of(WHOLE_UNIT).to_day == day("1996-12-01")


HOLIDAYS = [
    # invoice, last covered day of 12 months, source
    ("2024-10-01", "2025-10-09", "National Day and Mid-Autumn 2025: 10-01 to 10-08 off"),
    ("2024-10-04", "2025-10-09", "a Saturday within the holiday is part of it"),
    ("2024-01-28", "2025-02-05", "Spring Festival 2025: 01-28 to 02-04 off"),
    ("2025-02-14", "2026-02-14", "a Saturday worked in exchange is a working day"),
    ("2025-02-15", "2026-02-24", "Spring Festival 2026: 02-15 to 02-23 off"),
    ("2025-01-01", "2026-01-04", "New Year 2026: 01-04, a Sunday, is worked"),
    ("2024-03-08", "2025-03-08", "an ordinary Saturday is no public holiday"),
    ("2029-10-03", "2030-10-04", "a year without a calendar: the fixed days alone, 10-04-2030 is a Friday"),
]


@pytest.mark.parametrize(("invoice", "end", "source"), HOLIDAYS)
def test_a_last_day_on_a_public_holiday_moves_to_the_next_working_day(invoice, end, source):
    made = unit(made=day("2020-01-01"), shipped=None)
    found = verdict(invoice, invoice=invoice, unit=made, holidays=CALENDAR)
    assert found.cover_of(WHOLE_UNIT).to_day == day(end), source


def test_a_policy_may_leave_holidays_alone():
    policy = msgspec.structs.replace(LAW[0], roll_holidays=False)
    found = verdict("2025-10-01", invoice="2024-10-01", policies=[policy], holidays=CALENDAR)
    assert found.cover_of(WHOLE_UNIT).to_day == day("2025-10-01")


# --- the ladder --------------------

LADDER = [
    # unit facts, documents, start, rule
    ({"installed": "2024-03-05", "sold": "2024-03-02"}, {"invoice_date": "2024-03-01"}, "2024-03-05", "installation"),
    ({}, {"installation_date": "2024-03-05", "invoice_date": "2024-03-01"}, "2024-03-05", "installation"),
    ({"registered": "2024-03-09", "sold": "2024-03-02"}, {"invoice_date": "2024-03-01"}, "2024-03-01", "invoice"),
    ({"sold": "2024-03-02"}, {"warranty_card_date": "2024-03-03"}, "2024-03-03", "warranty_card"),
    ({"registered": "2024-03-09", "sold": "2024-03-02"}, {}, "2024-03-09", "registration"),
    ({"sold": "2024-03-02"}, {}, "2024-03-02", "dealer_sale"),
    ({}, {}, "2024-03-02", "shipped"),  # shipped 2024-02-01 + 30 days
    ({"shipped": None}, {}, "2024-02-09", "made"),  # made 2024-01-10 + 30 days
]


@pytest.mark.parametrize(("record", "papers", "start", "rung"), LADDER)
def test_the_first_date_of_the_ladder_that_is_known_begins_the_term(record, papers, start, rung):
    dates = {name: value and day(value) for name, value in record.items()}
    documents = Documents(**{name: day(value) for name, value in papers.items()})
    found = verdict("2024-06-01", unit=unit(**dates), documents=documents)
    assert found.start == day(start)
    assert found.cover_of(WHOLE_UNIT).why == f"start.{rung}"


def test_a_phone_without_paper_begins_on_the_90th_day_after_the_factory():
    found = verdict("2024-06-01", "phone", unit=unit(shipped=None))
    assert found.start == day("2024-01-10") + timedelta(days=90)
    assert [remedy.kind for remedy in found.remedies] == [RemedyKind.REPAIR]
    assert "repair_only_without_document" in rules(found)


def test_an_impossible_date_of_the_registry_is_passed_over_and_named():
    found = verdict("2024-06-01", unit=unit(registered=day("2023-12-31"), sold=day("2024-07-01")))
    assert found.start == day("2024-03-02")
    assert steps(found)[:3] == ["ignored.registration", "ignored.dealer_sale", "start.shipped"]


def test_a_term_that_has_not_begun_is_in_warranty():
    found = verdict("2024-02-10", unit=unit())
    assert (found.outcome, found.start) == (Outcome.IN_WARRANTY, day("2024-03-02"))


def test_no_paper_and_no_date_at_all():
    found = verdict("2024-06-01", unit=unit(made=None, shipped=None))
    assert (found.outcome, rules(found)) == (Outcome.OUT_OF_WARRANTY, ["no_provable_date"])
    assert (found.covers, found.start, found.days_over, found.remedies) == ((), None, None, ())


# --- exchange --------------------


def test_an_exchange_begins_the_term_anew_on_its_day():
    given_for = unit(exchange_of="OLD1", exchanged_on=day("2024-09-10"), installed=day("2024-03-05"))
    found = verdict("2025-09-10", unit=given_for, invoice="2024-03-01")
    assert (found.outcome, found.start) == (Outcome.IN_WARRANTY, day("2024-09-10"))
    assert steps(found)[0] == "start.exchange"


def test_a_policy_may_carry_the_first_term_on():
    carry = msgspec.structs.replace(LAW[0], exchange_rule=ExchangeRule.CARRY)
    given_for = unit(exchange_of="OLD1", exchanged_on=day("2024-09-10"))
    assert verdict("2025-01-01", unit=given_for, invoice="2024-03-01", policies=[carry]).start == day("2024-03-01")


def test_an_exchange_without_a_day_falls_back_to_the_ladder():
    assert verdict("2024-06-01", unit=unit(exchange_of="OLD1"), invoice="2024-03-01").start == day("2024-03-01")


@pytest.mark.parametrize(
    ("status", "exchanged_on", "rule"),
    [
        (UnitStatus.SCRAPPED, None, "unit_scrapped"),
        (UnitStatus.EXCHANGED_OUT, None, "unit_exchanged_out_undated"),
        (UnitStatus.EXCHANGED_OUT, "2024-05-01", "unit_exchanged_out"),
        (UnitStatus.EXCHANGED_OUT, "2024-06-01", "unit_exchanged_out"),
    ],
)
def test_a_unit_out_of_use_has_no_warranty(status, exchanged_on, rule):
    gone = unit(status=status, exchanged_on=exchanged_on and day(exchanged_on))
    found = verdict("2024-06-01", unit=gone, invoice="2024-03-01")
    assert (found.outcome, rules(found)) == (Outcome.OUT_OF_WARRANTY, [rule])
    assert found.remedies == ()
    assert not found.pays_for("panel")


def test_before_its_exchange_a_unit_was_covered():
    gone = unit(status=UnitStatus.EXCHANGED_OUT, exchanged_on=day("2024-06-02"))
    assert verdict("2024-06-01", unit=gone, invoice="2024-03-01").outcome is Outcome.IN_WARRANTY


# --- days added --------------------


def span(begin, end, kind=SpanKind.REPAIR, order="o1", **facts):
    return RepairSpan(order_id=order, from_day=day(begin), to_day=end and day(end), kind=kind, **facts)


DAYS = [
    # spans, last covered day of 12 months from 2024-03-01, days added, why
    ([("2024-05-01", "2024-05-10")], "2025-03-11", 10, "in and out day both count"),
    ([("2024-05-01", "2024-05-01")], "2025-03-02", 1, "a repair on one day"),
    ([("2024-05-01", "2024-05-10"), ("2024-05-06", "2024-05-12")], "2025-03-13", 12, "overlap counts once"),
    ([("2024-05-01", "2024-05-10"), ("2024-05-11", "2024-05-12")], "2025-03-13", 12, "one after the other"),
    ([("2024-05-01", "2024-05-10"), ("2024-05-10", "2024-05-12")], "2025-03-13", 12, "out and in on one day"),
    ([("2025-05-25", "2025-06-30")], "2025-03-01", 0, "days that have not come yet"),
    ([("2024-12-01", "2025-06-30")], "2025-08-31", 183, "only the days up to the day that is judged"),
    ([("2024-02-20", "2024-03-02")], "2025-03-03", 2, "days before the term do not count"),
    ([("2024-01-20", "2024-02-02")], "2025-03-01", 0, "a repair before the term"),
    ([("2025-03-01", "2025-03-05")], "2025-03-06", 5, "a repair begun on the last day"),
    ([("2025-03-02", "2025-03-05")], "2025-03-01", 0, "a repair begun after the end revives nothing"),
    ([("2024-05-01", "2024-05-10"), ("2025-03-11", "2025-03-12")], "2025-03-13", 12, "within the extended term"),
    ([("2024-05-10", "2024-05-01")], "2025-03-01", 0, "a span that ends before it begins is none"),
]


@pytest.mark.parametrize(("spans", "end", "added", "why"), DAYS)
def test_days_in_repair_are_added(spans, end, added, why):
    history = tuple(span(*one) for one in spans)
    cover = verdict("2025-06-01", invoice="2024-03-01", history=history).cover_of(WHOLE_UNIT)
    assert (cover.to_day, cover.days_added) == (day(end), added), why


def test_waiting_for_parts_is_added_and_an_open_span_runs_until_the_day():
    history = (span("2024-05-01", None, SpanKind.WAITING_PARTS),)
    found = verdict("2024-05-20", invoice="2024-03-01", history=history)
    assert found.cover_of("panel").days_added == 20
    assert "days_added" in steps(found)


def test_a_policy_may_add_no_days():
    policy = msgspec.structs.replace(LAW[0], add_repair_days=False)
    history = (span("2024-05-01", "2024-05-10"), span("2024-07-01", "2024-07-02", SpanKind.WAITING_PARTS))
    found = verdict("2024-08-01", invoice="2024-03-01", history=history, policies=[policy])
    assert found.cover_of(WHOLE_UNIT).days_added == 2


# --- sample policies --------------------

TERMS = [
    # class, part, months, source
    ("tv_lcd", WHOLE_UNIT, 12, "AQSIQ notice 2011 no. 20"),
    ("tv_lcd", "panel", 36, "AQSIQ notice 2011 no. 20: 显示屏"),
    ("tv_lcd", "backlight", 36, "AQSIQ notice 2011 no. 20: 背光组件"),
    ("tv_lcd", "logic_board", 36, "AQSIQ notice 2011 no. 20: 逻辑组件"),
    ("tv_lcd", "tuner", 36, "AQSIQ notice 2011 no. 20: 高频调谐器"),
    ("tv_lcd", "main_board", 12, "the 主板 belongs to the 12-month unit"),
    ("tv_crt", "tube", 36, "1995 rule, annex"),
    ("refrigerator", "compressor", 36, "1995 rule; part list as printed by makers (weak)"),
    ("refrigerator", "capillary", 36, "the same"),
    ("refrigerator", "door_seal", 12, "not in the list"),
    ("washing_machine", "motor", 36, "1995 rule; part list as printed by makers (weak)"),
    ("washing_machine", "program_control", 36, "the same"),
    ("air_conditioner", "compressor", 36, "Qilu Evening News 2014-03-27"),
    ("phone", WHOLE_UNIT, 12, "phone rule of 2001"),
    ("phone", "battery", 6, "phone rule of 2001, by guanzhongliu.com (weak)"),
    ("phone", "charger", 12, "37acg.cn and a maker's table (weak)"),
    ("phone", "headset", 3, "phone rule of 2001 (weak)"),
    ("computer", "main_board", 24, "computer rule of 2002 (weak)"),
    ("computer", "keyboard", 24, "the same"),
]


@pytest.mark.parametrize(("product_class", "part", "months", "source"), TERMS)
def test_terms_of_the_law(product_class, part, months, source):
    found = verdict("2024-06-01", product_class, invoice="2024-03-01")
    assert found.cover_of(part).to_day == add_months(day("2024-03-01"), months), source


def test_the_longer_of_law_and_promise_wins_for_the_unit_and_its_parts():
    found = verdict("2029-06-01", "air_conditioner", invoice="2024-03-01", policies=LAW + PROMISES)
    assert found.outcome is Outcome.IN_WARRANTY
    for part in (WHOLE_UNIT, "compressor"):
        cover = found.cover_of(part)
        assert (cover.to_day, cover.policy.id) == (day("2030-03-01"), "promise-air-conditioner-72")
    assert {"term.law", "term.promise", "longer_wins"} <= set(steps(found))
    assert [ref.id for ref in found.policies] == ["law-air-conditioner", "promise-air-conditioner-72"]


def test_of_equal_terms_the_law_counts():
    promise = msgspec.structs.replace(LAW[0], id="a-promise", source=Source.PROMISE)
    found = verdict("2024-06-01", invoice="2024-03-01", policies=[promise, LAW[0]])
    assert found.cover_of(WHOLE_UNIT).policy.id == "law-tv-lcd"


def test_a_promise_for_another_brand_or_region_does_not_count():
    brand = msgspec.structs.replace(PROMISES[0], id="brand", brand="Konwell", product_class="tv_lcd")
    region = msgspec.structs.replace(PROMISES[0], id="region", region="440000", product_class="tv_lcd")
    offers = [LAW[0], brand, region]
    facts = {"invoice": "2024-03-01", "policies": offers}
    assert [ref.id for ref in verdict("2024-06-01", **facts).policies] == ["law-tv-lcd"]
    assert [ref.id for ref in verdict("2024-06-01", brand="Konwell", **facts).policies] == ["law-tv-lcd", "brand"]
    sent_there = unit(region="440000")
    assert [ref.id for ref in verdict("2024-06-01", unit=sent_there, **facts).policies] == ["law-tv-lcd", "region"]
    asked = verdict("2024-06-01", region="110000", unit=sent_there, **facts)
    assert [ref.id for ref in asked.policies] == ["law-tv-lcd"]


def test_the_version_in_force_when_the_term_began_counts():
    newer = msgspec.structs.replace(LAW[0], version=2, in_force_from=day("2024-03-02"), whole_months=24)
    before = verdict("2025-06-01", invoice="2024-03-01", policies=[newer, LAW[0]])
    after = verdict("2025-06-01", invoice="2024-03-02", policies=[LAW[0], newer])
    assert (before.outcome, before.policies[0].version) == (Outcome.MAIN_PARTS_ONLY, 1)
    assert (after.outcome, after.policies[0].version) == (Outcome.IN_WARRANTY, 2)


def test_no_policy_at_all_and_none_in_force_need_a_review():
    unknown = verdict("2024-06-01", "toaster", invoice="2024-03-01")
    assert (unknown.outcome, rules(unknown)) == (Outcome.NEEDS_REVIEW, ["no_policy"])
    early = unit(made=day("2010-01-01"), shipped=None)
    found = verdict("2010-06-01", unit=early, invoice="2010-03-01")
    assert (found.outcome, rules(found)) == (Outcome.NEEDS_REVIEW, ["no_policy_in_force"])


# --- outcomes --------------------


def test_main_parts_only_names_each_part_that_is_covered():
    found = verdict("2025-03-02", invoice="2024-03-01")
    assert found.outcome is Outcome.MAIN_PARTS_ONLY
    assert {reason.facts["part"] for reason in found.reasons} == {"panel", "backlight", "logic_board", "tuner"}
    assert found.pays_for("panel")
    assert not found.pays_for("main_board")
    assert [remedy.rule for remedy in found.remedies] == ["remedy.repair_main_part"]


def test_out_of_warranty_counts_the_days_since_the_whole_units_end():
    found = verdict("2027-03-12", invoice="2024-03-01")
    assert (found.outcome, found.days_over) == (Outcome.OUT_OF_WARRANTY, 741)
    assert rules(found) == ["expired", "main_parts_expired_too"]


def test_eleven_days_over_without_main_parts():
    plain = Policy(
        id="p", version=1, product_class="fan", source=Source.LAW, in_force_from=day("2020-01-01"), whole_months=12
    )
    found = verdict("2025-03-12", "fan", invoice="2024-03-01", policies=[plain])
    assert (found.outcome, found.days_over, rules(found)) == (Outcome.OUT_OF_WARRANTY, 11, ["expired"])
    assert found.depreciation_bp is None


def test_a_unit_that_no_complete_registry_knows_is_not_recognised():
    found = verdict("2024-06-01", unit=None)
    assert (found.outcome, rules(found)) == (Outcome.NOT_RECOGNISED, ["not_in_registry"])
    assert found.cover_of(WHOLE_UNIT) is None
    assert not found.pays_for(WHOLE_UNIT)


@pytest.mark.parametrize("state", [RegistryState.MISSING, RegistryState.PARTIAL, RegistryState.OLD])
def test_an_incomplete_registry_never_says_not_recognised(state):
    found = verdict("2024-06-01", unit=None, registry=state)
    assert (found.outcome, rules(found)) == (Outcome.NEEDS_REVIEW, ["registry_incomplete"])
    known = verdict("2024-06-01", registry=state, invoice="2024-03-01")
    assert (known.outcome, rules(known)[-1]) == (Outcome.IN_WARRANTY, "registry_not_current")


CONTRADICTIONS = [
    ({"model": "LED65K50U"}, {}, "model_mismatch"),
    ({}, {"invoice_date": "2024-01-09"}, "invoice_before_manufacture"),
    ({}, {"warranty_card_date": "2024-01-09"}, "card_before_manufacture"),
    ({}, {"installation_date": "2024-01-09"}, "installation_before_manufacture"),
    ({}, {"invoice_date": "2024-06-02"}, "invoice_after_day"),
    ({}, {"warranty_card_date": "2024-06-02"}, "card_after_day"),
    ({}, {"installation_date": "2024-06-02"}, "installation_after_day"),
]


@pytest.mark.parametrize(("facts", "papers", "rule"), CONTRADICTIONS)
def test_facts_that_cannot_all_be_true_need_a_review(facts, papers, rule):
    documents = Documents(**{name: day(value) for name, value in papers.items()})
    found = verdict("2024-06-01", documents=documents, **facts)
    assert (found.outcome, rules(found)[0]) == (Outcome.NEEDS_REVIEW, rule)
    assert found.remedies == ()
    assert not found.pays_for(WHOLE_UNIT)


@pytest.mark.parametrize("paper", ["invoice_date", "warranty_card_date", "installation_date"])
@pytest.mark.parametrize("on", ["2024-01-10", "2024-06-01"])
def test_papers_of_the_day_of_manufacture_and_of_the_report_are_fine(paper, on):
    found = verdict("2024-06-01", documents=Documents(**{paper: day(on)}))
    assert (found.outcome, found.start) == (Outcome.IN_WARRANTY, day(on))


def test_on_its_last_day_a_cover_still_pays():
    assert verdict("2025-03-01", invoice="2024-03-01").pays_for("main_board")
    assert verdict("2027-03-01", invoice="2024-03-01").pays_for("panel")
    assert not verdict("2027-03-02", invoice="2024-03-01").pays_for("panel")


def test_a_day_before_manufacture_needs_a_review():
    found = verdict("2024-01-09")
    assert (found.outcome, rules(found)[0]) == (Outcome.NEEDS_REVIEW, "day_before_manufacture")


def test_papers_are_not_older_than_a_unit_of_unknown_age():
    found = verdict("2024-06-01", unit=unit(made=None), invoice="2024-01-09")
    assert found.outcome is Outcome.IN_WARRANTY


@pytest.mark.parametrize("exclusion", list(Exclusion))
def test_what_the_law_excludes_is_not_covered(exclusion):
    found = verdict("2024-06-01", invoice="2024-03-01", exclusions=(exclusion,))
    assert (found.outcome, rules(found)) == (Outcome.OUT_OF_WARRANTY, [exclusion.value])
    assert found.remedies == ()
    assert found.days_over is None


@pytest.mark.parametrize("problem", list(DocumentProblem))
def test_altered_or_foreign_papers_are_not_covered_and_give_no_date(problem):
    papers = Documents(
        invoice_date=day("2024-05-01"),
        warranty_card_date=day("2024-05-01"),
        installation_date=day("2024-05-01"),
        problems=(problem,),
    )
    found = verdict("2024-06-01", documents=papers)
    assert (found.outcome, rules(found)[0]) == (Outcome.OUT_OF_WARRANTY, f"document_{problem}")
    assert found.start == day("2024-03-02")


# --- remedies --------------------


def remedies(found):
    return {remedy.rule: remedy for remedy in found.remedies}


EARLY = [
    ("2024-03-08", ["remedy.early_refund", "remedy.early_exchange", "remedy.repair"], "7th day after the sale"),
    ("2024-03-09", ["remedy.early_exchange", "remedy.repair"], "8th day"),
    ("2024-03-16", ["remedy.early_exchange", "remedy.repair"], "15th day"),
    ("2024-03-17", ["remedy.repair"], "16th day"),
]


@pytest.mark.parametrize(("on", "open_now", "why"), EARLY)
def test_refund_within_seven_days_and_exchange_within_fifteen(on, open_now, why):
    assert list(remedies(verdict(on, invoice="2024-03-01"))) == open_now, why


def test_a_repair_of_more_than_thirty_days_is_exchanged_at_the_repairers_cost():
    facts = {"invoice": "2024-03-01"}
    on_time = verdict("2024-06-30", history=(span("2024-05-01", "2024-05-30"),), **facts)
    late = verdict("2024-06-30", history=(span("2024-05-01", "2024-05-31"),), **facts)
    assert "remedy.repairer_late" not in remedies(on_time)
    assert remedies(late)["remedy.repairer_late"].payer is Payer.REPAIRER


@pytest.mark.parametrize(("product_class", "days"), [("tv_lcd", 90), ("phone", 60)])
def test_a_part_that_does_not_come_is_an_exchange_at_the_makers_cost(product_class, days):
    begin = day("2024-04-01")
    last = begin + timedelta(days=days - 1)
    waiting = RepairSpan(order_id="o1", from_day=begin, kind=SpanKind.WAITING_PARTS)
    facts = {"invoice": "2024-03-01", "history": (waiting,), "product_class": product_class}
    assert "remedy.part_missing" not in remedies(verdict(last.isoformat(), **facts))
    owed = remedies(verdict((last + timedelta(days=1)).isoformat(), **facts))
    assert owed["remedy.part_missing"].payer is Payer.MAKER


REPAIRS = [
    # class, faults of earlier repairs, fault now, owed, source
    ("tv_lcd", ["D01", "P01"], "D04", True, "appliances: any fault"),
    ("tv_lcd", ["D01"], "D01", False, "one repair is not two"),
    ("phone", ["D02", "D02"], "D02", True, "phones: the same fault"),
    ("phone", ["D02", "P01"], "D02", False, "phones: another fault does not count"),
    ("computer", ["P01", "P01"], "", False, "computers: no fault is named"),
]


@pytest.mark.parametrize(("product_class", "faults", "fault", "owed", "source"), REPAIRS)
def test_two_repairs_and_still_faulty_is_an_exchange(product_class, faults, fault, owed, source):
    history = tuple(
        span(f"2024-05-0{n}", f"2024-05-0{n}", order=f"o{n}", fault=name) for n, name in enumerate(faults, 1)
    )
    found = verdict("2024-08-01", product_class, invoice="2024-03-01", history=history, fault=fault)
    assert ("remedy.repaired_again" in remedies(found)) is owed, source


def test_a_repair_on_the_day_of_sale_counts_and_one_before_it_does_not():
    first, before = span("2024-03-01", "2024-03-01", order="o1"), span("2024-02-29", "2024-02-29", order="o2")
    second = span("2024-04-01", "2024-04-01", order="o3")
    owed = "remedy.repaired_again"
    assert owed in remedies(verdict("2024-08-01", invoice="2024-03-01", history=(first, second)))
    assert owed not in remedies(verdict("2024-08-01", invoice="2024-03-01", history=(before, second)))


def test_paid_open_and_later_repairs_are_not_counted():
    history = (
        span("2024-05-01", "2024-05-01", order="o1", paid=True),
        span("2024-05-02", None, order="o2"),
        span("2024-05-03", "2024-09-01", order="o3"),
        span("2024-05-04", "2024-05-04", SpanKind.WAITING_PARTS, order="o4"),
    )
    assert "remedy.repaired_again" not in remedies(verdict("2024-05-20", invoice="2024-03-01", history=history))


HELD = [
    # days after the repair, paid, fault then, fault now, owed, source
    (30, False, "D01", "P01", True, "a warranty repair must hold 30 days"),
    (31, False, "D01", "P01", False, "the 31st day"),
    (90, True, "D01", "D01", True, "a paid repair carries 90 days on the same fault"),
    (91, True, "D01", "D01", False, "the 91st day"),
    (10, True, "D01", "P01", False, "a paid repair, another fault"),
    (10, True, "", "", False, "a paid repair, no fault named"),
]


@pytest.mark.parametrize(("days", "paid", "then", "now", "owed", "source"), HELD)
def test_a_repair_must_hold(days, paid, then, now, owed, source):
    history = (span("2027-04-01", "2027-04-01", paid=paid, fault=then), span("2027-03-02", "2027-03-02", order="o0"))
    on = (day("2027-04-01") + timedelta(days=days)).isoformat()
    found = verdict(on, invoice="2024-03-01", history=history, fault=now)
    assert found.outcome is Outcome.OUT_OF_WARRANTY
    assert ("remedy.repair_holds" in remedies(found)) is owed, source


DEPRECIATION = [
    (300_000, 10, 100, 10, 27_000, "3,000.00 yuan, TV 0.1 %, 100 days less 10 → 270.00"),
    (300_000, 5, 100, 10, 13_500, "refrigerator 0.05 %"),
    (200_000, 50, 30, 0, 30_000, "phone 0.5 %"),
    (500_000, 25, 41, 1, 50_000, "computer 0.25 %"),
    (300_000, 10, 5, 10, 0, "more days in repair than used"),
    (300_000, 50, 400, 0, 300_000, "never more than the price"),
    (333, 10, 1, 0, 0, "0.333 fen is rounded"),
    (55_000, 10, 1, 0, 55, "55 fen"),
    (50_500, 10, 1, 0, 51, "50.5 fen are rounded up"),
]


@pytest.mark.parametrize(("price", "rate", "used", "repair", "fee", "source"), DEPRECIATION)
def test_depreciation(price, rate, used, repair, fee, source):
    assert depreciation(price, rate, used, repair) == fee, source


def test_the_daily_rate_stands_in_the_verdict():
    assert verdict("2024-06-01", invoice="2024-03-01").depreciation_bp == 10
    assert verdict("2024-06-01", "phone", invoice="2024-03-01").depreciation_bp == 50


# --- the verdict as a value --------------------


def test_a_verdict_survives_the_wire_and_every_rule_has_a_sentence():
    history = (span("2024-05-01", "2024-05-10"),)
    found = verdict(
        "2024-06-01",
        "air_conditioner",
        invoice="2024-03-01",
        history=history,
        policies=LAW + PROMISES,
        registry=RegistryState.OLD,
    )
    assert msgspec.json.decode(msgspec.json.encode(found), type=Verdict) == found
    for item in (*found.reasons, *found.proof):
        assert REASONS[item.rule].format_map(item.facts)
    assert all(remedy.rule in REASONS for remedy in found.remedies)
    assert all(cover.why in REASONS for cover in found.covers)


def test_a_policy_file_with_a_misspelt_field_is_refused():
    body = msgspec.json.encode({**msgspec.to_builtins(LAW[0]), "whole_month": 24})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=Policy)


def test_a_main_part_without_months_is_refused():
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"part_class": "panel", "months": -1}, MainPart)
