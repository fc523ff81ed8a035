"""The stock ledger: sums of moves, reversals, what falls below zero, and the duty to return old parts."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.parts_ledger import (
    Duty,
    DutyRule,
    StockKey,
    balance,
    balances,
    below_zero,
    check,
    due_on,
    falls_below_zero,
    kind_of,
    location,
    overdue,
    reversal,
    reversed_ids,
    whereabouts,
)
from core.refusals import Refusal
from core.rows.parts import Condition, LocationKind, StockMove

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SUPPLIER = location(LocationKind.SUPPLIER)
HQ = location(LocationKind.HQ, "hq")
STATION = location(LocationKind.STATION, "s1")
BAG = location(LocationKind.BAG, "t1")
UNIT = location(LocationKind.UNIT, "u1")
PLACES = [SUPPLIER, HQ, STATION, BAG, UNIT, location(LocationKind.SCRAPPED), location(LocationKind.OPENING)]


def move(id_, from_, to, quantity=1, part="P1", condition=Condition.NEW, **facts):
    return StockMove(
        id=id_,
        branch_id="b",
        station_id="s1",
        part_id=part,
        quantity=quantity,
        condition=condition,
        from_location=from_,
        to_location=to,
        moved_by="me",
        moved_at=facts.pop("at", NOON),
        **facts,
    )


moves = st.lists(
    st.builds(
        move,
        st.uuids().map(str),
        st.sampled_from(PLACES),
        st.sampled_from(PLACES),
        quantity=st.integers(1, 50),
        part=st.sampled_from(["P1", "P2"]),
        condition=st.sampled_from(Condition),
    ),
    max_size=12,
)

DAY_AT_A_STATION = [
    move("1", SUPPLIER, HQ, 10),
    move("2", HQ, STATION, 4),
    move("3", STATION, BAG, 2),
    move("4", BAG, UNIT),
    move("5", UNIT, STATION, condition=Condition.DEFECTIVE),
    move("6", location(LocationKind.OPENING), STATION, 3, part="P2"),
]

BALANCES = [
    ("P1", HQ, Condition.NEW, 6),
    ("P1", STATION, Condition.NEW, 2),
    ("P1", STATION, Condition.DEFECTIVE, 1),
    ("P1", BAG, Condition.NEW, 1),
    ("P2", STATION, Condition.NEW, 3),
    ("P9", STATION, Condition.NEW, 0),
]


@pytest.mark.parametrize(("part", "place", "condition", "quantity"), BALANCES)
def test_stock_is_the_sum_of_the_moves(part, place, condition, quantity):
    assert balance(DAY_AT_A_STATION, part, place, condition) == quantity


@given(moves)
def test_nothing_comes_from_nowhere(ledger):
    per_part = Counter()
    for key, quantity in balances(ledger).items():
        per_part[key.part_id, key.condition] += quantity
    assert not any(per_part.values())


@given(moves, st.randoms(use_true_random=False))
def test_the_order_of_the_moves_does_not_matter(ledger, random):
    shuffled = list(ledger)
    random.shuffle(shuffled)
    assert balances(shuffled) == balances(ledger)


@given(moves)
def test_reversing_every_move_leaves_nothing(ledger):
    undone = [reversal(one, f"r{n}", "lead", NOON) for n, one in enumerate(ledger)]
    assert not any(balances([*ledger, *undone]).values())
    assert reversed_ids(undone) == {one.id for one in ledger}
    assert reversed_ids(ledger) == frozenset()


def test_a_reversal_says_what_it_undoes_and_is_not_undone_itself():
    back = reversal(DAY_AT_A_STATION[2], "r", "lead", NOON + timedelta(hours=1))
    assert (back.from_location, back.to_location, back.quantity) == (BAG, STATION, 2)
    assert (back.reverses_id, back.reason, back.moved_by, back.version) == ("3", "reversal", "lead", 0)
    with pytest.raises(Refusal) as refused:
        reversal(back, "rr", "lead", NOON)
    assert refused.value.code == "stock_move_reversed"


def test_a_station_may_go_below_zero_and_it_is_flagged():
    taken = move("1", STATION, UNIT, 2)
    totals = balances([move("0", HQ, STATION, 1), taken])
    assert below_zero(totals) == [(StockKey("P1", STATION, Condition.NEW), -1)]  # HQ's stock is the ERP's
    assert falls_below_zero(balances([move("0", HQ, STATION, 1)]), taken)
    assert not falls_below_zero(balances([move("0", HQ, STATION, 2)]), taken)
    assert falls_below_zero({}, taken)


@pytest.mark.parametrize("source", [SUPPLIER, HQ, UNIT, location(LocationKind.OPENING)])
def test_where_nothing_was_counted_in_nothing_is_missing(source):
    taken = move("1", source, STATION, 5)
    assert not falls_below_zero({}, taken)
    assert below_zero(balances([taken])) == []


@pytest.mark.parametrize("wrong", [move("1", HQ, STATION, 0), move("1", HQ, STATION, -1), move("1", HQ, HQ)])
def test_what_is_no_move_is_refused(wrong):
    with pytest.raises(Refusal) as refused:
        check(wrong)
    assert refused.value.code == "stock_move_invalid"


def test_a_plain_move_is_fine():
    check(DAY_AT_A_STATION[0])
    assert kind_of(STATION) is LocationKind.STATION
    with pytest.raises(ValueError, match="nowhere"):
        kind_of("nowhere:1")


def test_a_serial_is_where_its_last_move_took_it():
    ledger = [
        move("2", STATION, BAG, serial="A", at=NOON + timedelta(hours=1)),
        move("1", HQ, STATION, serial="A"),
        move("3", HQ, STATION, serial="B", at=NOON + timedelta(hours=2)),
        move("4", HQ, STATION, serial="A", part="P2", at=NOON + timedelta(hours=2)),
    ]
    assert whereabouts(ledger, "P1", "A") == BAG
    assert whereabouts(ledger, "P1", "C") is None


RULES = [DutyRule(part_class="panel", days=15), DutyRule(part_class="remote", days=0)]
TAKEN_OUT = date(2026, 5, 1)

DUTIES = [
    ("panel", "maker", date(2026, 5, 16), "its own deadline"),
    ("tuner", "maker", date(2026, 5, 31), "the default of 30 days"),
    ("remote", "maker", None, "need not come back"),
    ("panel", "customer", None, "a paid repair: the old part is the customer's"),
]


@pytest.mark.parametrize(("part_class", "payer", "due", "why"), DUTIES)
def test_an_old_part_is_due_by_its_part_class(part_class, payer, due, why):
    assert due_on(TAKEN_OUT, part_class, payer, RULES) == due, why


def test_overdue_begins_the_day_after_the_last_day():
    duties = [
        Duty("in-time", date(2026, 5, 16), returned=False),
        Duty("late", date(2026, 5, 15), returned=False),
        Duty("back", date(2026, 5, 1), returned=True),
        Duty("none", None, returned=False),
    ]
    assert list(overdue(duties, date(2026, 5, 16))) == [("late", 1)]
