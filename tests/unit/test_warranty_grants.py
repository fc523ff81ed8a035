"""Terms beside the law's: brands without papers, dealer stock, exchanges, parts put in, contracts and campaigns."""

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.warranty import (
    REASONS,
    WHOLE_UNIT,
    Campaign,
    CampaignKind,
    Contract,
    DocumentProblem,
    Documents,
    ExchangeRule,
    Exclusion,
    FittedPart,
    Grantor,
    Holder,
    NoDocument,
    Outcome,
    RepairSpan,
    SerialRange,
    SpanKind,
    UnitStatus,
    judge,
)
from tests.unit.test_warranty import LAW, NO_HOLIDAYS, PROMISES, SERIAL, case, day, rules, span, steps, unit, verdict
from tests.unit.test_warranty_properties import CALENDAR, POLICIES, cases

CONTRACT = Contract(id="C1", name="延保", from_day=day("2025-03-02"), to_day=day("2027-03-01"))
RECALL = Campaign(
    id="R1", version=1, kind=CampaignKind.RECALL, name="背光", product_class="tv_lcd", from_day=day("2024-01-01"),
    to_day=day("2026-12-31"), parts=("backlight",),
)  # fmt: skip


def with_campaigns(on, *campaigns, **facts):
    return judge(case(on, **facts), LAW, NO_HOLIDAYS, campaigns)


def brands(*no_document):
    return [msgspec.structs.replace(LAW[0], no_document=no_document)]


# --- no paper --------------------


def test_a_brands_own_rule_goes_before_the_rule_for_all():
    policies = brands(NoDocument(days=10), NoDocument(brand="K", months=3, days=1, repair_only=True))
    own, other = (verdict("2024-07-01", brand=brand, policies=policies) for brand in ("K", "L"))
    assert (own.start, other.start) == (day("2024-05-02"), day("2024-02-11"))
    assert "start.shipped_months" in steps(own)
    assert "repair_only_without_document" in rules(own)
    assert "repair_only_without_document" not in rules(other)


def test_a_brand_may_ask_for_a_paper():
    policies = brands(NoDocument(brand="K", needs_paper=True))
    asked = verdict("2024-07-01", brand="K", policies=policies)
    assert (asked.outcome, rules(asked), asked.start) == (Outcome.NEEDS_REVIEW, ["paper_needed"], None)
    assert verdict("2024-07-01", brand="K", policies=policies, invoice="2024-03-01").outcome is Outcome.IN_WARRANTY
    beside = verdict("2024-07-01", brand="K", policies=[*policies, msgspec.structs.replace(LAW[0], id="other")])
    assert (beside.outcome, rules(beside)[-1]) == (Outcome.IN_WARRANTY, "paper_would_help")


# --- a dealer's stock --------------------


def test_a_dealers_unit_has_no_start_and_is_repaired_free_for_its_months():
    found = verdict("2026-02-01", holder=Holder.DEALER)
    assert (found.outcome, found.start, rules(found)) == (Outcome.IN_WARRANTY, None, ["dealer_stock"])
    assert [cover.part for cover in found.covers] == [WHOLE_UNIT]
    assert [remedy.rule for remedy in found.remedies] == ["remedy.repair"]
    over = verdict("2026-02-02", holder=Holder.DEALER)
    assert (over.outcome, over.days_over) == (Outcome.OUT_OF_WARRANTY, 1)


def test_stock_counts_from_manufacture_or_not_at_all():
    made_only = verdict("2024-03-01", holder=Holder.DEALER, unit=unit(shipped=None))
    assert made_only.cover_of(WHOLE_UNIT).to_day == day("2026-01-10")
    nothing = verdict("2024-03-01", holder=Holder.DEALER, unit=unit(shipped=None, made=None))
    assert rules(nothing) == ["no_provable_date"]
    policy = msgspec.structs.replace(LAW[0], dealer_stock_months=0)
    assert rules(verdict("2024-03-01", holder=Holder.DEALER, policies=[policy])) == ["stock_not_covered"]


@pytest.mark.parametrize(
    ("facts", "papers", "rule"),
    [
        ({"sold": day("2024-03-02")}, {}, "stock_was_sold"),
        ({"status": UnitStatus.SOLD}, {}, "stock_was_sold_undated"),
        ({}, {"invoice_date": day("2024-03-02")}, "stock_was_sold"),
    ],
)
def test_stock_that_was_sold_needs_a_person(facts, papers, rule):
    found = verdict("2024-06-01", holder=Holder.DEALER, unit=unit(**facts), documents=Documents(**papers))
    assert (found.outcome, rules(found)[0]) == (Outcome.NEEDS_REVIEW, rule)


