"""Bad input by the command line: a sentence in the person's language, the fixed exit code, and nothing lost."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.rows.parts import PartLine
from core.rows.reference import ModelPart, Part
from core.warranty import RegistryState
from tests.integration.cli import kit
from tests.integration.cli.kit import At

STORY = kit.trade().story
WRONG_IMEI, RIGHT_IMEI = "490154203237510", "490154203237518"

BAD = [
    # a command's arguments, the code, words of the English and of the Chinese sentence
    (("order", "SZ-1"), "order_unknown", "There is no order SZ-1", "没有"),
    (("verdict", WRONG_IMEI), "imei_wrong_digit", "should be 8", "8"),
    (("verdict", "1234567890"), "serial_placeholder", "not a real serial number", "1234567890"),
    (("verdict", " "), "serial_empty", "Scan or type it", "缺少机号"),
    (("verdict", STORY.serial, "--day", "2020-01-01"), "day_before_manufacture", "did not exist", "尚未生产"),
    (("act", "fly"), "action_unknown", "no action “fly”", "fly"),
    (("act", "add_note", "--args", "{"), "arguments_invalid", "not JSON", "不是有效的 JSON"),
    (("act", "add_note", "--args", "[" * 50_000), "arguments_invalid", "not JSON", "JSON"),
    (("act", "add_note", "--args", "[]"), "arguments_invalid", "not an object", "不是 JSON 对象"),
    (("act", "add_note", "--args", "{}"), "arguments_invalid", "“order_id” is missing", "缺少“order_id”"),
    (("act", "add_note", "--order", kit.NUMBER, "--args", '{"text":1}'), "arguments_invalid", "type str", "类型"),
    (("act", "add_note", "--order", kit.NUMBER, "--args", '{"text":"a","b":1}'), "arguments_invalid", "“b”", "“b”"),
    (("act", "add_note", "--order", kit.NUMBER, "--args", '{"text":"\\ud800"}'), "arguments_invalid", "text", "文本"),
    (
        ("act", "add_note", "--order", kit.NUMBER, "--args", '{"text":"\\u0000"}'),
        "operation_invalid",
        "control",
        "控制",
    ),
    (
        ("act", "change_password", "--args", '{"password":"longenough"}'),
        "password_on_command_line",
        "--args -",
        "命令行",
    ),
    (("restore", "nope"), "backup_unknown", "nope", "nope"),
    (("enrol", "--hq", "rubbish", "--code", "x"), "already_enrolled", "already enrolled", "已"),
]


@pytest.mark.parametrize(("given", "code", "english", "chinese"), BAD, ids=[f"{b[0][0]}-{b[1]}" for b in BAD])
def test_bad_input_gets_a_sentence_and_changes_nothing(
    work: At, given: tuple[str, ...], code: str, english: str, chinese: str
) -> None:
    work(*given).refused(code)
    assert english in work.sentence(*given, lang="en")
    said = work.sentence(*given, lang="zh_CN")
    assert chinese in said and any("\u4e00" <= c <= "\u9fff" for c in said)
    assert work.pending() == 0


@pytest.mark.parametrize(
    "given",
    [
        ("verdict", "X", "--day", "yesterday"),
        ("verdict", "X", "--invoice", "2026-13-01"),
        ("verdict", "X", "--day", "9999-12-31", "--invoice", "9999-12-31"),
        ("verdict", "X", "--invoice", "0001-01-01"),
        ("orders", "--limit", "0"),
        ("orders", "--limit", "-1"),
        ("orders", "--limit", "1" * 5000),
        ("orders", "--state", "flying"),
        ("order",),
        ("act",),
        ("scan",),
        ("login",),
        ("enrol", "--hq", "x"),
        ("fly",),
        ("order", "\udcff"),
        ("act", "add_note", "--args", '{"text":"\udcff"}'),
    ],
)
def test_what_cannot_be_a_command_is_a_usage_error(work: At, given: tuple[str, ...]) -> None:
    ran = work(*given)
    assert (ran.code, ran.out) == (2, "")
    assert "usage: fixpoint" in ran.errors
    assert work.pending() == 0


# units and warranty


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "label_no_code"),
        ({"serial": ""}, "serial_empty"),
        ({"serial": "1234567890"}, "serial_placeholder"),
        ({"serial": WRONG_IMEI}, "imei_wrong_digit"),
        ({"codes": [{"text": "hello"}]}, "label_no_serial"),
        ({"codes": [{"text": WRONG_IMEI}]}, "imei_wrong_digit"),
        ({"codes": [{"text": STORY.serial}, {"text": kit.EXCHANGED}]}, "label_tie"),
        ({"serial": "SOMETHING99", "model": "NOPE"}, "model_unknown"),
    ],
)
def test_a_label_that_names_no_unit(work: At, asked: dict[str, Any], code: str) -> None:
    work.act("identify_unit", **asked).refused(code)
    assert work.pending() == 0


def test_a_tie_is_settled_by_picking(work: At) -> None:
    codes = [{"text": STORY.serial}, {"text": kit.EXCHANGED}]
    facts = work.act("identify_unit", codes=codes).refused("label_tie")
    assert STORY.serial in facts["serials"]
    assert work.act("identify_unit", codes=codes, serial=STORY.serial).code == 0
    assert work("order", kit.NUMBER).answer["units"][0]["serial"] == STORY.serial


@pytest.mark.parametrize(
    ("serial", "outcome", "rule"),
    [
        ("ZZZ1234", "not_recognised", "not_in_registry"),
        (RIGHT_IMEI, "not_recognised", "not_in_registry"),
        (kit.EXCHANGED, "out_of_warranty", "unit_exchanged_out"),
    ],
)
def test_a_unit_that_has_no_warranty_is_told_with_the_reason(work: At, serial: str, outcome: str, rule: str) -> None:
    ran = work("verdict", serial)
    assert (ran.code, ran.answer["outcome"]) == (0, outcome)
    assert [reason["rule"] for reason in ran.answer["reasons"]] == [rule]
    said = kit.command("--data", str(work.folder), "--lang", "zh_CN", "verdict", serial).out
    assert any("\u4e00" <= c <= "\u9fff" for c in said) and "{" not in said


def test_another_model_needs_a_review(work: At) -> None:
    found = work("verdict", STORY.serial, "--model", "NOPE").answer
    assert (found["outcome"], found["reasons"][0]["rule"]) == ("needs_review", "model_mismatch")


def test_a_judgement_for_a_day_before_manufacture_needs_a_review(work: At) -> None:
    assert work.act("identify_unit", serial=STORY.serial).code == 0
    assert work.act("judge_warranty", day="2020-01-01").code == 0
    verdict = work("order", kit.NUMBER).answer["verdicts"][-1]
    assert (verdict["outcome"], verdict["verdict"]["reasons"][0]["rule"]) == ("needs_review", "day_before_manufacture")


def test_an_invoice_from_before_manufacture_does_not_count(work: At) -> None:
    found = work("verdict", STORY.serial, "--invoice", "2020-01-01").answer
    assert (found["outcome"], found["reasons"][0]["rule"]) == ("needs_review", "invoice_before_manufacture")


@pytest.mark.parametrize("broken", ["gone", "empty", "half", "rubbish"])
def test_a_registry_that_is_not_whole_is_told_and_never_says_not_recognised(work: At, broken: str) -> None:
    registry = work.folder / "registry.db"
    whole = registry.read_bytes()
    registry.unlink()
    if broken != "gone":
        registry.write_bytes({"empty": b"", "half": whole[: len(whole) // 2], "rubbish": b"\xff" * 9000}[broken])
    for serial in (STORY.serial, "ZZZ1234"):
        found = work("verdict", serial).answer
        assert found["outcome"] == "needs_review"
        assert "registry_incomplete" in [reason["rule"] for reason in found["reasons"]]
    doctor = work("doctor").answer
    assert doctor["registry"]["state"] in {RegistryState.MISSING.value, RegistryState.PARTIAL.value}
    assert work.act("identify_unit", serial=STORY.serial).code == 0, "work goes on"
    assert work.act("judge_warranty").code == 0


# papers


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"invoice": "rubbish"}, "invoice_unreadable"),
        ({"invoice_date": "2099-01-01"}, "document_in_future"),
        ({"invoice_date": "2026-02-30"}, "arguments_invalid"),
        ({"invoice_fen": -1}, "arguments_invalid"),
        ({"invoice_fen": 1.5}, "arguments_invalid"),
        ({"problem": "creased"}, "arguments_invalid"),
        ({"unit_id": kit.ORDER}, "unit_unknown"),
    ],
)
def test_papers_that_cannot_be(work: At, asked: dict[str, Any], code: str) -> None:
    work.act("record_documents", **asked).refused(code)
    assert work.pending() == 0


def test_altered_papers_are_recorded_and_judged(work: At) -> None:
    assert work.act("identify_unit", serial=STORY.serial).code == 0
    assert work.act("record_documents", problem="altered").code == 0
    assert work.act("judge_warranty").code == 0
    assert work("order", kit.NUMBER).answer["units"][0]["document_problem"] == "altered"


# parts


def identified(work: At) -> At:
    """The order's unit is known and judged."""
    assert work.act("identify_unit", serial=STORY.serial).code == 0
    assert work.act("judge_warranty").code == 0
    return work


