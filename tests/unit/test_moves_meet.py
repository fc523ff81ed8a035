"""Moves of one order that meet: whatever two people did, where it is and how it stands there never contradict."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

import msgspec
import pytest

from core import operations
from core.ids import derive
from core.merge import Change, Clash, base_of, merge_all
from core.operations import contests, kernel
from core.operations.operation import Operation
from core.owners import Side, side_of
from core.refusals import Refusal
from core.roles import Role
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.people import Person, Place
from core.rows.sync import Conflict
from core.work_order import HOLDS, OPEN_AT_STATION, State
from hq.books.trade import impossible
from hq.sample.memory import MemoryRows
from tests.unit import world as w
from tests.unit.world import a_unit, a_world, an_id, an_operation, an_order, person

S = State
THERE = an_id("technician there")
AT_NO_STATION = (S.OFFERED_BRANCH, S.AT_BRANCH)
STATES = (*AT_NO_STATION, S.OFFERED_STATION, S.DECLINED, *sorted(OPEN_AT_STATION))
VISIT = {"begins_at": w.NOW + timedelta(hours=2), "ends_at": w.NOW + timedelta(hours=4)}


class Doing(NamedTuple):
    """A move, what it is given, and who makes it."""

    action: str
    args: dict[str, Any]
    user: str
    place: str


def _moves() -> tuple[Doing, ...]:
    of_branch: dict[str, Any] = {
        "accept_at_branch": {},
        "recall_order": {"reason": "改派"},
        "cancel_order": {"reason": "客户取消"},
    }
    of_station: dict[str, Any] = {
        "accept_order": {},
        "decline_order": {"reason": "太远"},
        "book_visit": VISIT,
        "start_work": {},
    }
    of_station |= {action: {} for action in ("wait_for_parts", "wait_for_customer", "resume_work", "finish_repair")}
    given = [Doing("dispatch_order", {"station_id": to}, w.MANAGER, w.BRANCH) for to in (w.STATION, w.OTHER_STATION)]
    taken = [Doing(action, args, w.MANAGER, w.BRANCH) for action, args in of_branch.items()]
    places = ((w.TECHNICIAN, w.STATION), (THERE, w.OTHER_STATION))
    worked = [Doing(action, args, *at) for action, args in of_station.items() for at in places]
    return (*given, *taken, *worked)


MOVES = _moves()


class Held(NamedTuple):
    """The order and its unit, as one end has them."""

    order: WorkOrder
    unit: OrderUnit


def as_at(state: State) -> Held:
    """The order as it is in a state, at the first station or at none."""
    station = None if state in AT_NO_STATION else w.STATION
    accepted = w.NOW - timedelta(hours=1) if state in OPEN_AT_STATION else None
    held_from = S.IN_PROGRESS if state in HOLDS else None
    technician = w.TECHNICIAN if accepted else None
    order = an_order(
        state=state, station_id=station, accepted_at=accepted, held_from=held_from, technician_id=technician
    )
    return Held(order, a_unit(station_id=station))


EVERYBODY = [
    row for kind in (Place, Person) for row in a_world(person(THERE, w.OTHER_STATION, Role.TECHNICIAN)).find(kind)
]


def rows_with(held: Held, *more: Any) -> MemoryRows:
    """Everybody, and the order as it is held."""
    rows = MemoryRows()
    for row in (*EVERYBODY, *held, *more):
        rows.put(row)
    return rows


def held_in(rows: MemoryRows) -> Held:
    """The order and its unit."""
    (order,), (unit,) = rows.find(WorkOrder), rows.find(OrderUnit)
    return Held(order, unit)


def made(doing: Doing, seen: Held, label: str) -> tuple[Operation, Held]:
    """The operation with what its maker had seen, and what they have afterwards; raises its Refusal."""
    args = {"order_id": w.ORDER} | doing.args
    operation = an_operation(doing.action, args, user=doing.user, place=doing.place, label=label)
    after = replayed(operation, seen)
    return msgspec.structs.replace(operation, base=base_of(map(Change, seen, after))), after


def replayed(operation: Operation, held: Held) -> Held:
    """Checked and performed on what is held; raises its Refusal."""
    rows = rows_with(held)
    action = operations.action_named(operation.action)
    args = kernel.decode_args(action, operation.args)
    action.check(args, operation, rows)
    kernel.perform(action, args, operation, rows)
    return held_in(rows)


@cache
def after_moves(start: Held, most: int) -> tuple[Held, ...]:
    """What HQ may hold after up to ``most`` moves of anybody, each once."""
    found = {start: None}
    for doing in MOVES if most else ():
        try:
            _, after = made(doing, start, f"before {most}")
        except Refusal:
            continue
        found |= dict.fromkeys(after_moves(after, most - 1))
    return tuple(found)


def arrived(operation: Operation, at_hq: Held, side: Side = Side.HQ) -> tuple[Held, Held, list[Clash]] | None:
    """What the replay made of HQ's rows, what the merge did, and what clashed; None when it is not merged by field."""
    order = at_hq.order
    if contests.is_moot(operation.action, order, operation.place):
        return None
    if contests.is_contested(operation.action, order, operation):
        return None  # HQ's order stays as it is: test_contests
    try:
        after = replayed(operation, at_hq)
    except Refusal:
        return None
    arriving = side_of(operation.place, w.BRANCH)
    merged = [one for _, one in merge_all(map(Change, at_hq, after), operation.base, arriving, lambda *_: side)]
    return after, Held(*(one.row for one in merged)), [clash for one in merged for clash in one.clashes]  # type: ignore[arg-type]


