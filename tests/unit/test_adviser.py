"""The remedy adviser: what is open and what comes, the countdown, who pays, and refunds to the fen."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.warranty import (
    NO_HOLIDAYS,
    REASONS,
    Documents,
    Payer,
    Policy,
    RemedyKind,
    RepairSpan,
    Source,
    SpanKind,
    Standing,
    advise,
)
from core.warranty.adviser import INSPECTION, INVOICE, RECORD, days_off
from tests.unit.test_warranty import LAW, PROMISES, case, day, span
from tests.unit.test_warranty_grants import full_cases
from tests.unit.test_warranty_properties import CALENDAR, POLICIES

PRICE = 329_900


def advice(on, product_class="tv_lcd", *, policies=LAW, price=PRICE, holidays=NO_HOLIDAYS, runs=(), **facts):
    facts.setdefault("invoice", "2024-03-01")
    asked = case(on, product_class, **facts)
    return {one.rule: one for one in advise(asked, policies, holidays, (), price, runs).advice}


def running(begin, kind=SpanKind.REPAIR, order="now"):
    return RepairSpan(order_id=order, from_day=day(begin), kind=kind)


def test_the_first_days_count_down_to_the_last_day():
    found = advice("2024-03-03")
    assert (found["remedy.early_refund"].days_left, found["remedy.early_exchange"].days_left) == (5, 13)
    assert (found["remedy.early_refund"].refund_fen, found["remedy.early_refund"].kept_fen) == (PRICE, None)
    assert found["remedy.early_refund"].needs == (INVOICE, INSPECTION)
    last = advice("2024-03-08")
    assert last["remedy.early_refund"].days_left == 0
    assert "remedy.early_refund" not in advice("2024-03-09")


def test_money_back_is_offered_once():
    """In the first days the refund is the customer's choice; later it stands in the place of an exchange."""
    assert "remedy.refund_no_like_model" not in advice("2024-03-08")
    assert "remedy.refund_no_like_model" in advice("2024-03-09")
    assert "remedy.refund_no_like_model" not in advice("2024-03-17")


def test_a_repair_that_drags_on_counts_down_to_the_repairers_exchange():
    found = advice("2024-06-10", history=(running("2024-05-20"),))
    coming = found["remedy.repairer_late"]
    assert (coming.standing, coming.from_day, coming.days_left) == (Standing.COMING, day("2024-06-19"), 9)
    assert coming.payer is Payer.REPAIRER
    for on, standing in (("2024-06-18", Standing.COMING), ("2024-06-19", Standing.OPEN)):
        assert advice(on, history=(running("2024-05-20"),))["remedy.repairer_late"].standing is standing
    owed = advice("2024-06-19", history=(running("2024-05-20"),))
    assert owed["remedy.refund_no_like_model"].payer is Payer.REPAIRER


def test_the_present_orders_days_bring_rights_but_are_added_to_no_cover_yet():
    found = advice("2024-06-19", runs=(running("2024-05-20"),))
    assert found["remedy.repairer_late"].standing is Standing.OPEN
    assert found["remedy.repair"].until == day("2025-03-01")
    assert found["remedy.refund_like_model_refused"].days_off == 31
    late = advice("2025-03-20", runs=(running("2025-02-10"),))
    assert late["remedy.repairer_late"].standing is Standing.OPEN, "the repair began while the cover ran"


def test_days_without_the_part_or_the_customer_are_not_the_repairers():
    waits = (running("2024-05-21", SpanKind.WAITING_PARTS), running("2024-05-20"))
    found = advice("2024-06-25", history=waits)
    assert "remedy.repairer_late" not in found
    assert found["remedy.part_missing"].from_day == day("2024-08-19"), "the 91st day of waiting"
    assert found["remedy.part_missing"].payer is Payer.MAKER
    away = (
        RepairSpan(
            order_id="now", from_day=day("2024-05-22"), to_day=day("2024-06-10"), kind=SpanKind.WAITING_CUSTOMER
        ),
    )
    late = advice("2024-06-25", history=(running("2024-05-20"), *away))["remedy.repairer_late"]
    assert (late.standing, late.days_left) == (Standing.COMING, 14)


def test_one_repair_more_is_announced_and_the_second_owes_the_exchange():
    once = advice("2024-08-01", history=(span("2024-05-01", "2024-05-02"),))["remedy.repaired_again"]
    assert (once.standing, once.days_left, once.needs) == (Standing.COMING, None, (INVOICE, RECORD, INSPECTION))
    twice = (span("2024-05-01", "2024-05-02"), span("2024-06-01", "2024-06-02", order="o2"))
    assert advice("2024-08-01", history=twice)["remedy.repaired_again"].standing is Standing.OPEN


def test_a_refused_like_model_costs_the_days_of_use():
    twice = (span("2024-05-01", "2024-05-02"), span("2024-06-01", "2024-06-02", order="o2"))
    found = advice("2024-10-15", history=twice)["remedy.refund_like_model_refused"]
    assert (found.days_used, found.days_off) == (228, 4)
    assert (found.kept_fen, found.refund_fen) == (73_898, 256_002)  # 3,299.00 × 0.1 % × 224 days = 738.976
    full = advice("2024-10-15", history=twice)["remedy.refund_no_like_model"]
    assert (full.refund_fen, full.kept_fen) == (PRICE, 0)
    unknown = advice("2024-10-15", history=twice, price=None)
    assert unknown["remedy.refund_like_model_refused"].refund_fen is None
    assert unknown["remedy.refund_no_like_model"].kept_fen is None