# --- exchanges --------------------


def given_for(**facts):
    dates = {"made": day("2024-08-20"), "shipped": day("2024-09-01"), "exchanged_on": day("2024-09-10")}
    return unit(exchange_of="OLD", **(dates | facts))


OLD = unit(serial="OLD", sold=day("2024-03-02"), status=UnitStatus.EXCHANGED_OUT)


def test_the_invoice_of_the_first_unit_is_no_contradiction_after_an_exchange():
    for before in ((OLD,), ()):
        found = verdict("2025-06-01", unit=given_for(), predecessors=before, invoice="2024-03-01")
        assert (found.outcome, found.start) == (Outcome.IN_WARRANTY, day("2024-09-10"))
    older = verdict("2025-06-01", unit=given_for(), predecessors=(OLD,), invoice="2024-01-09")
    assert rules(older)[0] == "invoice_before_manufacture"


def test_a_policy_carries_the_first_term_on_with_the_days_of_the_first_units_repairs():
    carry = msgspec.structs.replace(LAW[0], exchange_rule=ExchangeRule.CARRY)
    before = msgspec.structs.replace(span("2024-05-01", "2024-05-04"), earlier_unit=True)
    facts = {"unit": given_for(), "predecessors": (OLD,), "history": (before,)}
    carried = verdict("2024-12-02", policies=[carry], **facts)
    assert (carried.start, carried.cover_of(WHOLE_UNIT).days_added) == (day("2024-03-02"), 4)
    assert steps(carried)[:2] == ["start.carried", "start.dealer_sale"]
    restarted = verdict("2024-12-02", **facts)
    assert (restarted.start, restarted.cover_of(WHOLE_UNIT).days_added) == (day("2024-09-10"), 0)


def test_repairs_of_the_first_unit_owe_nothing_on_the_second():
    history = tuple(
        msgspec.structs.replace(span(f"2024-09-0{n}", f"2024-09-0{n}", order=f"o{n}"), earlier_unit=True)
        for n in (1, 2, 3)
    )
    found = verdict("2024-09-11", unit=given_for(), predecessors=(OLD,), history=history)
    assert not {"remedy.repaired_again", "remedy.repair_holds"} & {remedy.rule for remedy in found.remedies}


# --- parts put in --------------------


def fitted(part, on):
    return (FittedPart(part_class=part, fitted_on=day(on)),)


def test_a_part_put_in_has_the_rest_of_its_term_or_ninety_days():
    facts = {"invoice": "2024-03-01"}
    rest = verdict("2024-07-01", fitted=fitted("main_board", "2024-06-01"), **facts)
    assert rest.cover_of("main_board").to_day == day("2025-03-01")
    late = verdict("2025-05-22", fitted=fitted("main_board", "2025-02-21"), **facts)
    assert late.outcome is Outcome.MAIN_PARTS_ONLY
    assert "replaced_part_in_term" in rules(late)
    assert late.cover_of("main_board").to_day == day("2025-05-22")
    assert late.pays_for("main_board") and not late.pays_for("power_board")
    assert "replaced_part" in steps(late)
    assert not verdict("2025-05-23", fitted=fitted("main_board", "2025-02-21"), **facts).pays_for("main_board")


def test_a_part_that_will_be_put_in_later_and_a_policy_without_the_rule_count_nothing():
    facts = {"invoice": "2024-03-01"}
    assert "main_board" not in {
        c.part for c in verdict("2024-06-01", fitted=fitted("main_board", "2024-06-02"), **facts).covers
    }
    plain = [msgspec.structs.replace(LAW[0], replaced_part_days=0)]
    found = verdict("2025-04-01", fitted=fitted("main_board", "2025-02-21"), policies=plain, **facts)
    assert not found.pays_for("main_board")


# --- contracts --------------------


def test_a_contract_goes_on_where_the_law_ends_and_says_who_grants_it():
    before = verdict("2024-06-01", invoice="2024-03-01", contracts=(CONTRACT,))
    assert before.cover_of(WHOLE_UNIT).by is Grantor.LAW
    assert rules(before)[-1] == "contract_begins"
    within = verdict("2026-06-01", invoice="2024-03-01", contracts=(CONTRACT,))
    assert (within.outcome, rules(within)) == (Outcome.IN_WARRANTY, ["in_contract"])
    assert (within.cover_of(WHOLE_UNIT).by, within.policies[-1].id) == (Grantor.CONTRACT, "C1")
    assert "grant.contract" in steps(within)
    assert within.depreciation_bp == 10
    assert [remedy.rule for remedy in within.remedies] == ["remedy.repair"], "the law's other rights have ended"
    assert verdict("2027-03-02", invoice="2024-03-01", contracts=(CONTRACT,)).days_over == 1


