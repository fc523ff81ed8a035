"""Any text that is scanned or typed leads somewhere or nowhere, and never into an error."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.offline_db.store import LocalRows
from app.queries.find import Target, find_target
from app.queries.orders import OrderFilter, count_by_state, list_orders
from tests.integration.cli import kit
from tests.integration.cli.kit import At

STORY = kit.trade().story


@pytest.fixture
def rows(at: At) -> Iterator[LocalRows]:
    """The station's rows."""
    with at.open().store.reading() as rows:
        yield rows


@pytest.mark.parametrize(
    ("text", "page", "params"),
    [
        (kit.NUMBER, "order", {"order": kit.ORDER}),
        (f" {kit.NUMBER.lower()} ", "order", {"order": kit.ORDER}),
        (kit.EXCHANGED, "unit", {"serial": kit.EXCHANGED}),
        (STORY.customer_phone, "orders", {"text": STORY.customer_phone}),
    ],
)
def test_what_leads_somewhere(rows: LocalRows, text: str, page: str, params: dict[str, str]) -> None:
    assert find_target(rows, text) == Target(page, params)


@pytest.mark.parametrize("text", ["ZZZ-NOTHING", "P12345-1", "490154203237510", "%", "_", "\\", "'", "\0", "a\0b"])
def test_what_leads_nowhere(rows: LocalRows, text: str) -> None:
    assert find_target(rows, text) is None


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
@example("]C1" + "01" + "0" * 14)
@example("\ud800")
@example("x" * 100_000)
@example("a " * 5_000)
@example("\x1d" * 50)
def test_any_text(rows: LocalRows, text: str) -> None:
    assert isinstance(find_target(rows, text), Target | None)


@pytest.mark.parametrize("text", ["a " * 5_000, "x" * 100_000, "%_'\"\\", "\0", " ", "\ud800"])
def test_any_filter(rows: LocalRows, text: str) -> None:
    assert isinstance(list_orders(rows.connection, OrderFilter(text=text, limit=5)), list)
    assert isinstance(count_by_state(rows.connection, OrderFilter(text=text)), dict)
