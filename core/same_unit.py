"""Two open orders for one unit: which one goes on, and how it takes in the other so that nothing is lost."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from core.ids import derive
from core.judging import open_orders_of
from core.rows.access import Rows
from core.rows.orders import Note, OrderUnit, TimelineEntry, WorkOrder
from core.sla.escalation import LEVELS
from core.work_order import ENDED, State, possible

MERGE = "merge_orders"
_COUNTER = "counter"


class Pair(NamedTuple):
    """The order that goes on, and the one that is taken into it."""

    going_on: WorkOrder
    taken_in: WorkOrder


def pair_of(one: WorkOrder, two: WorkOrder) -> Pair | None:
    """Which of two open orders of one unit goes on; None when people must say.

    The one at a counter does: the unit stands there. Else one of the same telephone whose work has begun. What has
    begun is never taken into another order, nor is one of a counter: work that a device has not sent yet names it.
    """
    if {one.state, two.state} & ENDED or one.id == two.id:
        return None
    for going_on, taken_in in ((one, two), (two, one)):
        same_customer = going_on.customer_phone == taken_in.customer_phone
        stands = going_on.source == _COUNTER or (same_customer and _has_begun(going_on))
        if stands and taken_in.source != _COUNTER and not _has_begun(taken_in):
            return Pair(going_on, taken_in)
    return None


def _has_begun(order: WorkOrder) -> bool:
    return not possible(order.state, "cancel_order")


def others_of(order: WorkOrder, rows: Rows) -> list[WorkOrder]:
    """The open orders for the units of an order beside itself, as identified or reported."""
    serials = {unit.serial for unit in rows.find(OrderUnit, order_id=order.id)} | {order.reported_serial}
    found = {other.id: other for serial in serials if serial for other in open_orders_of(serial, rows)}
    return [other for other_id, other in sorted(found.items()) if other_id != order.id]


def take_in(rows: Rows, pair: Pair, at: datetime) -> WorkOrder:
    """Let one order go on with both numbers and everything the other was told; the other ends and names it."""
    going_on, taken_in = pair
    kept = _with_the_others(going_on, taken_in)
    rows.put(kept)
    ended = msgspec.structs.replace(
        taken_in, state=State.CANCELLED, held_from=None, paused_at=None, merged_into_id=kept.id, result=kept.number
    )
    rows.put(ended)
    if _says_more(going_on, taken_in):
        rows.put(_note(kept, taken_in, at))
    rows.put(_entry(kept, taken_in, at))
    rows.put(_entry(ended, kept, at))
    return kept


def survivor_of(rows: Rows, order: WorkOrder) -> WorkOrder:
    """The order that goes on in the stead of this one; itself when none does."""
    seen = {order.id}
    while order.merged_into_id is not None and order.merged_into_id not in seen:
        following = rows.get(WorkOrder, order.merged_into_id)
        if following is None:
            return order
        seen.add(following.id)
        order = following
    return order


def _with_the_others(order: WorkOrder, other: WorkOrder) -> WorkOrder:
    """The sums, the more urgent, the earlier: what either customer was told holds."""
    levels = [one.escalated_to for one in (order, other) if one.escalated_to]
    dues = [one.due_at for one in (order, other) if one.due_at]
    return msgspec.structs.replace(
        order,
        external_id=order.external_id or other.external_id,
        also_numbers=tuple(dict.fromkeys((*order.also_numbers, other.number, *other.also_numbers))),
        reminders=order.reminders + other.reminders,
        urgency=max(order.urgency, other.urgency),
        escalated_to=max(levels, key=LEVELS.index, default=None),
        reported_at=min(order.reported_at, other.reported_at),
        due_at=min(dues, default=None),
        reported_model=order.reported_model or other.reported_model,
        reported_serial=order.reported_serial or other.reported_serial,
        repairs_order_id=order.repairs_order_id or other.repairs_order_id,
        warranty_guess=order.warranty_guess or other.warranty_guess,
        cost_low_fen=other.cost_low_fen if order.cost_low_fen is None else order.cost_low_fen,
        cost_high_fen=other.cost_high_fen if order.cost_high_fen is None else order.cost_high_fen,
    )


def _says_more(order: WorkOrder, other: WorkOrder) -> bool:
    def said(one: WorkOrder) -> tuple[str, ...]:
        return one.customer_name, one.customer_phone, one.customer_address, one.fault_report

    return said(order) != said(other)


def _note(kept: WorkOrder, other: WorkOrder, at: datetime) -> Note:
    """What the other order's customer had said, in the order that goes on."""
    said = (other.number, other.customer_name, other.customer_phone, other.customer_address, other.fault_report)
    return Note(
        id=derive(other.id, f"{MERGE}/note/{kept.id}"),
        branch_id=kept.branch_id,
        station_id=kept.station_id,
        order_id=kept.id,
        text=" · ".join(part for part in said if part)[:4000],
        made_by="",
        made_at=at,
    )


def _entry(order: WorkOrder, other: WorkOrder, at: datetime) -> TimelineEntry:
    return TimelineEntry(
        id=derive(order.id, f"{MERGE}/{other.id}"),
        branch_id=order.branch_id,
        station_id=order.station_id,
        order_id=order.id,
        action=MERGE,
        person_id=None,
        person_name="HQ",
        at=at,
        detail={"number": other.number},
    )