def test_a_part_of_another_model_is_refused(work: At) -> None:
    fitting = {row.part_id for row in kit.trade().rows if isinstance(row, ModelPart) and row.model_id == STORY.model}
    other = next(row.id for row in kit.trade().rows if isinstance(row, Part) and row.id not in fitting)
    facts = identified(work).act("use_part", part_id=other).refused("part_not_of_model")
    assert facts == {"part": other, "model": STORY.model}
    work.act("use_part", part_id="NOPE").refused("part_unknown")
    work.act("use_part", part_id=STORY.part_id, quantity=0).refused("arguments_invalid")
    work.act("use_part", part_id=STORY.part_id, quantity=101).refused("arguments_invalid")
    assert work.pending() == 2


def test_stock_below_zero_is_allowed_and_flagged(work: At) -> None:
    assert identified(work).act("use_part", part_id=STORY.part_id, quantity=99).code == 0
    assert [line["below_zero"] for line in work("order", kit.NUMBER).answer["part_lines"]] == [True]
    refused = work.act("complete_order")
    assert "part_serial_missing" in refused.refused("preflight_failed")["rules"]


def test_what_is_missing_before_completion_is_listed(work: At) -> None:
    identified(work)
    facts = work.act("complete_order").refused("preflight_failed")
    assert facts["count"] == len(facts["rules"]) == len(facts["findings"])
    said = work.sentence("act", "complete_order", "--order", kit.NUMBER, lang="zh_CN").splitlines()
    assert len(said) == len(set(said)) > 3
    assert all(line.startswith("- ") and "{" not in line for line in said[1:])


