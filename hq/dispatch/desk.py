"""The dispatcher's desk: who is fit for an order, offering it directly, and what a branch gave back."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from core.dispatch import Ranking
from core.ids import derive, new_id
from core.operations.operation import Operation
from core.refusals import Refusal
from core.roles import PlaceKind
from core.rows.access import Rows
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.people import Place
from core.work_order import State, apply
from hq.dispatch.offers import dispatch_directly, suggestions
from hq.dispatch.service import next_number, station_named
from hq.dispatch.steps import entry, task_for_hq
from hq.feed import Work, work
from hq.store import Store


class Suggested(NamedTuple):
    """The order as it stands, and its candidates."""

    order: WorkOrder
    ranking: Ranking


def suggest(store: Store, order: str, now: datetime) -> Suggested:
    """Who is fit for the order (id or number); raises Refusal ``order_unknown``."""
    with work(store) as doing:
        branch, found = _find(doing, order)
        return Suggested(found, suggestions(doing, doing.view(branch.id), found, now))


def direct(store: Store, order: str, station: str, now: datetime) -> WorkOrder:
    """Offer the order to a station (id or code) without asking its branch.

    Raises Refusal ``order_unknown``, ``direct_dispatch_not_allowed``, ``move_not_allowed`` and those of the station.
    """
    with work(store) as doing:
        branch, found = _find(doing, order)
        rows = doing.rows(branch.id)
        return dispatch_directly(rows, found, station_named(rows, branch, station).id, now)


def offer_to_branch(store: Store, order: str, branch: str, now: datetime) -> WorkOrder:
    """Offer an order that its branch gave back, to it again or (as a new order that names the old one) to another.

    Raises Refusal ``order_unknown``, ``branch_unknown`` or ``move_not_allowed``.
    """
    with work(store) as doing:
        home, found = _find(doing, order)
        places = doing.reference().find(Place, kind=PlaceKind.BRANCH)
        wanted = next((place for place in places if branch in (place.id, place.code)), None)
        if wanted is None:
            raise Refusal("branch_unknown", branch=branch)
        if wanted.id == home.id:
            state, held_from = apply(found.state, found.held_from, "offer_to_branch")
            again = msgspec.structs.replace(found, state=state, held_from=held_from, decline_reason=None)
            rows = doing.rows(home.id)
            rows.put(again)
            rows.put(entry(again, "offer_to_branch", now, now.isoformat()))
            return again
        return _elsewhere(doing, found, wanted, now)


def _elsewhere(doing: Work, order: WorkOrder, branch: Place, now: datetime) -> WorkOrder:
    """An order keeps its branch for life: it ends there, and a new one begins at the other."""
    state, _ = apply(order.state, order.held_from, "cancel_order")
    there, here = doing.rows(branch.id), doing.rows(order.branch_id)
    number = next_number(doing, branch, now)
    made = msgspec.structs.replace(
        order, id=new_id(), version=0, branch_id=branch.id, number=number, state=State.OFFERED_BRANCH,
        decline_reason=None, also_numbers=(*order.also_numbers, order.number), station_id=None,
    )  # fmt: skip
    there.put(made)
    there.put(OrderUnit(id=derive(made.id, "unit/1"), branch_id=branch.id, station_id=None, order_id=made.id))
    there.put(entry(made, "intake", now, order.number))
    here.put(msgspec.structs.replace(order, state=state, external_id=None, result=number))
    here.put(entry(order, "offer_to_branch", now, number, branch=branch.name, number=number))
    return made


def on_branch_declined(rows: Rows, operation: Operation) -> None:
    """After a branch gave an order back: HQ's dispatcher has to find another way."""
    order = rows.get(WorkOrder, str(msgspec.json.decode(operation.args)["order_id"]))
    if order is not None:
        rows.put(msgspec.structs.replace(order, escalated_to="hq"))
        rows.put(task_for_hq(rows, order, "branch_declined", operation.id, operation.made_at))


def _find(doing: Work, wanted: str) -> tuple[Place, WorkOrder]:
    branches = doing.reference().find(Place, kind=PlaceKind.BRANCH) if wanted.isprintable() else ()
    for branch in branches:
        rows = doing.view(branch.id)
        found = rows.get(WorkOrder, wanted) or next(iter(rows.find(WorkOrder, number=wanted)), None)
        if found is not None:
            return branch, found
    raise Refusal("order_unknown", order=wanted[:40])
