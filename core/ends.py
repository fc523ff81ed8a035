"""The ends of an order that are no completed repair: their reasons as a table, and who bears what they cost."""

from datetime import date
from typing import NamedTuple

from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.jobs import Certificate, FindingOf, OrderEnd, Purpose
from core.rows.orders import Job, OrderUnit, UnitVerdict, Visit, WorkOrder
from core.unit_history import is_repair, local_day
from core.warranty import WHOLE_UNIT, Remedy, RemedyKind, Verdict, depreciation
from core.work_order import State

MAKER, CUSTOMER, STATION = "maker", "customer", "station"

#: Why a unit goes back unrepaired, and who bears visit and inspection. The maker does so in warranty only.
UNREPAIRED: dict[str, str] = {
    "quotation_refused": CUSTOMER,
    "changed_mind": CUSTOMER,
    "no_part": MAKER,
    "not_repairable": MAKER,
    "no_fault_found": MAKER,
}
#: Who bears the visit of an order that is cancelled after somebody was there.
VISIT_PAYERS = (CUSTOMER, MAKER, STATION)
#: Which purpose a certificate must have for an end; DOA and dealer's stock are exchanged too.
CERTIFIES: dict[State, frozenset[Purpose]] = {
    State.EXCHANGED: frozenset({Purpose.EXCHANGE, Purpose.DOA, Purpose.DEALER_STOCK}),
    State.REFUND_PROPOSED: frozenset({Purpose.REFUND}),
}
#: A completed order may be opened again for so many days, while no money has moved.
REOPEN_DAYS = 7
#: Days in which a second repair of the same unit is a re-repair, where no tariff says otherwise.
HOLD_DAYS = 30


class Needs(NamedTuple):
    """What a job must have before its order can be completed."""

    verdict: bool = False
    codes: bool = False
    signature: bool = True
    card: bool = False
    certificate: bool = False


#: By the order's job; an exchange ends by its own move, one that turned into a repair is completed like one.
NEEDS: dict[Job, Needs] = {
    Job.REPAIR: Needs(verdict=True, codes=True),
    Job.EXCHANGE: Needs(verdict=True, codes=True),
    Job.INSTALLATION: Needs(card=True),
    Job.INSPECTION: Needs(signature=False, certificate=True),
}


def end_facts(order: WorkOrder, rows: Rows, end: State) -> OrderEnd | None:
    """The newest facts of the order's end; None when it has none of that kind."""
    return max(
        rows.find(OrderEnd, order_id=order.id, end=end.value), key=lambda one: (one.made_at, one.id), default=None
    )


def was_visited(order: WorkOrder, rows: Rows) -> bool:
    """Whether somebody was at the customer's: work began, or the customer was not there when they came."""
    if order.started_at is not None:
        return True
    return bool(rows.find(Visit, order_id=order.id, state="missed", missed_by="customer"))


def certificate_for(order_id: str, rows: Rows, end: State, unit_id: str | None = None) -> Certificate | None:
    """The newest certificate for that end: one that finds the unit faulty for an exchange or refund, else any."""
    purposes = CERTIFIES.get(end, frozenset(Purpose))
    fitting = [one for one in rows.find(Certificate, order_id=order_id) if one.purpose in purposes]
    faulty = [one for one in fitting if one.finding is FindingOf.FAULTY or end not in CERTIFIES]
    found = [one for one in faulty if unit_id in (None, one.unit_id)]
    return max(found, key=lambda one: (one.inspected_at, one.id), default=None)


def remedy_of(verdict: Verdict | None, rule: str, kinds: frozenset[RemedyKind]) -> Remedy:
    """The verdict's remedy of that rule; raises Refusal ``remedy_not_open``."""
    for remedy in verdict.remedies if verdict else ():
        if remedy.rule == rule and remedy.kind in kinds:
            return remedy
    raise Refusal("remedy_not_open", rule=rule or "—")


def verdict_of(unit: OrderUnit, rows: Rows) -> Verdict | None:
    """The unit's stored verdict."""
    stored = rows.get(UnitVerdict, unit.verdict_id) if unit.verdict_id else None
    return stored.verdict if stored else None


def deduction(verdict: Verdict, price_fen: int, day: date) -> int:
    """What a customer who refuses a like model pays for the use, in fen; 0 where policy or start are not known."""
    if verdict.start is None or verdict.depreciation_bp is None:
        return 0
    away = next((cover.days_added for cover in verdict.covers if cover.part == WHOLE_UNIT), 0)
    return depreciation(price_fen, verdict.depreciation_bp, (day - verdict.start).days, away)


def first_repair(order: WorkOrder, serial: str, rows: Rows, day: date, hold_days: int = HOLD_DAYS) -> WorkOrder | None:
    """The latest completed repair of the unit that must still hold on ``day``: this order repairs it again."""
    found = []
    for other in rows.find(OrderUnit, serial=serial):
        first = rows.get(WorkOrder, other.order_id)
        if first is None or first.id == order.id or not is_repair(first) or first.completed_at is None:
            continue
        if 0 <= (day - local_day(rows, first.station_id, first.completed_at)).days <= hold_days:
            found.append((first.completed_at, first.id, first))
    return max(found, default=(None, None, None))[2]
