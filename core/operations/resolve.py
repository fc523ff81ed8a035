"""A person settles what could not be applied: takes a parked operation back, or picks a side of a conflict."""

from typing import Any

import msgspec

from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation
from core.operations.orders import change
from core.refusals import Refusal
from core.roles import Role
from core.rows import BY_NAME, Row
from core.rows.orders import OrderUnit
from core.rows.sync import Conflict, ParkedOperation

#: Fields into which a person may write a third value; of all others only one of the two values may stand.
TYPED = frozenset({"customer_name", "customer_phone", "customer_address", "fault_report", "result", "decline_reason"})
TYPED |= {"model", "serial", "gtin", "imei", "invoice_number", "invoice_date", "invoice_fen", "warranty_card_date"}
TYPED |= {"installation_date", "condition", "symptom", "section", "defect", "repair", "visit_from", "visit_to"}
#: Fields of a unit that its verdict was judged by.
_JUDGED_BY = frozenset({"model", "serial", "invoice_date", "warranty_card_date", "installation_date"})
_JUDGED_BY |= {"document_problem"}


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
    change(rows, _parked(rows, args.operation_id), state="withdrawn", resolved_by=operation.user)


def _conflict(rows: Rows, conflict_id: str) -> Conflict:
    conflict = rows.get(Conflict, conflict_id)
    if conflict is None or conflict.state != "open":
        raise Refusal("conflict_not_open")
    return conflict


def check_pick(args: PickValue, operation: Operation, rows: Rows) -> None:
    """The conflict must be open at this place or its branch."""
    conflict = _conflict(rows, args.conflict_id)
    if operation.place not in (conflict.place_id, conflict.branch_id):
        raise Refusal("not_your_place")
    if args.value not in (conflict.hq_value, conflict.place_value) and conflict.field not in TYPED:
        raise Refusal("arguments_invalid", action="pick_value", problem="neither of the two values")


def _write(rows: Rows, row: Row, conflict: Conflict, value: Any) -> None:
    """Write the value. A state never goes back: HQ's leaves the row as it is, the place's must still follow on it."""
    fields = msgspec.to_builtins(row)
    now = fields[conflict.field]
    if conflict.field == "state" and now != conflict.hq_value:
        if value != conflict.hq_value:
            raise Refusal("move_not_allowed", state=now, action="pick_value")
        return
    fields[conflict.field] = value
    if isinstance(row, OrderUnit) and conflict.field in _JUDGED_BY and value != now:
        fields["verdict_id"] = None
    try:
        rows.put(msgspec.convert(fields, type(row), strict=False))
    except msgspec.ValidationError as error:
        raise Refusal("arguments_invalid", action="pick_value", problem=str(error)) from error


def pick(args: PickValue, operation: Operation, rows: Rows) -> None:
    """The picked value is written; both old values stay in the conflict's row."""
    conflict = _conflict(rows, args.conflict_id)
    row = rows.get(BY_NAME[conflict.entity], conflict.row_id)
    if row is not None:
        _write(rows, row, conflict, args.value)
    change(rows, conflict, state="picked", picked=args.value, picked_by=operation.user)


EVERYONE = tuple(Role)
WITHDRAW = Action("withdraw_operation", WithdrawOperation, EVERYONE, Nature.DECISION, withdraw, check_withdraw)
PICK = Action("pick_value", PickValue, EVERYONE, Nature.DECISION, pick, check_pick)
