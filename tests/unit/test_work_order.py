"""The table of moves: every state is reached and left, holds return, and nothing else is possible."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.refusals import Refusal
from core.roles import Role
from core.work_order import ENDED, HOLDS, MOVES, OPEN_AT_STATION, State, apply, possible, roles_for

LATER = {State.EXCHANGED, State.REFUND_PROPOSED, State.WAITING_INSPECTION, State.RECALLED, State.NEW}


def reachable() -> set[State]:
    """Every state that the moves lead to from a new order; a hold returns to any of its sources."""
    found, last = {State.NEW}, set()
    while found != last:
        last = set(found)
        for move in MOVES:
            if move.sources & found and move.target:
                found.add(move.target)
    return found


def test_every_state_is_reached_but_those_of_actions_still_to_come() -> None:
    assert set(State) - reachable() <= LATER


def test_only_closed_and_cancelled_orders_stay_where_they_are() -> None:
    left = {source for move in MOVES for source in move.sources}
    assert set(State) - left == {State.CLOSED}


@given(st.sampled_from(State), st.sampled_from([move.action for move in MOVES]))
def test_apply_and_possible_agree(state: State, action: str) -> None:
    if possible(state, action):
        after, held = apply(state, State.SCHEDULED if state in HOLDS else None, action)
        assert (held == state) == (after in HOLDS)
    else:
        with pytest.raises(Refusal) as caught:
            apply(state, None, action)
        assert caught.value.facts == {"state": state.value, "action": action}


@given(st.sampled_from([move for move in MOVES if move.target in HOLDS]), st.data())
def test_a_hold_returns_to_the_state_it_left(move: object, data: st.DataObject) -> None:
    state = data.draw(st.sampled_from(sorted(move.sources)))  # type: ignore[attr-defined]
    hold, held_from = apply(state, None, move.action)  # type: ignore[attr-defined]
    back = "decide_approval" if hold is State.WAITING_APPROVAL else "resume_work"
    assert apply(hold, held_from, back) == (state, None)


def test_a_hold_that_forgot_its_origin_returns_to_work() -> None:
    assert apply(State.WAITING_PARTS, None, "resume_work") == (State.IN_PROGRESS, None)


def test_an_unknown_move_is_not_possible() -> None:
    assert not possible(State.NEW, "fly")


def test_technicians_dispatch_nothing_and_branches_repair_nothing() -> None:
    assert Role.TECHNICIAN not in roles_for("dispatch_order")
    assert Role.BRANCH_MANAGER not in roles_for("complete_order")
    assert not OPEN_AT_STATION & ENDED
