"""Rows read ahead for a list answer as the database does."""

import pytest

from app.queries.ahead import Ahead
from core.rows.orders import Note, OrderUnit, WorkOrder
from tests.integration import station_kit as kit


def test_what_is_read_ahead_is_what_the_database_says(tmp_path):
    with kit.filled_store(tmp_path) as store, store.reading() as rows:
        ahead = Ahead(rows)
        assert ahead.fetch(WorkOrder, "id", {kit.ORDER, "none"}) == [rows.get(WorkOrder, kit.ORDER)]
        ahead.fetch(OrderUnit, "order_id", {kit.ORDER, "none"})
        units = rows.find(OrderUnit, order_id=kit.ORDER)
        assert units
        for equal in ({"order_id": kit.ORDER}, {"order_id": kit.ORDER, "position": 1}, {"order_id": "none"}):
            assert list(ahead.find(OrderUnit, **equal)) == list(rows.find(OrderUnit, **equal)), equal
        assert ahead.find(OrderUnit, order_id=kit.ORDER, position=99) == []
        assert ahead.get(WorkOrder, kit.ORDER) == rows.get(WorkOrder, kit.ORDER)
        assert ahead.get(WorkOrder, "none") is None
        assert ahead.get(OrderUnit, units[0].id) == units[0], "held by another column: asked for again"
        assert list(ahead.find(OrderUnit, id=units[0].id)) == units
        assert ahead.find(Note) == rows.find(Note) == []
        with pytest.raises(TypeError):
            ahead.put(units[0])
