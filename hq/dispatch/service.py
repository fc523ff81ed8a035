"""Intake: a reported fault becomes one order offered to its branch, or a reminder of the one that is open."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from core.identifiers import fold_serial
from core.ids import derive, new_id
from core.judging import local_day, open_orders_of
from core.operations.kernel import clean
from core.reference import limits_in_force
from core.refusals import Refusal
from core.roles import PlaceKind
from core.rows.access import Rows
from core.rows.orders import Job, OrderUnit, ServiceType, TimelineEntry, WorkOrder
from core.rows.people import Place
from core.rows.reference import Model, ProductClass
from core.same_unit import survivor_of
from core.slas import first_due
from core.work_order import State
from hq.dispatch import repository, unit_history
from hq.dispatch.escalation import due_of, raised
from hq.dispatch.messages import CameLast, Cost, IntakeReply, NewOrder, Repeats, WarrantyGuess
from hq.dispatch.offers import dispatch_directly
from hq.feed import Work
from hq.warranty.history import known_everywhere
from hq.warranty.service import Guess, guess

__all__ = ["IntakeReply", "NewOrder", "intake"]

_MOST_URGENT = 2


class _Told(NamedTuple):
    """What is answered beside the order itself."""

    branch: Place
    guess: Guess
    came_last: CameLast | None
    repeats: Repeats | None


def intake(doing: Work, order: NewOrder, now: datetime) -> IntakeReply:
    """Take a report in: the same report or unit never makes a second open order.

    Raises Refusal ``branch_unknown``, ``model_unknown``, ``product_class_unknown``, ``operation_invalid``, and those of
    direct dispatch when a station is asked for.
    """
    clean(msgspec.to_builtins(order))
    branch = branch_of(doing.reference(), order)
    rows = doing.rows(branch.id)
    model, product_class = _product(rows, order)
    serial = fold_serial(order.serial) if order.serial else None
    day = local_day(rows, branch.id, now)
    asked = known_everywhere(doing.connection, product_class, serial)
    guessed = guess(rows, asked, day, model, serial, order.distance_m)
    earlier = unit_history.orders_of(rows, serial) if serial else []
    repair = unit_history.repaired_lately(earlier, now, limits_in_force(rows, day).repeat_days)
    told = _Told(branch, guessed, unit_history.came_last(rows, earlier), unit_history.told(rows, repair, now))
    same = next(iter(rows.find(WorkOrder, external_id=order.external_id)), None)
    if same is not None:
        return _reply(survivor_of(rows, same), told)
    open_order = _open_order(doing, rows, branch, serial)
    if open_order is not None:
        return _reply(remind(rows, open_order, order, now), told, repeat_of=open_order.number)
    number = next_number(doing, branch, now)
    made = _new(order, branch, product_class, serial, number, guessed, now)
    made = msgspec.structs.replace(made, due_at=first_due(rows, made), repairs_order_id=repair.id if repair else None)
    rows.put(made)
    rows.put(OrderUnit(id=derive(made.id, "unit/1"), branch_id=branch.id, station_id=None, order_id=made.id))
    rows.put(_entry(made, "intake", derive(made.id, "timeline/intake"), now, order.external_id))
    if order.station is not None:
        made = dispatch_directly(rows, made, station_named(rows, branch, order.station).id, now)
    return _reply(made, told)


def station_named(rows: Rows, branch: Place, wanted: str) -> Place:
    """The branch's station with this code or id; raises Refusal ``station_unknown``."""
    for place in rows.find(Place, branch_id=branch.id, kind=PlaceKind.STATION):
        if wanted in (place.id, place.code):
            return place
    raise Refusal("station_unknown")


def branch_of(rows: Rows, order: NewOrder) -> Place:
    """The branch named by code or id, else the one whose city the customer's address begins with or names."""
    branches = rows.find(Place, kind=PlaceKind.BRANCH)
    if order.branch is not None:
        found = [branch for branch in branches if order.branch in (branch.id, branch.code)]
    else:
        found = [branch for branch in branches if branch.name.removesuffix("分公司") in order.customer.address]
    if len(found) != 1:
        raise Refusal("branch_unknown", branch=order.branch or order.customer.address[:20])
    return found[0]


