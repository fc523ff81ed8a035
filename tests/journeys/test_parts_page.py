"""Parts in a real window: a station asks, HQ answers, the box is scanned, the part is used, the account follows."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from app.offline_db.schema import operation
from app.ui.pages.parts import PartsPage, parts_page
from core.operations.allocate_request import AllocatedLine
from core.parts_ledger import balance
from core.rows import Row
from core.rows.parts import AccountEntry, StockMove
from core.rows.people import Place
from core.rows.reference import Part
from core.rows.supply import (
    Allocation,
    LocalPurchase,
    PartQuantity,
    PartRequest,
    PartsAccount,
    PartTransfer,
    ReceiptLine,
    RequestLine,
    Shipment,
    ShipmentLine,
    StockCount,
    TransferState,
)
from hq.parts import supply
from hq.sample.memory import MemoryRows
from tests.journeys.bench import AtWork
from tests.journeys.places import NOW, ORDER, UNIT, place_with, trade
from tests.journeys.steps import PNG

_KINDS: tuple[type[Row], ...] = (PartRequest, RequestLine, Allocation, Shipment, ShipmentLine, Part, Place, StockMove)


def open_page(at_work, login: str) -> tuple[AtWork, PartsPage]:
    work = at_work(login, {"parts": parts_page})
    work.shell.open("parts")
    assert isinstance(work.page, PartsPage)
    return work, work.page


def found(work: AtWork, of: type[Any], /, **equal: object) -> list[Any]:
    with work.opened.store.reading() as rows:
        return list(rows.find(of, **equal))


def actions(work: AtWork) -> list[str]:
    """What was done on this device, in the order of doing."""
    with work.opened.store.reading() as rows:
        found = rows.connection.execute(select(operation.c.action).order_by(operation.c.position))
        return list(found.scalars())


def come_down(work: AtWork, answer: Any) -> None:
    """What HQ does on its rows comes down to this device: all rows that are new there."""
    rows = MemoryRows()
    for kind in _KINDS:
        for row in found(work, kind):
            rows.put(row)
    before = {row.id for row in rows.everything()}
    answer(rows)
    new = [msgspec.structs.replace(row, version=1) for row in rows.everything() if row.id not in before]
    work.opened.put(new)
    work.opened.store.tell([("shipment", row.id) for row in new])


def shown(qtbot, condition: Any) -> None:
    qtbot.waitUntil(condition, timeout=20_000)


def test_from_the_suggestion_to_the_account(at_work, qtbot, every_look) -> None:
    work, page = open_page(at_work, "liyong")
    stock = page.sections["stock"]
    shown(qtbot, lambda: stock.model.rowCount() > 0 and stock.card.number.isVisible())
    low = next(one.part_id for one in stock._lines if one.state == "below_safety")
    assert stock.scanned(low)
    shown(qtbot, lambda: stock.card._line is not None and stock.card._line.part_id == low)
    every_look(work.shell, "parts-stock")
    page.show_section("requests")
    requests = page.sections["requests"]
    shown(qtbot, lambda: requests.model.rowCount() > 0)
    every_look(work.shell, "parts-requests")
    before = {row.id for row in found(work, PartRequest)}
    requests.new.click()
    shown(qtbot, lambda: requests.ask_card.isVisible() and bool(requests.ask_card._stock))
    part = trade().story.part_id
    requests.ask_card.lines.set_pieces([])
    for _ in range(3):
        work.shell.take_text(part, "wedge")
    assert requests.ask_card.lines.values() == {part: 3}
    every_look(work.shell, "parts-ask")
    requests.ask_card.button.click()
    shown(qtbot, lambda: len({row.id for row in found(work, PartRequest)} - before) == 1)
    (request,) = [row for row in found(work, PartRequest) if row.id not in before]
    shown(qtbot, requests.card.isVisible)

    def hq(rows: MemoryRows) -> None:
        (line,) = rows.find(RequestLine, request_id=request.id)
        given = AllocatedLine(line_id=line.id, quantity=2, refused=1, reason="缺货")
        supply.allocate(rows, request.id, (given,), NOW)
        supply.send(rows, request.id, (), NOW, document="DN-7788", carrier="顺丰")

    come_down(work, hq)
    (shipment,) = found(work, Shipment, request_id=request.id)
    page.show_section("receive")
    receive = page.sections["receive"]
    shown(qtbot, lambda: receive.table.select_id(shipment.id))
    shown(qtbot, lambda: receive._row is not None and receive._row.id == shipment.id)
    work.shell.take_text(part, "wedge")
    assert receive.lines.values() == {part: 1}
    assert receive.banner.property("tone") == "warn"
    every_look(work.shell, "parts-receive")
    had, owed = stock_of(work, part), account(work)
    receive.button.click()
    shown(qtbot, lambda: found(work, Shipment, request_id=request.id)[0].received_at is not None)
    assert {(row.finding, row.quantity) for row in found(work, ReceiptLine, shipment_id=shipment.id)} == {
        ("ok", 1), ("short", 1),
    }  # fmt: skip
    worth = next(row.transfer_fen for row in trade().rows if isinstance(row, Part) and row.id == part)
    assert (stock_of(work, part), account(work)) == (had + 1, owed - worth)
    used: list[object] = []
    asked = {"order_id": ORDER, "unit_id": UNIT, "part_id": part}
    work.bench.act("use_part", asked, used.append, used.append, owner=work.shell)
    shown(qtbot, lambda: bool(used))
    assert stock_of(work, part) == had
    page.show_section("account")
    accounts = page.sections["account"]
    shown(qtbot, lambda: accounts.model.rowCount() > 0 and accounts.model.row_at(0).part_id == part)
    assert accounts.model.row_at(0).amount_fen == -worth
    every_look(work.shell, "parts-account")


def stock_of(work: AtWork, part: str, place: str = "") -> int:
    here = place or f"station:{work.opened.place.id}"
    return balance(found(work, StockMove, part_id=part), part, here)


def account(work: AtWork) -> int:
    return sum(row.amount_fen for row in found(work, AccountEntry, station_id=work.opened.place.id))


def test_what_the_account_does_not_bear_is_told_before_it_is_asked(at_work, qtbot, every_look) -> None:
    work, page = open_page(at_work, "liyong")
    (terms,) = found(work, PartsAccount, id=work.opened.place.id)
    from app.offline_db.engine import writing
    from app.offline_db.schema import ROW_TABLES
    from rowstore.rows import SqlRows

    with writing(work.opened.engine) as connection:
        changed = msgspec.structs.replace(terms, frozen=True, reason="旧件逾期未返")
        SqlRows(connection, ROW_TABLES).put(changed)
    page.show_section("requests", ask={"part": trade().story.part_id, "value": 2})
    card = page.sections["requests"].ask_card
    shown(qtbot, card.banner.isVisible)
    assert "旧件逾期未返" in card.banner.accessibleDescription()
    assert card.button.isEnabled(), "it is warned of, HQ decides"
    every_look(work.shell, "parts-ask-frozen")


def test_a_blind_count_hides_the_books_and_posts_its_difference(at_work, qtbot, every_look) -> None:
    work, page = open_page(at_work, "liyong")
    page.show_section("count")
    section = page.sections["count"]
    shown(qtbot, lambda: bool(section._stock))
    part = next(one.part_id for one in section._stock.values() if one.on_hand >= 2)
    expected = section._stock[part].on_hand
    work.shell.take_text(part, "wedge")
    assert section.banner.property("tone") == "blue", "nothing is told of the books"
    section.button.click()
    assert section.banner.property("tone") == "warn"
    every_look(work.shell, "parts-count")
    counts = len(found(work, StockCount))
    section.button.click()
    shown(qtbot, section.trouble.isVisible)
    section.lines._lines[part].reason.setText("借给邻站未登记")
    section.button.click()
    shown(qtbot, lambda: len(found(work, StockCount)) == counts + 1)
    assert stock_of(work, part) == 1 != expected


def test_bag_exchange_purchase_and_undo_from_the_parts_card(at_work, qtbot, every_look, tmp_path) -> None:
    work, page = open_page(at_work, "liyong")
    stock = page.sections["stock"]
    shown(qtbot, lambda: stock.model.rowCount() > 0)
    local = {"belt", "cable", "capacitor", "capillary", "door_seal", "filter_drier", "hose", "remote", "start_relay"}
    line = next(one for one in stock._lines if one.part_class in local)
    work.shell.take_text(line.part_id, "wedge")
    shown(qtbot, lambda: stock.card._line is not None and stock.card._line.part_id == line.part_id)
    bag = f"bag:{work.opened.person.id}"
    stock.card._bag(line, back=False)
    shown(qtbot, lambda: stock_of(work, line.part_id, bag) == 1)
    stock.card._bag(line, back=True)
    shown(qtbot, lambda: stock_of(work, line.part_id, bag) == 0)
    moves = [one for one in found(work, StockMove, part_id=line.part_id) if one.reason == "move_bag"]
    asked = {"move_id": moves[0].id, "reason": "拿错"}
    done: list[object] = []
    work.bench.act("reverse_move", asked, done.append, done.append, owner=work.shell)
    shown(qtbot, lambda: any(one.reverses_id == moves[0].id for one in found(work, StockMove, part_id=line.part_id)))
    stock.card._open_purchase(line)
    stock.card.price.setText("1")
    stock.card.vendor.setText("华强北电子")
    receipt = tmp_path / "receipt.png"
    receipt.write_bytes(PNG)
    stock.card.buy(line, receipt)
    shown(qtbot, lambda: [one.vendor for one in found(work, LocalPurchase)] == ["华强北电子"])
    before = len(found(work, PartRequest, kind="exchange"))
    shown(qtbot, lambda: stock.card._line is not None and stock.card._line.part_id == line.part_id)
    stock.card._open_exchange(line)
    every_look(work.shell, "parts-exchange")
    stock.card.exchange(line)
    shown(qtbot, lambda: len(found(work, PartRequest, kind="exchange")) == before + 1)


def test_the_branch_grants_and_sends_and_settles(at_work, qtbot, every_look) -> None:
    work, page = open_page(at_work, "wangfang")
    requests = page.sections["requests"]
    page.show_section("requests")
    shown(qtbot, lambda: requests.model.rowCount() > 0)
    wanted = next(row for row in requests._rows.values() if any(one.to_allocate and one.here for one in row.lines))
    requests.table.select_id(wanted.id)
    shown(qtbot, requests.card.grant.isVisible)
    every_look(work.shell, "parts-branch")
    before = len(found(work, Allocation))
    requests.card.allocate()
    shown(qtbot, lambda: len(found(work, Allocation)) > before)
    shown(qtbot, requests.card.send.isVisible)
    sent = len(found(work, Shipment))
    requests.card.document.setText("FB-1")
    requests.card.ship()
    shown(qtbot, lambda: len(found(work, Shipment)) == sent + 1)
    page.show_section("receive")
    receive = page.sections["receive"]
    receive.chips.activate("differs")
    shown(qtbot, receive.mistake.isVisible)
    every_look(work.shell, "parts-differs")
    receive.settle("sender")
    shown(qtbot, lambda: any(one.settled == "sender" for one in found(work, Shipment)))


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_a_transfer_needs_the_other_stations_word(at_work, qtbot, every_look, answer: str) -> None:
    here = place_with(trade().story.station_id)
    other = msgspec.structs.replace(here, id=here.id[:-2] + "ff", code="SZ99", name="宝安维修站")
    part = trade().story.part_id
    offer = PartTransfer(
        id=here.id[:-2] + "fe", version=1, branch_id=here.branch_id, station_id=other.id, other_station_id=here.id,
        opened_at=other.id, lines=(PartQuantity(part_id=part, quantity=1),),
        reason="客户催修", proposed_by="x", proposed_at=NOW - timedelta(hours=2),
    )  # fmt: skip
    work = at_work("liyong", {"parts": parts_page}, rows=[other, offer])
    work.shell.open("parts", section="transfers")
    section = work.page.sections["transfers"]
    shown(qtbot, lambda: section.table.select_id(offer.id) and section.accept.isVisible())
    every_look(work.shell, f"parts-transfer-{answer}")
    if answer == "decline":
        section.say_no()
        shown(qtbot, section.trouble.isVisible)
        section.reason.setText("自己要用")
        section.say_no()
        shown(qtbot, lambda: found(work, PartTransfer)[0].state is TransferState.DECLINED)
        assert actions(work) == ["decline_transfer"]
        section.propose({"station": other.id, "part": part})
        shown(qtbot, lambda: section.proposal.station.current_id() == "SZ99")
        section.proposal.send()
        shown(qtbot, lambda: len(found(work, PartTransfer)) == 2)
        return
    section.say_yes()
    shown(qtbot, lambda: found(work, PartTransfer)[0].state is TransferState.ACCEPTED)
    shown(qtbot, section.send.isVisible)
    section.ship()
    shown(qtbot, lambda: found(work, PartTransfer)[0].state is TransferState.SHIPPED)


def test_a_technician_sees_stock_and_own_bag_but_no_account(at_work, qtbot, every_look) -> None:
    work, page = open_page(at_work, "liwei")
    stock = page.sections["stock"]
    shown(qtbot, lambda: stock.model.rowCount() > 0)
    assert "account" not in page.sections
    stock.chips.activate("mine")
    shown(qtbot, lambda: all(stock.model.row_at(i).mine > 0 for i in range(stock.model.rowCount())))
    every_look(work.shell, "parts-technician")
    reserved: list[object] = []
    part = next(one.part_id for one in stock._lines if one.available > 1)
    asked = {"order_id": ORDER, "part_id": part}
    for name in ("reserve_part", "release_part"):
        work.bench.act(name, asked, reserved.append, reserved.append, owner=work.shell)
        shown(qtbot, lambda n=name: len(reserved) == (1 if n == "reserve_part" else 2))
    assert [type(one).__name__ for one in reserved] == ["Recorded", "Recorded"]


def test_a_request_is_taken_back(at_work, qtbot) -> None:
    work, page = open_page(at_work, "liyong")
    requests = page.sections["requests"]
    page.show_section("requests")
    shown(qtbot, lambda: requests.model.rowCount() > 0)
    mine = next(row for row in requests._rows.values() if row.state == "open")
    requests.table.select_id(mine.id)
    shown(qtbot, requests.card.withdraw.isVisible)
    requests.card.take_back()
    shown(qtbot, lambda: bool(found(work, PartRequest, id=mine.id, state="withdrawn")))
    assert actions(work) == ["withdraw_request"]
