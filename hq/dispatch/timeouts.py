"""Offers nobody answered and orders that run late: each goes on to the next level, once, by a clock that is given."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from core import slas
from core.ids import derive
from core.operations.contests import TIMED_OUT
from core.roles import PlaceKind
from core.rows.access import Rows
from core.rows.orders import TimelineEntry, WorkOrder
from core.rows.people import Place
from core.sla import Clock, ClockName
from core.work_order import State, apply
from hq.dispatch import repository
from hq.dispatch.escalation import raised
from hq.dispatch.offers import dispatch_directly, suggestions
from hq.dispatch.steps import entry, task_for_hq
from hq.feed import Work, work
from hq.store import Store
from rowstore.rows import SqlRows

EXPIRE, ESCALATE = "expire_offer", "escalate_order"


class Swept(NamedTuple):
    """What one run did: offers taken back from stations, orders raised to HQ, offered directly, raised as late."""

    expired: int = 0
    escalated: int = 0
    direct: int = 0
    late: int = 0


def sweep(store: Store, now: datetime) -> Swept:
    """Look at every branch; doing it again, or by several at once, changes nothing more."""
    total = Swept()
    for branch in _branches(store):
        with store.reading() as connection:
            waiting = repository.waiting_orders(connection, branch.id, now)
        if waiting:
            with work(store) as doing:
                done = [_one(doing, doing.rows(branch.id), order_id, now) for order_id in waiting]
            total = Swept(*map(sum, zip(total, *done, strict=True)))
    return total


def _branches(store: Store) -> list[Place]:
    with store.reading() as connection:
        return list(SqlRows(connection, store.tables).find(Place, kind=PlaceKind.BRANCH))


def _one(doing: Work, rows: Rows, order_id: str, now: datetime) -> Swept:
    order = rows.get(WorkOrder, order_id)
    if order is None:
        return Swept()
    clocks = {clock.name: clock for clock in slas.clocks(rows, order, now) if not clock.stopped}
    late = Swept(late=1) if raised(rows, order, now) else Swept()
    offer = clocks.get(ClockName.OFFER_STATION)
    if offer is not None and offer.breached:
        expire(rows, order, offer, now)
        return late._replace(expired=1)
    asked = clocks.get(ClockName.OFFER_BRANCH)
    if asked is not None and asked.breached:
        return Swept(*map(sum, zip(late, _escalate(doing, rows, order, asked, now), strict=True)))
    return late


def expire(rows: Rows, order: WorkOrder, clock: Clock, now: datetime) -> None:
    """Back to the branch as declined: nobody at the station answered."""
    order = rows.get(WorkOrder, order.id) or order
    state, held_from = apply(order.state, order.held_from, EXPIRE)
    given = {"technician_id": None, "decline_reason": TIMED_OUT}
    rows.put(msgspec.structs.replace(order, state=state, held_from=held_from, **given))
    station = rows.get(Place, order.station_id or "")
    told = {"station": station.name if station else "", "minutes": str(clock.limit)}
    rows.put(entry(order, EXPIRE, now, clock.begun.isoformat(), **told))


def _escalate(doing: Work, rows: Rows, order: WorkOrder, clock: Clock, now: datetime) -> Swept:
    """The branch does not answer: HQ offers it to the best station itself where it may, else its dispatcher is told.

    Each further time the limit passes tells the dispatcher again.
    """
    order = rows.get(WorkOrder, order.id) or order
    branch = rows.get(Place, order.branch_id)
    if branch is not None and branch.direct_dispatch and order.state in (State.NEW, State.OFFERED_BRANCH):
        offered = suggestions(doing, rows, order, now).offered
        if offered:
            dispatch_directly(rows, order, offered[0].facts.id, now)
            return Swept(direct=1)
    return Swept(escalated=branch_silent(rows, order, clock, now))


def branch_silent(rows: Rows, order: WorkOrder, clock: Clock, now: datetime) -> bool:
    """Tell HQ's dispatcher that the branch does not answer; whether this was not told before."""
    times = clock.used // clock.limit
    mark = f"branch/{clock.begun.isoformat()}/{times}"
    if rows.get(TimelineEntry, derive(order.id, f"{ESCALATE}/{mark}")) is not None:
        return False
    rows.put(msgspec.structs.replace(order, escalated_to="hq"))
    rows.put(entry(order, ESCALATE, now, mark, to="hq", why="branch_silent", minutes=str(clock.limit)))
    rows.put(task_for_hq(rows, order, "branch_silent", mark, now))
    return True
