"""Raising an order by its reminders and by the time that is gone: urgency, level, and a due moment that fits them."""

from datetime import datetime

import msgspec

from core import slas
from core.rows.access import Rows
from core.rows.orders import WorkOrder
from core.sla import Clock, ClockName, Escalation, escalation_of
from core.sla.escalation import LEVELS
from hq.dispatch.steps import entry


def raised(rows: Rows, order: WorkOrder, now: datetime) -> bool:
    """Raise the order as far as the table says; whether that changed its level. Nothing is ever lowered.

    A higher urgency has a shorter limit, of which more is used: the table is asked until it has nothing more to say.
    """
    rose = False
    while (line := _line(rows, order, now)) is not None:
        higher = _is_higher(line, order)
        to = line.to if higher else order.escalated_to
        urgent = msgspec.structs.replace(order, urgency=max(order.urgency, line.urgency), escalated_to=to)
        order = msgspec.structs.replace(urgent, due_at=due_of(rows, urgent, now))
        rows.put(order)
        if higher:
            told = {"to": line.to, "reminders": str(order.reminders)}
            rows.put(entry(order, "escalate_order", now, f"to/{line.to}", **told))
        rose |= higher
    return rose


def _line(rows: Rows, order: WorkOrder, now: datetime) -> Escalation | None:
    """The table's line for the order as it is now; None when it is there already."""
    completion = _completion(rows, order, now)
    used = completion.used * 100 // completion.limit if completion else 0
    line = escalation_of(slas.limits_of(rows, order).escalations, order.reminders, used)
    return line if line and (_is_higher(line, order) or order.urgency < line.urgency) else None


def _is_higher(line: Escalation, order: WorkOrder) -> bool:
    return order.escalated_to is None or LEVELS.index(line.to) > LEVELS.index(order.escalated_to)


def _completion(rows: Rows, order: WorkOrder, now: datetime) -> Clock | None:
    running = (clock for clock in slas.clocks(rows, order, now) if clock.name is ClockName.COMPLETION)
    return next(running, None)


def due_of(rows: Rows, order: WorkOrder, now: datetime) -> datetime | None:
    """When the order is due by its urgency of now, with the pauses it has had."""
    completion = _completion(rows, order, now)
    return completion.due if completion else order.due_at