def _product(rows: Rows, order: NewOrder) -> tuple[str | None, str]:
    """The model and its product class; one of the two must be known."""
    model = rows.get(Model, order.model) if order.model else None
    if model is None and order.model and order.product_class is None:
        raise Refusal("model_unknown", model=order.model)
    product_class = model.product_class if model else order.product_class
    if product_class is None or rows.get(ProductClass, product_class) is None:
        raise Refusal("product_class_unknown", product_class=product_class or "")
    return (model.id if model else order.model), product_class


def _open_order(doing: Work, rows: Rows, branch: Place, serial: str | None) -> WorkOrder | None:
    if serial is None:
        return None
    reported = repository.open_order_reported(doing.connection, branch.id, serial)
    if reported is not None:
        return rows.get(WorkOrder, reported)
    return next(iter(open_orders_of(serial, rows)), None)


def remind(rows: Rows, open_order: WorkOrder, order: NewOrder, now: datetime) -> WorkOrder:
    """Count the reminder and raise the urgency; the same report sent again counts once."""
    entry_id = derive(open_order.id, f"reminder/{order.external_id}")
    if rows.get(TimelineEntry, entry_id) is not None:
        return open_order
    urgency = min(_MOST_URGENT, max(open_order.urgency + 1, order.urgency))
    reminded = msgspec.structs.replace(open_order, reminders=open_order.reminders + 1, urgency=urgency)
    rows.put(msgspec.structs.replace(reminded, due_at=due_of(rows, reminded, now)))
    rows.put(_entry(reminded, "reminder", entry_id, now, order.external_id))
    raised(rows, rows.get(WorkOrder, reminded.id) or reminded, now)
    return rows.get(WorkOrder, reminded.id) or reminded


def next_number(doing: Work, branch: Place, now: datetime) -> str:
    """The branch's next number of the day, e.g. SZ-260317-0271; nobody else counts while the branch is locked."""
    day = local_day(doing.rows(branch.id), branch.id, now)
    begin = f"{branch.code}-{day:%y%m%d}-"
    last = repository.last_number(doing.connection, branch.id, begin)
    return f"{begin}{int(last.removeprefix(begin)) + 1 if last else 1:04d}"


def _new(
    order: NewOrder, branch: Place, product_class: str, serial: str | None, number: str, guessed: Guess, now: datetime
) -> WorkOrder:
    return WorkOrder(
        id=new_id(),
        branch_id=branch.id,
        station_id=None,
        number=number,
        external_id=order.external_id,
        state=State.OFFERED_BRANCH,
        product_class=product_class,
        service_type=ServiceType(order.service_type),
        job=Job(order.job),
        urgency=order.urgency,
        customer_name=order.customer.name,
        customer_phone=order.customer.phone,
        customer_address=order.customer.address,
        distance_m=order.distance_m,
        customer_position=order.position,
        fault_report=order.fault,
        reported_model=order.model,
        reported_serial=serial,
        reported_at=now,
        warranty_guess=guessed.outcome,
        cost_low_fen=guessed.low_fen,
        cost_high_fen=guessed.high_fen,
    )


def _entry(order: WorkOrder, action: str, entry_id: str, now: datetime, external_id: str) -> TimelineEntry:
    return TimelineEntry(
        id=entry_id,
        branch_id=order.branch_id,
        station_id=order.station_id,
        order_id=order.id,
        action=action,
        person_id=None,
        person_name="HQ",
        at=now,
        detail={"external_id": external_id},
    )


def _reply(order: WorkOrder, told: _Told, repeat_of: str | None = None) -> IntakeReply:
    guessed = told.guess
    return IntakeReply(
        order_id=order.id,
        number=order.number,
        state=order.state.value,
        branch=told.branch.code,
        warranty_guess=WarrantyGuess(outcome=guessed.outcome, reasons=guessed.reasons),
        cost=Cost(low_fen=guessed.low_fen, high_fen=guessed.high_fen),
        reminders=order.reminders,
        repeat_of=repeat_of,
        urgency=order.urgency,
        escalated_to=order.escalated_to,
        came_last=told.came_last,
        repeats=told.repeats,
    )
