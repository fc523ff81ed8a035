"""Test measurements: kept whatever they are, judged by the list of their day, asked for by the pre-flight."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import resources
from core import measurements as m
from core import reference
from core.claiming import findings
from core.ids import derive
from core.preflight import SENTENCES, Severity
from core.refusals import Refusal
from core.rows.jobs import MeasuredValue, Phase
from core.rows.orders import Job, OrderUnit, WorkOrder
from core.rows.reference import DocumentKind, ReferenceDocument
from core.work_order import State
from hq.sample.memory import MemoryRows
from tests.unit import world as w
from tests.unit.test_jobs import done, in_work, refused

SHIPPED = msgspec.json.decode(resources.read_text("codes", "measurements.json"), type=list[m.MeasurementList])
POWER = m.Measurement(code="PWR", zh="待机功耗", en="Standby power", symbol="W", high=1000)
RAIL = m.Measurement(code="V12", zh="12V电压", en="12 V rail", symbol="V", low=11_400, high=12_600, asked=m.Asked.AFTER)
FIGURES = st.integers(-(10**9), 10**9)


def listed(*entries: m.Measurement, revision: str = "1", from_day=w.TODAY, product_class: str = "tv_lcd"):
    """A published list."""
    body = m.MeasurementList(
        product_class=product_class, version=revision, in_force_from=from_day, measurements=entries
    )
    return ReferenceDocument(
        id=w.an_id(f"list {product_class} {revision}"),
        kind=DocumentKind.MEASUREMENTS,
        name=product_class,
        revision=revision,
        in_force_from=from_day,
        body=msgspec.Raw(msgspec.json.encode(body)),
    )


def asked(*entries: m.Measurement) -> MemoryRows:
    """A TV at work whose class asks for these."""
    return in_work(listed(*(entries or (POWER, RAIL))))


def measure(rows: MemoryRows, code: str, phase: str, value: int, **fields):
    """Record a figure."""
    tool = {"tool": fields.pop("tool")} if "tool" in fields else {}
    given = {"unit_id": w.UNIT, "code": code, "phase": phase, "value": value} | tool
    return done(rows, "record_measurement", given, label=f"{code}{phase}{value}", **fields)


def lacks(rows: MemoryRows) -> list[tuple[str, str, str]]:
    """What the pre-flight says of measurements."""
    order = rows.get(WorkOrder, w.ORDER)
    found = [one for one in findings(order, rows, w.TODAY) if one.field == "measurements"]
    assert all(one.severity is Severity.WARNING for one in found)
    assert all(SENTENCES[one.rule].format_map(one.facts) for one in found)
    return [(one.rule, str(one.facts["measurement"]), str(one.facts["phase"])) for one in found]


def test_what_the_class_asks_for_is_a_warning_until_it_is_there_and_right():
    rows = asked()
    assert lacks(rows) == [
        ("measurement_missing", "PWR", "before"),
        ("measurement_missing", "PWR", "after"),
        ("measurement_missing", "V12", "after"),
    ]
    measure(rows, "PWR", "before", 7_000)
    measure(rows, "PWR", "after", 1_001)
    measure(rows, "V12", "after", 12_000)
    assert lacks(rows) == [("measurement_outside", "PWR", "after")], "before the repair it may be wrong"
    measure(rows, "PWR", "after", 400, made_at=w.NOW + timedelta(minutes=1))
    assert lacks(rows) == [], "of two figures the newer one counts"
    assert len(rows.find(MeasuredValue, order_id=w.ORDER)) == 4, "and none is lost"


def test_nothing_is_asked_where_the_class_has_no_list_or_nothing_was_mended():
    assert lacks(in_work()) == []
    assert lacks(in_work(listed(POWER, product_class="phone"))) == []
    rows = in_work(listed(POWER), job=Job.INSPECTION)
    assert lacks(rows) == []
    rows = asked()
    unit = rows.get(OrderUnit, w.UNIT)
    rows.put(msgspec.structs.replace(unit, order_id=w.an_id("elsewhere")))
    assert lacks(rows) == []


def test_a_figure_carries_the_bounds_of_its_day_and_the_meter():
    rows = asked()
    measure(rows, "V12", "before", -5, tool="M-07")
    (one,) = rows.find(MeasuredValue, order_id=w.ORDER)
    assert (one.value, one.symbol, one.low, one.high, one.tool) == (-5, "V", 11_400, 12_600, "M-07")
    assert (one.phase, one.measured_by, one.station_id) == (Phase.BEFORE, w.TECHNICIAN, w.STATION)


def test_the_newest_list_that_is_in_force_counts():
    tomorrow = w.TODAY + timedelta(days=1)
    narrow = msgspec.structs.replace(POWER, high=500)
    rows = in_work(listed(POWER), listed(narrow, revision="2", from_day=tomorrow))
    assert reference.measurements_in_force(rows, "tv_lcd", w.TODAY).find("PWR").high == 1000
    assert reference.measurements_in_force(rows, "tv_lcd", tomorrow).find("PWR").high == 500
    assert reference.measurements_in_force(rows, "tv_lcd", w.TODAY - timedelta(days=1)) is None
    late = w.NOW.replace(hour=17)  # the next day already where the station is
    measure(rows, "PWR", "before", 1, made_at=late)
    assert rows.find(MeasuredValue, order_id=w.ORDER)[0].high == 500


def test_headquarters_keeps_what_its_list_does_not_know():
    rows = asked(POWER)
    assert refused(rows, "record_measurement", {"unit_id": w.UNIT, "code": "XX", "phase": "after", "value": 1}) == (
        "measurement_unknown"
    )
    from core.operations import action_named
    from core.operations.kernel import Nature, decode_args

    action = action_named("record_measurement")
    operation = w.an_operation(
        action.name, {"order_id": w.ORDER, "unit_id": w.UNIT, "code": "XX", "phase": "after", "value": 1}
    )
    action.replay(decode_args(action, operation.args), operation, rows)
    (one,) = rows.find(MeasuredValue, code="XX")
    assert action.nature is Nature.FACT and (one.low, one.high, one.symbol) == (None, None, "")
    assert one.id == derive(operation.id, "measured_value"), "a replay writes the same row"


@pytest.mark.parametrize(
    ("fields", "args", "code"),
    [
        ({"state": State.COMPLETED, "completed_at": w.NOW}, {}, "move_not_allowed"),
        ({}, {"unit_id": w.an_id("another")}, "unit_unknown"),
        ({}, {"value": 10**13}, "arguments_invalid"),
        ({}, {"phase": "later"}, "arguments_invalid"),
    ],
)
def test_only_on_the_orders_unit_while_it_is_here(fields, args, code):
    rows = in_work(listed(POWER), **fields)
    given = {"unit_id": w.UNIT, "code": "PWR", "phase": "after", "value": 1} | args
    assert refused(rows, "record_measurement", given) == code


@given(FIGURES, st.none() | FIGURES, st.none() | FIGURES)
def test_a_figure_is_outside_exactly_beyond_a_bound(value, low, high):
    below, above = low is not None and value < low, high is not None and value > high
    assert m.outside(value, low, high) is (below or above)
    for bound in (low, high):
        assert bound is None or not m.outside(bound, low=bound, high=bound), "a bound is right itself"


@given(FIGURES)
def test_a_figure_is_read_as_it_is_written(value):
    text = m.figure_text(value)
    assert m.milli_of(text) == value
    assert m.milli_of(f"  +{text}" if value >= 0 else text.replace("-", "−")) == value
    assert not text.endswith(".") and "e" not in text


@pytest.mark.parametrize(("text", "value"), [("１２．５", 12_500), ("0.75", 750), ("-18", -18_000), ("-0.5", -500)])
def test_full_width_and_signs(text, value):
    assert m.milli_of(text) == value


@pytest.mark.parametrize("text", ["", "abc", "1.2345", "1,5", ".5", "5.", "1e3", "--1", "1234567890", "∞", "1 2"])
def test_what_is_no_figure_is_refused(text):
    with pytest.raises(Refusal, match="figure_invalid"):
        m.milli_of(text)


@given(st.lists(st.tuples(st.sampled_from(["PWR", "V12"]), st.sampled_from(list(Phase)), FIGURES), max_size=8))
def test_what_falls_short_is_what_is_wanted_and_absent_or_wrong(figures):
    values = [
        MeasuredValue(
            id=w.an_id(f"{place}"), branch_id=w.BRANCH, station_id=w.STATION, order_id=w.ORDER, unit_id=w.UNIT,
            code=code, phase=phase, value=value, low=low, high=high, measured_by=w.TECHNICIAN,
            measured_at=w.NOW + timedelta(minutes=place),
        )
        for place, (code, phase, value) in enumerate(figures)
        for low, high in [(None, 1000) if code == "PWR" else (11_400, 12_600)]
    ]  # fmt: skip
    asked_for = m.MeasurementList(product_class="x", version="1", in_force_from=w.TODAY, measurements=(POWER, RAIL))
    last = {(code, phase): value for code, phase, value in figures}
    found = {(one.measurement.code, one.phase): one.missing for one in m.shortfalls(asked_for, reversed(values))}
    for one in asked_for.measurements:
        for phase in one.phases:
            value = last.get((one.code, phase))
            wrong = value is not None and phase is Phase.AFTER and m.outside(value, one.low, one.high)
            assert found.get((one.code, phase)) == (True if value is None else False if wrong else None)
    assert RAIL.phases == (Phase.AFTER,) and ("V12", Phase.BEFORE) not in found


def test_a_list_that_contradicts_itself_is_no_list():
    with pytest.raises(ValueError, match="low is above high"):
        msgspec.structs.replace(POWER, low=2000)
    with pytest.raises(ValueError, match="twice"):
        m.MeasurementList(product_class="x", version="1", in_force_from=w.TODAY, measurements=(POWER, POWER))


def test_the_shipped_lists_are_whole():
    assert {one.product_class for one in SHIPPED} == {"refrigerator", "washing_machine", "air_conditioner"}
    for one in SHIPPED:
        assert all(entry.zh and entry.en and (entry.low, entry.high) != (None, None) for entry in one.measurements)
