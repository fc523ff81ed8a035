"""Judging again what a station judged, and guessing a verdict before anybody has seen the unit."""

from datetime import date

import msgspec

from core.claims import visit_cost
from core.ids import derive
from core.judging import Asked, judge_serial, judge_unit, local_day
from core.operations.operation import Operation
from core.reference import price_list_in_force
from core.rows.access import Rows
from core.rows.orders import OrderUnit, UnitVerdict, WorkOrder
from core.rows.sync import Task
from core.warranty import Outcome, RegistryState, Verdict


class Guess(msgspec.Struct, frozen=True, kw_only=True):
    """What intake answers: the likely outcome, the rules behind it, and what a visit may cost a customer (fen)."""

    outcome: str
    reasons: tuple[str, ...]
    low_fen: int
    high_fen: int


def guess(rows: Rows, asked: Asked, day: date, model: str | None, serial: str | None, distance_m: int) -> Guess:
    """The guess for a reported unit of ``asked``'s product class; without a serial number it is ``needs_review``."""
    product_class = asked.product_class
    if serial:
        verdict = judge_serial(model or "", serial, day, rows, asked)
        outcome, reasons = verdict.outcome, tuple(reason.rule for reason in verdict.reasons)
    else:
        outcome, reasons = Outcome.NEEDS_REVIEW, ("serial_missing",)
    prices = price_list_in_force(rows, day)
    low, high = 0, 0
    if prices is not None:
        low, high = visit_cost(prices, product_class, distance_m, covered=outcome is Outcome.IN_WARRANTY) or (0, 0)
    return Guess(outcome=outcome.value, reasons=reasons, low_fen=low, high_fen=high)


def on_judged(rows: Rows, operation: Operation) -> None:
    """Store HQ's own outcome beside the verdict an operation has stored; a difference becomes a task."""
    stored = rows.get(UnitVerdict, derive(operation.id, "verdict"))
    if stored is None:
        return
    order, unit = rows.get(WorkOrder, stored.order_id), rows.get(OrderUnit, stored.unit_id)
    if order is None or unit is None:
        return
    own = judge_unit(order, unit, rows, _day(order, stored.day, operation, rows))
    rows.put(msgspec.structs.replace(stored, hq_outcome=own.outcome.value))
    if own.outcome.value != stored.outcome and not _is_explained(stored.verdict):
        rows.put(_difference(stored, order, own, operation))


def _day(order: WorkOrder, judged: date, operation: Operation, rows: Rows) -> date:
    """The day a station judged for, when it lies between the report and the judgement; else the judgement's own."""
    reported, made = (local_day(rows, order.station_id, at) for at in (order.reported_at, operation.made_at))
    return judged if reported <= judged <= made else made


def _is_explained(verdict: Verdict) -> bool:
    """A station without a whole registry says so; that HQ knows more is no difference to explain."""
    return verdict.outcome is Outcome.NEEDS_REVIEW and verdict.registry is not RegistryState.COMPLETE


def _difference(stored: UnitVerdict, order: WorkOrder, own: Verdict, operation: Operation) -> Task:
    return Task(
        id=derive(operation.id, "task/verdict_differs"),
        branch_id=order.branch_id,
        place_id=order.station_id or order.branch_id,
        kind="verdict_differs",
        order_id=order.id,
        facts={"serial": stored.serial, "station": stored.outcome, "hq": own.outcome.value},
        at=operation.made_at,
    )
