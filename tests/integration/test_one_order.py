"""One order from the call centre to the ERP's files, by the command lines alone, as three devices and HQ's server."""

import contextlib
import io
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main as fixpoint
from hq.cli.main import main as fixpoint_hq
from tools import labels

PASSPHRASE = "only for this test"
PASSWORD = "fixpoint-demo"
pytestmark = pytest.mark.timeout(300)


class Desk:
    """One profile and who is logged in there."""

    def __init__(self, data: Path, patch: pytest.MonkeyPatch) -> None:
        self.data = data
        self.patch = patch

    def __call__(self, *arguments: str, given: str = "", expect: int = 0) -> dict[str, Any]:
        """Run ``fixpoint --json …`` and return its object."""
        return run(self.patch, fixpoint, ["--data", str(self.data), "--json", *arguments], given, expect)

    def act(self, action: str, order: str = "", expect: int = 0, **args: Any) -> dict[str, Any]:
        """Do an action."""
        named = ["--order", order] if order else []
        return self("act", action, *named, "--args", json.dumps(args), expect=expect)


def run(
    monkeypatch: pytest.MonkeyPatch, main: Callable[[list[str]], int], arguments: list[str], given: str, expect: int
) -> dict[str, Any]:
    """Run one of the two programs' command lines in this process and return what it answered."""
    out, errors = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO(given))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        code = main(arguments)
    assert code == expect, (arguments, out.getvalue()[-2000:], errors.getvalue()[-2000:])
    answer: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return answer


class Headquarters:
    """HQ's data and its server, which can be switched off and on."""

    def __init__(self, data: Path, patch: pytest.MonkeyPatch) -> None:
        self.data = data
        self.patch = patch
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.server: subprocess.Popen[bytes] | None = None

    def __call__(self, *arguments: str, expect: int = 0) -> dict[str, Any]:
        """Run ``fixpoint-hq --json …``."""
        return run(self.patch, fixpoint_hq, ["--data", str(self.data), "--json", *arguments], "", expect)

    def start(self) -> None:
        """Switch the server on and wait until it answers."""
        command = [sys.executable, "-m", "hq", "--data", str(self.data), "serve", "--port", str(self.port)]
        self.server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                with urllib.request.urlopen(f"{self.url}/v1/health", timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("HQ did not start")

    def stop(self) -> None:
        """Switch it off."""
        if self.server is not None:
            self.server.send_signal(signal.SIGTERM)
            assert self.server.wait(20) in (0, -signal.SIGTERM)
            self.server = None

    def ask(self, method: str, path: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
        """Another system's request."""
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"Authorization": f"Bearer {key}"}, method=method
        )
        with urllib.request.urlopen(request, timeout=10) as reply:
            found: dict[str, Any] = json.load(reply)
            return found

    def device(self, place: str, data: Path, login: str) -> Desk:
        """Enrol a device at a place and log somebody in."""
        desk = Desk(data, self.patch)
        code = self("enrol-code", place)["code"]
        desk("enrol", "--hq", self.url, "--code", code)
        desk("login", login, given=PASSWORD + "\n")
        return desk


@pytest.fixture
def hq(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Headquarters]:
    """A headquarters' data and server."""
    monkeypatch.setenv("FIXPOINT_PASSPHRASE", PASSPHRASE)
    headquarters = Headquarters(tmp_path / "hq", monkeypatch)
    yield headquarters
    headquarters.stop()


def pictures(story: dict[str, Any], folder: Path) -> tuple[Path, Path]:
    """The unit's label and the invoice's code, as photographed."""
    labels.main(
        ["--to", str(folder), "--model", story["model"], "--serial", story["serial"], "--gtin", story["gtin"][-13:],
         "--invoice-day", story["invoice_date"], "--invoice-number", story["invoice_number"],
         "--invoice-fen", str(story["invoice_fen"]), "--tilt", "17", "--noise", "9"]
    )  # fmt: skip
    return folder / "label-photo.jpg", folder / "invoice-photo.jpg"


