"""A person settles what could not be applied: takes a parked operation back, or picks a side of a conflict."""

from typing import Any

import msgspec

from core.operations import contests
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation
from core.operations.orders import change
from core.refusals import Refusal
from core.roles import Role
from core.rows import BY_NAME, Row
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.people import Person
from core.rows.settlement import StatementLine
from core.rows.sync import Conflict, ParkedOperation
from core.work_order import CONTESTED, ENDED

#: Fields into which a person may write a third value; of all others only one of the two values may stand.
TYPED = frozenset({"customer_name", "customer_phone", "customer_address", "fault_report", "result", "decline_reason"})
TYPED |= {"model", "serial", "gtin", "imei", "invoice_number", "invoice_date", "invoice_fen", "warranty_card_date"}
TYPED |= {"installation_date", "condition", "symptom", "section", "defect", "repair", "visit_from", "visit_to"}
#: Fields of a unit that its verdict was judged by.
_JUDGED_BY = frozenset({"model", "serial", "invoice_date", "warranty_card_date", "installation_date"})
_JUDGED_BY |= {"document_problem", "held_by", "exclusions"}
#: Fields of an order that only its branch settles: what became of it, and where it is.
_BRANCHS = frozenset({contests.FIELD, contests.PLACE})


class WithdrawOperation(Args, frozen=True, kw_only=True):
    """Which parked operation."""

    operation_id: Id


class PickValue(Args, frozen=True, kw_only=True):
    """Which conflict, and the value that shall stand: one of the two, or a third."""

    conflict_id: Id
    value: Any


def _parked(rows: Rows, operation_id: str) -> ParkedOperation:
    parked = rows.get(ParkedOperation, operation_id)
    if parked is None or parked.state != "open":
        raise Refusal("operation_not_parked")
    return parked


def check_withdraw(args: WithdrawOperation, operation: Operation, rows: Rows) -> None:
    """It must be parked here."""
    if _parked(rows, args.operation_id).place_id != operation.place:
        raise Refusal("not_your_place")


def withdraw(args: WithdrawOperation, operation: Operation, rows: Rows) -> None:
    """The parked operation is withdrawn; it stays readable."""
    change(rows, _parked(rows, args.operation_id), state="withdrawn", outcome="withdrawn", resolved_by=operation.user)


def _conflict(rows: Rows, conflict_id: str) -> Conflict:
    conflict = rows.get(Conflict, conflict_id)
    if conflict is None or conflict.state != "open":
        by = conflict.picked_by_name if conflict else None
        raise Refusal("conflict_not_open", by=by or "—", value=conflict.picked if conflict else None)
    return conflict


def check_pick(args: PickValue, operation: Operation, rows: Rows) -> None:
    """The conflict must be open at this place or its branch; some are the branch's alone."""
    conflict = _conflict(rows, args.conflict_id)
    if operation.place not in (conflict.place_id, conflict.branch_id):
        raise Refusal("not_your_place")
    order = rows.get(WorkOrder, conflict.order_id or "")
    state = order.state if order else None
    if operation.place != conflict.branch_id and is_the_branchs(conflict.entity, conflict.field, state):
        raise Refusal("pick_is_the_branchs")
    if args.value not in (conflict.hq_value, conflict.place_value) and conflict.field not in TYPED:
        raise Refusal("arguments_invalid", action="pick_value", problem="neither of the two values")


def is_contest(conflict: Conflict) -> bool:
    """Whether it is about what became of an order."""
    return (conflict.entity, conflict.field) == ("work_order", contests.FIELD)


def is_the_branchs(entity: str, field: str, order_state: str | None) -> bool:
    """Whether only the branch may pick: what became of an order and where, and, once it has ended, its pay."""
    if entity == "work_order" and field in _BRANCHS:
        return True
    return entity == "order_unit" and field in _JUDGED_BY and order_state in ENDED


def _write(rows: Rows, row: Row, conflict: Conflict, value: Any) -> None:
    """Write the value and what goes with it. A state that has moved on since the two values stays where it is."""
    fields = msgspec.to_builtins(row)
    now = fields[conflict.field]
    if conflict.field == "state" and now not in (conflict.hq_value, conflict.place_value):
        if value != conflict.hq_value:
            raise Refusal("move_not_allowed", state=now, action="pick_value")
        return
    if value in (conflict.hq_value, conflict.place_value):
        fields |= (conflict.also if value == conflict.place_value else conflict.hq_also) or {}
    fields[conflict.field] = value
    if isinstance(row, OrderUnit) and conflict.field in _JUDGED_BY and value != now:
        fields["verdict_id"] = None
    try:
        rows.put(msgspec.convert(fields, type(row), strict=False))
    except msgspec.ValidationError as error:
        raise Refusal("arguments_invalid", action="pick_value", problem=str(error)) from error


def _settle(rows: Rows, order: WorkOrder, conflict: Conflict, value: Any) -> None:
    """What became of an order: HQ's value leaves it where it is now; the place's is written with all that it did."""
    if value != conflict.place_value:
        return
    taking_back = contests.TAKEN_BACK.get(value)
    if order.state != conflict.hq_value and order.state not in CONTESTED.get(taking_back or "", ()):
        raise Refusal("move_not_allowed", state=order.state.value, action="pick_value")
    if taking_back and rows.find(StatementLine, order_id=order.id):
        raise Refusal("claim_in_statement")
    more = {"completed_at": None} if taking_back else {}
    settled = contests.with_values(order, {**(conflict.also or {}), **more, contests.FIELD: value})
    rows.put(settled)
    if not taking_back:
        _bring_units(rows, settled)


def _give(rows: Rows, order: WorkOrder, conflict: Conflict, value: Any) -> None:
    """Where an order is: what stands stays as it is now; the other is written unless the order has moved on since."""
    sides = [(conflict.hq_value, conflict.hq_also or {}), (conflict.place_value, conflict.also or {})]
    (stands, how), (_, with_it) = reversed(sides) if conflict.stands == "place" else sides
    if value == stands:
        return
    if (order.station_id, order.state) != (stands, how.get(contests.FIELD, order.state)):
        raise Refusal("move_not_allowed", state=order.state.value, action="pick_value")
    given = contests.with_values(order, {**with_it, contests.PLACE: value})
    rows.put(given)
    if given.station_id is not None:
        _bring_units(rows, given)


def _bring_units(rows: Rows, order: WorkOrder) -> None:
    for unit in rows.find(OrderUnit, order_id=order.id):
        if unit.station_id != order.station_id:
            change(rows, unit, station_id=order.station_id)


def pick(args: PickValue, operation: Operation, rows: Rows) -> None:
    """The picked value is written; both old values stay in the conflict's row."""
    conflict = _conflict(rows, args.conflict_id)
    row = rows.get(BY_NAME[conflict.entity], conflict.row_id)
    if isinstance(row, WorkOrder) and is_contest(conflict):
        _settle(rows, row, conflict, args.value)
    elif isinstance(row, WorkOrder) and conflict.field == contests.PLACE:
        _give(rows, row, conflict, args.value)
    elif row is not None:
        _write(rows, row, conflict, args.value)
    person = rows.get(Person, operation.user)
    change(
        rows,
        conflict,
        state="picked",
        picked=args.value,
        picked_by=operation.user,
        picked_by_name=person.name if person else "",
        picked_at=operation.made_at,
    )


EVERYONE = tuple(Role)
WITHDRAW = Action("withdraw_operation", WithdrawOperation, EVERYONE, Nature.DECISION, withdraw, check_withdraw)
PICK = Action("pick_value", PickValue, EVERYONE, Nature.DECISION, pick, check_pick)
