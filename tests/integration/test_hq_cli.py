"""Every command of ``fixpoint-hq`` as a person types it; some in a process of their own."""

import contextlib
import errno
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request

import pytest

from hq.cli.main import main
from hq.sample import photos, signatures

SMALL = ("--as-of", "2026-06-17", "--stations", "3", "--units", "900", "--orders", "90")


def run(folder, *arguments, **environment):
    """The finished command."""
    return subprocess.run(
        [sys.executable, "-m", "hq", "--data", str(folder), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env=os.environ | {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"} | environment,
    )


def said(folder, *arguments, code=0):
    """The object the command prints; in this process, which is quicker (``run`` shows that its own does the same)."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main(["--data", str(folder), "--json", *arguments]) == code, out.getvalue()
    return json.loads(out.getvalue())


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A headquarters made by ``init``, and what it said."""
    folder = tmp_path_factory.mktemp("cli") / "hq"
    done = run(folder, "--json", "init", "--sample", *SMALL)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


@pytest.fixture
def hq(made, tmp_path):
    """A copy of it."""
    shutil.copytree(made[0], tmp_path / "hq")
    return tmp_path / "hq"


def test_init_prints_the_accounts_and_never_overwrites(made):
    folder, answer = made
    first = answer["accounts"][0]
    assert {"login", "password", "role", "name", "place"} <= set(first)
    assert (first["login"], first["role"], first["place"]) == ("liwei", "technician", "SZ01")
    assert answer["story"]["days_over"] == 11
    assert said(folder, "init", "--sample", code=3)["code"] == "hq_database_not_empty"


def test_init_without_a_sample_holds_the_shipped_documents(tmp_path):
    assert said(tmp_path, "init")["accounts"] == []
    assert said(tmp_path, "check")["rows"] > 10
    assert run(tmp_path, "init").returncode == 3


def test_codes_are_for_places_by_code_or_id(hq):
    answer = said(hq, "enrol-code", "SZ01")
    assert re.fullmatch(r"[0-9A-Z-]{6,}", answer["code"])
    assert said(hq, "enrol-code", answer["place_id"])["place"] == "SZ01"
    assert said(hq, "enrol-code", "nowhere", code=3)["code"] == "place_unknown"


def test_a_key_is_shown_once_and_not_stored(hq):
    answer = said(hq, "api-key", "call centre", "--right", "intake")
    assert answer["rights"] == ["intake"]
    assert answer["key"].encode() not in (hq / "hq.db").read_bytes()


def test_settle_export_and_check(hq, tmp_path):
    settled = said(hq, "settle", "2026-06")
    assert settled["statements"] >= settled["changed"]
    assert said(hq, "settle", "2026-06")["changed"] == 0
    exported = said(hq, "export", "2026-05", "--to", str(tmp_path / "erp"))
    assert exported["files"] == 3 * exported["statements"] > 0
    report = said(hq, "check")
    assert (report["ok"], report["operations"], report["orders"]) == (True, 0, 90)
    assert said(hq, "settle", "June", code=3)["code"] == "month_invalid"


def test_backup_and_restore_into_an_empty_folder(hq, tmp_path):
    file = tmp_path / "all.fixpoint"
    rows = said(hq, "backup", str(file))["rows"]
    assert said(hq, "backup", str(file), code=3)["code"] == "file_exists"
    assert said(tmp_path / "other", "restore", str(file))["rows"] == rows
    assert said(tmp_path / "other", "check")["ok"]
    assert said(hq, "restore", str(tmp_path / "none"), code=3)["code"] == "backup_unknown"
    named = said(hq, "backup")["file"]
    assert named.startswith(str(hq / "backups"))


def test_a_full_disk_is_told_in_a_sentence(hq, tmp_path, monkeypatch):
    def full(*_given):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("hq.cli.backup.dump", full)
    told = said(hq, "backup", str(tmp_path / "hq.fixpoint"), code=3)
    assert (told["code"], told["facts"]) == ("disk_full", {"folder": str(tmp_path)})
    monkeypatch.setattr("hq.cli.export.export", full)
    assert said(hq, "export", "2026-03", "--to", str(tmp_path / "erp"), code=3)["facts"]["folder"].endswith("erp")
    monkeypatch.setattr("hq.cli.backup.dump", lambda *given: (_ for _ in ()).throw(PermissionError(13, "no")))
    with pytest.raises(PermissionError):
        main(["--data", str(hq), "backup", str(tmp_path / "hq.fixpoint")])


def test_imports_are_whole_or_not_at_all(hq, tmp_path):
    parts = tmp_path / "parts.csv"
    head = "id,name_zh,part_class,price_fen,transfer_fen,models\n"
    parts.write_text(head + "N-1,新主板,main_board,100,60,LED55K35U\nN-2,坏,main_board,-5,60,NOPE\n", "utf-8")
    refused = said(hq, "import", "parts", str(parts), code=3)
    assert (refused["code"], refused["facts"]["count"], refused["facts"]["total"]) == ("import_invalid", 1, 2)
    assert refused["facts"]["rows"][0].startswith("3: ")
    parts.write_text(head + "N-1,新主板,main_board,100,60,LED55K35U\n", "utf-8")
    assert said(hq, "import", "parts", str(parts), "--dry-run")["imported"] == 0
    assert said(hq, "import", "parts", str(parts))["imported"] == 1
    assert said(hq, "check")["ok"]


PEOPLE = [{"place": "SZ01", "login": "newone", "name": "新人", "roles": ["technician"], "password": "long enough"}]
TARIFF = {"version": "2027-01", "in_force_from": "2027-01-01", "labour": [], "fees": [], "grade_bp": {"3": 10000}}
UNIT = {"model": "LED55K35U", "serial": "K35U5526A0100001", "made": "2026-01-01"}
PLACE = {"code": "SZ99", "kind": "station", "name": "盐田维修站", "branch": "SZ", "warehouse": "WH01"}
MODEL = {"id": "LED99Z99Z", "brand": "Konwell", "product_class": "tv_lcd", "name_zh": "电视", "price_fen": 1,
         "gtin": "06930012100006"}  # fmt: skip
PRICES = {"version": "2027-01", "in_force_from": "2027-01-01", "classes": []}
POLICY = {"id": "law-x", "version": 1, "product_class": "tv_lcd", "source": "law", "in_force_from": "2027-01-01",
          "whole_months": 12}  # fmt: skip
CAMPAIGN = {"id": "recall-x", "version": 1, "kind": "recall", "name": "召回", "product_class": "tv_lcd",
            "from_day": "2026-01-01", "to_day": "2027-01-01"}  # fmt: skip
CONTRACT = {"id": "YB-1", "serial": UNIT["serial"], "name": "延保", "from_day": "2027-01-02", "to_day": "2028-01-01"}
CODES = {"system": "ZZ", "version": "1", "condition": [], "symptom": [], "section": [], "defect": [], "repair": []}


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("people", PEOPLE, [PEOPLE[0] | {"place": "XX"}]),
        ("tariff", TARIFF, TARIFF | {"grade_bp": "none"}),
        ("registry", [UNIT], [UNIT | {"serial": "1234567890"}]),
        ("places", [PLACE], [PLACE | {"branch": "XX"}]),
        ("models", [MODEL], [MODEL | {"gtin": "06930012100007"}]),
        ("price_list", PRICES, PRICES | {"version": 5}),
        ("policy", [POLICY], [POLICY | {"whole_months": -1}]),
        ("campaign", [CAMPAIGN], [CAMPAIGN | {"kind": "gift"}]),
        ("contracts", [CONTRACT], [CONTRACT | {"serial": "K35U5526A9999999"}]),
        ("fault_codes", CODES, CODES | {"symptom": [{"code": "a b"}]}),
    ],
)
def test_every_kind_is_imported_and_proved(made, tmp_path, kind, good, bad):
    folder, file = made[0], tmp_path / "file.json"
    file.write_text(json.dumps(bad), "utf-8")
    assert said(folder, "import", kind, str(file), code=3)["code"] == "import_invalid"
    file.write_text(json.dumps(good), "utf-8")
    assert said(folder, "import", kind, str(file), "--dry-run")["rows"] == 1
    assert said(folder, "import", kind, str(file))["imported"] == 1


