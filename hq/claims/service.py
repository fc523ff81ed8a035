"""The claim of a finished order: by the tariff in force that day, held when its pre-flight or a signal says so."""

from datetime import datetime

import msgspec

from core import work_order
from core.claiming import findings, preview, work_of
from core.claims import total_fen
from core.ends import end_facts
from core.ids import derive
from core.judging import local_day
from core.operations.operation import Operation
from core.operations.resolve import is_contest
from core.preflight import Severity
from core.reference import tariff_in_force
from core.rows.access import Rows
from core.rows.orders import TimelineEntry, UnitVerdict, WorkOrder
from core.rows.settlement import Claim
from core.rows.sync import Conflict, Task
from core.warranty import UnitStatus

#: Pre-flight warnings that are signals of a fictitious order too, so that they hold the claim.
_HOLDING = frozenset({"verdict_open", "invoice_reused", "document_changed", "rate_missing", "old_part_overdue"})
_NEVER_SOLD = frozenset({UnitStatus.PRODUCED, UnitStatus.SHIPPED})


def on_ended(rows: Rows, operation: Operation) -> Claim | None:
    """Make the claim of the order that an operation has ended, in whichever way; None when nothing is claimed."""
    args = msgspec.json.decode(operation.args)
    order = rows.get(WorkOrder, str(args["order_id"]))
    if order is None or order.completed_at is None or order.state not in work_order.ENDS:
        return None
    if any(claim.state != "withdrawn" for claim in rows.find(Claim, order_id=order.id)):
        return None
    return make_claim(rows, order, operation.id, operation.made_at, args.get("preview_fen"))


def on_exchanged(rows: Rows, operation: Operation) -> Claim | None:
    """The same, and a task for HQ: the registry is to say that the old unit was exchanged out for the new one."""
    claim = on_ended(rows, operation)
    order = rows.get(WorkOrder, str(msgspec.json.decode(operation.args)["order_id"]))
    facts = end_facts(order, rows, work_order.State.EXCHANGED) if order else None
    if order is not None and facts is not None:
        told = {"serial": facts.old_serial or "", "new_serial": facts.new_serial or "", "order": order.number}
        rows.put(
            Task(
                id=derive(operation.id, "task/unit_exchanged"),
                branch_id=order.branch_id,
                place_id=order.branch_id,
                kind="unit_exchanged",
                order_id=order.id,
                facts=told,
                at=operation.made_at,
            )
        )
    return claim


def on_reopened(rows: Rows, operation: Operation) -> None:
    """What was claimed for a completion that no longer stands is withdrawn; completed again, it is claimed anew."""
    for claim in rows.find(Claim, order_id=str(msgspec.json.decode(operation.args)["order_id"])):
        rows.put(msgspec.structs.replace(claim, state="withdrawn"))


def on_picked(rows: Rows, operation: Operation) -> None:
    """Follow a person's word on what became of an order: a completed one claims, a cancelled one does not."""
    conflict = rows.get(Conflict, str(msgspec.json.decode(operation.args)["conflict_id"]))
    if conflict is None or not is_contest(conflict):
        return
    order = rows.get(WorkOrder, conflict.row_id)
    claims = rows.find(Claim, order_id=conflict.row_id)
    if order is not None and order.state in work_order.FINISHED and order.completed_at is not None and not claims:
        make_claim(rows, order, operation.id, operation.made_at, None)
    for claim in claims:
        if order is not None and order.state is work_order.State.CANCELLED:
            rows.put(msgspec.structs.replace(claim, state="withdrawn"))


def make_claim(rows: Rows, order: WorkOrder, source: str, at: datetime, preview_fen: int | None) -> Claim | None:
    """Write the claim of a finished order, with ids derived from ``source``; None (a paid repair) writes nothing.

    A claim with errors or signals is held, and its order with it.
    """
    assert order.completed_at is not None
    day = local_day(rows, order.station_id, order.completed_at)
    tariff = tariff_in_force(rows, day)
    lines = preview(order, rows, day)
    if tariff is None:
        rows.put(_no_tariff(order, source, at))
    if tariff is None or not lines:
        return None
    signals = signals_of(rows, order)
    withdrawn = next(iter(rows.find(Claim, order_id=order.id)), None)  # an order has one claim in its life
    claim = Claim(
        id=withdrawn.id if withdrawn else derive(source, "claim"),
        branch_id=order.branch_id,
        station_id=order.station_id,
        order_id=order.id,
        order_number=order.number,
        technician_id=order.technician_id,
        tariff=tariff.version,
        lines=lines,
        total_fen=total_fen(lines),
        preview_fen=preview_fen,
        completed_on=day,
        state="held" if signals else "open",
        signals=signals,
    )
    rows.put(claim)
    if signals and work_order.possible(order.state, "hold_claim"):
        step(rows, order, "hold_claim", source, at, {"signals": ", ".join(signals)})
    return claim


def signals_of(rows: Rows, order: WorkOrder) -> tuple[str, ...]:
    """Why the claim of a finished order is held for a call-back: ids of rules; empty when it is sound."""
    assert order.completed_at is not None
    day = local_day(rows, order.station_id, order.completed_at)
    found = [
        finding.rule
        for finding in findings(order, rows, day)
        if finding.severity is Severity.ERROR or finding.rule in _HOLDING
    ]
    work = work_of(order, rows)
    _, unit = rows.look_up(work.unit.serial) if work.unit and work.unit.serial else (None, None)
    if unit is not None and unit.status in _NEVER_SOLD:
        found.append("unit_never_sold")
    if order.accepted_at is not None and order.completed_at < order.accepted_at:
        found.append("completed_too_early")  # a clock set back would earn the bonus of a quick repair
    stored = rows.get(UnitVerdict, work.unit.verdict_id) if work.unit and work.unit.verdict_id else None
    if stored is not None and stored.hq_outcome not in (None, stored.outcome):
        found.append("verdict_differs")
    return tuple(dict.fromkeys(found))


def step(rows: Rows, order: WorkOrder, action: str, source: str, at: datetime, detail: dict[str, str]) -> WorkOrder:
    """Make HQ's own move of an order, with its timeline entry; raises Refusal ``move_not_allowed``."""
    state, held_from = work_order.apply(order.state, order.held_from, action)
    moved = msgspec.structs.replace(order, state=state, held_from=held_from)
    rows.put(moved)
    rows.put(
        TimelineEntry(
            id=derive(source, f"timeline/{action}/{order.id}"),
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            action=action,
            person_id=None,
            person_name="HQ",
            at=at,
            detail=detail,
        )
    )
    return moved


def _no_tariff(order: WorkOrder, source: str, at: datetime) -> Task:
    return Task(
        id=derive(source, "task/no_tariff"),
        branch_id=order.branch_id,
        place_id=order.branch_id,
        kind="no_tariff",
        order_id=order.id,
        facts={"order": order.number},
        at=at,
    )
