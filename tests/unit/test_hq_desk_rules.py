"""Rules of HQ's desks that need no database: months, impossible states, cells, a branch from an address."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.refusals import Refusal
from core.rows.orders import WorkOrder
from core.rows.settlement import Claim, Statement, StatementLine
from core.settlement import StatementState
from core.work_order import HOLDS, State
from hq.books.trade import impossible
from hq.callbacks.service import Result, answer
from hq.dispatch.messages import NewOrder
from hq.dispatch.service import branch_of
from hq.erp.tables import as_csv, safe
from hq.sample import sample
from hq.sample.dice import Dice, id_at
from hq.sample.memory import MemoryRows
from hq.settlement.desk import DocumentLine, StatementDocument
from hq.settlement.service import last_day, move_statement, settle_branch

NOW = datetime(2026, 6, 17, 3, tzinfo=UTC)
SAMPLE = sample(date(2026, 6, 17), stations=3, units=600, orders=60)


def rows() -> MemoryRows:
    found = MemoryRows()
    for row in SAMPLE.rows:
        found.put(row)
    for unit in SAMPLE.units:
        found.know(unit)
    return found


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 12, 31)))
def test_the_last_day_is_in_the_month_and_the_next_is_not(day):
    last = last_day(f"{day:%Y-%m}")
    assert (last.year, last.month) == (day.year, day.month)
    assert (last + timedelta(days=1)).day == 1


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-00", "26-01", "2026-1", "2026-01-01", "x-y", "0-1"])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(Refusal, match="month_invalid"):
        last_day(text)


@given(st.text(max_size=30))
def test_a_csv_cell_never_begins_like_a_formula_and_keeps_its_text(text):
    cell = safe(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell.removeprefix("'") == text.removeprefix("'") or cell == text


@given(st.lists(st.tuples(st.text(max_size=20), st.integers(-(10**9), 10**9)), max_size=8))
def test_the_table_holds_every_line_and_the_total(given_lines):
    lines = tuple(
        DocumentLine(order=name, kind="part", part=name, part_name=name, quantity=1, amount_fen=fen, tariff="1")
        for name, fen in given_lines
    )
    total = sum(fen for _, fen in given_lines)
    document = StatementDocument(
        id="s", month="2026-06", run=1, branch="SZ", station="SZ01", station_name="站", made_at=NOW, total_fen=total,
        lines=lines,
    )  # fmt: skip
    table = list(csv.reader(io.StringIO(as_csv(document).decode("utf-8-sig"), newline="")))
    assert len(table) == len(lines) + 2
    assert sum(round(float(row[5]) * 100) for row in table[1:-1]) == total == round(float(table[-1][5]) * 100)


@given(st.sampled_from(list(State)), st.sampled_from(list(State)))
def test_a_finished_order_put_into_another_state_by_hand_is_noticed(state, other):
    found = rows_once()
    claims = {claim.order_id: claim for claim in found.find(Claim)}
    for order in found.find(WorkOrder, state=state)[:2]:
        assert impossible(order, claims.get(order.id)) == []
        claim = claims.get(order.id)
        fits = other is state or (other is State.SETTLED and claim is not None and claim.state == "settled")
        if claim is not None and not fits and other in HOLDS | {State.ACCEPTED, State.NEW, State.SETTLED}:
            assert impossible(msgspec.structs.replace(order, state=other), claim)


_ROWS: list[MemoryRows] = []


def rows_once() -> MemoryRows:
    """Rows that a test only reads."""
    if not _ROWS:
        _ROWS.append(rows())
    return _ROWS[0]


def test_settling_any_number_of_times_gives_the_same():
    found, branch = rows(), SAMPLE.story.branch_id
    for claim in found.find(Claim, state="open"):
        answer(found, claim.order_id, Result.VALID, "", NOW, id_at(NOW, claim.id))
    view = found.of_branch(branch)
    first = settle_branch(view, "2026-06", NOW)
    again = settle_branch(view, "2026-06", NOW + timedelta(days=1))
    assert [item.statement for item in first] == [item.statement for item in again]
    assert not any(item.changed for item in again)
    others = [statement for statement in found.find(Statement, month="2026-06") if statement.branch_id != branch]
    assert others == []


def test_a_statement_that_is_no_draft_takes_no_more_lines():
    found = rows()
    confirmed = next(s for s in found.find(Statement) if s.state is StatementState.CONFIRMED)
    claim = next(c for c in found.find(Claim, state="settled") if c.station_id == confirmed.station_id)
    late = msgspec.structs.replace(claim, id=id_at(NOW, "late"), state="verified", signals=())
    found.put(late)
    before = found.find(StatementLine, statement_id=confirmed.id)
    settle_branch(found.of_branch(confirmed.branch_id), confirmed.month, NOW)
    assert found.find(StatementLine, statement_id=confirmed.id) == before
    assert found.get(Claim, late.id).state in ("verified", "settled")


def test_paying_a_statement_closes_its_orders():
    found = rows()
    statement = next(s for s in found.find(Statement) if s.state is StatementState.CONFIRMED)
    steps = (
        "approve_statement",
        "audit_statement",
        "issue_invoice",
        "check_invoice",
        "post_statement",
        "pay_statement",
    )
    for step in steps:
        move_statement(found, statement.id, step, NOW)
    orders = {line.order_id for line in found.find(StatementLine, statement_id=statement.id)}
    assert orders
    assert {found.get(WorkOrder, order_id).state for order_id in orders} == {State.CLOSED}


@pytest.mark.parametrize(
    ("address", "code"), [("深圳市南山区", "SZ"), ("四川省成都市武侯区", "CD"), ("广州天河", "GZ")]
)
def test_a_branch_is_told_by_its_city(address, code):
    order = msgspec.convert(
        {"external_id": "1", "customer": {"name": "王", "phone": "100", "address": address}, "fault": "坏"}, NewOrder
    )
    assert branch_of(rows_once(), order).code == code


def test_an_address_with_two_cities_needs_the_branch():
    body = {"external_id": "1", "customer": {"name": "王", "phone": "100", "address": "深圳市成都路"}, "fault": "坏"}
    with pytest.raises(Refusal, match="branch_unknown"):
        branch_of(rows_once(), msgspec.convert(body, NewOrder))
    assert branch_of(rows_once(), msgspec.convert(body | {"branch": "CD"}, NewOrder)).code == "CD"


@given(st.text(), st.integers(1, 1000))
def test_dice_repeat_and_stay_in_range(seed, end):
    first, second = Dice(seed), Dice(seed)
    thrown = [first.below(end) for _ in range(5)]
    assert thrown == [second.below(end) for _ in range(5)]
    assert all(0 <= number < end for number in thrown)
