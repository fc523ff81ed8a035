"""Headquarters' desk for approvals: what waits, its own decisions, and what nobody answered in time."""

from datetime import timedelta

import msgspec
import pytest

from core.approvals import hash_now
from core.findings import Findings
from core.refusals import Refusal
from core.rows.orders import (
    ApprovalDecision,
    ApprovalLevel,
    ApprovalQuestion,
    ApprovalRequest,
    TimelineEntry,
    WorkOrder,
)
from core.work_order import State
from hq.approvals.service import ask_back, decide, escalate, waiting
from hq.books.approvals import prove_approvals
from hq.feed import work
from hq.identity import issue_api_key
from tests.integration.device import NOW
from tests.unit import world


@pytest.fixture
def asked(hq):
    """Asks by the station's device; returns the request as HQ holds it."""
    with work(hq.store) as doing:
        order = doing.view(world.BRANCH).get(WorkOrder, world.ORDER)
        doing.rows(world.BRANCH).put(msgspec.structs.replace(order, state=State.IN_PROGRESS))
    device = hq.device()

    def ask(**fields) -> ApprovalRequest:
        args = {"order_id": world.ORDER, "kind": "goodwill", "rule": "goodwill.days_over", "reason": "老用户"} | fields
        device.one(device.do("ask_approval", args))
        return hq.rows(ApprovalRequest)[0]

    return ask


def order_of(hq) -> WorkOrder:
    return hq.rows(WorkOrder, id=world.ORDER)[0]


def test_headquarters_sees_what_is_its_to_decide_and_decides(hq, asked):
    request = asked(days_over=45, amount_fen=9_900)
    assert waiting(hq.store, ApprovalLevel.BRANCH) == []
    (line,) = waiting(hq.store, ApprovalLevel.HEADQUARTERS)
    assert (line.id, line.level, line.amount_fen, line.order) == (
        request.id,
        "headquarters",
        9_900,
        order_of(hq).number,
    )
    with pytest.raises(Refusal, match="reason_missing"):
        decide(hq.store, request.id, approved=False, reason=" ", by="Chen", at=NOW)
    with pytest.raises(Refusal, match="approval_outdated"):
        decide(hq.store, request.id, approved=True, reason="", by="Chen", at=NOW, subject_hash="0" * 64)
    made = decide(hq.store, request.id, approved=True, reason="ok", by="Chen", at=NOW, subject_hash=line.subject_hash)
    again = decide(hq.store, request.id, approved=True, reason="ok", by="Chen", at=NOW)
    assert again.id == made.id
    assert len(hq.rows(ApprovalDecision)) == 1
    assert (order_of(hq).state, waiting(hq.store)) == (State.IN_PROGRESS, [])
    with pytest.raises(Refusal, match="approval_decided"):
        decide(hq.store, request.id, approved=False, reason="no", by="Chen", at=NOW)
    assert [one.person_name for one in hq.rows(TimelineEntry, action="decide_approval")] == ["HQ · Chen"]


def test_the_decision_of_headquarters_reaches_the_station(hq, asked):
    request = asked(days_over=45)
    decide(hq.store, request.id, approved=False, reason="no", by="Chen", at=NOW)
    device = hq.device()
    found = [line for line in device.everything().values() if line.entity == "approval_decision"]
    assert len(found) == 1


def test_nobody_answers_in_time_and_it_goes_up_once_a_level(hq, asked):
    request = asked(kind="over_limit", amount_fen=100)
    assert request.level is ApprovalLevel.STATION_LEAD
    late = request.answer_by + timedelta(seconds=1)
    assert escalate(hq.store, request.answer_by) == 0
    assert escalate(hq.store, late) == 1
    assert escalate(hq.store, late) == 0
    (raised,) = hq.rows(ApprovalRequest)
    assert (raised.level, raised.escalations, raised.answer_by) == (ApprovalLevel.BRANCH, 1, late + timedelta(hours=48))
    assert escalate(hq.store, late + timedelta(hours=49)) == 1
    assert escalate(hq.store, late + timedelta(days=99)) == 0
    levels = sorted(one.detail["level"] for one in hq.rows(TimelineEntry, action="approval_escalated"))
    assert levels == ["branch", "headquarters"]


def test_what_went_up_is_no_longer_the_branches(hq, asked):
    request = asked(kind="over_limit", amount_fen=20_100)
    escalate(hq.store, request.answer_by + timedelta(hours=1))
    branch = hq.device(world.BRANCH)
    args = {"order_id": world.ORDER, "request_id": request.id, "approved": True, "subject_hash": request.subject_hash}
    answer = branch.one(branch.do("decide_approval", args, user=world.MANAGER))
    assert (answer.outcome, answer.code) == ("parked", "approval_above_level")
    assert not hq.rows(ApprovalDecision)


def test_the_desk_over_the_api_needs_its_right(hq, asked):
    request = asked(days_over=45)
    with hq.store.writing() as connection:
        keys = {right: issue_api_key(connection, right, [right], NOW) for right in ("approve", "intake")}
    head = {"X-API-Key": keys["approve"]}
    assert hq.client.get("/v1/approvals", headers={"X-API-Key": keys["intake"]}).json()["code"] == "right_missing"
    (line,) = hq.client.get("/v1/approvals", params={"level": "headquarters"}, headers=head).json()["requests"]
    path = f"/v1/approvals/{request.id}/decide"
    wrong = hq.client.post(path, json={"approved": True, "subject_hash": "0" * 64}, headers=head)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "approval_outdated")
    good = hq.client.post(path, json={"approved": True, "subject_hash": line["subject_hash"]}, headers=head)
    assert good.json()["approved"] is True
    assert hq.rows(ApprovalDecision)[0].decided_by == "HQ · approve"
    gone = f"/v1/approvals/{world.an_id('none')}/decide"
    assert hq.client.post(gone, json={"approved": True}, headers=head).json()["code"] == "approval_unknown"


