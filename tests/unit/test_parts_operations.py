"""What stations, branches and technicians do with parts: what each operation writes, and what it refuses."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ids import derive
from core.parts.books import (
    granted_left,
    granted_lines,
    kept_for_orders,
    progress_of,
    shelf_of,
    standing_of,
    worth_fen,
)
from core.parts.requests import state_of
from core.parts.shipping import differences
from core.parts_ledger import balance, balances
from core.refusals import Refusal
from core.roles import Role
from core.rows.orders import TimelineEntry
from core.rows.parts import AccountEntry, Condition, OldPart, OldPartState, PartLine, StockMove
from core.rows.reference import DocumentKind, Part, ReferenceDocument
from core.rows.supply import (
    Allocation,
    LocalPurchase,
    PartRequest,
    PartTransfer,
    ReceiptLine,
    RequestLine,
    Reservation,
    Shipment,
    StockCount,
    TransferState,
)
from core.work_order import State
from tests.unit import world as w
from tests.unit.world import MemoryRows, a_world, an_order, do

HERE, THERE = f"station:{w.STATION}", f"station:{w.OTHER_STATION}"
OTHER_LEAD = w.an_id("other lead")
PHOTO = {"photo_sha256": "a" * 64, "photo_bytes": 100, "media_type": "image/png"}


def world(*extra: Any) -> MemoryRows:
    return a_world(w.person(OTHER_LEAD, w.OTHER_STATION, Role.STATION_LEAD), *extra)


def refused(rows: MemoryRows, name: str, args: dict[str, Any], **fields: Any) -> str:
    with pytest.raises(Refusal) as caught:
        do(rows, name, args, **fields)
    return caught.value.code


def one(rows: MemoryRows, kind: type[Any]) -> Any:
    (found,) = rows.find(kind)
    return found


def stock(rows: MemoryRows, place: str = HERE, condition: Condition = Condition.NEW, part: str = w.PART) -> int:
    return balance(rows.find(StockMove), part, place, condition)


def asked(rows: MemoryRows, quantity: int = 5, **fields: Any) -> PartRequest:
    args = {"lines": [{"part_id": w.PART, "quantity": quantity}]} | fields
    made = do(rows, "request_parts", args, user=w.LEAD, label=str(args))
    found = rows.get(PartRequest, derive(made.id, "request"))
    assert found is not None
    return found


def line_of(rows: MemoryRows, request: PartRequest) -> RequestLine:
    return one_of(rows.find(RequestLine, request_id=request.id))


def one_of(found: Any) -> Any:
    (row,) = found
    return row


def granted(rows: MemoryRows, request: PartRequest, quantity: int, **more: Any) -> None:
    line = {"line_id": line_of(rows, request).id, "quantity": quantity} | more
    do(rows, "allocate_request", {"request_id": request.id, "lines": [line]}, user=w.MANAGER, label=str(more))


def sent(rows: MemoryRows, request: PartRequest, quantity: int, label: str = "") -> Shipment:
    line = {"part_id": w.PART, "quantity": quantity, "request_line_id": line_of(rows, request).id}
    args = {"to_place_id": w.STATION, "request_id": request.id, "lines": [line]}
    made = do(rows, "ship_parts", args, user=w.MANAGER, label=label)
    found = rows.get(Shipment, derive(made.id, "shipment"))
    assert found is not None
    return found


def state(rows: MemoryRows, request: PartRequest) -> str:
    return state_of(request.state == "withdrawn", progress_of(rows, request.id))


# --- the whole way ----------------------------------------------------------------------------------------------------


def test_from_request_to_receipt_and_account() -> None:
    rows = world()
    request = asked(rows, order_id=w.ORDER)
    assert (request.kind, state(rows, request), standing_of(rows, w.STATION, w.TODAY).asked_fen) == (
        "order",
        "open",
        5 * 21_000,
    )
    assert one_of(rows.find(TimelineEntry, order_id=w.ORDER)).action == "request_parts"
    granted(rows, request, 3)
    assert (state(rows, request), one(rows, Allocation).source) == ("allocated_partly", f"branch:{w.BRANCH}")
    shipment = sent(rows, request, 3)
    assert (stock(rows, f"branch:{w.BRANCH}"), stock(rows, f"transit:{shipment.id}")) == (-3, 3)
    counted = [{"part_id": w.PART, "good": 2}]
    do(rows, "receive_shipment", {"shipment_id": shipment.id, "counted": counted}, user=w.TECHNICIAN)
    assert (stock(rows), stock(rows, f"transit:{shipment.id}")) == (4, 1)
    assert {(row.finding, row.quantity) for row in rows.find(ReceiptLine)} == {("ok", 2), ("short", 1)}
    assert one(rows, AccountEntry).amount_fen == -42_000
    do(rows, "settle_shipment", {"shipment_id": shipment.id, "outcome": "sender"}, user=w.MANAGER)
    assert (stock(rows, f"branch:{w.BRANCH}"), stock(rows, f"transit:{shipment.id}")) == (-2, 0)
    again = {"shipment_id": shipment.id, "outcome": "lost"}
    assert refused(rows, "settle_shipment", again, user=w.MANAGER) == "shipment_settled"
    granted(rows, request, 0, refused=2, reason="停产")
    assert (state(rows, request), standing_of(rows, w.STATION, w.TODAY).asked_fen) == ("done", 0)


def test_what_was_received_before_is_received_once() -> None:
    rows = world()
    request = asked(rows)
    granted(rows, request, 1)
    shipment = sent(rows, request, 1)
    args = {"shipment_id": shipment.id, "counted": [{"part_id": w.PART, "good": 1}]}
    do(rows, "receive_shipment", args)
    assert refused(rows, "receive_shipment", args, label="again") == "shipment_received"
    assert refused(rows, "settle_shipment", {"shipment_id": shipment.id, "outcome": "lost"}, user=w.MANAGER) == (
        "shipment_settled"
    )
    from core.operations import receive_shipment

    operation = w.an_operation("receive_shipment", args, label="a fact all the same")
    before = rows.everything()
    receive_shipment.replay(msgspec.convert(args, receive_shipment.ReceiveShipment), operation, rows)
    assert rows.everything() == before


# --- requests ---------------------------------------------------------------------------------------------------------


def test_a_request_names_what_exists() -> None:
    rows = world(an_order(id=w.an_id("elsewhere"), station_id=w.OTHER_STATION, technician_id=None))
    unknown = {"lines": [{"part_id": "NO-SUCH", "quantity": 1}]}
    assert refused(rows, "request_parts", unknown) == "part_unknown"
    line = {"lines": [{"part_id": w.PART, "quantity": 1}]}
    assert refused(rows, "request_parts", line | {"order_id": w.an_id("elsewhere")}) == "not_your_place"
    assert refused(rows, "request_parts", {"lines": []}) == "arguments_invalid"
    assert refused(rows, "request_parts", line, user=w.MANAGER) == "role_not_allowed"


def test_a_request_is_taken_back_while_nothing_is_on_its_way() -> None:
    rows = world()
    request = asked(rows)
    args = {"request_id": request.id}
    assert refused(rows, "withdraw_request", args, user=OTHER_LEAD, place=w.OTHER_STATION) == "not_your_place"
    assert refused(rows, "withdraw_request", {"request_id": w.an_id("none")}) == "part_request_unknown"
    granted(rows, request, 5)
    shipment = sent(rows, request, 2)
    assert refused(rows, "withdraw_request", args) == "part_request_sent"
    do(rows, "receive_shipment", {"shipment_id": shipment.id, "counted": []})
    do(rows, "withdraw_request", args)
    assert (one(rows, PartRequest).state, standing_of(rows, w.STATION, w.TODAY).asked_fen) == ("withdrawn", 0)
    assert refused(rows, "withdraw_request", args, label="again") == "part_request_closed"
    line = {"line_id": line_of(rows, request).id, "quantity": 1}
    closed = {"request_id": request.id, "lines": [line]}
    assert refused(rows, "allocate_request", closed, user=w.MANAGER) == "part_request_closed"


def test_what_has_all_arrived_is_not_taken_back() -> None:
    rows = world()
    request = asked(rows, 1)
    granted(rows, request, 0, refused=1, reason="停产")
    assert refused(rows, "withdraw_request", {"request_id": request.id}) == "part_request_closed"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"quantity": 6}, "allocation_too_much"),
        ({"quantity": 3, "refused": 3, "reason": "x"}, "allocation_too_much"),
        ({"quantity": 0}, "part_request_unknown"),
        ({"refused": 1, "reason": " "}, "reason_missing"),
        ({"quantity": 1, "part_id": w.PANEL}, "part_no_substitute"),
        ({"quantity": 1, "line_id": w.an_id("none")}, "part_request_unknown"),
    ],
)
def test_what_a_branch_cannot_grant(line: dict[str, Any], code: str) -> None:
    rows = world()
    request = asked(rows)
    given = {"line_id": line_of(rows, request).id} | line
    args = {"request_id": request.id, "lines": [given]}
    assert refused(rows, "allocate_request", args, user=w.MANAGER) == code


def test_two_lines_for_the_same_asked_line_count_together() -> None:
    rows = world()
    request = asked(rows)
    line = {"line_id": line_of(rows, request).id, "quantity": 3}
    args = {"request_id": request.id, "lines": [line, line]}
    assert refused(rows, "allocate_request", args, user=w.MANAGER) == "allocation_too_much"


def test_a_successor_may_be_given_and_another_branch_gives_nothing() -> None:
    rows = world()
    part = rows.get(Part, w.PART)
    assert part is not None
    rows.put(msgspec.structs.replace(part, superseded_by=w.PANEL))
    request = asked(rows)
    granted(rows, request, 1, part_id=w.PANEL)
    assert one(rows, Allocation).part_id == w.PANEL
    manager = w.an_id("their manager")
    rows.put(w.person(manager, w.OTHER_BRANCH, Role.BRANCH_MANAGER, branch_id=w.OTHER_BRANCH))
    line = {"line_id": line_of(rows, request).id, "quantity": 1}
    args = {"request_id": request.id, "lines": [line]}
    assert refused(rows, "allocate_request", args, user=manager, place=w.OTHER_BRANCH) == "not_your_place"


def test_a_faulty_new_part_is_exchanged_and_leaves_the_good_ones() -> None:
    rows = world()
    args = {"part_id": w.PART, "serial": "NP1", "order_id": w.ORDER}
    do(rows, "request_exchange", args)
    assert (stock(rows), stock(rows, condition=Condition.DEFECTIVE)) == (1, 1)
    request, line = one(rows, PartRequest), one(rows, RequestLine)
    assert (request.kind, line.finding, line.serial) == ("exchange", "faulty", "NP1")
    assert standing_of(rows, w.STATION, w.TODAY).asked_fen == 0, (
        "what replaces a part that was paid for draws nothing more"
    )
    do(rows, "request_exchange", {"part_id": w.PART, "finding": "wrong_part"}, label="2")
    do(rows, "request_exchange", {"part_id": w.PART, "from_new": False}, label="3")
    assert (stock(rows), stock(rows, condition=Condition.DEFECTIVE)) == (1, 1)
    assert refused(rows, "request_exchange", {"part_id": "NO-SUCH"}) == "part_unknown"


# --- the account ------------------------------------------------------------------------------------------------------


def test_the_account_stands_by_draws_old_parts_and_requests() -> None:
    rows = world()
    asked(rows, 2)
    later = asked(rows, 1, note="later", order_id=w.ORDER)
    rows.put(
        AccountEntry(
            id=w.an_id("draw"), branch_id=w.BRANCH, station_id=w.STATION, amount_fen=-5_000, kind="draw", at=w.NOW
        )
    )
    owed = {"branch_id": w.BRANCH, "station_id": w.STATION, "warehouse_id": w.WAREHOUSE, "order_id": w.ORDER}
    owed |= {"part_line_id": "l", "part_id": w.PART, "due_on": w.TODAY.replace(day=1)}
    rows.put(OldPart(id=w.an_id("old"), tag="A", state=OldPartState.TAGGED, **owed))
    rows.put(OldPart(id=w.an_id("back"), tag="B", state=OldPartState.WRITTEN_OFF, **owed))
    found = standing_of(rows, w.STATION, w.TODAY, leave_out=later.id)
    assert (found.owed_fen, found.overdue_days) == (5_000, 19)
    assert found.asked_fen == 2 * 21_000


# --- sending ----------------------------------------------------------------------------------------------------------


def test_a_branch_sends_to_its_own_stations_what_was_granted() -> None:
    rows = world()
    request = asked(rows)
    granted(rows, request, 1)
    line = {"part_id": w.PART, "quantity": 2, "request_line_id": line_of(rows, request).id}
    to = {"to_place_id": w.STATION, "lines": [line]}
    much = to | {"request_id": request.id}
    assert refused(rows, "ship_parts", much, user=w.MANAGER) == "shipment_not_granted"
    assert refused(rows, "ship_parts", to | {"to_place_id": w.an_id("no")}, user=w.MANAGER) == "place_unknown"
    assert refused(rows, "ship_parts", to | {"to_place_id": w.WAREHOUSE}, user=w.MANAGER) == "station_unknown"
    two = [{"part_id": w.PART, "quantity": 1}, {"part_id": w.PART, "quantity": 1, "condition": "defective"}]
    assert refused(rows, "ship_parts", to | {"lines": two}, user=w.MANAGER) == "stock_move_invalid"
    do(rows, "ship_parts", to, user=w.MANAGER)  # without a request: the branch fills up by itself
    assert one(rows, Shipment).request_id is None


def test_a_station_sends_back_to_its_branch_and_to_hq_and_nowhere_else() -> None:
    hq = w.an_id("hq")
    rows = world(w.place(hq, w.PlaceKind.HQ, "HQ", hq))
    line = {"lines": [{"part_id": w.PART, "quantity": 1, "condition": "defective"}]}
    for number, place in enumerate((w.BRANCH, hq)):
        do(rows, "ship_parts", line | {"to_place_id": place}, user=w.LEAD, label=str(number))
    assert {row.to_location for row in rows.find(Shipment)} == {f"branch:{w.BRANCH}", f"hq:{hq}"}
    assert {row.station_id for row in rows.find(Shipment)} == {w.STATION}
    assert refused(rows, "ship_parts", line | {"to_place_id": w.WAREHOUSE}, user=w.LEAD) == "place_unknown"
    assert refused(rows, "ship_parts", line | {"to_place_id": w.OTHER_STATION}, user=w.LEAD) == "transfer_unknown"
    back = next(row for row in rows.find(Shipment) if row.to_location.startswith("branch"))
    counted = {"shipment_id": back.id, "counted": [{"part_id": w.PART, "good": 1}]}
    assert refused(rows, "receive_shipment", counted) == "not_your_place"
    do(rows, "receive_shipment", counted, user=w.MANAGER)
    assert (one(rows, AccountEntry).kind, one(rows, AccountEntry).amount_fen) == ("return", 21_000)


def test_what_a_receipt_and_a_settlement_refuse() -> None:
    rows = world()
    assert refused(rows, "receive_shipment", {"shipment_id": w.an_id("no"), "counted": []}) == "shipment_unknown"
    request = asked(rows)
    granted(rows, request, 2)
    shipment = sent(rows, request, 2)
    named = {"shipment_id": shipment.id}
    strange = named | {"counted": [{"part_id": "NO-SUCH", "good": 1}]}
    assert refused(rows, "receive_shipment", strange) == "part_unknown"
    assert refused(rows, "settle_shipment", named | {"outcome": "lost"}, user=w.MANAGER) == "shipment_not_received"
    manager = w.an_id("their manager")
    rows.put(w.person(manager, w.OTHER_BRANCH, Role.BRANCH_MANAGER, branch_id=w.OTHER_BRANCH))
    foreign = {"user": manager, "place": w.OTHER_BRANCH}
    assert refused(rows, "settle_shipment", named | {"outcome": "lost"}, **foreign) == "not_your_place"
    do(rows, "receive_shipment", named | {"counted": [{"part_id": w.PANEL, "good": 1}]})
    do(rows, "settle_shipment", named | {"outcome": "lost"}, user=w.MANAGER)
    assert differences(rows.find(StockMove), shipment.id) == {}
    assert stock(rows, "scrapped:") == 2
    assert stock(rows, f"branch:{w.BRANCH}", part=w.PANEL) == -1, "what came too much had been the sender's"


# --- keeping for an order ---------------------------------------------------------------------------------------------


def test_parts_are_kept_for_an_order_until_they_are_put_in_or_released() -> None:
    rows = world(an_order(id=w.an_id("second"), number="SZ-2"))
    part = {"order_id": w.ORDER, "part_id": w.PART}
    do(rows, "reserve_part", part | {"quantity": 2})
    assert kept_for_orders(rows, w.STATION) == {(w.ORDER, w.PART): 2}
    second = {"order_id": w.an_id("second"), "part_id": w.PART}
    assert refused(rows, "reserve_part", second) == "part_not_available"
    assert refused(rows, "release_part", part | {"quantity": 3}) == "part_not_reserved"
    do(rows, "release_part", part | {"quantity": 1, "reason": "不用了"})
    do(rows, "reserve_part", second, label="second")
    assert kept_for_orders(rows, w.STATION, w.PART) == {(w.ORDER, w.PART): 1, (w.an_id("second"), w.PART): 1}
    do(rows, "use_part", part | {"unit_id": w.UNIT})
    assert kept_for_orders(rows, w.STATION) == {(w.an_id("second"), w.PART): 1}
    rows.put(an_order(id=w.an_id("second"), number="SZ-2", state=State.CANCELLED))
    assert kept_for_orders(rows, w.STATION) == {}
    rows.put(an_order(id=w.an_id("second"), number="SZ-2", station_id=w.OTHER_STATION))
    assert kept_for_orders(rows, w.STATION) == {}
    assert len(rows.find(Reservation)) == 3


# --- bags -------------------------------------------------------------------------------------------------------------


def test_a_technician_fills_a_bag_and_uses_out_of_it() -> None:
    rows = world()
    bag = f"bag:{w.TECHNICIAN}"
    do(rows, "move_bag", {"technician_id": w.TECHNICIAN, "part_id": w.PART, "quantity": 2})
    assert (stock(rows), stock(rows, bag)) == (0, 2)
    do(rows, "move_bag", {"technician_id": w.TECHNICIAN, "part_id": w.PART, "back": True}, label="back")
    assert (stock(rows), stock(rows, bag)) == (1, 1)
    do(rows, "use_part", {"order_id": w.ORDER, "unit_id": w.UNIT, "part_id": w.PART, "from_bag": True})
    assert (stock(rows), stock(rows, bag)) == (1, 0)
    assert one(rows, PartLine).part_id == w.PART


def test_a_technician_keeps_to_their_own_bag() -> None:
    rows = world()
    args = {"technician_id": w.COLLEAGUE, "part_id": w.PART}
    assert refused(rows, "move_bag", args) == "bag_of_another"
    do(rows, "move_bag", args, user=w.LEAD)
    assert refused(rows, "move_bag", {"technician_id": OTHER_LEAD, "part_id": w.PART}) == "person_unknown"
    assert refused(rows, "move_bag", args | {"part_id": "NO-SUCH"}) == "part_unknown"


# --- counts -----------------------------------------------------------------------------------------------------------


def counted(expected: int, found: int, reason: str = "", part: str = w.PART) -> dict[str, Any]:
    return {"part_id": part, "expected": expected, "counted": found, "reason": reason}


def test_a_count_posts_its_differences_with_their_reasons() -> None:
    rows = world()
    lines = [counted(2, 1, "丢失"), counted(0, 3, "漏记", w.PANEL)]
    assert refused(rows, "count_stock", {"lines": [counted(2, 1)]}, user=w.LEAD) == "count_reason_missing"
    assert refused(rows, "count_stock", {"lines": [counted(2, 2)] * 2}, user=w.LEAD) == "stock_move_invalid"
    do(rows, "count_stock", {"lines": lines, "blind": True}, user=w.LEAD)
    assert (stock(rows), stock(rows, part=w.PANEL)) == (1, 3)
    assert one(rows, StockCount).blind
    do(rows, "count_stock", {"lines": [counted(1, 1)]}, user=w.LEAD, label="right")
    assert len([move for move in rows.find(StockMove) if move.reason == "count_stock"]) == 2


def test_an_opening_count_needs_no_reason_and_a_branch_counts_its_own() -> None:
    rows = world()
    do(rows, "count_stock", {"lines": [counted(0, 7)], "opening": True}, user=w.MANAGER)
    assert stock(rows, f"branch:{w.BRANCH}") == 7
    assert one(rows, StockCount).station_id is None


def test_a_technician_counts_the_own_bag() -> None:
    rows = world()
    lines = {"lines": [counted(0, 1, "有余")]}
    assert refused(rows, "count_stock", lines) == "bag_of_another"
    assert refused(rows, "count_stock", lines | {"technician_id": OTHER_LEAD}, user=w.LEAD) == "person_unknown"
    do(rows, "count_stock", lines | {"technician_id": w.TECHNICIAN})
    assert stock(rows, f"bag:{w.TECHNICIAN}") == 1


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(-5, 20), st.integers(0, 20)), min_size=1, max_size=4))
def test_after_a_count_the_books_say_what_was_counted(figures: list[tuple[int, int]]) -> None:
    rows = world()
    for number, (_, found) in enumerate(figures):
        said = stock(rows)
        do(rows, "count_stock", {"lines": [counted(said, found, "盘点")]}, user=w.LEAD, label=str(number))
        assert stock(rows) == found
    assert not any(sum(q for key, q in balances(rows.find(StockMove)).items() if key.part_id == p) for p in (w.PART,))


def test_a_mistaken_move_is_undone_once() -> None:
    rows = world()
    do(rows, "move_bag", {"technician_id": w.TECHNICIAN, "part_id": w.PART})
    move = one_of([found for found in rows.find(StockMove) if found.reason == "move_bag"])
    undo = {"move_id": move.id, "reason": "拿错了"}
    do(rows, "reverse_move", undo, user=w.LEAD)
    assert (stock(rows), stock(rows, f"bag:{w.TECHNICIAN}")) == (2, 0)
    assert refused(rows, "reverse_move", undo, user=w.LEAD, label="again") == "stock_move_undone"
    back = one_of([found for found in rows.find(StockMove) if found.reverses_id])
    assert refused(rows, "reverse_move", undo | {"move_id": back.id}, user=w.LEAD) == "stock_move_reversed"
    do(rows, "use_part", {"order_id": w.ORDER, "unit_id": w.UNIT, "part_id": w.PART})
    used = one_of([found for found in rows.find(StockMove) if found.reason == "use_part"])
    assert refused(rows, "reverse_move", undo | {"move_id": used.id}, user=w.LEAD) == "stock_move_reversed"
    foreign = {"user": OTHER_LEAD, "place": w.OTHER_STATION}
    assert refused(rows, "reverse_move", undo, **foreign) == "not_your_place"
    assert refused(rows, "reverse_move", undo | {"move_id": w.an_id("no")}, user=w.LEAD) == "not_your_place"


# --- transfers --------------------------------------------------------------------------------------------------------

THEIRS = {"user": OTHER_LEAD, "place": w.OTHER_STATION}
TWO = [{"part_id": w.PART, "quantity": 2}]


def proposed(rows: MemoryRows, *, giving: bool, label: str = "") -> PartTransfer:
    args = {"other_station_id": w.OTHER_STATION, "giving": giving, "lines": TWO}
    made = do(rows, "offer_transfer", args, user=w.LEAD, label=label)
    found = rows.get(PartTransfer, derive(made.id, "transfer"))
    assert found is not None
    return found


def test_one_station_gives_what_the_other_agreed_to_take() -> None:
    rows = world()
    transfer = proposed(rows, giving=True)
    assert (transfer.other_station_id, transfer.station_id) == (w.STATION, w.OTHER_STATION)
    send = {"to_place_id": w.OTHER_STATION, "transfer_id": transfer.id, "lines": TWO}
    assert refused(rows, "ship_parts", send, user=w.LEAD) == "transfer_not_agreed"
    named = {"transfer_id": transfer.id}
    assert refused(rows, "accept_transfer", named, user=w.LEAD) == "approval_own"
    do(rows, "accept_transfer", named, **THEIRS)
    assert refused(rows, "ship_parts", send | {"to_place_id": w.STATION}, **THEIRS) == "transfer_not_agreed"
    do(rows, "ship_parts", send, user=w.LEAD)
    assert one(rows, PartTransfer).state is TransferState.SHIPPED
    shipment = one(rows, Shipment)
    assert (shipment.station_id, shipment.other_station_id) == (w.OTHER_STATION, w.STATION)
    counted = [{"part_id": w.PART, "good": 2}]
    do(rows, "receive_shipment", {"shipment_id": shipment.id, "counted": counted}, **THEIRS)
    assert (stock(rows), stock(rows, THERE)) == (0, 2)
    entries = {row.station_id: row.amount_fen for row in rows.find(AccountEntry)}
    assert entries == {w.STATION: 42_000, w.OTHER_STATION: -42_000}
    seen = [move for move in rows.find(StockMove) if move.reason in ("ship_parts", "receive_parts")]
    assert {(move.station_id, move.other_station_id) for move in seen} == {(w.OTHER_STATION, w.STATION)}


def test_a_station_may_ask_and_the_other_decline_or_the_first_withdraw() -> None:
    rows = world()
    transfer = proposed(rows, giving=False)
    assert (transfer.station_id, transfer.other_station_id) == (w.STATION, w.OTHER_STATION)
    named = {"transfer_id": transfer.id}
    assert refused(rows, "decline_transfer", named, **THEIRS) == "reason_missing"
    do(rows, "decline_transfer", named | {"reason": "自己要用"}, **THEIRS)
    assert refused(rows, "accept_transfer", named, **THEIRS) == "transfer_answered"
    second = proposed(rows, giving=False, label="2")
    do(rows, "decline_transfer", {"transfer_id": second.id}, user=w.LEAD, label="2")
    assert {row.state for row in rows.find(PartTransfer)} == {TransferState.DECLINED, TransferState.WITHDRAWN}
    stranger = w.an_id("stranger")
    rows.put(w.person(stranger, w.an_id("third"), Role.STATION_LEAD))
    assert refused(rows, "accept_transfer", named, user=stranger, place=w.an_id("third")) == "not_your_place"


@pytest.mark.parametrize("other", [w.STATION, w.BRANCH, w.an_id("no")])
def test_a_transfer_is_between_two_stations_of_a_branch(other: str) -> None:
    args = {"other_station_id": other, "giving": True, "lines": TWO}
    assert refused(world(), "offer_transfer", args, user=w.LEAD) == "station_unknown"


def test_a_transfer_of_an_unknown_part_is_refused() -> None:
    args = {"other_station_id": w.OTHER_STATION, "giving": True, "lines": [{"part_id": "NO-SUCH", "quantity": 1}]}
    assert refused(world(), "offer_transfer", args, user=w.LEAD) == "part_unknown"


def test_a_shipment_from_or_to_nowhere_is_refused_even_as_a_fact() -> None:
    from core.operations import ship_parts

    args = {"to_place_id": w.an_id("no"), "lines": [{"part_id": w.PART, "quantity": 1}]}
    with pytest.raises(Refusal):
        ship_parts.replay(msgspec.convert(args, ship_parts.ShipParts), w.an_operation("ship_parts", args), world())


# --- bought near by ---------------------------------------------------------------------------------------------------


def policy() -> ReferenceDocument:
    body = {"version": "1", "in_force_from": "2026-01-01", "local_classes": ["main_board"], "cap_percent": 90}
    return ReferenceDocument(
        id=w.an_id("parts policy"),
        kind=DocumentKind.PARTS,
        name="parts",
        revision="1",
        in_force_from=w.TODAY.replace(month=1),
        body=msgspec.Raw(msgspec.json.encode(body)),
    )


def test_a_part_bought_near_by_is_in_stock_and_draws_nothing() -> None:
    rows = world(policy())
    args = {"part_id": w.PART, "quantity": 2, "price_fen": 18_900, "vendor": "赛格电子", "order_id": w.ORDER} | PHOTO
    do(rows, "buy_locally", args)
    assert (stock(rows), one(rows, LocalPurchase).price_fen) == (4, 18_900)
    assert rows.find(AccountEntry) == []
    assert refused(rows, "buy_locally", args | {"price_fen": 18_901}, label="dear") == "local_price_too_high"
    assert refused(rows, "buy_locally", args | {"part_id": w.PANEL}) == "local_purchase_forbidden"
    del args["order_id"]
    do(rows, "buy_locally", args, label="no order")


def test_without_a_policy_nothing_is_bought_near_by() -> None:
    rows = MemoryRows()
    for row in world().everything():
        if not (isinstance(row, ReferenceDocument) and row.kind is DocumentKind.PARTS):
            rows.put(row)
    args = {"part_id": w.PART, "price_fen": 1, "vendor": "x"} | PHOTO
    assert refused(rows, "buy_locally", args) == "local_purchase_forbidden"


def test_what_is_granted_and_not_sent_is_told_by_where_it_comes_from() -> None:
    rows = world()
    request, shelf = asked(rows), f"branch:{w.BRANCH}"
    granted(rows, request, 3)
    granted(rows, request, 0, refused=1, reason="停产")
    line = line_of(rows, request).id
    assert [(one.part_id, one.quantity, one.request_line_id) for one in granted_lines(rows, request.id, shelf)] == [
        (w.PART, 3, line),
    ]
    assert granted_lines(rows, request.id, "hq:hq") == ()
    sent(rows, request, 1)
    assert granted_left(rows, request.id, shelf) == {line: 2}
    assert granted_left(rows, request.id, "hq:hq") == {line: 0}
    sent(rows, request, 2, label="the rest")
    assert granted_lines(rows, request.id, shelf) == ()


def test_the_shelves_of_a_place_are_named_by_its_kind() -> None:
    rows = world()
    assert (shelf_of(rows, w.BRANCH), shelf_of(rows, w.STATION)) == (f"branch:{w.BRANCH}", HERE)
    assert shelf_of(rows, w.an_id("unknown")) == f"station:{w.an_id('unknown')}"


def test_the_worth_of_an_unknown_part_is_nothing() -> None:
    assert worth_fen(world(), [(w.PART, 2), ("NO-SUCH", 9)]) == 42_000
