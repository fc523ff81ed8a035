"""Orders that one side takes back while the other works on them: never a silent winner, the branch picks."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from core.approvals import is_edited, standing, subject_hash
from core.operations import contests, resolve
from core.operations.operation import Trust
from core.refusals import Refusal
from core.rows.orders import ApprovalDecision, ApprovalKind, ApprovalRequest, OrderUnit, TimelineEntry, Visit, WorkOrder
from core.rows.people import Person
from core.rows.settlement import StatementLine
from core.rows.sync import Conflict
from core.work_order import BEGUN, CONTESTED, DONE, ENDED, MOVES, WORK_MOVES, State
from tests.unit import world as w
from tests.unit.world import a_unit, a_world, an_id, an_operation, an_order, do, identified

S = State
BASE = f"work_order/{w.ORDER}"


def an_act(action: str, seen: object = None, *, user: str = w.TECHNICIAN, **fields: Any) -> Any:
    """An operation whose maker saw the order in that state."""
    base = {BASE: {"state": seen}} if seen else {}
    return an_operation(action, {"order_id": w.ORDER}, user=user, base=base, **fields)


@pytest.mark.parametrize("action", sorted(WORK_MOVES))
def test_work_on_a_cancelled_order_is_contested(action: str) -> None:
    assert contests.is_contested(action, an_order(state=S.CANCELLED), an_act(action, S.ACCEPTED))
    assert not contests.is_contested(action, an_order(state=S.CANCELLED), an_act(action)), "it changes no state"
    assert not contests.is_contested(action, an_order(state=S.DECLINED), an_act(action, S.ACCEPTED))


@pytest.mark.parametrize("state", list(S))
def test_what_a_branch_takes_back_is_contested_once_work_has_begun(state: State) -> None:
    for action, states in (("cancel_order", BEGUN | DONE), ("recall_order", BEGUN)):
        act = an_act(action, S.ACCEPTED, user=w.MANAGER)
        assert contests.is_contested(action, an_order(state=state), act) == (state in states)


def test_moves_that_are_possible_are_never_contested() -> None:
    for move in MOVES:
        assert not move.sources & CONTESTED.get(move.action, frozenset())


@pytest.mark.parametrize(("state", "open_still"), [(S.AT_BRANCH, True), (S.CANCELLED, True), (S.SETTLED, False)])
def test_an_order_that_has_left_is_contested_while_it_is_open(state: State, open_still: bool) -> None:
    order = an_order(state=state, station_id=w.OTHER_STATION)
    assert contests.is_contested("start_work", order, an_act("start_work", S.ACCEPTED)) == open_still
    assert not contests.is_contested("decline_order", order, an_act("decline_order", S.ACCEPTED))


def test_what_has_come_about_is_moot() -> None:
    assert contests.is_moot("cancel_order", an_order(state=S.CANCELLED), w.BRANCH)
    assert contests.is_moot("decline_order", an_order(state=S.AT_BRANCH, station_id=None), w.STATION)
    assert not contests.is_moot("decline_order", an_order(state=S.OFFERED_STATION), w.STATION)


def worked_on(order: WorkOrder, action: str, seen: State, state: State, *before: Conflict, **fields: Any) -> Conflict:
    """What becomes of a move made on ``seen`` while HQ holds ``order``."""
    act = an_act(action, seen, label=action)
    going_on = contests.open_contest(a_world(*before), order, act)
    found = contests.as_seen(order, act, going_on)
    assert found.state is seen
    return contests.contest_of(order, msgspec.structs.replace(found, state=state, **fields), act, going_on)


def test_a_station_goes_on_with_its_own_side_of_the_conflict() -> None:
    order = an_order(state=S.CANCELLED, result="客户取消", technician_id=None)
    first = worked_on(order, "accept_order", S.OFFERED_STATION, S.ACCEPTED, technician_id=w.TECHNICIAN)
    assert (first.base, first.hq_value, first.place_value) == (S.OFFERED_STATION, S.CANCELLED, S.ACCEPTED)
    assert first.also == {"technician_id": w.TECHNICIAN, "result": None, "held_from": None}
    second = worked_on(order, "start_work", S.ACCEPTED, S.IN_PROGRESS, first, started_at=w.NOW)
    assert (second.id, second.place_value, second.base) == (first.id, S.IN_PROGRESS, S.OFFERED_STATION)
    assert set(second.also or {}) == {"technician_id", "result", "held_from", "started_at"}
    other = worked_on(order, "start_work", S.SCHEDULED, S.IN_PROGRESS, first)
    assert other.id != first.id, "another device's work begins a conflict of its own"


def test_a_fact_is_judged_on_the_places_own_side() -> None:
    order = an_order(state=S.AT_BRANCH, station_id=None)
    conflict = worked_on(order, "start_work", S.ACCEPTED, S.IN_PROGRESS)
    fact = an_act("add_note")
    seen = contests.as_seen(order, fact, contests.open_contest(a_world(conflict), order, fact))
    assert (seen.state, seen.station_id) == (S.IN_PROGRESS, w.STATION)
    taken_back = msgspec.structs.replace(conflict, place_value=S.CANCELLED)
    assert contests.open_contest(a_world(taken_back), order, fact) is None


def test_a_conflict_that_the_branch_makes_is_shown_to_the_station_too() -> None:
    act = an_act("cancel_order", S.ACCEPTED, user=w.MANAGER)
    assert contests.station_of(an_order(), act) == w.STATION
    assert contests.station_of(an_order(station_id=None), act) == w.BRANCH
    assert contests.state_seen(an_order(), an_act("start_work", "nowhere")) is None


def the_conflict(**fields: Any) -> Conflict:
    """Completed here, cancelled there."""
    values: dict[str, Any] = {
        "id": an_id("contest"), "branch_id": w.BRANCH, "place_id": w.STATION, "entity": "work_order",
        "row_id": w.ORDER, "order_id": w.ORDER, "field": "state", "base": "in_progress", "hq_value": "cancelled",
        "place_value": "completed", "operation_id": an_id("op"), "person_id": w.TECHNICIAN, "at": w.NOW,
        "also": {"result": "换板", "completed_at": "2026-11-20T02:00:00Z", "station_id": w.STATION},
    }  # fmt: skip
    return Conflict(**(values | fields))


def pick(rows: Any, value: object, user: str = w.MANAGER) -> WorkOrder:
    """The order after a pick."""
    do(rows, "pick_value", {"conflict_id": an_id("contest"), "value": value}, user=user)
    found = rows.get(WorkOrder, w.ORDER)
    assert found is not None
    return found


def refused(rows: Any, value: object, user: str = w.MANAGER) -> str:
    """The code of a pick that is refused."""
    with pytest.raises(Refusal) as caught:
        pick(rows, value, user)
    return caught.value.code


def test_the_branch_picks_the_work() -> None:
    rows = a_world(
        an_order(state=S.CANCELLED, station_id=None, result="客户取消"), the_conflict(), a_unit(station_id=None)
    )
    assert refused(rows, "completed", w.LEAD) == "pick_is_the_branchs"
    order = pick(rows, "completed")
    assert (order.state, order.result, order.completed_at, order.station_id) == (S.COMPLETED, "换板", w.NOW, w.STATION)
    assert rows.find(OrderUnit, order_id=w.ORDER)[0].station_id == w.STATION
    (settled,) = rows.find(Conflict)
    assert (settled.picked, settled.picked_by_name, settled.picked_at) == ("completed", "李伟", w.NOW)


def test_the_branch_leaves_it_as_hq_has_it() -> None:
    rows = a_world(an_order(state=S.CANCELLED, result="客户取消"), the_conflict())
    order = pick(rows, "cancelled")
    assert (order.state, order.result) == (S.CANCELLED, "客户取消")


CANCELLING = {"hq_value": "in_progress", "place_value": "cancelled", "also": {"result": "客户取消"}}


def test_a_cancellation_can_be_picked_of_work_that_went_on_meanwhile() -> None:
    rows = a_world(an_order(state=S.COMPLETED, completed_at=w.NOW, result="换板"), the_conflict(**CANCELLING))
    order = pick(rows, "cancelled")
    assert (order.state, order.completed_at, order.result) == (S.CANCELLED, None, "客户取消")


def test_what_money_has_moved_on_is_not_taken_back() -> None:
    rows = a_world(an_order(state=S.SETTLED), the_conflict(**CANCELLING))
    assert refused(rows, "cancelled") == "move_not_allowed"
    line = StatementLine(
        id=an_id("line"), branch_id=w.BRANCH, station_id=w.STATION, statement_id="s", claim_id="c", order_id=w.ORDER,
        kind="labour", amount_fen=1, tariff="t",
    )  # fmt: skip
    rows = a_world(an_order(state=S.VERIFIED), the_conflict(**CANCELLING), line)
    assert refused(rows, "cancelled") == "claim_in_statement"


def test_work_is_not_picked_of_an_order_that_went_another_way() -> None:
    rows = a_world(an_order(state=S.CLOSED), the_conflict(also=None))
    assert refused(rows, "completed") == "move_not_allowed"
    assert refused(rows, "repaired") == "arguments_invalid"


def test_the_second_pick_is_told_who_was_first() -> None:
    rows = a_world(an_order(state=S.CANCELLED), the_conflict(), w.person(w.MANAGER, w.BRANCH, *_roles()))
    pick(rows, "cancelled")
    with pytest.raises(Refusal) as caught:
        pick(rows, "completed")
    assert (caught.value.code, caught.value.facts) == ("conflict_not_open", {"by": "李伟", "value": "cancelled"})
    with pytest.raises(Refusal) as caught:
        do(rows, "pick_value", {"conflict_id": an_id("none"), "value": 1}, user=w.MANAGER)
    assert caught.value.facts == {"by": "—", "value": None}


def _roles() -> tuple[Any, ...]:
    from core.roles import Role

    return (Role.BRANCH_MANAGER,)


def test_what_goes_with_a_value_is_picked_with_it() -> None:
    unit = identified(scan_id="s1")
    fields: dict[str, Any] = {
        "entity": "order_unit", "row_id": w.UNIT, "field": "serial", "hq_value": unit.serial, "place_value": "NEW1",
        "also": {"scan_id": "s2"}, "hq_also": {"scan_id": "s1"},
    }  # fmt: skip
    for value, scan in (("NEW1", "s2"), (unit.serial, "s1"), ("THIRD", "s1")):
        rows = a_world(unit, the_conflict(**fields))
        do(rows, "pick_value", {"conflict_id": an_id("contest"), "value": value}, user=w.LEAD)
        (after,) = rows.find(OrderUnit)
        assert (after.serial, after.scan_id) == (value, scan)
    assert not resolve.is_contest(the_conflict(**fields))


@pytest.mark.parametrize("state", list(S))
def test_what_an_ended_order_is_paid_by_is_the_branchs_to_pick(state: State) -> None:
    for field, value in (("serial", "NEW1"), ("condition", "轻微划痕")):
        about = {"entity": "order_unit", "row_id": w.UNIT, "field": field, "also": None, "place_value": value}
        rows = a_world(an_order(state=state), identified(), the_conflict(**about))
        if field == "serial" and state in ENDED:
            assert refused(rows, value, w.LEAD) == "pick_is_the_branchs"
            do(rows, "pick_value", {"conflict_id": an_id("contest"), "value": value}, user=w.MANAGER)
        else:
            do(rows, "pick_value", {"conflict_id": an_id("contest"), "value": value}, user=w.LEAD)
        assert getattr(rows.find(OrderUnit)[0], field) == value


def test_the_state_of_another_row_that_moved_on_stays_where_it_is() -> None:
    fields: dict[str, Any] = {"entity": "visit", "row_id": an_id("visit"), "hq_value": "moved", "place_value": "made"}
    for state, value, after in (("moved", "made", "made"), ("missed", "moved", "missed"), ("missed", "made", None)):
        visit = Visit(
            id=an_id("visit"), branch_id=w.BRANCH, station_id=w.STATION, order_id=w.ORDER, technician_id=w.TECHNICIAN,
            begins_at=w.NOW, ends_at=w.NOW, state=state,
        )  # fmt: skip
        rows = a_world(visit, the_conflict(**(fields | {"also": None})))
        if after is None:
            assert refused(rows, value) == "move_not_allowed"
        else:
            pick(rows, value)
            assert rows.find(Visit)[0].state == after


def test_a_pick_by_somebody_who_is_gone_stands_without_a_name() -> None:
    rows = a_world(an_order(state=S.CANCELLED), the_conflict())
    act = an_operation("pick_value", {"conflict_id": an_id("contest"), "value": "cancelled"}, user=an_id("gone"))
    resolve.pick(resolve.PickValue(conflict_id=an_id("contest"), value="cancelled"), act, rows)
    assert rows.get(Person, an_id("gone")) is None
    assert rows.find(Conflict)[0].picked_by_name == ""


def asked(rows: Any) -> ApprovalRequest:
    """A request about the unit as it is."""
    stands = subject_hash(rows, w.ORDER, ApprovalKind.GOODWILL, 0, 0)
    return ApprovalRequest(
        id=an_id("request"), branch_id=w.BRANCH, station_id=w.STATION, order_id=w.ORDER, kind=ApprovalKind.GOODWILL,
        rule="x", reason="x", subject_hash=stands, asked_by=w.TECHNICIAN, asked_at=w.NOW,
    )  # fmt: skip


def decided(request: ApprovalRequest, label: str, stands: str) -> ApprovalDecision:
    """An answer about exactly that."""
    return ApprovalDecision(
        id=an_id(label), branch_id=w.BRANCH, station_id=w.STATION, request_id=request.id, order_id=w.ORDER,
        approved=True, subject_hash=stands, decided_by=w.MANAGER, decided_at=w.NOW,
    )  # fmt: skip


def test_an_answer_stands_for_what_it_named() -> None:
    rows = a_world()
    request = asked(rows)
    answer = decided(request, "answer", request.subject_hash)
    assert (standing(rows, request, [answer]), is_edited(rows, request)) == ((answer, None), False)
    rows.put(a_unit(serial="ANOTHER"))
    assert (standing(rows, request, [answer]), is_edited(rows, request)) == ((None, answer), True)
    newer = decided(request, "newer", subject_hash(rows, w.ORDER, ApprovalKind.GOODWILL, 0, 0))
    foreign = msgspec.structs.replace(newer, request_id=an_id("other"))
    assert standing(rows, request, [answer, newer, foreign]) == (newer, answer)


def test_an_answer_about_an_older_version_moves_nothing() -> None:
    rows = a_world(an_order(state=S.WAITING_APPROVAL, held_from=S.IN_PROGRESS))
    request = asked(rows)
    rows.put(request)
    args = {"order_id": w.ORDER, "request_id": request.id, "approved": True, "subject_hash": "0" * 64}
    with pytest.raises(Refusal) as caught:
        do(rows, "decide_approval", args, user=w.MANAGER)
    assert caught.value.code == "approval_outdated"
    from core.operations import kernel
    from core.operations.decide_approval import ACTION

    act = an_operation("decide_approval", args, user=w.MANAGER)
    kernel.perform(ACTION, kernel.decode_args(ACTION, act.args), act, rows)
    assert rows.get(WorkOrder, w.ORDER).state is S.WAITING_APPROVAL  # type: ignore[union-attr]
    do(rows, "decide_approval", args | {"subject_hash": request.subject_hash}, user=w.MANAGER, label="again")
    assert rows.get(WorkOrder, w.ORDER).state is S.IN_PROGRESS  # type: ignore[union-attr]


def test_an_offer_that_timed_out_is_answered_in_time_only_by_a_trusted_clock_before_its_end() -> None:
    order = an_order(state=S.DECLINED, decline_reason=contests.TIMED_OUT, technician_id=None)
    rows = w.a_world(order)
    rows.put(
        TimelineEntry(
            id=w.an_id("expired"), branch_id=w.BRANCH, station_id=w.STATION, order_id=w.ORDER, action="expire_offer",
            person_id=None, at=w.NOW,
        )
    )  # fmt: skip

    def in_time(action: str = "accept_order", **fields: object) -> bool:
        base = {f"work_order/{w.ORDER}": {"state": "offered_station"}}
        made = w.an_operation(action, {"order_id": w.ORDER}, **({"base": base} | fields))
        return contests.answered_in_time(order, made, rows)

    early, late = w.NOW - timedelta(minutes=1), w.NOW + timedelta(minutes=1)
    assert in_time(made_at=early) and in_time(made_at=w.NOW)
    assert not in_time(made_at=late)
    assert not in_time(made_at=early, trust=Trust.UNTRUSTED)
    assert not in_time("decline_order", made_at=early)
    assert not in_time(made_at=early, place=w.OTHER_STATION)
    assert not in_time(made_at=early, base={})
    asked = w.an_operation(
        "accept_order", {"order_id": w.ORDER}, base={f"work_order/{w.ORDER}": {"state": "offered_station"}}
    )
    assert contests.is_contested("accept_order", order, asked)
    assert not contests.is_contested("decline_order", order, asked)
    assert contests.as_seen(order, asked, None).decline_reason is None