def test_headquarters_asks_back_and_decides_what_comes_up_again(hq, asked):
    request = asked(days_over=45, amount_fen=9_900)
    with pytest.raises(Refusal, match="reason_missing"):
        ask_back(hq.store, request.id, question=" ", by="Chen", at=NOW)
    with pytest.raises(Refusal, match="approval_outdated"):
        ask_back(hq.store, request.id, question="照片？", by="Chen", at=NOW, subject_hash="0" * 64)
    made = ask_back(hq.store, request.id, question="照片？", by="Chen", at=NOW)
    assert ask_back(hq.store, request.id, question="照片？", by="Chen", at=NOW).id == made.id
    with pytest.raises(Refusal, match="approval_asked_back"):
        ask_back(hq.store, request.id, question="还有？", by="Chen", at=NOW)
    (line,) = waiting(hq.store)
    assert (line.question, line.answer_by) == ("照片？", None)
    assert escalate(hq.store, NOW + timedelta(days=99)) == 0, "it lies with the station"
    device = hq.device()
    seen = [line.entity for line in device.everything().values()]
    assert "approval_question" in seen, "the station sees it"
    args = {"order_id": world.ORDER, "request_id": request.id, "answer": "已补", "amount_fen": 9_000}
    assert device.one(device.do("answer_question", args)).outcome == "applied"
    (again,) = waiting(hq.store)
    assert (again.question, again.amount_fen, again.level) == ("", 9_000, "headquarters")
    assert again.subject_hash != line.subject_hash and again.answer_by is not None
    with pytest.raises(Refusal, match="approval_outdated"):
        decide(hq.store, request.id, approved=True, reason="", by="Chen", at=NOW, subject_hash=line.subject_hash)
    decide(hq.store, request.id, approved=True, reason="", by="Chen", at=NOW, subject_hash=again.subject_hash)
    with pytest.raises(Refusal, match="approval_decided"):
        ask_back(hq.store, request.id, question="?", by="Chen", at=NOW)
    said = [one.detail.get("reason") for one in hq.rows(TimelineEntry, action="ask_back")]
    assert said == ["照片？"]


def test_the_branch_asks_back_and_an_answer_after_the_decision_waits_for_a_person(hq, asked):
    request = asked(kind="over_limit", amount_fen=30_000)
    branch, station = hq.device(world.BRANCH), hq.device()
    (held,) = hq.rows(ApprovalRequest)
    question = {"order_id": world.ORDER, "request_id": request.id, "question": "为何超限？"}
    made = branch.do("ask_back", question | {"subject_hash": held.subject_hash}, user=world.MANAGER)
    assert branch.one(made).outcome == "applied"
    (held,) = hq.rows(ApprovalRequest)
    decided = {"order_id": world.ORDER, "request_id": request.id, "approved": False, "reason": "不同意"}
    with work(hq.store) as doing:
        seen = hash_now(doing.view(world.BRANCH), held)
    assert branch.one(branch.do("decide_approval", decided | {"subject_hash": seen}, user=world.MANAGER)).code is None
    late = station.one(
        station.do("answer_question", {"order_id": world.ORDER, "request_id": request.id, "answer": "x"})
    )
    assert (late.outcome, late.code) == ("parked", "move_not_allowed")
    assert hq.rows(ApprovalQuestion)[0].answer is None
    assert len(hq.rows(ApprovalDecision)) == 1


def test_asking_back_over_the_api(hq, asked):
    request = asked(days_over=45)
    with hq.store.writing() as connection:
        key = issue_api_key(connection, "approve", ["approve"], NOW)
    head, path = {"X-API-Key": key}, f"/v1/approvals/{request.id}/ask-back"
    assert hq.client.post(path, json={"question": ""}, headers=head).status_code == 400
    assert hq.client.post(path, json={"question": "x", "subject_hash": "0" * 64}, headers=head).status_code == 409
    sent = hq.client.post(path, json={"question": "发票？", "by": "Chen"}, headers=head)
    assert (sent.status_code, sent.json()["question"]) == (200, "发票？")
    assert hq.rows(ApprovalQuestion)[0].asked_by == "HQ · Chen"


def test_the_books_find_a_question_that_is_none_and_an_answer_that_led_nowhere(hq, asked):
    request = asked(days_over=45)
    ask_back(hq.store, request.id, question="照片？", by="Chen", at=NOW)

    def wrong() -> list[str]:
        with work(hq.store) as doing:
            findings = Findings()
            prove_approvals(doing.view(world.BRANCH), findings)
        return [problem.what for problem in findings.problems]

    assert wrong() == []
    with work(hq.store) as doing:
        rows = doing.rows(world.BRANCH)
        rows.put(msgspec.structs.replace(rows.find(ApprovalQuestion)[0], answer="已补", answered_at=NOW))
    assert wrong() == ["its open question is none", "answers that did not bring it up again"]