def test_a_contract_that_ends_before_it_begins_is_refused(hq, tmp_path):
    file = tmp_path / "file.json"
    file.write_text(json.dumps([CONTRACT | {"to_day": "2027-01-01"}]), "utf-8")
    assert said(hq, "import", "contracts", str(file), code=3)["facts"]["count"] == 1


def test_corrections_are_listed_and_decided(hq):
    first, second = said(hq, "corrections")["corrections"]
    assert (first["field"], first["state"], first["now"]) == ("sold", "open", first["old"])
    assert said(hq, "corrections", "refuse", first["id"], code=3)["code"] == "reason_missing"
    assert said(hq, "corrections", "accept", first["id"])["state"] == "accepted"
    assert said(hq, "corrections", "refuse", second["id"], "--answer", "发票不清")["answer"] == "发票不清"
    assert said(hq, "corrections")["count"] == 0
    (one, other) = said(hq, "corrections", "--all")["corrections"]
    assert {one["now"], other["now"]} == {first["new"], second["old"]}


def test_proposed_articles_are_shown_published_returned_and_published_ones_taken_back(hq, tmp_path):
    first, second = said(hq, "knowledge")["proposals"]
    shown = said(hq, "knowledge", "show", first["id"], "--pictures", str(tmp_path / "pictures"))
    assert (shown["state"], shown["copied"], shown["body"]) == ("open", [], first["body"])
    file = tmp_path / "words.json"
    file.write_text(json.dumps({"title_en": "Water in the fridge", "body_en": "Clear the drain."}), "utf-8")
    published = said(hq, "knowledge", "publish", first["id"], "--file", str(file), "--reason", "谢谢")
    assert (published["number"], published["title_en"], published["title_zh"]) == (
        "KB-0016", "Water in the fridge", first["title"],
    )  # fmt: skip
    assert said(hq, "knowledge", "return", second["id"], code=3)["code"] == "reason_missing"
    assert said(hq, "knowledge", "return", second["id"], "--reason", "请附照片")["answer"] == "请附照片"
    assert said(hq, "knowledge")["count"] == 0
    assert said(hq, "knowledge", "--all")["count"] == 4
    now_read = said(hq, "knowledge", "published")["count"]
    assert said(hq, "knowledge", "withdraw", "JT-0001", "--reason", "过时")["state"] == "withdrawn"
    assert said(hq, "knowledge", "published")["count"] == now_read - 1
    assert said(hq, "knowledge", "published", "--all")["count"] > now_read
    assert said(hq, "knowledge", "withdraw", "JT-0001", "--reason", "过时", code=3)["code"] == "article_unknown"
    assert said(hq, "check")["ok"]


