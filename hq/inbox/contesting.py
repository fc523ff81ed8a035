"""Work on an order that was cancelled or taken away meanwhile: judged as its maker saw it, kept for a person."""

from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, select

from core.contract.messages import place_scope
from core.operations import contests
from core.operations.kernel import Nature, timeline_of
from core.operations.operation import Operation
from core.refusals import Refusal
from core.rows import name_of
from core.rows.access import Rows
from core.rows.orders import TimelineEntry, WorkOrder
from core.rows.sync import Conflict
from core.work_order import State
from hq.inbox.merging import Makers
from hq.inbox.messages import Readable
from hq.store.schema import feed_row

_TAKES_AWAY = frozenset({"recall_order", "dispatch_order", "direct_dispatch"})


class Contest(NamedTuple):
    """HQ's order, the order as the operation's maker saw it, and the conflict that is open already."""

    order: WorkOrder
    seen: WorkOrder
    going_on: Conflict | None
    left: bool


def order_of(rows: Rows, readable: Readable) -> WorkOrder | None:
    """The order that an operation is about."""
    order_id = getattr(readable.args, "order_id", None)
    return rows.get(WorkOrder, order_id) if order_id else None


def moot(connection: Connection, rows: Rows, readable: Readable) -> TimelineEntry | None:
    """The timeline's entry of a move that wants what has come about already; None for any other operation."""
    operation, order = readable.operation, order_of(rows, readable)
    if order is None or not contests.is_moot(operation.action, order, operation.place):
        return None
    away = contests.has_left(order, operation.place)
    if away and not _was_shown(connection, order, operation.place):
        return None
    entry = timeline_of(order.id, operation, rows)
    return msgspec.structs.replace(entry, station_id=operation.place) if away else entry


def revive(rows: Rows, readable: Readable) -> WorkOrder | None:
    """Put an order that timed out back at its station's door when the answer was given in time; HQ's order then."""
    operation, order = readable.operation, order_of(rows, readable)
    if order is None or not contests.answered_in_time(order, operation, rows):
        return None
    rows.put(contests.as_seen(order, operation, None))
    return order


def keep_revived(rows: Rows, timed_out: WorkOrder) -> None:
    """The time-out is no reason of the order any more; merging kept it as HQ's newer word."""
    order = rows.get(WorkOrder, timed_out.id)
    if order is not None:
        rows.put(msgspec.structs.replace(order, decline_reason=None))


def begin(connection: Connection, rows: Rows, readable: Readable) -> Contest | None:
    """Put the order as the operation's maker saw it in place, where HQ's state and their work exclude each other."""
    operation, action, _ = readable
    order = order_of(rows, readable)
    if order is None:
        return None
    left = contests.has_left(order, operation.place)
    is_fact = action.nature is Nature.FACT
    contested = contests.is_contested(action.name, order, operation)
    if not contested and not (is_fact and (left or order.state is State.CANCELLED)):
        return None
    if left and not _was_shown(connection, order, operation.place):
        return None
    going_on = contests.open_contest(rows, order, operation)
    if not contested and not left and going_on is None:
        return None
    seen = contests.as_seen(order, operation, going_on)
    rows.put(seen)
    return Contest(order, seen, going_on, left)


def end(rows: Rows, operation: Operation, contest: Contest) -> bool:
    """Put HQ's order back; True when the replay changed it, so that both are in a conflict now."""
    wanted = rows.get(WorkOrder, contest.order.id)
    rows.put(contest.order)
    if wanted is None or wanted == contest.seen:
        return False
    conflict = contests.contest_of(contest.order, wanted, operation, contest.going_on)
    rows.put(Makers(rows, operation).told(conflict, contest.order))
    return True


def misfit_of(contest: Contest | None, rows: Rows, misfit: Refusal | None) -> Refusal | None:
    """Why a fact does not fit: on an order that has left, that it has."""
    if contest is None or not contest.left or contest.going_on is not None:
        return misfit
    return left(rows, contest.order)


def explained(connection: Connection, rows: Rows, readable: Readable, refusal: Refusal) -> Refusal:
    """``order_left`` instead of ``not_your_place``, when the order was the place's until it was taken away."""
    order = order_of(rows, readable) if refusal.code == "not_your_place" else None
    place = readable.operation.place
    if order is None or not contests.has_left(order, place) or not _was_shown(connection, order, place):
        return refusal
    return left(rows, order)


def left(rows: Rows, order: WorkOrder) -> Refusal:
    """The order has left, by what and whom."""
    entries = [entry for entry in rows.find(TimelineEntry, order_id=order.id) if entry.action in _TAKES_AWAY]
    last = max(entries, key=lambda entry: (entry.at, entry.id), default=None)
    by = {"action": last.action, "by": last.person_name, "at": last.at} if last else {"action": "—", "by": "—"}
    return Refusal("order_left", order=order.number, **by)


def _was_shown(connection: Connection, order: WorkOrder, place_id: str) -> bool:
    """Whether the place has seen the order: its scope holds a line of it, be it a tombstone."""
    key = (feed_row.c.scope == place_scope(place_id), feed_row.c.entity == name_of(WorkOrder))
    return connection.execute(select(feed_row.c.seq).where(*key, feed_row.c.row_id == order.id)).first() is not None
