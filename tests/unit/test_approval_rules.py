"""Who decides what is asked: levels by rules, limits of people, deputies by day, and the way upward in time."""

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import resources
from core import operations, reference
from core.approval_rules import LEVELS, ApprovalRule, Step, due, due_again, limit_of, next_due
from core.approvals import hash_now, standing
from core.operations import kernel
from core.refusals import Refusal
from core.roles import Role
from core.rows.orders import (
    ApprovalDecision,
    ApprovalKind,
    ApprovalLevel,
    ApprovalQuestion,
    ApprovalRequest,
    TimelineEntry,
    WorkOrder,
)
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


# asking back


def sent_back(**fields):
    rows, request = asked(**fields)
    back = {"order_id": w.ORDER, "request_id": request.id, "question": "哪年买的？"}
    w.do(rows, "ask_back", back | {"subject_hash": hash_now(rows, request)}, user=w.MANAGER)
    return rows, rows.get(ApprovalRequest, request.id)


def answered(rows, request, label="", **given):
    args = {"order_id": w.ORDER, "request_id": request.id, "answer": "去年", **given}
    w.do(rows, "answer_question", args, label=label, made_at=w.NOW + timedelta(hours=5))
    return rows.get(ApprovalRequest, request.id)


def test_a_request_goes_back_with_a_question_and_up_again_with_the_answer():
    rows, request = sent_back(kind="goodwill", over=12)
    (question,) = rows.find(ApprovalQuestion)
    assert (request.question_id, request.answer_by) == (question.id, None), "nobody decides meanwhile, no clock runs"
    assert (question.question, question.asked_by, question.answer) == ("哪年买的？", w.MANAGER, None)
    assert next_due(RULES, request, w.NOW + timedelta(days=30)) is None
    again = answered(rows, request, photo_sha256="a" * 64)
    (question,) = rows.find(ApprovalQuestion)
    assert (question.answer, question.answered_by, question.photo_sha256) == ("去年", w.TECHNICIAN, "a" * 64)
    assert (again.question_id, again.revision, again.photo_sha256) == (None, 1, "a" * 64)
    assert again.level is request.level
    assert again.answer_by == w.NOW + timedelta(hours=5) + (due_of("goodwill", 10_000, 12).answer_by - w.NOW)
    said = {entry.action: entry.detail["reason"] for entry in rows.find(TimelineEntry) if entry.detail}
    assert (said["ask_back"], said["answer_question"]) == ("哪年买的？", "去年")


def due_of(kind, amount, over):
    return due(RULES, ApprovalKind(kind), amount, over, w.NOW)


def test_what_is_approved_after_the_answer_is_another_thing():
    rows, before = sent_back()
    again = answered(rows, before)
    assert again.subject_hash == hash_now(rows, again) != before.subject_hash
    with pytest.raises(Refusal, match="approval_outdated"):
        w.do(rows, "decide_approval", decision(again, subject_hash=before.subject_hash), user=w.MANAGER)
    w.do(rows, "decide_approval", decision(again), user=w.MANAGER)
    assert standing(rows, again, rows.find(ApprovalDecision))[0].approved


def test_a_decision_on_what_it_was_before_the_answer_does_not_stand():
    """Two who decide, offline: one asks back and is answered while the other approves what stood before."""
    rows, before = sent_back()
    again = answered(rows, before, amount_fen=90_000)
    late = ApprovalDecision(
        id=w.an_id("late"), branch_id=w.BRANCH, station_id=w.STATION, request_id=again.id, order_id=w.ORDER,
        approved=True, subject_hash=before.subject_hash, decided_by=w.MANAGER, decided_at=w.NOW,
    )  # fmt: skip
    assert standing(rows, again, [late]) == (None, late)


def test_a_higher_sum_goes_to_a_higher_level_and_nothing_comes_down_again():
    rows, request = sent_back(amount=10_000)
    assert request.level is LEAD
    again = answered(rows, request, amount_fen=500_000, days_over=3)
    assert (again.amount_fen, again.days_over) == (500_000, 3)
    assert again.level is due_of("over_limit", 500_000, 3).level is not LEAD
    rows.put(msgspec.structs.replace(again, level=ApprovalLevel.HEADQUARTERS, escalations=1, question_id="x"))
    down = answered(rows, again, label="2", amount_fen=1)
    assert (down.level, down.escalations, down.revision) == (ApprovalLevel.HEADQUARTERS, 1, 2)
    assert down.answer_by > w.NOW


