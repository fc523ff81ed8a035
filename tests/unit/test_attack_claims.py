"""Claims that a lying clock would better: an order that ended before it began is held for a call-back."""

from datetime import date, timedelta

import msgspec
import pytest

from core.rows.orders import WorkOrder
from core.rows.settlement import Claim
from hq.claims.service import signals_of
from hq.sample import sample
from hq.sample.memory import MemoryRows

SIGNAL = "completed_too_early"


@pytest.fixture(scope="module")
def rows() -> MemoryRows:
    made = sample(date(2026, 6, 17), stations=3, units=600, orders=60)
    found = MemoryRows()
    for row in made.rows:
        found.put(row)
    for unit in made.units:
        found.know(unit)
    return found


def test_an_order_that_ended_before_it_began_is_held(rows):
    orders = [rows.get(WorkOrder, claim.order_id) for claim in rows.find(Claim)]
    ended = [order for order in orders if order is not None and order.completed_at and order.accepted_at]
    assert ended
    for order in ended:
        assert SIGNAL not in signals_of(rows, order)
        early = msgspec.structs.replace(order, completed_at=order.accepted_at - timedelta(seconds=1))
        assert SIGNAL in signals_of(rows, early)
