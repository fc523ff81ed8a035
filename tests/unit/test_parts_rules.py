"""The rules of parts: suggested orders, supersession, stock figures, requests, accounts, shipments, receipts."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import ceil, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.parts import account, ordering, policy, requests, shipping, stock, supersession
from core.parts.books import successors_of
from core.parts.shipping import Counted, Source
from core.parts_ledger import Duty, StockKey, balances
from core.refusals import Refusal
from core.roles import PlaceKind
from core.rows.parts import AccountEntry, Condition, PartLine, StockMove
from core.rows.reference import Part
from core.rows.supply import (
    Allocation,
    PartsAccount,
    ReceiptLine,
    RequestLine,
    Reservation,
    Shipment,
    ShipmentLine,
)
from hq.sample.memory import MemoryRows
from tests.unit import world as w

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
TODAY = date(2026, 5, 1)
OWN = {"branch_id": w.BRANCH, "station_id": w.STATION}


# --- suggested orders -------------------------------------------------------------------------------------------------

uses = st.lists(st.integers(1, 40), max_size=60)
rhythms = st.builds(
    ordering.Rhythm,
    lead_days=st.integers(0, 60),
    review_days=st.integers(0, 60),
    service_permille=st.sampled_from(sorted(ordering.DEVIATES)),
)
positions = st.builds(
    ordering.Position,
    available=st.integers(-20, 200),
    in_transit=st.integers(0, 50),
    requested=st.integers(0, 50),
)


@given(uses, rhythms)
def test_safety_stock_is_the_textbook_formula_rounded_up(used, rhythm):
    days = 60
    mean = Fraction(sum(used), days)
    variance = Fraction(sum(q * q for q in used), days) - mean * mean
    exact = ordering.deviate(rhythm.service_permille) / 1000 * sqrt(variance * rhythm.lead_days)
    found = ordering.safety_stock(used, days, rhythm)
    assert exact - 1e-6 <= found <= ceil(exact + 1e-6) + 1e-9


@given(uses, rhythms, positions)
def test_a_suggestion_fills_up_to_the_level_and_only_when_the_position_is_low(used, rhythm, position):
    found = ordering.suggest(used, 90, rhythm, position)
    assert found.order_up_to >= found.reorder_point >= found.safety >= 0
    if position.total > found.reorder_point:
        assert found.quantity == 0
    else:
        assert position.total + found.quantity == max(found.order_up_to, position.total)
    assert (found.used, found.days, found.available) == (sum(used), 90, position.available)


def test_the_figures_of_one_suggestion():
    # three pieces on each of ten days of a month: one a day, σ = 1.414; a week to come, ordered every two weeks
    rhythm = ordering.Rhythm(lead_days=7, review_days=14, service_permille=950)
    found = ordering.suggest([3] * 10, 30, rhythm, ordering.Position(available=4, in_transit=2, requested=1))
    assert (found.z_milli, found.safety, found.reorder_point, found.order_up_to) == (1645, 7, 14, 28)
    assert found.quantity == 28 - 7


def test_what_was_never_used_is_ordered_only_where_it_is_missing():
    assert ordering.suggest([], 90, ordering.Rhythm(), ordering.Position()).quantity == 0
    assert ordering.suggest([], 90, ordering.Rhythm(), ordering.Position(available=-2)).quantity == 2
    with pytest.raises(ValueError, match="one day"):
        ordering.suggest([], 0, ordering.Rhythm(), ordering.Position())


@pytest.mark.parametrize(("level", "z"), [(0, 842), (949, 1645), (950, 1645), (951, 1960), (1000, 3090)])
def test_a_service_level_between_two_of_the_table_takes_the_higher(level, z):
    assert ordering.deviate(level) == z


# --- supersession -----------------------------------------------------------------------------------------------------


def test_a_chain_ends_with_the_newest_part():
    successors = {"A": "B", "B": "C", "C": None}
    assert supersession.chain("A", successors) == ("A", "B", "C")
    assert supersession.chain("X", successors) == ("X",)
    assert supersession.may_stand_for("C", "A", successors)
    assert not supersession.may_stand_for("A", "C", successors)
    assert supersession.in_cycles(successors) == []


@given(st.dictionaries(st.sampled_from("ABCDEF"), st.sampled_from(["A", "B", "C", "D", "E", "F", None]), max_size=6))
def test_every_chain_ends_or_is_named_a_cycle(successors):
    turning = supersession.in_cycles(successors)
    for part in "ABCDEF":
        if part in turning:
            with pytest.raises(Refusal) as refused:
                supersession.chain(part, successors)
            assert refused.value.code == "supersession_cycle"
        else:
            found = supersession.chain(part, successors)
            assert successors.get(found[-1]) is None
            assert len(set(found)) == len(found)


def test_the_catalogue_is_followed_to_where_it_ends_or_turns():
    rows = MemoryRows()
    fields = {"name_zh": "板", "name_en": "B", "part_class": "x", "main_part": False, "price_fen": 1, "transfer_fen": 1}
    for one, following in (("A", "B"), ("B", "A"), ("C", "gone")):
        rows.put(Part(id=one, superseded_by=following, **fields))
    assert successors_of(rows, "A") == {"A": "B", "B": "A"}
    assert successors_of(rows, "C") == {"C": "gone", "gone": None}


# --- what is there ----------------------------------------------------------------------------------------------------


def reservation(number: int, order: str, part: str, quantity: int) -> Reservation:
    return Reservation(
        id=str(number), order_id=order, part_id=part, quantity=quantity, made_by="me", made_at=NOON, **OWN
    )


def line(number: int, order: str, part: str, quantity: int) -> PartLine:
    return PartLine(
        id=str(number),
        order_id=order,
        unit_id="u",
        part_id=part,
        quantity=quantity,
        added_by="me",
        added_at=NOON,
        **OWN,
    )


def test_what_is_kept_is_reserved_less_released_less_put_in():
    kept = [reservation(1, "o1", "P", 3), reservation(2, "o1", "P", -1), reservation(3, "o2", "P", 1)]
    assert stock.outstanding(kept, [], ()) == {("o1", "P"): 2, ("o2", "P"): 1}
    used = [line(1, "o1", "P", 5), line(2, "o3", "P", 5)]
    assert stock.outstanding(kept, used, ()) == {("o2", "P"): 1}, "what was used beyond takes nothing from others"
    assert stock.outstanding(kept, [], {"o1"}) == {("o2", "P"): 1}
    assert stock.per_part({("o1", "P"): 2, ("o2", "P"): 1, ("o2", "Q"): 4}) == {"P": 3, "Q": 4}


def test_the_figures_of_a_station():
    here, bag, on_way = "station:s", "bag:t", "transit:1"
    totals = {
        StockKey("P", here, Condition.NEW): 5,
        StockKey("P", here, Condition.DEFECTIVE): 1,
        StockKey("P", bag, Condition.NEW): 2,
        StockKey("P", on_way, Condition.NEW): 4,
        StockKey("P", on_way, Condition.DEFECTIVE): 9,
        StockKey("P", "transit:2", Condition.NEW): 9,
        StockKey("P", "station:other", Condition.NEW): 9,
        StockKey("Q", here, Condition.NEW): -1,
    }
    found = stock.figures_at(totals, {"P": 2, "R": 1}, here, {on_way})
    assert found["P"] == ("P", 5, 2, 2, 4, 1)
    assert (found["P"].available, found["Q"].available, found["R"].available) == (3, -1, -1)
    assert stock.figures_at(totals, {}, "branch:b", ()) == {}
    assert stock.place_location(PlaceKind.BRANCH, "b") == "branch:b"


# --- requests ---------------------------------------------------------------------------------------------------------


def request_line(quantity: int, name: str = "l") -> RequestLine:
    return RequestLine(id=name, request_id="r", part_id="P", quantity=quantity, **OWN)


def allocation(quantity: int, refused: int = 0, name: str = "l") -> Allocation:
    return Allocation(
        id="a", request_id="r", line_id=name, part_id="P", quantity=quantity, refused=refused, source="hq:",
        made_at=NOON, **OWN,
    )  # fmt: skip


def sent(quantity: int, shipment: str) -> ShipmentLine:
    return ShipmentLine(id="s", shipment_id=shipment, part_id="P", quantity=quantity, request_line_id="l", **OWN)


def a_shipment(name: str, *, received: bool = False, **more) -> Shipment:
    ends = {"from_location": f"branch:{w.BRANCH}", "to_location": f"station:{w.STATION}"} | more
    return Shipment(id=name, sent_at=NOON, received_at=NOON if received else None, **(OWN | ends))


STATES = [
    (5, [], [], "open"),
    (5, [(2, 0)], [], "allocated_partly"),
    (5, [(2, 0), (3, 0)], [], "allocated"),
    (5, [(2, 3)], [], "allocated"),
    (5, [(0, 5)], [], "refused"),
    (5, [(5, 0)], [(2, False)], "sent_partly"),
    (5, [(2, 0)], [(2, True)], "sent_partly"),
    (5, [(5, 0)], [(2, True), (3, False)], "sent"),
    (5, [(2, 3)], [(2, True)], "done"),
]


@pytest.mark.parametrize(("asked", "granted", "shipped", "state"), STATES)
def test_the_state_of_a_request_is_told_by_its_rows(asked, granted, shipped, state):
    shipments = {f"s{n}": a_shipment(f"s{n}", received=received) for n, (_, received) in enumerate(shipped)}
    left = [sent(quantity, f"s{n}") for n, (quantity, _) in enumerate(shipped)]
    found = requests.progress([request_line(asked)], [allocation(*one) for one in granted], left, shipments)
    assert requests.state_of(False, found) == state
    assert requests.state_of(True, found) == "withdrawn"
    (one,) = found
    assert one.to_allocate + one.allocated + one.refused == asked
    assert one.to_send == one.allocated - one.sent


def test_a_piece_that_serves_no_line_counts_for_none():
    stray = ShipmentLine(id="s", shipment_id="gone", part_id="P", quantity=3, **OWN)
    (one,) = requests.progress([request_line(2)], [], [stray, sent(1, "gone")], {})
    assert (one.sent, one.arrived, one.to_come) == (1, 0, 2)


# --- the account ------------------------------------------------------------------------------------------------------


def terms(**fields) -> PartsAccount:
    return PartsAccount(id=w.STATION, set_at=NOON, **(OWN | fields))


LATE = [Duty("o", TODAY - timedelta(days=40), returned=False), Duty("p", TODAY - timedelta(days=90), returned=True)]
ACCOUNTS = [
    (None, 10**9, None),
    (terms(limit_fen=1_000), 400, None),
    (terms(limit_fen=1_000), 401, "parts_account_limit"),
    (terms(frozen=True, reason="对账未完成"), 0, "parts_account_frozen"),
    (terms(freeze_after_days=40), 0, None),
    (terms(freeze_after_days=39), 0, "parts_account_overdue"),
]


@pytest.mark.parametrize(("found", "value", "code"), ACCOUNTS)
def test_what_an_account_stops(found, value, code):
    stand = account.standing(found, -500, LATE, 100, TODAY)
    assert (stand.owed_fen, stand.overdue_days) == (500, 40)
    refusal = account.why_not(stand, value)
    assert (refusal.code if refusal else None) == code


def test_an_account_tells_what_is_free():
    stand = account.standing(terms(limit_fen=1_000), -800, [], 300, TODAY)
    assert (stand.free_fen, stand.overdue_days, stand.frozen_by_age) == (-100, 0, False)
    assert account.standing(None, 0, [], 0, TODAY).free_fen is None
    refusal = account.why_not(stand, 100)
    assert refusal is not None
    assert refusal.facts == {"limit": "10.00", "over": "2.00"}


# --- bought near by ---------------------------------------------------------------------------------------------------


def test_the_policy_says_what_may_be_bought_and_for_how_much():
    rules = policy.PartsPolicy(version="1", in_force_from=TODAY, local_classes=("capacitor",), cap_percent=80)
    policy.check_local(rules, "capacitor", 1_000, 800)
    for found, part_class, price, code in (
        (rules, "panel", 1, "local_purchase_forbidden"),
        (None, "capacitor", 1, "local_purchase_forbidden"),
        (rules, "capacitor", 801, "local_price_too_high"),
    ):
        with pytest.raises(Refusal) as refused:
            policy.check_local(found, part_class, 1_000, price)
        assert refused.value.code == code


# --- shipments --------------------------------------------------------------------------------------------------------

pieces = st.dictionaries(st.sampled_from(["MB-5535", "PN-5535", "XX-1"]), st.integers(1, 9), max_size=3)
counts = st.lists(
    st.builds(
        Counted, part_id=st.sampled_from(["MB-5535", "PN-5535", "XX-1"]), good=st.integers(0, 9), doa=st.integers(0, 3)
    ),
    max_size=4,
)
FROM = st.sampled_from([f"branch:{w.BRANCH}", "hq:hq", f"station:{w.OTHER_STATION}"])


def shipped(rows: MemoryRows, boxed: dict[str, int], from_: str, to: str = f"station:{w.STATION}") -> Shipment:
    made = a_shipment(w.an_id("shipment"), from_location=from_, to_location=to)
    lines = [shipping.Sent(part_id=part, quantity=quantity) for part, quantity in sorted(boxed.items())]
    shipping.put_shipment(rows, made, lines, Source(w.an_id("sending"), None, NOON))
    return made


def receipt(rows: MemoryRows, made: Shipment, counted: list[Counted]) -> list[shipping.Finding]:
    current = rows.get(Shipment, made.id)
    assert current is not None
    return shipping.put_receipt(rows, current, counted, Source(w.an_id("receiving"), w.LEAD, NOON))


@given(pieces, counts, FROM)
def test_what_is_counted_arrives_and_what_is_not_stays_a_difference(boxed, counted, from_):
    rows = w.a_world()
    before = balances(rows.find(StockMove))
    made = shipped(rows, boxed, from_)
    found = receipt(rows, made, counted)
    came: Counter[str] = Counter()
    for one in counted:
        came[one.part_id] += one.good + one.doa
    after = balances(rows.find(StockMove))
    left = shipping.differences(rows.find(StockMove), made.id)
    for part in {*boxed, *came}:
        here = [StockKey(part, made.to_location, condition) for condition in Condition]
        assert sum(after[key] - before[key] for key in here) == came[part]
        assert left.get((part, Condition.NEW), 0) == boxed.get(part, 0) - came[part]
        told: Counter[str] = Counter()
        for one in found:
            told[one.finding] += one.quantity if one.part_id == part else 0
        assert told["ok"] + told["doa"] + told["over"] + told["wrong"] == came[part]
        assert told["short"] == max(0, boxed.get(part, 0) - came[part])
    doa = sum(one.doa for one in counted)
    assert sum(after[StockKey(p, made.to_location, Condition.DEFECTIVE)] for p in {*boxed, *came}) == doa
    assert {row.finding for row in rows.find(ReceiptLine)} == {one.finding for one in found}


@given(pieces, counts, FROM)
def test_the_accounts_follow_the_pieces_and_a_second_receipt_changes_nothing(boxed, counted, from_):
    rows = w.a_world()
    made = shipped(rows, boxed, from_)
    assert rows.find(AccountEntry) == []
    receipt(rows, made, counted)
    owed: Counter[str] = Counter()
    for one in rows.find(AccountEntry):
        owed[one.station_id or ""] += one.amount_fen
    prices = {part.id: part.transfer_fen for part in rows.find(Part)}
    worth = sum(prices.get(one.part_id, 0) * (one.good + one.doa) for one in counted)
    assert owed[w.STATION] == -worth
    gave = worth if from_.startswith("station:") else 0
    assert owed[w.OTHER_STATION] == gave
    again = rows.everything()
    assert receipt(rows, made, counted) == []
    assert rows.everything() == again


@given(pieces, counts, FROM, st.sampled_from(["sender", "lost"]))
def test_a_settled_shipment_has_nothing_under_way(boxed, counted, from_, outcome):
    rows = w.a_world()
    made = shipped(rows, boxed, from_)
    receipt(rows, made, counted)
    current = rows.get(Shipment, made.id)
    assert current is not None
    left = shipping.differences(rows.find(StockMove), made.id)
    shipping.put_settlement(rows, current, left, outcome, Source(w.an_id("settling"), w.MANAGER, NOON))
    assert shipping.differences(rows.find(StockMove), made.id) == {}
    after = balances(rows.find(StockMove))
    lost = sum(quantity for quantity in left.values() if quantity > 0) if outcome == "lost" else 0
    assert sum(quantity for key, quantity in after.items() if key.location == "scrapped:") == lost


def test_what_goes_back_credits_its_station_and_no_account_knows_the_branch():
    rows = w.a_world()
    back = shipped(rows, {w.PART: 2}, f"station:{w.STATION}", f"branch:{w.BRANCH}")
    receipt(rows, back, [Counted(part_id=w.PART, good=1)])
    (credit,) = rows.find(AccountEntry)
    assert (credit.station_id, credit.amount_fen, credit.kind) == (w.STATION, 21_000, "return")


def test_defective_pieces_are_not_found_defective_again():
    rows = w.a_world()
    made = a_shipment(w.an_id("back"), from_location=f"station:{w.STATION}", to_location=f"branch:{w.BRANCH}")
    sending = [shipping.Sent(part_id=w.PART, quantity=1, condition=Condition.DEFECTIVE)]
    shipping.put_shipment(rows, made, sending, Source(w.an_id("sending"), w.LEAD, NOON))
    receipt(rows, made, [Counted(part_id=w.PART, doa=1)])
    after = balances(rows.find(StockMove))
    assert after[StockKey(w.PART, f"branch:{w.BRANCH}", Condition.DEFECTIVE)] == 1
    assert after[StockKey(w.PART, f"branch:{w.BRANCH}", Condition.NEW)] == 0