def test_a_contract_needs_no_other_proof():
    bare = unit(made=None, shipped=None)
    found = verdict("2026-06-01", unit=bare, contracts=(CONTRACT,))
    assert (found.outcome, rules(found)) == (Outcome.IN_WARRANTY, ["in_contract", "no_provable_date"])
    ended = verdict("2027-06-01", unit=bare, contracts=(CONTRACT,))
    assert (ended.outcome, rules(ended)) == (Outcome.OUT_OF_WARRANTY, ["no_provable_date"])
    unknown = verdict("2027-06-01", "toaster", contracts=(CONTRACT,))
    assert (unknown.outcome, rules(unknown)) == (Outcome.NEEDS_REVIEW, ["no_policy"])
    parts = msgspec.structs.replace(CONTRACT, parts=("panel",))
    only = verdict("2026-06-01", unit=bare, contracts=(parts,))
    assert (only.outcome, rules(only)[0]) == (Outcome.MAIN_PARTS_ONLY, "part_in_contract")
    assert verdict("2027-06-01", unit=bare, contracts=(parts,)).outcome is Outcome.OUT_OF_WARRANTY


@pytest.mark.parametrize(
    "facts",
    [{"exclusions": (Exclusion.MISUSE,)}, {"documents": Documents(problems=(DocumentProblem.ALTERED,))}],
)
def test_what_ends_the_laws_cover_ends_a_contract_and_kindness_too(facts):
    kind = msgspec.structs.replace(RECALL, kind=CampaignKind.GOODWILL, parts=())
    found = judge(case("2026-06-01", contracts=(CONTRACT,), **facts), LAW, NO_HOLIDAYS, [kind])
    assert found.outcome is Outcome.OUT_OF_WARRANTY
    assert found.remedies == ()


def test_a_unit_taken_back_has_no_contract_any_more():
    gone = unit(status=UnitStatus.SCRAPPED)
    assert verdict("2026-06-01", unit=gone, contracts=(CONTRACT,)).outcome is Outcome.OUT_OF_WARRANTY


# --- campaigns --------------------


def test_a_recall_is_repaired_free_whatever_was_found_and_nothing_else_is():
    found = with_campaigns("2026-06-01", RECALL, invoice="2024-03-01", exclusions=(Exclusion.OPENED_BY_OTHERS,))
    assert (found.outcome, rules(found)) == (Outcome.MAIN_PARTS_ONLY, ["part_in_recall", "opened_by_others"])
    assert found.pays_for("backlight") and not found.pays_for("panel")
    assert [remedy.rule for remedy in found.remedies] == ["remedy.repair_main_part"]
    whole = with_campaigns(
        "2026-06-01", msgspec.structs.replace(RECALL, parts=()), invoice="2024-03-01", exclusions=(Exclusion.MISUSE,)
    )
    assert (whole.outcome, rules(whole)[0]) == (Outcome.IN_WARRANTY, "in_recall")


FOR = [
    ({}, True),
    ({"models": ("LED55K35U",)}, True),
    ({"models": ("LED65K50U",)}, False),
    ({"brand": "K"}, False),
    ({"faults": ("P01",)}, True),
    ({"faults": ("D01",)}, False),
    ({"product_class": "phone"}, False),
    ({"from_day": day("2026-06-02")}, False),
    ({"to_day": day("2026-05-31")}, False),
    ({"serials": (SerialRange(first=SERIAL, last=SERIAL),)}, True),
    ({"serials": (SerialRange(first="K35U5524A0100002", last="K35U5524A0200000"),)}, False),
    ({"serials": (SerialRange(first="A", last="Z"),)}, False),
]


@pytest.mark.parametrize(("fields", "is_for"), FOR)
def test_which_units_a_campaign_is_for(fields, is_for):
    campaign = msgspec.structs.replace(RECALL, parts=("tuner",), to_day=day("2027-12-31"), kind=CampaignKind.GOODWILL)
    campaign = msgspec.structs.replace(campaign, **fields)
    found = with_campaigns("2026-06-01", campaign, invoice="2024-03-01", fault="P01")
    assert (found.cover_of("tuner").by is Grantor.GOODWILL) is is_for


