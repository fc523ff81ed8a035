"""Who decides what is asked: levels by rules, limits of people, deputies by day, and the way upward in time."""

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import resources
from core import reference
from core.approval_rules import LEVELS, ApprovalRule, Step, due, limit_of, next_due
from core.refusals import Refusal
from core.roles import Role
from core.rows.orders import ApprovalKind, ApprovalLevel, ApprovalRequest
from core.rows.people import Deputy
from core.work_order import State
from tests.unit import world as w

LEAD, BRANCH, HQ = LEVELS
RULES = msgspec.json.decode(resources.read_text("approvals", "rules.json"), type=tuple[ApprovalRule, ...])
DEPUTY = w.an_id("deputy manager")
fen = st.integers(0, 10**9)
days = st.integers(0, 4_000)


@pytest.mark.parametrize(
    ("kind", "amount", "over", "level"),
    [
        ("goodwill", 200_000, 30, BRANCH),
        ("goodwill", 200_001, 0, HQ),
        ("goodwill", 0, 31, HQ),
        ("over_limit", 20_000, 0, LEAD),
        ("over_limit", 20_001, 0, BRANCH),
        ("over_limit", 300_001, 0, HQ),
        ("second_repair", 10**9, 0, BRANCH),
    ],
)
def test_the_shipped_rules_give_the_level(kind, amount, over, level):
    assert due(RULES, ApprovalKind(kind), amount, over, w.NOW).level is level


def test_every_kind_has_a_rule_and_one_without_goes_to_the_branch():
    assert {rule.kind for rule in RULES} == set(ApprovalKind)
    assert due((), ApprovalKind.GOODWILL, 10**9, 999, w.NOW) == (BRANCH, w.NOW + timedelta(hours=48))


@given(st.sampled_from(ApprovalKind), fen, days, fen, days)
def test_more_money_or_days_never_come_to_a_lower_level(kind, amount, over, more, longer):
    low, high = due(RULES, kind, amount, over, w.NOW), due(RULES, kind, amount + more, over + longer, w.NOW)
    assert LEVELS.index(low.level) <= LEVELS.index(high.level)
    assert low.answer_by > w.NOW


@pytest.mark.parametrize(
    "steps",
    [
        [("branch", None), ("headquarters", None)],
        [("headquarters", 5), ("branch", None)],
        [("branch", 5)],
        [("station_lead", 9), ("branch", 5), ("headquarters", None)],
        [("branch", 5), ("branch", None)],
    ],
)
def test_rules_with_a_gap_or_out_of_order_are_refused(steps):
    body = {"kind": "goodwill", "measure": "amount_fen"}
    body["steps"] = [{"level": level, "up_to": bound, "hours": 1} for level, bound in steps]
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(body, ApprovalRule)


def a_request(**fields) -> ApprovalRequest:
    """A request of the station, asked of the branch until an hour from now."""
    values = {
        "id": w.an_id("request"), "branch_id": w.BRANCH, "station_id": w.STATION, "order_id": w.ORDER,
        "kind": ApprovalKind.OVER_LIMIT, "rule": "claim.over_limit", "amount_fen": 1, "reason": "x",
        "subject_hash": "0" * 64, "asked_by": w.TECHNICIAN, "asked_at": w.NOW, "level": LEAD,
        "answer_by": w.NOW + timedelta(hours=1),
    }  # fmt: skip
    return ApprovalRequest(**(values | fields))


def test_time_takes_a_request_to_the_next_level_of_its_rules_and_no_further_than_the_top():
    late = w.NOW + timedelta(hours=2)
    request = a_request()
    assert next_due(RULES, request, w.NOW + timedelta(hours=1)) is None
    assert next_due(RULES, request, late) == (BRANCH, late + timedelta(hours=48))
    assert next_due(RULES, a_request(level=BRANCH), late) == (HQ, late + timedelta(hours=72))
    assert next_due(RULES, a_request(level=HQ), late) is None
    assert next_due(RULES, a_request(kind=ApprovalKind.LOCAL_PURCHASE, level=BRANCH), late) is None
    assert next_due(RULES, a_request(answer_by=None), late) is None


def a_deputy(first: date, last: date, **fields) -> Deputy:
    values = {"id": w.an_id("deputyship"), "branch_id": w.BRANCH, "place_id": w.BRANCH, "person_id": w.MANAGER,
              "deputy_id": DEPUTY, "first_day": first, "last_day": last, "named_at": w.NOW}  # fmt: skip
    return Deputy(**(values | fields))


def with_limit(person_id: str, limit: int | None):
    return msgspec.structs.replace(w.person(person_id, w.BRANCH, Role.BRANCH_MANAGER), approval_limit_fen=limit)


@given(st.integers(-5, 5), st.sampled_from([None, 10, 90]), st.sampled_from([None, 10, 90]))
def test_a_deputy_has_the_limit_of_whom_they_stand_for_on_those_days_only(away, own, theirs):
    deputy, absent = with_limit(DEPUTY, own), with_limit(w.MANAGER, theirs)
    deputyship = a_deputy(w.TODAY - timedelta(days=1), w.TODAY + timedelta(days=1))
    got = limit_of(deputy, [deputy, absent], [deputyship], w.TODAY + timedelta(days=away))
    wider = None if None in (own, theirs) else max(own, theirs)
    assert got == (wider if abs(away) <= 1 else own)