def test_a_file_that_is_no_publication_is_refused(hq, tmp_path):
    (first, _) = said(hq, "knowledge")["proposals"]
    file = tmp_path / "words.json"
    file.write_text('{"colour": 1}', "utf-8")
    publish = ("knowledge", "publish", first["id"], "--file")
    assert said(hq, *publish, str(file), code=3)["code"] == "file_unreadable"
    assert said(hq, *publish, str(tmp_path / "none"), code=3)["code"] == "file_missing"


def test_serial_patterns_are_proved_as_a_whole(hq, tmp_path):
    from resources import read_text

    file = tmp_path / "patterns.json"
    patterns = json.loads(read_text("patterns", "konwell.json"))
    file.write_text(json.dumps(patterns), "utf-8")
    assert said(hq, "import", "serial_patterns", str(file))["imported"] == len(patterns)
    patterns[0]["examples"] = ["NOTHING"]
    file.write_text(json.dumps(patterns), "utf-8")
    assert said(hq, "import", "serial_patterns", str(file), code=3)["code"] == "import_invalid"


def test_unreadable_files_are_refused(hq, tmp_path):
    file = tmp_path / "x.json"
    file.write_bytes(b"\xff\xfe\x00[")
    assert said(hq, "import", "parts", str(file), code=3)["code"] == "file_unreadable"
    assert said(hq, "import", "parts", str(tmp_path / "none"), code=3)["code"] == "file_missing"


def test_openapi_names_the_interface(tmp_path):
    document = said(tmp_path, "openapi")
    assert {"/v1/orders", "/v1/orders/{order_id}/callback", "/v1/push"} <= set(document["paths"])
    assert "NewOrder" in document["components"]["schemas"]