def test_of_a_campaigns_versions_the_newest_counts_and_the_law_stays_where_it_is_longer():
    newer = msgspec.structs.replace(RECALL, version=2, to_day=day("2028-12-31"))
    found = with_campaigns("2026-06-01", newer, RECALL, invoice="2024-03-01")
    assert found.cover_of("backlight").to_day == day("2028-12-31")
    short = with_campaigns("2026-06-01", RECALL, invoice="2024-03-01")
    assert short.cover_of("backlight").by is Grantor.LAW
    kind = msgspec.structs.replace(RECALL, kind=CampaignKind.GOODWILL, parts=("main_board",))
    assert "part_in_goodwill" in rules(with_campaigns("2026-06-01", kind, invoice="2024-03-01"))
    whole = msgspec.structs.replace(kind, parts=())
    assert rules(with_campaigns("2026-06-01", whole, invoice="2024-03-01")) == ["in_goodwill"]


# --- whatever the facts --------------------

DAYS = st.dates(date(2018, 1, 1), date(2032, 12, 31))
contracts = st.builds(
    Contract, id=st.sampled_from(["C1", "C2"]), name=st.just("延保"), from_day=DAYS, to_day=DAYS,
    parts=st.sampled_from([(), ("panel",), ("main_board", "battery")]),
)  # fmt: skip
campaigns = st.builds(
    Campaign, id=st.sampled_from(["R1", "R2"]), version=st.integers(1, 2), kind=st.sampled_from(CampaignKind),
    name=st.just("活动"), product_class=st.sampled_from(["tv_lcd", "phone"]), from_day=DAYS, to_day=DAYS,
    parts=st.sampled_from([(), ("panel",)]), faults=st.sampled_from([(), ("D01",)]),
)  # fmt: skip
parts_put_in = st.builds(FittedPart, part_class=st.sampled_from(["panel", "main_board", "battery"]), fitted_on=DAYS)
full_cases = st.builds(
    lambda base, bought, put_in, holder: msgspec.structs.replace(
        base, contracts=tuple(bought), fitted=tuple(put_in), holder=holder
    ),
    cases,
    st.lists(contracts, max_size=2),
    st.lists(parts_put_in, max_size=2),
    st.sampled_from(Holder),
)


@given(full_cases, st.lists(campaigns, max_size=2))
def test_every_verdict_explains_itself_in_whatever_order_the_facts_come(one, running):
    found = judge(one, POLICIES, CALENDAR, running)
    backwards = msgspec.structs.replace(one, history=one.history[::-1], fitted=one.fitted[::-1])
    distinct = {(campaign.id, campaign.version) for campaign in running}
    if len(distinct) == len(running) and len({one.id for one in one.contracts}) == len(one.contracts):
        again = judge(backwards, POLICIES[::-1], CALENDAR, running[::-1])
        assert again.outcome == found.outcome
        assert {c.part: c.to_day for c in again.covers} == {c.part: c.to_day for c in found.covers}
    assert any(reason.decides for reason in found.reasons)
    for item in (*found.reasons, *found.proof):
        assert REASONS[item.rule].format_map(item.facts)
    assert all(cover.by is not None and cover.why in REASONS for cover in found.covers)


@given(full_cases, st.lists(campaigns, max_size=2), contracts)
def test_another_contract_or_campaign_never_shortens_a_cover(one, running, contract):
    if one.exclusions or one.documents.problems:
        return
    bare = judge(one, POLICIES, CALENDAR)
    more = msgspec.structs.replace(one, contracts=(*one.contracts, contract))
    after = judge(more, POLICIES, CALENDAR, running)
    for cover in bare.covers:
        kept = after.cover_of(cover.part)
        assert kept is not None and kept.to_day >= cover.to_day


@given(full_cases, parts_put_in)
def test_another_part_put_in_never_shortens_a_cover(one, part):
    before = judge(one, POLICIES, CALENDAR)
    after = judge(msgspec.structs.replace(one, fitted=(*one.fitted, part)), POLICIES, CALENDAR)
    for cover in before.covers:
        kept = after.cover_of(cover.part)
        assert kept is not None and kept.to_day >= cover.to_day


@given(full_cases, st.lists(campaigns, max_size=2), st.integers(1, 3650))
def test_a_later_campaign_changes_no_verdict_of_today(one, running, days):
    later = [
        msgspec.structs.replace(
            campaign, id=f"later {number}", from_day=one.day + timedelta(days=days), to_day=date(2099, 1, 1)
        )
        for number, campaign in enumerate(running)
    ]
    assert judge(one, POLICIES, CALENDAR, later) == judge(one, POLICIES, CALENDAR)


def test_waiting_for_the_customer_adds_no_days():
    history = (
        RepairSpan(order_id="o1", from_day=day("2024-05-01"), to_day=day("2024-05-09"), kind=SpanKind.WAITING_CUSTOMER),
    )
    assert verdict("2024-06-01", invoice="2024-03-01", history=history).cover_of(WHOLE_UNIT).days_added == 0
    assert PROMISES
