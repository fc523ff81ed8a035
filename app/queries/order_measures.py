"""What is measured on the order's unit before and after the repair: each line with its limits and its figures."""

from dataclasses import dataclass
from datetime import date

from core import reference
from core.measurements import Measurement, MeasurementList, newest, outside
from core.rows.access import Rows
from core.rows.jobs import MeasuredValue, Phase
from core.rows.orders import WorkOrder


@dataclass(frozen=True)
class Figure:
    """One figure in thousandths, whether it lies outside its limits, and the meter's number."""

    value: int
    outside: bool
    tool: str


@dataclass(frozen=True)
class MeasureLine:
    """One measurement: names, unit, limits (thousandths; None: no limit), and a figure per phase that has one."""

    code: str
    zh: str
    en: str
    symbol: str
    low: int | None
    high: int | None
    asked: tuple[Phase, ...]
    figures: dict[Phase, Figure]


def measure_lines(rows: Rows, order: WorkOrder, unit_id: str | None, day: date) -> tuple[MeasureLine, ...]:
    """What the product class asks for on ``day`` in its order; then figures that its list no longer knows."""
    values = newest(rows.find(MeasuredValue, order_id=order.id, unit_id=unit_id)) if unit_id else {}
    asked = reference.measurements_in_force(rows, order.product_class, day)
    listed = asked.measurements if asked else ()
    others = [one for one in values.values() if asked is None or asked.find(one.code) is None]
    unlisted = {one.code: _unlisted(one) for one in others}
    return tuple(_line(one, values, asked) for one in (*listed, *unlisted.values()))


def _unlisted(one: MeasuredValue) -> Measurement:
    return Measurement(code=one.code, zh=one.code, en=one.code, symbol=one.symbol, low=one.low, high=one.high)


def _line(
    one: Measurement, values: dict[tuple[str, Phase], MeasuredValue], asked: MeasurementList | None
) -> MeasureLine:
    figures = {
        phase: Figure(value.value, outside(value.value, value.low, value.high), value.tool)
        for phase in Phase
        if (value := values.get((one.code, phase))) is not None
    }
    listed = asked is not None and asked.find(one.code) is not None
    return MeasureLine(one.code, one.zh, one.en, one.symbol, one.low, one.high, one.phases if listed else (), figures)
