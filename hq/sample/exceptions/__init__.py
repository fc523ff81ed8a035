"""The exceptions of the trade, each played once at least: what a network meets seldom, and a tester wants to see."""

from collections.abc import Callable
from datetime import date

from hq.sample import supply
from hq.sample.exceptions import approvals, boxes, knowledge, orders, parts, registry, statements, warranty
from hq.sample.exceptions.cases import Cases, NoSuchUnit
from hq.sample.memory import MemoryRows
from hq.sample.places import Staff
from hq.sample.units import Units

#: In fewer orders than these the exceptions would be the rule.
LEAST_ORDERS = 200
_DESKS: tuple[Callable[[Cases], None], ...] = (
    boxes.play,
    *orders.CASES,
    *warranty.CASES,
    *approvals.CASES,
    *parts.CASES,
    statements.play,
    *registry.CASES,
    knowledge.play,
)


def play(rows: MemoryRows, staff: Staff, units: Units, as_of: date) -> None:
    """Play them all; one for which the sample is too small is left out."""
    cases = Cases(rows, staff, units, as_of)
    for number, desk in enumerate(_DESKS):
        cases.begin(number)
        try:
            desk(cases)
        except NoSuchUnit:
            continue
    supply.sum_up(rows, staff, as_of)