def test_without_a_rate_or_an_invoice_the_law_says_what_it_can():
    policy = Policy(
        id="p", version=1, product_class="fan", source=Source.LAW, in_force_from=day("2020-01-01"), whole_months=12
    )
    twice = (span("2024-05-01", "2024-05-02"), span("2024-06-01", "2024-06-02", order="o2"))
    found = advice("2024-08-01", "fan", policies=[policy], history=twice)
    assert "remedy.refund_no_like_model" in found and "remedy.refund_like_model_refused" not in found
    card = Documents(warranty_card_date=day("2024-03-01"))
    facts = {"documents": card, "history": twice}
    shown = {one.rule: one for one in advise(case("2024-10-15", **facts), LAW, NO_HOLIDAYS, (), PRICE).advice}
    assert shown["remedy.refund_like_model_refused"].days_used == 228


def test_the_laws_rights_stand_beside_a_longer_promise():
    generous = msgspec.structs.replace(PROMISES[0], remedies=msgspec.structs.replace(LAW[0].remedies, refund_days=30))
    facts = {"product_class": "air_conditioner"}
    both = advice("2024-03-20", policies=[*LAW, generous], **facts)
    assert both["remedy.early_refund"].until == day("2024-03-31")
    only = msgspec.structs.replace(PROMISES[0], remedies=msgspec.structs.replace(LAW[0].remedies, refund_days=0))
    assert advice("2024-03-05", policies=[*LAW, only], **facts)["remedy.early_refund"].until == day("2024-03-08")


def test_of_two_countdowns_the_sooner_and_of_open_and_coming_the_open_one_is_told():
    soon = msgspec.structs.replace(LAW[0], id="soon", remedies=msgspec.structs.replace(LAW[0].remedies, delay_days=20))
    for policies in ([LAW[0], soon], [soon, LAW[0]]):
        found = advice("2024-06-05", policies=policies, history=(running("2024-05-20"),))
        assert found["remedy.repairer_late"].days_left == 4
        owed = advice("2024-06-15", policies=policies, history=(running("2024-05-20"),))
        assert owed["remedy.repairer_late"].standing is Standing.OPEN


def test_a_span_that_has_not_begun_runs_nowhere():
    later = running("2024-07-01")
    assert "remedy.repairer_late" not in advice("2024-06-05", history=(later,))


def test_nothing_is_advised_for_a_unit_that_nobody_knows():
    assert advise(case("2024-06-01", unit=None), LAW).advice == ()


def test_days_off_are_counted_once_and_only_since_the_sale():
    history = (span("2024-02-20", "2024-03-02"), span("2024-03-02", "2024-03-05"), span("2024-01-01", "2024-01-03"))
    assert days_off(case("2024-06-01", history=history), day("2024-03-01")) == 5


@given(full_cases, st.none() | st.integers(0, 10**7))
def test_advice_follows_from_the_verdict_whatever_the_facts(one, price):
    found = advise(one, POLICIES, CALENDAR, (), price)
    opened = {a.rule for a in found.advice if a.standing is Standing.OPEN}
    assert {remedy.rule for remedy in found.verdict.remedies} <= opened
    for a in found.advice:
        assert a.rule in REASONS
        assert a.standing is Standing.OPEN or f"coming.{a.rule}" in REASONS
        assert a.days_left is None or a.days_left >= (0 if a.standing is Standing.OPEN else 1)
        if a.kind is RemedyKind.REFUND and price is not None:
            assert a.refund_fen is not None and 0 <= a.refund_fen <= price
            assert a.refund_fen + (a.kept_fen or 0) == price
        if a.from_day is not None:
            assert a.from_day > one.day


@given(full_cases, st.integers(1, 40))
def test_a_countdown_comes_true(one, price):
    """What is announced for a day is open on that day, if nothing else happens."""
    coming = [a for a in advise(one, POLICIES, CALENDAR, (), price).advice if a.from_day is not None]
    for a in coming[:1]:
        assert a.from_day is not None
        then = advise(msgspec.structs.replace(one, day=a.from_day), POLICIES, CALENDAR, (), price)
        rules = {b.rule: b for b in then.advice}
        if then.verdict.outcome.value == "in_warranty" and a.rule in rules:
            assert rules[a.rule].standing is Standing.OPEN or rules[a.rule].from_day != a.from_day


@pytest.mark.parametrize("on", ["2024-03-01", "2024-03-08"])
def test_open_rights_stand_first(on):
    twice = (span("2024-03-01", "2024-03-01"),)
    found = advise(case(on, invoice="2024-03-01", history=twice), LAW, NO_HOLIDAYS, (), PRICE).advice
    standings = [one.standing for one in found]
    assert standings == sorted(standings, key=lambda one: one is Standing.COMING)
