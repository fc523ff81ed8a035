"""A figure taken on a unit before or after its repair; what lies outside its bounds is kept and marked."""

from datetime import timedelta

from core.ids import derive
from core.measurements import Measurement, Milli
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Id, Operation, OptionalCode
from core.operations.orders import check_open, order_of, unit_of
from core.reference import measurements_in_force
from core.refusals import Refusal
from core.rows.jobs import MeasuredValue, Phase
from core.work_order import STATION


class RecordMeasurement(Args, frozen=True, kw_only=True):
    """Which measurement of which unit and phase, its value in thousandths of the unit, and the meter's number."""

    order_id: Id
    unit_id: Id
    code: Code
    phase: Phase
    value: Milli
    tool: OptionalCode = ""


def _asked(args: RecordMeasurement, operation: Operation, rows: Rows) -> Measurement | None:
    day = (operation.made_at + timedelta(minutes=operation.utc_offset_minutes)).date()
    found = measurements_in_force(rows, order_of(rows, args.order_id).product_class, day)
    return found.find(args.code) if found else None


def check(args: RecordMeasurement, operation: Operation, rows: Rows) -> None:
    """The order is at the station, and its product class knows such a measurement."""
    check_open(rows, args.order_id, operation)
    unit_of(rows, args.order_id, args.unit_id)
    if _asked(args, operation, rows) is None:
        raise Refusal("measurement_unknown", code=args.code)


def replay(args: RecordMeasurement, operation: Operation, rows: Rows) -> None:
    """Keep the figure with the bounds of its day; what the list does not know (any more) has none."""
    order, asked = order_of(rows, args.order_id), _asked(args, operation, rows)
    rows.put(
        MeasuredValue(
            id=derive(operation.id, "measured_value"),
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            unit_id=args.unit_id,
            code=args.code,
            phase=args.phase,
            value=args.value,
            symbol=asked.symbol if asked else "",
            low=asked.low if asked else None,
            high=asked.high if asked else None,
            tool=args.tool,
            measured_by=operation.user,
            measured_at=operation.made_at,
        )
    )


ACTION = Action("record_measurement", RecordMeasurement, STATION, Nature.FACT, replay, check)