def where(order: WorkOrder) -> tuple[State, str | None]:
    """How an order stands, and where."""
    return order.state, order.station_id


def _of_offer(order: WorkOrder) -> tuple[Any, ...]:
    return order.technician_id, order.offered_at, order.decline_reason


def conflict_of(clash: Clash, shown_at: str = w.BRANCH) -> Conflict:
    """The clash as HQ keeps it."""
    return Conflict(
        id=derive(w.SEED, f"clash {clash.field}"), branch_id=w.BRANCH, place_id=shown_at, entity="work_order",
        row_id=w.ORDER, order_id=w.ORDER, field=clash.field, base=clash.base, hq_value=clash.hq_value,
        place_value=clash.place_value, stands=clash.stands, also=dict(clash.also), hq_also=dict(clash.hq_also),
        operation_id=an_id("op"), person_id=w.MANAGER, at=w.NOW,
    )  # fmt: skip


def meetings(state: State, most: int) -> Iterator[tuple[Operation, Held]]:
    """Every move that is possible from one base, with everything that HQ may hold by the time it arrives."""
    start = as_at(state)
    for doing in MOVES:
        try:
            operation, _ = made(doing, start, "arriving")
        except Refusal:
            continue
        for at_hq in after_moves(start, most):
            yield operation, at_hq


@pytest.mark.parametrize("holder", list(Side))
@pytest.mark.parametrize("state", STATES)
def test_a_merge_leaves_an_order_whole(state: State, holder: Side) -> None:
    """Its place and its state are both HQ's or both of the move; what does not stand can be read in the conflict."""
    assert impossible(as_at(state).order, None) == []
    for operation, at_hq in meetings(state, 3):
        found = arrived(operation, at_hq, holder)
        if found is None:
            continue
        after, merged, clashes = found
        assert impossible(merged.order, None) == []
        assert where(merged.order) in (where(at_hq.order), where(after.order))
        given = [clash for clash in clashes if clash.field == "station_id"]
        stays = merged.order.station_id != after.order.station_id
        assert merged.unit.station_id == (at_hq if stays else after).unit.station_id
        assert stays == any(clash.stands == "hq" for clash in given)
        if given:
            whole = at_hq if stays else after
            assert _of_offer(merged.order) == _of_offer(whole.order)
        for clash in given:
            assert (clash.hq_value, clash.place_value) == (at_hq.order.station_id, after.order.station_id)
            assert clash.hq_also["state"] == at_hq.order.state
            assert clash.also["state"] == after.order.state


@pytest.mark.parametrize("holder", list(Side))
def test_a_pick_leaves_an_order_whole(holder: Side) -> None:
    """Either value can be picked while nothing has happened since; afterwards only what stands by then, by name."""
    kept: dict[bytes, tuple[Conflict, set[Held]]] = {}
    for state in (S.DECLINED, S.ACCEPTED):
        for operation, at_hq in meetings(state, 3):
            _, merged, clashes = arrived(operation, at_hq, holder) or (None, at_hq, [])
            for clash in clashes:
                if clash.field == "station_id":
                    conflict = conflict_of(clash)
                    kept.setdefault(msgspec.json.encode(conflict), (conflict, set()))[1].add(merged)
    assert kept
    for conflict, helds in kept.values():
        for held in helds:
            for later in after_moves(held, 1):
                _pick_each(conflict, held, later)


def _pick_each(conflict: Conflict, held: Held, later: Held) -> None:
    moved_on = where(later.order) != where(held.order)
    stands = conflict.hq_value if conflict.stands == "hq" else conflict.place_value
    for value, also in ((conflict.hq_value, conflict.hq_also), (conflict.place_value, conflict.also)):
        rows = rows_with(later, conflict)
        if value == stands:
            _pick(rows, conflict, value)
            assert held_in(rows) == later
        elif moved_on:
            with pytest.raises(Refusal) as caught:
                _pick(rows, conflict, value)
            assert caught.value.code == "move_not_allowed"
        else:
            _pick(rows, conflict, value)
            order, unit = held_in(rows)
            assert impossible(order, None) == []
            assert where(order) == ((also or {})["state"], value)
            assert unit.station_id == (value or later.unit.station_id)


def _pick(rows: MemoryRows, conflict: Conflict, value: str | None) -> None:
    w.do(rows, "pick_value", {"conflict_id": conflict.id, "value": value}, user=w.MANAGER)


def test_where_an_order_is_is_the_branchs_to_pick() -> None:
    operation, _ = made(MOVES[1], as_at(S.DECLINED), "given")
    found = arrived(operation, as_at(S.AT_BRANCH))
    assert found is not None
    (clash,) = found[2]
    rows = rows_with(as_at(S.AT_BRANCH), conflict_of(clash, shown_at=w.STATION))
    with pytest.raises(Refusal) as caught:
        w.do(rows, "pick_value", {"conflict_id": conflict_of(clash).id, "value": None}, user=w.LEAD)
    assert caught.value.code == "pick_is_the_branchs"


def test_the_books_find_an_order_that_stands_where_it_is_not() -> None:
    assert impossible(an_order(state=S.OFFERED_STATION, station_id=None), None) == ["no station"]
    assert impossible(an_order(state=S.AT_BRANCH, station_id=w.STATION), None) == ["at a station"]
