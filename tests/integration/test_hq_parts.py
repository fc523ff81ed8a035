"""Parts at HQ, on both databases: the account judges requests, the planner allocates and sends, books and network."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, delete, insert, update

from core.contract.messages import Outcome
from core.ids import derive
from core.parts_ledger import balance
from core.roles import PlaceKind, Role
from core.rows.parts import AccountEntry, StockMove
from core.rows.reference import Part
from core.rows.supply import (
    Allocation,
    PartRequest,
    PartsAccount,
    PartStock,
    PartTransfer,
    ReceiptLine,
    RequestLine,
    Shipment,
    ShipmentLine,
    StockCount,
    TransferState,
)
from core.rows.sync import Conflict, ParkedOperation, Task
from hq.api.parts import PARTS
from hq.books import prove
from hq.feed import work
from hq.identity import issue_api_key
from hq.parts import network
from hq.store.schema import TABLES
from tests.integration.device import TestDevice
from tests.integration.hq_world import Headquarters, headquarters
from tests.unit import world as w

HQ_PLACE, OTHER_LEAD = w.an_id("hq"), w.an_id("other lead")
HERE, BRANCH_SHELF = f"station:{w.STATION}", f"branch:{w.BRANCH}"


@pytest.fixture
def hq(hq_store: Any, tmp_path: Path) -> Iterator[Headquarters]:
    extra = (w.place(HQ_PLACE, PlaceKind.HQ, "HQ", HQ_PLACE), w.person(OTHER_LEAD, w.OTHER_STATION, Role.STATION_LEAD))
    with headquarters(hq_store, tmp_path / "hq-data", *extra) as reached:
        yield reached


class Planner:
    """The ERP or the parts planner, by HTTP."""

    def __init__(self, hq: Headquarters) -> None:
        with hq.store.writing() as connection:
            self._key = issue_api_key(connection, "erp", [PARTS], w.NOW)
        self._client = hq.client

    def get(self, path: str) -> Any:
        return self._client.get(f"/v1/parts/{path}", headers={"X-API-Key": self._key}).json()

    def post(self, path: str, said: Any, status: int = 200) -> Any:
        answer = self._client.post(f"/v1/parts/{path}", json=said, headers={"X-API-Key": self._key})
        assert answer.status_code == status, answer.text
        return answer.json()


def asked(device: TestDevice, quantity: int = 5, part: str = w.PART, user: str = w.LEAD) -> tuple[str, Any]:
    """Ask for parts; the request's id and HQ's answer."""
    sent = device.do("request_parts", {"lines": [{"part_id": part, "quantity": quantity}]}, user=user)
    answer = device.one(sent)
    return derive(answer.id, "request"), answer


def stock(hq: Headquarters, place: str, part: str = w.PART) -> int:
    return balance(hq.rows(StockMove), part, place)


def test_the_whole_way_with_hq_and_branch_giving(hq: Headquarters) -> None:
    station, branch, planner = hq.device(), hq.device(w.BRANCH), Planner(hq)
    request, answer = asked(station)
    assert answer.outcome is Outcome.APPLIED
    (waiting,) = planner.get("requests")["requests"]
    (line,) = waiting["lines"]
    assert (waiting["station"], line["to_allocate"], waiting["state"]) == ("SZ01", 5, "open")
    two = {"request_id": request, "lines": [{"line_id": line["id"], "quantity": 2}]}
    assert branch.one(branch.do("allocate_request", two, user=w.MANAGER)).outcome is Outcome.APPLIED
    much = {"lines": [{"line_id": line["id"], "quantity": 4}]}
    assert planner.post(f"requests/{request}/allocations", much, 409)["code"] == "allocation_too_much"
    rest = {"lines": [{"line_id": line["id"], "quantity": 2, "refused": 1, "reason": "停产"}]}
    assert planner.post(f"requests/{request}/allocations", rest)["state"] == "allocated"
    shipment = planner.post(f"requests/{request[-8:]}/shipments", {"document": "DN-1", "carrier": "顺丰"})["id"]
    again = planner.post(f"requests/{request}/shipments", {"document": "DN-1"})
    assert again["id"] == shipment, "the same delivery note is one shipment"
    planner.post(f"requests/{request}/shipments", {"document": "DN-2"}, 409)
    assert stock(hq, f"transit:{shipment}") == 2
    took = {"shipment_id": shipment, "counted": [{"part_id": w.PART, "good": 1}]}
    assert station.one(station.do("receive_shipment", took)).outcome is Outcome.APPLIED
    assert stock(hq, HERE) == 3
    (task,) = hq.rows(Task)
    assert (task.kind, task.place_id) == ("shipment_differs", w.BRANCH)
    assert task.facts["lines"] == [{"part": w.PART, "finding": "short", "quantity": 1}]
    assert [entry.amount_fen for entry in hq.rows(AccountEntry)] == [-21_000]
    settled = {"shipment_id": shipment, "outcome": "sender"}
    assert branch.one(branch.do("settle_shipment", settled, user=w.MANAGER)).outcome is Outcome.APPLIED
    assert stock(hq, f"transit:{shipment}") == 0
    line_two = {"part_id": w.PART, "quantity": 2, "request_line_id": line["id"]}
    send = {"to_place_id": w.STATION, "request_id": request, "lines": [line_two]}
    assert branch.one(branch.do("ship_parts", send, user=w.MANAGER)).outcome is Outcome.APPLIED
    assert planner.get("requests")["requests"] == []
    assert prove(hq.store).problems == ()


def test_two_devices_of_a_station_receive_the_same_box_once(hq: Headquarters) -> None:
    one, two, planner = hq.device(), hq.device(), Planner(hq)
    request, _ = asked(one, 2)
    (line,) = planner.get("requests")["requests"][0]["lines"]
    planner.post(f"requests/{request}/allocations", {"lines": [{"line_id": line["id"], "quantity": 2}]})
    shipment = planner.post(f"requests/{request}/shipments", {})["id"]
    took = {"shipment_id": shipment, "counted": [{"part_id": w.PART, "good": 2}]}
    assert one.one(one.do("receive_shipment", took, user=w.LEAD)).outcome is Outcome.APPLIED
    counted = {"shipment_id": shipment, "counted": [{"part_id": w.PART, "good": 1}]}
    second = two.one(two.do("receive_shipment", counted))
    assert second.outcome in (Outcome.APPLIED, Outcome.MERGED)
    assert (stock(hq, HERE), len(hq.rows(AccountEntry)), hq.rows(Conflict)) == (4, 1, [])
    assert [task.facts["code"] for task in hq.rows(Task)] == ["shipment_received"]
    assert prove(hq.store).problems == ()


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"limit_fen": 5 * 21_000 - 1}, "parts_account_limit"),
        ({"frozen": True, "reason": "对账"}, "parts_account_frozen"),
    ],
)
def test_what_the_account_does_not_bear_is_parked_and_taken_when_it_does(
    hq: Headquarters, terms: dict[str, Any], code: str
) -> None:
    station, planner = hq.device(), Planner(hq)
    planner.post("accounts/SZ01", terms)
    request, answer = asked(station)
    assert (answer.outcome, answer.code) == (Outcome.PARKED, code)
    assert hq.rows(PartRequest) == []
    assert [row.args["lines"][0]["part_id"] for row in hq.rows(ParkedOperation)] == [w.PART], "kept, not lost"
    planner.post("accounts/SZ01", {"limit_fen": 5 * 21_000})
    from hq.inbox import release

    release(hq.store, w.BRANCH, answer.id)
    assert [row.id for row in hq.rows(PartRequest)] == [request]
    _, second = asked(station, 1)
    assert second.code == "parts_account_limit", "what is asked for counts before it has come"
    exchange = station.one(station.do("request_exchange", {"part_id": w.PART}))
    assert exchange.outcome is Outcome.APPLIED, "an exchange draws nothing"


def test_what_goes_back_to_hq_is_received_there_and_credited(hq: Headquarters) -> None:
    station, planner = hq.device(), Planner(hq)
    line = {"part_id": w.PART, "quantity": 2}
    sent = station.one(station.do("ship_parts", {"to_place_id": HQ_PLACE, "lines": [line]}, user=w.LEAD))
    shipment = derive(sent.id, "shipment")
    assert planner.post(f"shipments/{shipment}/receipt", {})["state"] == "received"
    assert [(entry.kind, entry.amount_fen) for entry in hq.rows(AccountEntry)] == [("return", 42_000)]
    assert planner.post(f"shipments/{shipment}/receipt", {}, 409)["code"] == "shipment_received"
    assert planner.post("shipments/nonsense/receipt", {}, 404)["code"] == "shipment_unknown"
    assert planner.post("accounts/NOWHERE", {}, 404)["code"] == "place_unknown"
    assert planner.post("requests/none/allocations", {"lines": []}, 400)["code"] == "body_invalid"


def test_a_transfer_is_seen_by_both_stations_and_by_no_third(hq: Headquarters) -> None:
    mine, theirs = hq.device(), hq.device(w.OTHER_STATION)
    lines = [{"part_id": w.PART, "quantity": 2}]
    offer = {"other_station_id": w.OTHER_STATION, "giving": True, "lines": lines}
    transfer = derive(mine.one(mine.do("offer_transfer", offer, user=w.LEAD)).id, "transfer")
    agreed = theirs.one(theirs.do("accept_transfer", {"transfer_id": transfer}, user=OTHER_LEAD))
    assert agreed.outcome is Outcome.APPLIED
    send = {"to_place_id": w.OTHER_STATION, "transfer_id": transfer, "lines": lines}
    shipment = derive(mine.one(mine.do("ship_parts", send, user=w.LEAD)).id, "shipment")
    took = {"shipment_id": shipment, "counted": [{"part_id": w.PART, "good": 2}]}
    assert theirs.one(theirs.do("receive_shipment", took, user=OTHER_LEAD)).outcome is Outcome.APPLIED
    here, there = mine.everything(), theirs.everything()
    shared = {("part_transfer", transfer), ("shipment", shipment)}
    assert shared <= here.keys() and shared <= there.keys()
    moves = {row.id for row in hq.rows(StockMove) if row.reason in ("ship_parts", "receive_parts")}
    assert len(moves) == 2
    for seen in (here, there):
        assert moves <= {row_id for entity, row_id in seen if entity == "stock_move"}
    entries = {row.station_id: row.id for row in hq.rows(AccountEntry)}
    assert ("account_entry", entries[w.STATION]) in here
    assert ("account_entry", entries[w.STATION]) not in there
    assert prove(hq.store).problems == ()


def test_where_parts_lie_is_summed_up_and_told_to_everyone(hq: Headquarters) -> None:
    station, other = hq.device(), hq.device(w.OTHER_STATION)
    assert network.refresh(hq.store, w.NOW) == 1
    reserve = {"order_id": w.ORDER, "part_id": w.PART, "quantity": 1}
    assert station.one(station.do("reserve_part", reserve)).outcome is Outcome.APPLIED
    assert network.refresh(hq.store, w.NOW) == 1
    assert network.refresh(hq.store, w.NOW) == 0, "what stayed as it was is not sent again"
    seen = other.everything("reference")
    row = msgspec.json.decode(seen["part_stock", f"{w.BRANCH}:{w.PART}"].row, type=PartStock)
    assert [(one.place_id, one.quantity) for one in row.holdings] == [(w.STATION, 1)]
    used = {"order_id": w.ORDER, "unit_id": w.UNIT, "part_id": w.PART, "quantity": 2}
    assert station.one(station.do("use_part", used)).outcome is Outcome.APPLIED
    network.refresh(hq.store, w.NOW)
    assert [one.holdings for one in hq.rows(PartStock)] == [()]


def test_the_same_operations_give_the_same_rows_at_both_ends(hq: Headquarters) -> None:
    station = hq.device()
    count = {"lines": [{"part_id": w.PART, "expected": 2, "counted": 1, "reason": "丢失"}]}
    sent = station.do("count_stock", count, user=w.LEAD)
    rows = w.a_world()
    made = msgspec.json.decode(sent.body, type=type(station.make("add_note", {})))
    from core.operations import action_named, kernel

    action = action_named("count_stock")
    kernel.perform(action, kernel.decode_args(action, made.args), made, rows)
    station.one(sent)
    for kind in (StockCount, StockMove):
        there = {row.id: msgspec.structs.replace(row, version=0) for row in hq.rows(kind)}
        assert there == {row.id: msgspec.structs.replace(row, version=0) for row in rows.find(kind)}


# --- the books find what was planted ----------------------------------------------------------------------------------


def run(statement: Any) -> Callable[[Connection], object]:
    return lambda connection: connection.execute(statement)


def table(kind: type[Any]) -> Any:
    return TABLES[kind]


def _again(connection: Connection) -> None:
    entries = table(AccountEntry)
    (found,) = connection.execute(entries.select().where(entries.c.kind == "draw")).mappings().all()
    connection.execute(insert(entries).values(dict(found) | {"id": w.an_id("twin")}))


DAMAGE: dict[str, tuple[str, Callable[[Connection], object]]] = {
    "a line of the receipt is gone": ("its receipt and moves differ", run(delete(table(ReceiptLine)))),
    "a line of the shipment is gone": ("its lines and moves differ", run(delete(table(ShipmentLine)))),
    "moved and not received": (
        "moved on before it was received", run(update(table(Shipment)).values(received_at=None)),
    ),
    "settled with something under way": (
        "settled, and something is under way", run(update(table(Shipment)).values(settled="lost")),
    ),
    "drawn twice": ("entries draw", _again),
    "not drawn": ("entries draw", run(delete(table(AccountEntry)))),
    "the shipment is gone": ("moves or lines of no shipment", run(delete(table(Shipment)))),
    "more given than asked": ("asked for", run(update(table(RequestLine)).values(quantity=1))),
    "a count without its move": (
        "counts and their moves differ",
        run(delete(table(StockMove)).where(table(StockMove).c.reason == "count_stock")),
    ),
    "sent without a shipment": (
        "is sent, and no shipment is its", run(update(table(PartTransfer)).values(state=TransferState.SHIPPED.value)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("planted", DAMAGE)
def test_planted_damage_is_found(hq: Headquarters, planted: str) -> None:
    if not hq.store.is_sqlite:
        pytest.skip("a rule that knows no database")
    station, planner = hq.device(), Planner(hq)
    request, _ = asked(station, 2)
    (line,) = planner.get("requests")["requests"][0]["lines"]
    planner.post(f"requests/{request}/allocations", {"lines": [{"line_id": line["id"], "quantity": 2}]})
    shipment = planner.post(f"requests/{request}/shipments", {})["id"]
    took = {"shipment_id": shipment, "counted": [{"part_id": w.PART, "good": 1}]}
    count = {"lines": [{"part_id": w.PART, "expected": 3, "counted": 2, "reason": "丢失"}]}
    offer = {"other_station_id": w.OTHER_STATION, "giving": True, "lines": [{"part_id": w.PART, "quantity": 1}]}
    for name, args in (("receive_shipment", took), ("count_stock", count), ("offer_transfer", offer)):
        assert station.one(station.do(name, args, user=w.LEAD)).outcome is Outcome.APPLIED
    assert prove(hq.store).problems == ()
    what, damage = DAMAGE[planted]
    with hq.store.writing() as connection:
        damage(connection)
    told = [problem["what"] for problem in prove(hq.store).problems if problem["check"] in ("parts", "parts_account")]
    assert any(what in one for one in told), told


def test_a_price_that_changes_later_changes_no_account(hq: Headquarters) -> None:
    station = hq.device()
    line = {"part_id": w.PART, "quantity": 1}
    sent = {"to_place_id": w.STATION, "lines": [line]}
    branch = hq.device(w.BRANCH)
    shipment = derive(branch.one(branch.do("ship_parts", sent, user=w.MANAGER)).id, "shipment")
    took = {"shipment_id": shipment, "counted": [{"part_id": w.PART, "good": 1}]}
    station.one(station.do("receive_shipment", took))
    with work(hq.store) as doing:
        part = doing.reference().get(Part, w.PART)
        assert part is not None
        doing.reference().put(msgspec.structs.replace(part, transfer_fen=1))
    assert [entry.amount_fen for entry in hq.rows(AccountEntry)] == [-21_000]
    assert hq.rows(Allocation) == [] and hq.rows(PartsAccount) == []