def test_wrong_use_and_what_is_missing_have_their_codes(tmp_path):
    assert run(tmp_path, "dance").returncode == 2
    assert run(tmp_path, "export", "2026-05").returncode == 2
    assert run(tmp_path, "init", "--as-of", "yesterday").returncode == 2
    assert said(tmp_path, "check", code=3)["code"] == "hq_not_initialised"
    away = run(tmp_path, "--json", "--database", "postgresql://nobody:secret@127.0.0.1:1/x", "check")
    assert away.returncode == 4
    assert json.loads(away.stdout)["code"] == "hq_database_unreachable"
    assert "secret" not in away.stdout + away.stderr


def test_sentences_are_in_the_persons_language(tmp_path):
    assert "总部" in run(tmp_path, "check", "--lang", "zh_CN").stderr
    assert "headquarters" in run(tmp_path, "check").stderr


def test_serve_answers_until_it_is_told_to_stop(hq):
    command = [sys.executable, "-m", "hq", "serve", "--data", str(hq), "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    try:
        url = server.stdout.readline().rsplit(" ", 1)[-1].strip()
        with urllib.request.urlopen(f"{url}/v1/health", timeout=20) as answer:
            assert answer.status == 200
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) in (0, -signal.SIGTERM)
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    assert said(hq, "check")["ok"]


def test_serve_wants_both_files_of_tls(hq, tmp_path):
    assert said(hq, "serve", "--tls-cert", str(tmp_path / "x"), code=3)["code"] == "arguments_invalid"
    both = said(hq, "serve", "--tls-cert", str(tmp_path / "x"), "--tls-key", str(tmp_path / "y"), code=3)
    assert both["code"] == "file_missing"


@pytest.mark.postgres
def test_the_same_commands_work_on_postgresql(postgres_server, tmp_path):
    from tests.integration.conftest import _ask

    name = "t" + os.urandom(6).hex()
    _ask(postgres_server, f"CREATE DATABASE {name} TEMPLATE template0")
    address = ("--database", f"{postgres_server}/{name}".replace("+psycopg", ""))
    try:
        assert said(tmp_path, *address, "init", "--sample", *SMALL)["ok"]
        assert said(tmp_path, *address, "init", code=3)["code"] == "hq_database_not_empty"
        assert said(tmp_path, *address, "settle", "2026-06")["month"] == "2026-06"
        file = str(tmp_path / "b.fixpoint")
        assert said(tmp_path, *address, "backup", file)["blobs"] == len(signatures.pictures() + photos.pictures())
        assert said(tmp_path, *address, "restore", file)["ok"]
        report = said(tmp_path, *address, "check")
        assert (report["ok"], report["orders"]) == (True, 90)
        assert not (tmp_path / "hq.db").exists()
    finally:
        _ask(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


def test_rejudge_tells_how_many_could_be_judged(hq):
    assert said(hq, "rejudge") == {"judged": 0}


def test_headquarters_decides_by_hand(made, tmp_path):
    folder = made[0]
    said(folder, "approvals", "--escalate")
    found = said(folder, "approvals", "--escalate")
    assert (found["count"], found["escalated"]) == (len(found["requests"]), 0), "late ones have gone up already"
    gone = "01900000-0000-7000-8000-0000000000ff"
    assert said(folder, "decide", gone, "yes", "--by", "Chen", code=3)["code"] == "approval_unknown"
    for request in found["requests"]:
        assert said(folder, "decide", request["id"], "no", "--by", "Chen", code=3)["code"] == "reason_missing"
        assert said(folder, "decide", request["id"], "no", "--by", "Chen", "--reason", "no")["approved"] is False
    assert said(folder, "approvals")["count"] == 0


def test_rules_of_who_decides_are_replaced_as_a_whole(made, tmp_path):
    folder, file = made[0], tmp_path / "rules.json"
    rule = {"kind": "goodwill", "measure": "amount_fen", "steps": [{"level": "branch", "hours": 8}]}
    file.write_text(json.dumps([rule | {"steps": [{"level": "branch", "up_to": 5, "hours": 8}]}]), "utf-8")
    assert said(folder, "import", "approval_rules", str(file), code=3)["code"] == "import_invalid"
    file.write_text(json.dumps([rule]), "utf-8")
    assert said(folder, "import", "approval_rules", str(file))["imported"] == 1