@given(st.sampled_from(list(ApprovalKind)), st.sampled_from(list(ApprovalLevel)), st.integers(0, 10**7))
def test_a_request_never_goes_up_again_below_its_level(kind, level, amount):
    request = ApprovalRequest(
        id="r", branch_id="b", station_id="s", order_id="o", kind=kind, rule="x", amount_fen=amount, reason="x",
        subject_hash="h", asked_by="p", asked_at=w.NOW, level=level,
    )  # fmt: skip
    again, first = due_again(RULES, request, w.NOW), due(RULES, kind, amount, 0, w.NOW)
    assert LEVELS.index(again.level) == max(LEVELS.index(level), LEVELS.index(first.level))
    assert again.answer_by > w.NOW


@pytest.mark.parametrize(
    ("user", "fields", "code"),
    [
        (w.MANAGER, {"subject_hash": "0" * 64}, "approval_outdated"),
        (w.MANAGER, {"request_id": w.an_id("none")}, "approval_unknown"),
        (w.MANAGER, {"question": ""}, "arguments_invalid"),
        (w.TECHNICIAN, {}, "role_not_allowed"),
    ],
)
def test_who_may_decide_may_ask_about_what_stands(user, fields, code):
    rows, request = asked()
    args = {"order_id": w.ORDER, "request_id": request.id, "question": "x", "subject_hash": request.subject_hash}
    with pytest.raises(Refusal, match=code):
        w.do(rows, "ask_back", args | fields, user=user)


def test_a_deputy_asks_back_on_the_days_they_stand_in():
    rows, request = asked(with_limit(w.MANAGER, None), with_limit(DEPUTY, 5_000), amount=30_000)
    args = {"order_id": w.ORDER, "request_id": request.id, "question": "x", "subject_hash": request.subject_hash}
    with pytest.raises(Refusal, match="approval_above_limit"):
        w.do(rows, "ask_back", args, user=DEPUTY, place=w.BRANCH)
    named = {"deputy_id": DEPUTY, "first_day": w.TODAY.isoformat(), "last_day": w.TODAY.isoformat()}
    w.do(rows, "name_deputy", named, user=w.MANAGER)
    w.do(rows, "ask_back", args, user=DEPUTY, place=w.BRANCH)
    assert rows.find(ApprovalQuestion)[0].asked_by == DEPUTY


def test_one_question_at_a_time_and_none_about_what_is_decided():
    rows, request = sent_back()
    args = {"order_id": w.ORDER, "request_id": request.id, "question": "y", "subject_hash": hash_now(rows, request)}
    with pytest.raises(Refusal, match="approval_asked_back"):
        w.do(rows, "ask_back", args, user=w.MANAGER, label="2")
    w.do(rows, "decide_approval", decision(request), user=w.MANAGER)
    with pytest.raises(Refusal, match="move_not_allowed"):
        answered(rows, request)
    with pytest.raises(Refusal, match="move_not_allowed"):
        w.do(rows, "ask_back", args, user=w.MANAGER, label="3")
    order = rows.get(WorkOrder, w.ORDER)
    rows.put(msgspec.structs.replace(order, state=State.WAITING_APPROVAL))
    with pytest.raises(Refusal, match="approval_decided"):
        answered(rows, request)
    with pytest.raises(Refusal, match="approval_decided"):
        w.do(rows, "ask_back", args, user=w.MANAGER, label="4")


def test_only_an_open_question_is_answered():
    rows, request = asked()
    with pytest.raises(Refusal, match="question_unknown"):
        answered(rows, request)
    action = operations.action_named("answer_question")
    operation = w.an_operation(action.name, {"order_id": w.ORDER, "request_id": request.id, "answer": "x"})
    action.replay(kernel.decode_args(action, operation.args), operation, rows)
    assert rows.get(ApprovalRequest, request.id).revision == 1, "heard late, it still goes up as it is told"
    assert not rows.find(ApprovalQuestion)
