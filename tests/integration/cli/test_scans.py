"""``fixpoint scans``: an order's scans and what proves the serial number, in JSON and in words."""

from tests.integration.cli import kit
from tests.integration.cli.kit import At

STORY = kit.trade().story


def test_what_was_scanned_and_what_proves_the_serial(work: At) -> None:
    assert work("scans", kit.NUMBER).answer["scans"] == []
    codes = [{"text": STORY.gtin, "format": "EAN13"}, {"text": STORY.serial, "format": "Code128", "engine": "zxing"}]
    assert work.act("identify_unit", codes=codes, source="camera", device_name="bench\u202e", read_ms=80).code == 0
    told = work("scans", kit.ORDER).answer
    unit, (scan,) = told["units"][0], told["scans"]
    assert (told["order"], unit["serial"], unit["how"]) == (kit.NUMBER, STORY.serial, "read")
    assert (unit["scan"], unit["code"], unit["doubts"]) == (1, 1, [])
    assert (scan["device_kind"], scan["device_name"], scan["codes"][1]["raw"]) == (
        "camera", "bench‹202E›", STORY.serial,
    )  # fmt: skip
    words = kit.command("--data", str(work.folder), "--lang", "zh_CN", "scans", kit.NUMBER).out
    assert "由第 1 次扫描读出。" in words and "认定为：机号" in words and "摄像头" in words
    work("scans", "SZ-0").refused("order_unknown")
