"""Figures measured at a station: kept at HQ with the bounds HQ knows, a task when nobody asked for them."""

import json

import msgspec
import pytest

from core.refusals import Refusal
from core.rows.jobs import MeasuredValue
from core.rows.orders import WorkOrder
from core.rows.reference import DocumentKind, ReferenceDocument
from core.rows.sync import Task
from core.work_order import State
from hq.feed import work
from hq.imports import import_bytes
from tests.integration.device import NOW
from tests.unit import world

LIST = {
    "product_class": "tv_lcd", "version": "2026-11", "in_force_from": "2026-11-01",
    "measurements": [{"code": "PWR", "zh": "待机功耗", "en": "Standby power", "symbol": "W", "high": 1000}],
}  # fmt: skip


def publish(hq, body=LIST) -> int:
    """HQ gives out the list."""
    return import_bytes(hq.store, "measurements", "list.json", json.dumps([body]).encode(), NOW)


def lists(hq) -> list[ReferenceDocument]:
    return [one for one in hq.rows(ReferenceDocument) if one.kind is DocumentKind.MEASUREMENTS]


def measured(hq, **more):
    """The station's device sends one figure of the order at work."""
    with work(hq.store) as doing:
        order = doing.view(world.BRANCH).get(WorkOrder, world.ORDER)
        doing.rows(world.BRANCH).put(msgspec.structs.replace(order, state=State.IN_PROGRESS))
    device = hq.device()
    given = {"order_id": world.ORDER, "unit_id": world.UNIT, "code": "PWR", "phase": "after", "value": 1_200}
    return device, device.one(device.do("record_measurement", given | more))


def test_a_figure_outside_is_kept_with_its_bounds_and_comes_down_again(hq):
    publish(hq)
    device, answer = measured(hq, tool="M-03")
    assert answer.outcome == "applied"
    (one,) = hq.rows(MeasuredValue)
    assert (one.value, one.high, one.symbol, one.tool) == (1_200, 1_000, "W", "M-03")
    seen = [line.entity for line in device.everything().values()]
    assert "measured_value" in seen
    assert not hq.rows(Task, order_id=world.ORDER)


def test_a_figure_nobody_asked_for_is_a_fact_with_a_task(hq):
    _device, answer = measured(hq)
    assert answer.outcome == "applied"
    (one,) = hq.rows(MeasuredValue)
    assert (one.value, one.high) == (1_200, None)
    assert [task.facts["code"] for task in hq.rows(Task, order_id=world.ORDER)] == ["measurement_unknown"]


def test_a_list_is_published_by_file_and_its_version_is_never_another(hq):
    before = len(lists(hq))
    assert publish(hq) == 1
    assert publish(hq) == 1, "the same again changes nothing"
    assert len(lists(hq)) == before + 1
    with pytest.raises(Refusal, match="import_invalid"):
        publish(hq, LIST | {"measurements": []})
    twice = LIST | {"version": "2", "measurements": LIST["measurements"] * 2}
    with pytest.raises(Refusal, match="import_invalid"):
        publish(hq, twice)
