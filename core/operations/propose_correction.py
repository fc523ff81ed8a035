"""A place proposes to correct the registry's entry of a unit; headquarters decides."""

from typing import Annotated

from msgspec import Meta

from core.corrections import check_value, value_in
from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Hash, Id, Operation, Text
from core.refusals import Refusal
from core.rows.orders import WorkOrder
from core.rows.units import CorrectionField, UnitCorrection
from core.work_order import BRANCH, STATION

Value = Annotated[str, Meta(max_length=200)]


class ProposeCorrection(Args, frozen=True, kw_only=True):
    """Which unit, which field, what stands there now and what should ("" nothing; days in ISO form), and why."""

    order_id: Id | None = None
    model: Code
    serial: Annotated[str, Meta(min_length=1, max_length=64)]
    field: CorrectionField
    old: Value = ""
    new: Value
    reason: Text
    photo_sha256: Hash | None = None


def check(args: ProposeCorrection, operation: Operation, rows: Rows) -> None:
    """The registry must know the unit, the value must be possible, and something must change."""
    if args.order_id is not None and rows.get(WorkOrder, args.order_id) is None:
        raise Refusal("order_unknown", order=args.order_id)
    _, unit = rows.look_up(args.serial)
    if unit is None:
        raise Refusal("unit_not_registered", serial=args.serial)
    check_value(args.field, args.new, rows)
    if args.new == value_in(unit, args.field):
        raise Refusal("correction_changes_nothing", field=args.field.value)


def replay(args: ProposeCorrection, operation: Operation, rows: Rows) -> None:
    """Store the proposal; the registry itself changes only by headquarters' decision."""
    own_branch = operation.place == operation.branch_id
    rows.put(
        UnitCorrection(
            id=derive(operation.id, "correction"),
            branch_id=operation.branch_id,
            station_id=None if own_branch else operation.place,
            order_id=args.order_id,
            model=args.model,
            serial=args.serial,
            field=args.field,
            old=args.old,
            new=args.new,
            reason=args.reason,
            photo_sha256=args.photo_sha256,
            proposed_by=operation.user,
            proposed_at=operation.made_at,
        )
    )


ACTION = Action("propose_correction", ProposeCorrection, STATION + BRANCH, Nature.FACT, replay, check)