# pictures


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Files that are no pictures, or no good ones."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "text.png").write_text("not a picture")
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 20)
    (folder / "cut.pdf").write_bytes(b"%PDF-1.7\nrubbish")
    with (folder / "huge.png").open("wb") as huge:
        huge.truncate(600 * 1024 * 1024)  # sparse
    (folder / "folder").mkdir()
    return folder


@pytest.mark.parametrize("name", ["gone.png", "text.png", "empty.jpg", "cut.png", "cut.pdf", "huge.png", "folder"])
def test_a_file_that_is_no_picture(at: At, pictures: Path, name: str) -> None:
    ran = at("scan", str(pictures / name), lang="zh_CN")
    assert ran.code == 3
    line = ran.answer
    assert set(line) == {"file", "codes", "code", "facts", "sentence"} and line["codes"] == []
    assert str(pictures / name) in line["sentence"]
    assert line["code"].startswith(("file_", "picture_"))


def test_one_bad_file_does_not_keep_the_others_from_being_read(at: At, pictures: Path) -> None:
    blank(pictures / "blank.png")
    ran = at("scan", str(pictures / "text.png"), str(pictures / "blank.png"))
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 3
    assert [Path(line["file"]).name for line in lines] == ["text.png", "blank.png"]
    assert lines[1]["notice"]["code"] == "label_no_code" and lines[1]["ms"] > 0


def blank(path: Path) -> None:
    """A picture with nothing on it."""
    from PIL import Image

    Image.new("RGB", (300, 200), "white").save(path)


@pytest.mark.parametrize("name", ["gone.png", "text.png", "empty.jpg", "huge.png", "folder"])
def test_evidence_that_is_no_picture_is_not_recorded(work: At, pictures: Path, name: str) -> None:
    path = str(pictures / name)
    for action, asked in (
        ("add_attachment", {"file": path}),
        ("ask_approval", {"reason": "过保 11 天", "photo": path}),
        ("sign_quotation", {"signed_by": "陈静", "signature": path}),
    ):
        if action == "ask_approval":
            identified(work)
        before = work.pending()
        ran = work.act(action, **asked)
        assert ran.code == 3 and ran.answer["code"].startswith(("file_", "picture_")), ran
        assert work.pending() == before


@pytest.mark.parametrize("pasted", ["%%%", "é", "AAAA", "A"])
def test_a_pasted_picture_that_is_none(work: At, pasted: str) -> None:
    work.act("add_attachment", picture=pasted).refused("picture_unknown")
    work.act("sign_quotation", signed_by="陈静", signature_png=pasted).refused("picture_unknown")
    work.act("add_attachment").refused("arguments_invalid")
    work.act("sign_quotation", signed_by="陈静").refused("signature_missing")
    assert work.pending() == 0


def test_a_part_line_taken_twice_needs_a_stock_explanation(work: At) -> None:
    identified(work)
    for _ in range(2):
        assert work.act("use_part", part_id=STORY.part_id, quantity=60).code == 0
    station = work.open()
    with station.store.reading() as rows:
        assert [line.below_zero for line in rows.find(PartLine, order_id=kit.ORDER)][-1]


def test_the_day_is_the_days_own_at_the_station(work: At) -> None:
    tomorrow = (kit.TODAY + timedelta(days=2)).isoformat()
    work.act("record_documents", invoice_date=tomorrow).refused("document_in_future")
