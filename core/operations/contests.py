"""Moves of an order that exclude each other: cancelled or recalled at one side while the other side works on it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from core import work_order
from core.ids import derive
from core.merge import changed_fields, key_of
from core.operations.operation import Operation, Trust
from core.rows.access import Rows
from core.rows.orders import TimelineEntry, WorkOrder
from core.rows.sync import Conflict
from core.work_order import CONTESTED, MOOT, State

FIELD = "state"
#: A declined order's reason when nobody declined it: its station let the offer lie, and HQ took it back.
TIMED_OUT = "timed_out"
_TIMES = ("paused_at", "due_at")
PLACE = "station_id"
#: Values by which a branch takes an order back from whoever works on it, and the move that does.
TAKEN_BACK: dict[str, str] = {State.CANCELLED: "cancel_order", State.AT_BRANCH: "recall_order"}


def is_moot(action: str, order: WorkOrder, place_id: str) -> bool:
    """Whether the move wants what has already come about: nothing changes, nobody need look."""
    return order.state in MOOT.get(action, ()) or (action == "decline_order" and has_left(order, place_id))


def has_left(order: WorkOrder, place_id: str) -> bool:
    """Whether the order is no longer at the place (nor is the place its branch)."""
    return place_id not in (order.branch_id, order.station_id)


def is_timed_out(order: WorkOrder) -> bool:
    """Whether HQ took the order's offer back because its station did not answer in time."""
    return order.state is State.DECLINED and order.decline_reason == TIMED_OUT


def answered_in_time(order: WorkOrder, operation: Operation, rows: Rows) -> bool:
    """Whether this acceptance of an offer that has timed out was made before that, by a clock that can be trusted."""
    if operation.action != "accept_order" or not is_timed_out(order) or has_left(order, operation.place):
        return False
    ends = [entry.at for entry in rows.find(TimelineEntry, order_id=order.id) if entry.action == "expire_offer"]
    seen = state_seen(order, operation) is State.OFFERED_STATION
    return seen and operation.trust is Trust.TRUSTED and operation.made_at <= max(ends, default=operation.made_at)


def is_contested(action: str, order: WorkOrder, operation: Operation) -> bool:
    """Whether the move excludes what HQ holds, so that a person must choose between the two.

    An order that has left the place is contested by whatever takes it on or works on it, unless it has ended.
    """
    if state_seen(order, operation) is None:
        return False
    if has_left(order, operation.place):
        return action in work_order.WORK_MOVES and order.state not in work_order.ENDED - {State.CANCELLED}
    late = is_timed_out(order) and action in work_order.WORK_MOVES
    return late or order.state in CONTESTED.get(action, ())


def state_seen(order: WorkOrder, operation: Operation) -> State | None:
    """The state that the operation's maker saw; None when it changes none."""
    seen = operation.base.get(key_of(order), {}).get(FIELD)
    return State(seen) if seen in set(State) else None


def open_contest(rows: Rows, order: WorkOrder, operation: Operation) -> Conflict | None:
    """The open conflict whose place value this operation goes on from: the work of its own place."""
    seen = state_seen(order, operation)
    for found in rows.find(Conflict, order_id=order.id):
        mine = found.state == "open" and found.field == FIELD and found.place_id == operation.place
        if mine and (found.place_value == seen if seen else found.place_value not in TAKEN_BACK):
            return found
    return None


def as_seen(order: WorkOrder, operation: Operation, contest: Conflict | None) -> WorkOrder:
    """The order as the operation's maker had it: HQ's, with what this place has done to it since."""
    values: dict[str, Any] = {}
    if has_left(order, operation.place):
        values["station_id"] = operation.place
    if order.state is State.CANCELLED:
        values |= {"result": None, "ended_as": None}  # why it was cancelled is no result of the work
    if is_timed_out(order):
        values["decline_reason"] = None
    if contest is not None:
        values |= {**(contest.also or {}), FIELD: contest.place_value}
    seen = state_seen(order, operation)
    if seen is not None:
        values[FIELD] = seen.value
    return with_values(order, values)


def with_values(order: WorkOrder, values: Mapping[str, Any]) -> WorkOrder:
    """The order with other values, given as JSON builtins; raises ``msgspec.ValidationError``."""
    return msgspec.convert(msgspec.to_builtins(order) | dict(values), WorkOrder, strict=False)


def contest_of(order: WorkOrder, wanted: WorkOrder, operation: Operation, going_on: Conflict | None) -> Conflict:
    """The conflict between HQ's ``order`` and what the replay made of it; ``going_on``: its place's own so far."""
    changed = {field: values for field, values in changed_fields(order, wanted).items() if field != FIELD}
    hq_also, also = ({field: values[i] for field, values in changed.items()} for i in (0, 1))
    made: dict[str, Any] = {
        "place_value": wanted.state.value,
        "also": also | _following(wanted, order),
        "hq_also": hq_also | _following(order, wanted),
        "operation_id": operation.id,
        "person_id": operation.user,
        "at": operation.made_at,
    }
    if going_on is not None:
        return msgspec.structs.replace(going_on, **made)
    return Conflict(
        id=derive(operation.id, f"conflict work_order {order.id} {FIELD}"),
        branch_id=order.branch_id,
        place_id=station_of(order, operation),
        entity="work_order",
        row_id=order.id,
        order_id=order.id,
        field=FIELD,
        base=state_seen(order, operation),
        hq_value=order.state.value,
        stands="hq",
        **made,
    )


def _following(order: WorkOrder, other: WorkOrder) -> dict[str, Any]:
    """The fields that go by the state, as JSON builtins; times only where they differ."""
    values, others = msgspec.to_builtins(order), msgspec.to_builtins(other)
    times = {field: values[field] for field in _TIMES if values[field] != others[field]}
    return {"held_from": values["held_from"]} | times


def station_of(row: object, operation: Operation) -> str:
    """The place beside the branch that shall see a conflict: the maker's, or the row's when the branch made it."""
    if operation.place != operation.branch_id:
        return operation.place
    return getattr(row, "station_id", None) or operation.place
