"""Time limits of an order: business time, limits as data, each level's clocks, and how reminders escalate. Pure."""

from core.sla.calendar import BusinessHours, Calendar
from core.sla.clocks import Clock, Event, Terms, clocks_of, leading
from core.sla.escalation import Escalation, escalation_of
from core.sla.limits import DEFAULT_LIMITS, Limit, Limits
from core.sla.names import ClockName

__all__ = [
    "DEFAULT_LIMITS",
    "BusinessHours",
    "Calendar",
    "Clock",
    "ClockName",
    "Escalation",
    "Event",
    "Limit",
    "Limits",
    "Terms",
    "clocks_of",
    "escalation_of",
    "leading",
]
