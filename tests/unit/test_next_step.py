"""The table of next steps: one right thing for every state and side, and never an action the moves refuse."""

import pytest

from app.queries.next_step import STEPS, Situation, next_step, step_states
from core import work_order
from core.work_order import AT_WORK, State

WORKED = Situation("station", State.IN_PROGRESS, started=True)
JUDGED = WORKED._replace(identified=True, judged=True)
READY = JUDGED._replace(coded=True, signed=True)


@pytest.mark.parametrize(
    ("situation", "action"),
    [
        (Situation("station", State.OFFERED_STATION), "accept_order"),
        (Situation("station", State.ACCEPTED), "book_visit"),
        (Situation("station", State.ACCEPTED, on_site=False), "start_work"),
        (Situation("station", State.SCHEDULED), "start_work"),
        (WORKED, "identify_unit"),
        (WORKED._replace(identified=True), "judge_warranty"),
        (JUDGED._replace(covered=False, days_over=11), "ask_approval"),
        (JUDGED._replace(covered=False, days_over=31), "code_fault"),
        (JUDGED._replace(covered=False, days_over=11, asked=True), "code_fault"),
        (JUDGED, "code_fault"),
        (JUDGED._replace(coded=True), "sign_quotation"),
        (READY._replace(needs_part=True), "use_part"),
        (READY._replace(untagged=1), "tag_old_part"),
        (READY._replace(errors=1), "mend"),
        (READY, "complete_order"),
        (READY._replace(state=State.REPAIRED), "complete_order"),
        (WORKED._replace(state=State.WAITING_APPROVAL), "sign_quotation"),
        (WORKED._replace(state=State.WAITING_APPROVAL, signed=True), ""),
        (WORKED._replace(state=State.WAITING_APPROVAL, asked=True, asked_back=True), "answer_question"),
        (WORKED._replace(state=State.WAITING_PARTS), "resume_work"),
        (Situation("branch", State.AT_BRANCH), "dispatch_order"),
        (Situation("branch", State.OFFERED_BRANCH), "accept_at_branch"),
        (Situation("branch", State.WAITING_APPROVAL), "decide_approval"),
        (Situation("", State.IN_PROGRESS), ""),
        (Situation("station", State.COMPLETED), ""),
    ],
)
def test_the_next_right_thing(situation, action):
    assert next_step(situation).action == action


MOVES = {move.action for move in work_order.MOVES}


@pytest.mark.parametrize("side", ["station", "branch", ""])
@pytest.mark.parametrize("state", list(State))
def test_no_button_offers_a_move_that_the_state_refuses(side, state):
    for flags in range(2**7):
        bits = [bool(flags >> n & 1) for n in range(7)]
        names = ("identified", "judged", "covered", "asked", "coded", "signed", "lead")
        situation = Situation(side, state, days_over=3, **dict(zip(names, bits, strict=True)))
        found = next_step(situation)
        for action in (found.action, *found.others):
            assert action not in MOVES or work_order.possible(state, action), (situation, action)
        assert found.step in (*STEPS, "")


def test_only_a_person_who_may_act_is_offered_anything():
    assert all(next_step(Situation("", state)) == next_step(Situation("", state, lead=True)) for state in State)
    assert all(next_step(Situation("", state)).others == () for state in State)


def test_a_lead_may_hand_the_order_to_a_technician():
    assert "assign_technician" in next_step(WORKED._replace(lead=True)).others
    assert "assign_technician" not in next_step(WORKED).others
    assert "assign_technician" not in next_step(Situation("station", State.OFFERED_STATION, lead=True)).others


def test_goodwill_is_asked_once_and_only_while_at_work():
    over = JUDGED._replace(covered=False, days_over=11)
    assert [next_step(over._replace(state=state)).action for state in AT_WORK] == ["ask_approval"] * len(AT_WORK)
    assert "ask_approval" not in (repaired := next_step(over._replace(state=State.REPAIRED))).others
    assert repaired.action != "ask_approval"


def test_the_steps_show_what_is_done_and_where_one_stands():
    steps = step_states(JUDGED, next_step(JUDGED).step)
    assert dict(zip(STEPS, steps, strict=True)) == {
        "accept": "done", "visit": "done", "identify": "done", "verdict": "done",
        "repair": "current", "sign": "todo", "done": "todo",
    }  # fmt: skip
    finished = READY._replace(state=State.COMPLETED)
    assert set(step_states(finished, next_step(finished).step)) == {"done"}
