"""Parts on the command line: what is here, one part, requests, shipments, transfers and the account; and acting."""

import base64

from core.rows.parts import StockMove
from core.rows.reference import Part
from core.rows.supply import LocalPurchase, PartRequest
from tests.integration.cli import kit
from tests.integration.cli.kit import At

PART = kit.trade().story.part_id
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"drawn").decode()


def test_the_stock_one_part_and_the_whole_catalogue(work: At) -> None:
    here = {line["part_id"]: line for line in work("parts").answer["parts"]}
    assert here[PART]["on_hand"] >= 3
    assert here[PART]["available"] == here[PART]["on_hand"] - here[PART]["reserved"]
    assert set(here[PART]["suggestion"]) >= {"used", "days", "safety", "reorder_point", "quantity"}
    found = work("parts", "--text", PART.lower()).answer["parts"]
    assert [line["part_id"] for line in found] == [PART]
    one = work("parts", "--part", PART).answer
    assert one["moves"][-1]["reason"] == "opening"
    work("parts", "--part", "NO-SUCH").refused("part_unknown")
    said = kit.command("--data", str(work.folder), "--lang", "zh_CN", "parts").out
    assert PART in said and "安全库存" in said


def test_requests_shipments_transfers_and_account(work: At) -> None:
    before = len(work("parts", "requests").answer["requests"])
    asked = {"lines": [{"part_id": PART, "quantity": 2}], "order_id": kit.NUMBER}
    assert work.act("request_parts", "", **asked).answer["action"] == "request_parts"
    found = work("parts", "requests").answer["requests"]
    assert len(found) == before + 1
    assert (found[0]["state"], found[0]["order_number"]) == ("open", kit.NUMBER)
    account = work("parts", "account").answer
    assert account["asked_fen"] >= 2 * next(
        row.transfer_fen for row in kit.trade().rows if isinstance(row, Part) and row.id == PART
    )
    assert {"shipments", "transfers"} <= {
        *work("parts", "shipments").answer, *work("parts", "transfers").answer,
    }  # fmt: skip
    assert "配件押金" in kit.command("--data", str(work.folder), "--lang", "zh_CN", "parts", "account").out


def test_bags_and_purchases(work: At) -> None:
    bag = f"bag:{kit.who('liwei').id}"
    work.act("move_bag", "", part_id=PART).answer  # noqa: B018 - it must be done
    station = work.open()
    with station.store.reading() as rows:
        assert [one.to_location for one in rows.find(StockMove, part_id=PART, reason="move_bag")] == [bag]
    used = work.act("use_part", part_id=PART).answer
    with station.store.reading() as rows:
        (move,) = [one for one in rows.find(StockMove, part_id=PART) if one.reason == "use_part" and one.version == 0]
        assert (move.from_location, used["action"]) == (bag, "use_part"), "what the technician carries goes in first"
        cheap = next(part for part in rows.find(Part) if part.part_class == "remote")
    given = {"part_id": cheap.id, "price": "1.50", "vendor": "华强北电子"}
    work.act("buy_locally", "", **given).refused("receipt_photo_missing")
    work.act("buy_locally", "", **given, picture=PNG, price_="x").refused("arguments_invalid")
    work.act("buy_locally", "", **given, picture=PNG).answer  # noqa: B018 - it must be done
    with station.store.reading() as rows:
        assert [(one.price_fen, one.vendor) for one in rows.find(LocalPurchase)] == [(150, "华强北电子")]
        assert rows.find(PartRequest) is not None