def test_a_deputy_of_somebody_who_has_left_gains_nothing():
    deputy, gone = with_limit(DEPUTY, 10), msgspec.structs.replace(with_limit(w.MANAGER, 90), active=False)
    assert limit_of(deputy, [deputy, gone], [a_deputy(w.TODAY, w.TODAY)], w.TODAY) == 10


# through the operations, as both ends judge them


def asked(*extra, kind="over_limit", amount=10_000, over=0):
    rows = w.a_world(w.an_order(state=State.IN_PROGRESS), w.identified(), *extra)
    args = {"order_id": w.ORDER, "kind": kind, "rule": "claim.over_limit", "amount_fen": amount, "days_over": over,
            "reason": "x"}  # fmt: skip
    w.do(rows, "ask_approval", args)
    return rows, rows.find(ApprovalRequest)[0]


def decision(request, **fields):
    values = {"order_id": w.ORDER, "request_id": request.id, "approved": True, "subject_hash": request.subject_hash}
    return values | fields


def test_a_small_sum_is_decided_by_the_lead_and_a_large_one_is_not():
    rows, request = asked(amount=20_000)
    assert (request.level, request.answer_by) == (LEAD, w.NOW + timedelta(hours=8))
    w.do(rows, "decide_approval", decision(request), user=w.LEAD)
    rows, request = asked(amount=20_001)
    with pytest.raises(Refusal, match="approval_above_level"):
        w.do(rows, "decide_approval", decision(request), user=w.LEAD)
    w.do(rows, "decide_approval", decision(request), user=w.MANAGER)


def test_what_is_headquarters_to_decide_the_branch_does_not():
    rows, request = asked(kind="goodwill", over=31)
    with pytest.raises(Refusal, match="approval_above_level") as told:
        w.do(rows, "decide_approval", decision(request), user=w.MANAGER)
    assert told.value.facts["level"] == "headquarters"


def test_a_limit_of_ones_own_bars_until_somebody_names_one_as_deputy():
    manager, small = with_limit(w.MANAGER, None), with_limit(DEPUTY, 5_000)
    rows, request = asked(manager, small, amount=30_000)
    with pytest.raises(Refusal, match="approval_above_limit"):
        w.do(rows, "decide_approval", decision(request), user=DEPUTY, place=w.BRANCH)
    named = {"deputy_id": DEPUTY, "first_day": w.TODAY.isoformat(), "last_day": w.TODAY.isoformat()}
    w.do(rows, "name_deputy", named, user=w.MANAGER)
    w.do(rows, "decide_approval", decision(request), user=DEPUTY, place=w.BRANCH)


def test_a_deputyship_ends_early_with_the_day_before():
    rows = w.a_world(with_limit(DEPUTY, 5_000))
    named = {"deputy_id": DEPUTY, "first_day": "2026-11-18", "last_day": "2026-12-18"}
    w.do(rows, "name_deputy", named, user=w.MANAGER)
    (one,) = rows.find(Deputy)
    with pytest.raises(Refusal, match="deputy_unknown"):
        w.do(rows, "end_deputy", {"deputyship_id": one.id}, user=w.LEAD)
    with pytest.raises(Refusal, match="deputy_unknown"):
        w.do(rows, "end_deputy", {"deputyship_id": w.an_id("none")}, user=w.MANAGER)
    w.do(rows, "end_deputy", {"deputyship_id": one.id}, user=w.MANAGER)
    assert rows.find(Deputy)[0].last_day == w.TODAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"deputy_id": w.an_id("none")}, "deputy_unknown"),
        ({"deputy_id": w.LEAD}, "deputy_unknown"),
        ({"deputy_id": w.MANAGER}, "deputy_unknown"),
        ({"deputy_id": w.an_id("clerk there")}, "deputy_decides_nothing"),
        ({"last_day": "2026-11-19"}, "days_reversed"),
    ],
)
def test_a_deputy_is_a_colleague_here_who_decides(fields, code):
    rows = w.a_world(with_limit(DEPUTY, 1), w.person(w.an_id("clerk there"), w.BRANCH, Role.TECHNICIAN))
    args = {"deputy_id": DEPUTY, "first_day": "2026-11-20", "last_day": "2026-11-20"} | fields
    with pytest.raises(Refusal, match=code):
        w.do(rows, "name_deputy", args, user=w.MANAGER)


def test_a_rule_file_that_was_replaced_no_longer_counts():
    rows = w.a_world()
    assert reference.approval_rules(rows) == RULES
    assert reference.approval_rules(w.MemoryRows()) == ()
    lone = Step(level=ApprovalLevel.BRANCH, hours=1)
    assert ApprovalRule(kind=ApprovalKind.GOODWILL, measure="days_over", steps=(lone,)).step(0, 99) == lone