def test_one_order_end_to_end(hq: Headquarters, tmp_path: Path) -> None:
    made = hq("init", "--sample", "--orders", "60", "--units", "2000")
    story = made["story"]
    hq.start()
    key = hq("api-key", "call-centre")["key"]
    station = hq.device("SZ01", tmp_path / "station", "liwei")
    branch = hq.device("SZ", tmp_path / "branch", "wangfang")
    clerk = hq.device("WH01", tmp_path / "warehouse", "yangjianhua")

    # 1. the order arrives, is dispatched, accepted and booked
    report = {
        "external_id": "CC-1", "model": story["model"], "serial": story["serial"], "branch": "SZ",
        "customer": {k: story[f"customer_{k}"] for k in ("name", "phone", "address")},
        "fault": story["fault"], "distance_m": 6200,
    }  # fmt: skip
    answered = hq.ask("POST", "/v1/orders", key, report)
    assert answered["cost"]["high_fen"] > 0
    order = answered["number"]
    assert hq.ask("POST", "/v1/orders", key, report)["number"] == order
    branch("sync")
    branch.act("accept_at_branch", order)
    branch.act("dispatch_order", order, station="SZ01")
    branch("sync")
    station("sync")
    station.act("accept_order", order)
    station.act("book_visit", order, begins_at="2026-12-01T10:00:00+08:00", ends_at="2026-12-01T12:00:00+08:00")
    station("sync")

    # 2. offline: label and invoice from pictures, verdict with proof
    hq.stop()
    label, invoice = pictures(story, tmp_path / "pictures")
    station.act("start_work", order)
    codes = station("scan", str(label))["codes"]
    assert story["serial"] in {code["text"] for code in codes if code["chosen_as"] == "serial"}
    read = [{name: code[name] for name in ("format", "text", "symbology_id")} for code in codes]
    station.act("identify_unit", order, codes=read, source="picture")
    qr = next(code["text"] for code in station("scan", str(invoice))["codes"] if code["chosen_as"] == "invoice")
    station.act("record_documents", order, invoice=qr)
    station.act("judge_warranty", order)
    verdict = station("verdict", story["serial"], "--invoice", story["invoice_date"])
    assert (verdict["days_over"], verdict["proof"] != []) == (11, True)
    assert station("sync", expect=4)["code"] == "hq_unreachable"

    # 3. goodwill is asked with a photo, the fault coded, the quotation signed
    station.act("ask_approval", order, reason="过保 11 天，老用户", photo=str(label), parts=[story["part_id"]])
    station.act("code_fault", order, condition="1", symptom="P01", section="MBD", defect="12", repair="10")
    signed = {"signed_by": story["customer_name"], "signature": str(tmp_path / "pictures" / "signature.png")}
    (tmp_path / "pictures" / "signature.png").write_bytes(label_png())
    station.act("sign_quotation", order, **signed, parts=[story["part_id"]])
    quotation = station("order", order)["quotations"][0]
    assert quotation["total_fen"] > 0 == quotation["if_goodwill_fen"]

    # 4. HQ is back: approval, part, old part, completion
    hq.start()
    station("sync")
    branch("sync")
    branch.act("decide_approval", order, approved=True, reason="同意")
    branch("sync")
    station("sync")
    station.act("use_part", order, part_id=story["part_id"], new_serial="MB26110001")
    assert station.act("complete_order", order, expect=3)["code"] == "preflight_failed"
    station.act("tag_old_part", order, serial="MB25090001")
    station.act("complete_order", order, result="更换主板")
    assert station("sync")["pending"] == 0

    # 5. the clerk receives the old part by its tag
    tag = station("order", order)["old_parts"][0]["tag"]
    clerk("sync")
    clerk.act("receive_old_part", tag="P" + tag)
    clerk("sync")
    station("sync")
    after = station("order", order)
    assert after["old_parts"][0]["state"] == "written_off"
    assert (after["state"], len(after["claims"])) == ("completed", 1)
    assert after["claims"][0]["total_fen"] == after["claims"][0]["preview_fen"] > 0

    # 6. call-back, settlement, statement, ERP files
    hq.ask("POST", f"/v1/orders/{after['id']}/callback", key, {"result": "valid"})
    completed = datetime.fromisoformat(after["completed_at"])
    month = f"{completed + timedelta(hours=8):%Y-%m}"  # the month at the station, not in UTC
    hq("settle", month)
    station("sync")
    assert station("order", order)["state"] == "settled"
    hq("export", month, "--to", str(tmp_path / "erp"))
    assert list((tmp_path / "erp").rglob("*.csv"))
    checked = hq("check")
    assert checked["ok"], checked
    sent = sum(desk("doctor")["last_n"] for desk in (station, branch, clerk))
    assert checked["operations"] == sent


def label_png() -> bytes:
    """A signature: a small drawing."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (200, 80), "white")
    ImageDraw.Draw(image).line((10, 60, 60, 20, 110, 60, 190, 25), fill="black", width=3)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
