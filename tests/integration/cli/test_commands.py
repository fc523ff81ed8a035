"""Every command as written: profile by option or variable, one JSON object, sentences by language, schemas, care."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from app import actions as desk_actions
from core.rows.orders import WorkOrder
from core.work_order import State
from tests.integration.cli import kit
from tests.integration.cli.kit import At, Stations
from tools import labels

STORY = kit.trade().story
ROOT = Path(__file__).resolve().parents[3]


# the profile, the language, the form of an answer


def test_the_profile_is_chosen_by_option_or_variable(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIXPOINT_DATA", str(at.folder))
    assert kit.command("--json", "orders").answer["orders"]
    monkeypatch.setenv("FIXPOINT_DATA", str(at.folder.with_name("elsewhere")))
    assert kit.command("--data", str(at.folder), "--json", "orders").answer["orders"]
    kit.command("--json", "orders").refused("not_enrolled")


def test_global_options_may_stand_behind_the_command(at: At) -> None:
    before = kit.command("--data", str(at.folder), "--json", "orders", "--limit", "1")
    behind = kit.command("orders", "--limit", "1", "--json", "--data", str(at.folder))
    assert behind.answer == before.answer


def test_answers_follow_the_option_or_the_system(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    given = ("--data", str(at.folder))
    for name in ("FIXPOINT_LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "没有" in kit.command(*given, "order", "x").errors
    assert "维修中" in kit.command(*given, "orders").out
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    assert "There is no order" in kit.command(*given, "order", "x").errors
    assert "没有" in kit.command(*given, "--lang", "zh_CN", "order", "x").errors


@pytest.mark.parametrize("program", ["module", "script"])
def test_both_names_of_the_program(at: At, program: str) -> None:
    script = Path(sys.executable).with_name("fixpoint")
    begin = [sys.executable, "-m", "app"] if program == "module" else [str(script)]
    done = subprocess.run(
        [*begin, "--data", str(at.folder), "--json", "orders"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["orders"]


def test_help_is_there_for_every_command() -> None:
    said = kit.command("--help")
    assert said.code == 0
    for name in ("scan", "photos", "verdict", "enrol", "login", "logout", "sync", "orders", "order", "actions", "act",
                 "backup", "restore", "doctor"):  # fmt: skip
        assert name in said.out
        assert kit.command(name, "--help").code == 0


# before enrolment


def test_scan_and_verdict_work_before_enrolment_and_leave_no_trace(tmp_path: Path) -> None:
    fresh = At(tmp_path / "fresh")
    labels.main(["--to", str(tmp_path), "--model", STORY.model, "--serial", STORY.serial, "--gtin", STORY.gtin[-13:]])
    read = fresh("scan", str(tmp_path / "label.png"))
    assert read.code == 0 and set(read.answer) >= {"file", "codes", "ms"}
    chosen = {code["chosen_as"]: code["text"] for code in read.answer["codes"]}
    assert chosen["serial"] == STORY.serial
    told = {"format", "text", "symbology_id", "chosen_as", "engine", "agreed", "page", "doubtful", "sure"}
    assert all(set(code) == told for code in read.answer["codes"])
    found = fresh("verdict", STORY.serial, "--model", STORY.model)
    assert found.code == 0
    assert found.answer["outcome"] == "needs_review", "no registry yet: never not_recognised"
    assert not fresh.folder.exists()


def drawn(kind: str, text: str) -> Image.Image:
    """A code of any kind on white."""
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    return Image.fromarray(np.pad(np.array(code.to_image(scale=4)), 60, constant_values=255))


def test_scan_says_which_codes_are_sure_and_asks_for_a_look_at_the_others(tmp_path: Path) -> None:
    fresh, short = At(tmp_path / "fresh"), tmp_path / "short.png"
    drawn("Code39", "AB7").save(short)  # three characters of Code 39 are more often bars of something else
    labels.bars("code128", STORY.serial).save(tmp_path / "long.png")
    read = fresh("scan", str(short), str(tmp_path / "long.png"))
    lines = [json.loads(line) for line in read.out.splitlines()]
    assert [[(code["text"], code["sure"]) for code in line["codes"]] for line in lines] == [
        [("AB7", False)],
        [(STORY.serial, True)],
    ]
    said = kit.command("--data", str(tmp_path / "fresh"), "--lang", "en", "scan", str(short)).out
    assert "AB7  (please check)" in said
    assert "（请核对）" in kit.command("--data", str(tmp_path / "fresh"), "--lang", "zh_CN", "scan", str(short)).out


@pytest.mark.parametrize("kind", ["EAN8", "UPCE", "Codabar", "Code93", "MicroQRCode", "DataBar"])
def test_scan_looks_for_every_symbology_unless_it_is_told_which(tmp_path: Path, kind: str) -> None:
    fresh, file = At(tmp_path / "fresh"), tmp_path / "code.png"
    contents = {"EAN8": "9638507", "UPCE": "0123456", "Codabar": "A123456B", "DataBar": "0950600013435"}
    drawn(kind, contents.get(kind, "K35U55")).save(file)
    assert [code["format"] for code in fresh("scan", str(file)).answer["codes"]] == [kind]
    assert [code["format"] for code in fresh("scan", "--formats", kind.lower(), str(file)).answer["codes"]] == [kind]
    assert fresh("scan", "--formats", "QRCode, Aztec", str(file)).answer["codes"] == []


@pytest.mark.parametrize("given", ["Code128,QRcodes", "barcode", ",", " "])
def test_a_kind_of_code_that_there_is_not(tmp_path: Path, given: str) -> None:
    ran = At(tmp_path / "fresh")("scan", "--formats", given, str(tmp_path / "none.png"))
    assert ran.code == 3 and ran.answer["code"] == "format_unknown"
    assert "Code128, Code39" in ran.answer["sentence"] and "DataBar" in ran.answer["sentence"]


# orders


def test_orders_are_filtered_and_shown(at: At) -> None:
    numbers = [one["number"] for one in at("orders").answer["orders"]]
    assert {kit.NUMBER, kit.OFFERED_NUMBER} <= set(numbers)
    offered = at("orders", "--state", "offered_station").answer["orders"]
    assert offered and {one["state"] for one in offered} == {"offered_station"}
    both = at("orders", "--state", "offered_station, in_progress").answer["orders"]
    assert {one["state"] for one in both} == {"offered_station", "in_progress"}
    assert [one["number"] for one in at("orders", "--text", kit.NUMBER).answer["orders"]] == [kit.NUMBER]
    assert at("orders", "--text", "%_'\"\\").answer["orders"] == []
    assert len(at("orders", "--limit", "1").answer["orders"]) == 1
    shown = kit.command("--data", str(at.folder), "--lang", "en", "orders", "--text", kit.NUMBER).out
    assert shown.splitlines()[0].startswith("Number") and kit.NUMBER in shown


def test_an_order_is_found_by_number_in_any_case_and_by_id(at: At) -> None:
    by_id = at("order", kit.ORDER).answer
    assert by_id == at("order", kit.NUMBER).answer == at("order", f" {kit.NUMBER.lower()} ").answer
    assert set(by_id) > {"units", "visits", "verdicts", "quotations", "part_lines", "old_parts", "claims", "timeline"}


def test_an_order_is_told_in_words(at: At) -> None:
    facts = at("order", kit.NUMBER).answer
    shown = kit.command("--data", str(at.folder), "--lang", "en", "order", kit.NUMBER).out
    assert shown.startswith(f"{kit.NUMBER}  In repair\n")
    assert facts["customer_name"] in shown and facts["reported_model"] in shown
    assert "timeline" not in shown and "{" not in shown


# actions


def test_every_action_is_listed_with_a_valid_schema_of_its_arguments() -> None:
    listed = kit.command("--json", "actions").answer["actions"]
    assert [one["action"] for one in listed] == sorted(desk_actions.ACTIONS)
    for one in listed:
        assert one["roles"] and one["name"] != one["action"]
        schema = one["arguments"]
        form = named(schema, schema)
        assert form["type"] == "object" and form["additionalProperties"] is False
        assert set(form["required"]) <= set(form["properties"]), "what is asked for is described"
        assert all(named(schema, inner) for inner in references(schema)), "every reference leads somewhere"


def named(schema: dict[str, Any], form: dict[str, Any]) -> dict[str, Any]:
    """The form, or what its reference leads to."""
    reference = form.get("$ref")
    found: dict[str, Any] = schema["$defs"][reference.removeprefix("#/$defs/")] if reference else form
    return found


def references(form: Any) -> list[dict[str, str]]:
    """Every reference inside a schema."""
    if isinstance(form, list):
        return [found for inner in form for found in references(inner)]
    if not isinstance(form, dict):
        return []
    own = [{"$ref": form["$ref"]}] if "$ref" in form else []
    return own + [found for inner in form.values() for found in references(inner)]


def test_required_arguments_are_those_without_which_nothing_is_done(work: At) -> None:
    for one in kit.command("--json", "actions").answer["actions"]:
        required = named(one["arguments"], one["arguments"])["required"]
        ran = work("act", one["action"], "--args", "{}")
        assert ran.code == 3 and work.pending() == 0
        if required:
            assert required[0] in ran.refused("arguments_invalid")["problem"]


def test_an_action_tells_its_operation(work: At) -> None:
    first = work.act("add_note", order=kit.NUMBER, text="一").answer
    second = work.act("add_note", order=kit.ORDER, text="二").answer
    assert set(first) == {"operation", "n", "action"}
    assert (first["n"], second["n"], first["action"]) == (1, 2, "add_note")
    given = ("act", "add_note", "--order", kit.NUMBER, "--args", '{"text":"三"}')
    said = kit.command("--data", str(work.folder), "--lang", "zh_CN", *given).out
    assert "备注" in said


def test_details_can_come_by_standard_input(work: At) -> None:
    assert work("act", "add_note", "--order", kit.NUMBER, "--args", "-", given='{"text":"一"}').code == 0
    assert work("order", kit.NUMBER).answer["notes"][0]["text"] == "一"
    work("act", "add_note", "--order", kit.NUMBER, "--args", "-", given="").refused("arguments_invalid")


def test_an_order_of_a_later_state_refuses_what_came_before(work: At) -> None:
    facts = work.act("accept_order").refused("move_not_allowed")
    assert facts == {"state": "in_progress", "action": "accept_order"}
    assert "维修中" in work.sentence("act", "accept_order", "--order", kit.NUMBER, lang="zh_CN")


# care


def test_the_doctor_looks_at_everything(at: At) -> None:
    found = at("doctor").answer
    assert found["ok"] is True
    assert found["key_store"] == "passphrase"
    assert found["database"]["cipher"] and found["database"]["whole"] and not found["database"]["damaged_pages"]
    assert found["registry"] == {"state": "complete", "rows": 601}
    assert set(found["scanner"]) == {"engines", "cameras", "serial_ports"}
    assert found["hq"]["reached"] is False and found["hq"]["code"] == "hq_unreachable"
    assert (found["pending"], found["last_n"], found["unread_rows"]) == (0, 0, 0)
    assert "clock_offset_s" in found and found["device"]["hq"] == kit.NOBODY
    assert Path(found["log"]).is_dir()


def test_a_backup_brings_everything_back(work: At) -> None:
    assert work.act("add_note", text="before").code == 0
    name = work("backup").answer["backup"]
    assert work.act("add_note", text="after").code == 0
    assert work.pending() == 2
    restored = work("restore", name).answer
    assert restored["restored"] == name
    assert restored["unsent"]["operations"] == 2
    assert work.pending() == 2, "what was not sent yet is carried over"
    assert Path(restored["replaced"]).is_dir(), "what was replaced is kept"
    assert work("doctor").answer["database"]["newest_backup"] == name


def test_a_restore_waits_for_nobody(work: At) -> None:
    work("backup")
    work.open()
    work("restore").refused("profile_in_use")
    work.close()
    assert work("restore").code == 0


# people


def test_logging_in_and_out(stations: Stations) -> None:
    at = stations()
    at.act("add_note", text="x").refused("login_needed")
    found = at("login", "liwei", given=kit.PASSWORD + "\r\n").answer
    assert set(found) == {"person", "name", "roles", "until"} and found["roles"] == ["technician"]
    assert at.act("add_note", text="x").code == 0
    left = at("logout").answer
    assert left == {"logged_out": True, "unsent": {"operations": 1, "photos": 0, "photo_bytes": 0}}
    at.act("add_note", text="x").refused("login_needed")
    assert at.pending() == 1


def test_roles_and_places_are_kept_apart(stations: Stations) -> None:
    branch = stations("wangfang", logged_in=True)
    branch.act("accept_order", order=kit.OFFERED_NUMBER).refused("role_not_allowed")
    technician = stations(logged_in=True)
    technician.act("dispatch_order", order=kit.OFFERED_NUMBER, station="SZ01").refused("role_not_allowed")
    station = technician.open()
    with station.store.reading() as rows:
        order = rows.get(WorkOrder, kit.OFFERED)
    assert order is not None and order.state is State.OFFERED_STATION


@pytest.mark.parametrize("command", [("orders",), ("order", "x"), ("act", "add_note"), ("sync",), ("login", "x")])
def test_nothing_is_done_before_enrolment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("FIXPOINT_PASSPHRASE", kit.PASSPHRASE)
    At(tmp_path / "fresh")(*command).refused("not_enrolled")


@pytest.mark.parametrize(
    ("command", "given", "code"),
    [
        (("login", "liwei"), b"\xc3\xdc\xc2\xeb\n", "login_wrong"),
        (("act", "add_note", "--order", kit.NUMBER, "--args", "-"), b'{"text":"\xc3\xdc"}', "arguments_invalid"),
    ],
)
def test_standard_input_of_another_encoding(work: At, command: tuple[str, ...], given: bytes, code: str) -> None:
    program = [sys.executable, "-m", "app", "--data", str(work.folder), "--json"]
    done = subprocess.run([*program, *command], cwd=ROOT, input=given, capture_output=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["code"]) == (3, code), done.stderr
    assert work.pending() == 0


class Terminal:
    """A person at a terminal who answers prompts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
        """``answers`` in order."""
        self.asked: list[str] = []
        left = list(answers)
        monkeypatch.delenv("FIXPOINT_PASSPHRASE", raising=False)
        monkeypatch.setattr("app.security.key_store.backends.accepted_backends", lambda *_: {})
        monkeypatch.setattr("app.cli.asking.somebody_is_there", lambda: True)

        def answer(prompt: str) -> str:
            self.asked.append(prompt)
            return left.pop(0)

        monkeypatch.setattr("getpass.getpass", answer)


def test_a_person_at_a_terminal_is_asked(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(monkeypatch, kit.PASSPHRASE, kit.PASSWORD)
    assert at("login", "liwei", lang="zh_CN").code == 0
    assert [prompt[-2:] for prompt in terminal.asked] == [": ", ": "] and "密码" in terminal.asked[1]
    Terminal(monkeypatch, "another passphrase")
    at("orders").refused("passphrase_wrong")
    Terminal(monkeypatch, "")
    at("orders").refused("passphrase_needed")


def test_a_new_profiles_passphrase_is_asked_for_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = At(tmp_path / "fresh")
    Terminal(monkeypatch, kit.PASSPHRASE, "a slip of the hand")
    fresh("orders").refused("passphrase_needed")
    assert not (fresh.folder / "keys.json").exists()
    Terminal(monkeypatch, "short", "short")
    fresh("orders").refused("passphrase_too_short")
    terminal = Terminal(monkeypatch, kit.PASSPHRASE, kit.PASSPHRASE)
    fresh("orders").refused("not_enrolled")
    assert len(terminal.asked) == 2 and (fresh.folder / "keys.json").exists()
