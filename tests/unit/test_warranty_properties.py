"""What must hold for every warranty verdict, whatever the facts."""

from datetime import date, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

import resources
from core.warranty import (
    REASONS,
    WHOLE_UNIT,
    Case,
    DocumentProblem,
    Documents,
    Exclusion,
    Holidays,
    Outcome,
    Policy,
    RegisteredUnit,
    RegistryState,
    RepairSpan,
    SpanKind,
    UnitStatus,
    Verdict,
    add_months,
    depreciation,
    judge,
)

POLICIES = [
    policy
    for name in ("law", "promises")
    for policy in msgspec.json.decode(resources.read_text("policies", f"{name}.json"), type=list[Policy])
]
CALENDAR = msgspec.json.decode(resources.read_text("holidays", "cn.json"), type=Holidays)

DAYS = st.dates(date(2018, 1, 1), date(2032, 12, 31))
MAYBE = st.none() | DAYS
CLASSES = st.sampled_from(sorted({policy.product_class for policy in POLICIES} | {"toaster"}))
FAULTS = st.sampled_from(["", "D01", "P01"])

units = st.builds(
    RegisteredUnit,
    model=st.sampled_from(["M", "N"]),
    serial=st.just("S"),
    status=st.sampled_from(UnitStatus),
    made=MAYBE,
    shipped=MAYBE,
    sold=MAYBE,
    registered=MAYBE,
    installed=MAYBE,
    exchanged_on=MAYBE,
    exchange_of=st.sampled_from(["", "OLD"]),
)
papers = st.builds(
    Documents,
    invoice_date=MAYBE,
    warranty_card_date=MAYBE,
    installation_date=MAYBE,
    problems=st.lists(st.sampled_from(DocumentProblem), max_size=1).map(tuple),
)
spans = st.builds(
    RepairSpan,
    order_id=st.sampled_from(["o1", "o2", "o3"]),
    from_day=DAYS,
    to_day=MAYBE,
    kind=st.sampled_from(SpanKind),
    fault=FAULTS,
    paid=st.booleans(),
)
cases = st.builds(
    Case,
    model=st.just("M"),
    serial=st.just("S"),
    day=DAYS,
    product_class=CLASSES,
    fault=FAULTS,
    registry=st.sampled_from(RegistryState),
    unit=st.none() | units,
    documents=papers,
    history=st.lists(spans, max_size=4).map(tuple),
    exclusions=st.lists(st.sampled_from(Exclusion), max_size=1).map(tuple),
)


@given(cases)
def test_same_facts_same_verdict_also_after_the_wire(case):
    again = msgspec.json.decode(msgspec.json.encode(case), type=Case)
    verdict = judge(case, POLICIES, CALENDAR)
    assert again == case
    assert judge(again, list(reversed(POLICIES)), CALENDAR) == verdict
    assert msgspec.json.decode(msgspec.json.encode(verdict), type=Verdict) == verdict


@given(cases)
def test_a_verdict_explains_itself_and_agrees_with_its_covers(case):
    verdict = judge(case, POLICIES, CALENDAR)
    assert any(reason.decides for reason in verdict.reasons)
    for item in (*verdict.reasons, *verdict.proof):
        assert REASONS[item.rule].format_map(item.facts)
    whole = verdict.cover_of(WHOLE_UNIT)
    if verdict.outcome is Outcome.IN_WARRANTY:
        assert case.day <= whole.to_day
        assert verdict.days_over is None
        assert verdict.remedies
    if verdict.outcome is Outcome.MAIN_PARTS_ONLY:
        assert case.day > whole.to_day
        assert any(verdict.pays_for(cover.part) for cover in verdict.covers)
    if verdict.outcome is Outcome.NOT_RECOGNISED:
        assert case.unit is None
        assert case.registry is RegistryState.COMPLETE


@given(cases, spans)
def test_adding_a_repair_never_shortens_a_cover(case, span):
    before = judge(case, POLICIES, CALENDAR)
    longer = msgspec.structs.replace(case, history=(*case.history, span))
    after = judge(longer, POLICIES, CALENDAR)
    for cover in before.covers:
        assert after.cover_of(cover.part).to_day >= cover.to_day
    if before.outcome is Outcome.IN_WARRANTY:
        assert after.outcome is Outcome.IN_WARRANTY


@given(cases, st.integers(0, 120), st.integers(1, 3650))
def test_a_policy_that_comes_later_changes_no_verdict_of_a_term_begun_before(case, months, days):
    verdict = judge(case, POLICIES, CALENDAR)
    starts = [cover.from_day for cover in verdict.covers]
    begin = max([case.day, *starts]) + timedelta(days=days + 3650)
    later = [
        msgspec.structs.replace(policy, version=2, in_force_from=begin, whole_months=months) for policy in POLICIES
    ]
    assert judge(case, POLICIES + later, CALENDAR) == verdict


@given(cases, st.integers(0, 120))
def test_another_promise_never_shortens_a_cover(case, months):
    verdict = judge(case, POLICIES, CALENDAR)
    more = [
        msgspec.structs.replace(policy, id=f"more-{policy.id}", whole_months=months, main_parts=())
        for policy in POLICIES
    ]
    after = judge(case, POLICIES + more, CALENDAR)
    for cover in verdict.covers:
        assert after.cover_of(cover.part).to_day >= cover.to_day


@given(DAYS, st.integers(0, 120), st.integers(0, 120))
def test_months_never_run_backwards(start, fewer, more):
    low, high = sorted((fewer, more))
    assert start <= add_months(start, low) <= add_months(start, high)
    assert add_months(start, high).day in {start.day, 28, 29, 30}


@given(DAYS)
def test_rolling_ends_on_a_working_day_or_moves_nothing(day):
    rolled = CALENDAR.roll(day)
    assert rolled >= day
    assert CALENDAR.roll(rolled) == rolled
    assert (rolled == day) is not CALENDAR.is_public_holiday(day)
    assert rolled == day or CALENDAR.is_working_day(rolled)


@given(st.integers(0, 10**8), st.integers(0, 100), st.integers(0, 4000), st.integers(0, 4000))
def test_depreciation_stays_between_nothing_and_the_price(price, rate, used, repair):
    fee = depreciation(price, rate, used, repair)
    assert 0 <= fee <= price
    assert fee >= depreciation(price, rate, used, repair + 1)
