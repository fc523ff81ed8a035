"""HQ sees an order's scans: over HTTP with a desk's key and by ``fixpoint-hq scans``, on both databases."""

import base64
import contextlib
import hashlib
import io
import json

import pytest

from core.rows.orders import WorkOrder
from hq.cli.main import main
from hq.feed import load_registry, work
from hq.identity import issue_api_key
from tests.integration.device import NOW
from tests.unit import world

PICTURE = b"\xff\xd8\xff" + b"a label" * 500
NAME = hashlib.sha256(PICTURE).hexdigest()
RAW = b"21" + world.SERIAL.encode() + b"\x1d11250115"
CODES = [
    {"format": "Code128", "symbology_id": "]C1", "text": f"21{world.SERIAL}␝11250115",
     "raw": base64.b64encode(RAW).decode(), "chosen_as": "serial", "engine": "zxing", "agreed": 3},
    {"format": "QRCode", "text": "模", "raw": "xKM=", "engine": "zbar/deskewed", "disputed": True, "doubtful": True},
]  # fmt: skip
ARGS = {"order_id": world.ORDER, "unit_id": world.UNIT, "model": world.MODEL, "serial": world.SERIAL}
NUMBER = world.an_order().number


@pytest.fixture
def identified(hq):
    """HQ, a device that has scanned the unit after it had been typed, and keys: of HQ's desk, of the call centre."""
    device = hq.device()
    device.push(
        device.do("identify_unit", ARGS | {"source": "typed"}),
        device.do("identify_unit", ARGS | {"source": "picture", "device_name": "label.jpg", "codes": CODES,
                                           "picture_sha256": NAME, "read_ms": 412}),
    )  # fmt: skip
    with hq.store.writing() as connection:
        keys = [issue_api_key(connection, right, [right], NOW) for right in ("desk", "intake")]
    return hq, device, *keys


def asked(hq, key, order=NUMBER, **query):
    return hq.client.get(f"/v1/orders/{order}/scans", params=query, headers={"X-API-Key": key})


def test_every_scan_is_told_with_its_codes_and_what_proves_the_serial(identified):
    hq, device, key, _ = identified
    said = asked(hq, key).json()
    assert (said["order"], said["order_id"]) == (NUMBER, world.ORDER)
    assert [(scan["number"], scan["device_kind"], len(scan["codes"])) for scan in said["scans"]] == [
        (1, "typed", 0), (2, "picture", 2),
    ]  # fmt: skip
    unit, scan = said["units"][0], said["scans"][1]
    assert (unit["serial"], unit["how"], unit["scan"], unit["code"]) == (world.SERIAL, "read", 2, 0)
    assert (scan["person"], scan["device_name"], scan["read_ms"]) == ("李伟", "label.jpg", 412)
    assert scan["codes"][0]["raw"] == f"21{world.SERIAL}␝11250115"
    assert scan["codes"][0] | {"raw": ""} == CODES[0] | {"raw": "", "disputed": False, "doubtful": False, "page": 0}
    assert scan["codes"][1]["raw"] == "‹C4›‹A3›"
    assert (scan["picture_sha256"], scan["picture_here"]) == (NAME, False)
    device.upload(PICTURE[:1000], total=len(PICTURE), name=NAME)
    assert asked(hq, key).json()["scans"][1]["picture_here"] is False
    device.upload(PICTURE[1000:], offset=1000, total=len(PICTURE), name=NAME)
    assert asked(hq, key, world.ORDER).json()["scans"][1]["picture_here"] is True


def test_only_hqs_desk_sees_them_and_only_of_the_branch_that_is_named(identified):
    hq, device, key, call_centre = identified
    assert (asked(hq, call_centre).status_code, asked(hq, call_centre).json()["code"]) == (403, "right_missing")
    assert asked(hq, "nonsense").json()["code"] == "api_key_wrong"
    assert device.get(f"/v1/orders/{NUMBER}/scans").json()["code"] == "api_key_wrong"
    assert asked(hq, key, branch="sz").status_code == 200
    assert asked(hq, key, branch="GZ").json()["code"] == "order_unknown"
    assert asked(hq, key, branch="XX").json()["code"] == "branch_unknown"
    assert asked(hq, key, "%00").json()["code"] == "order_unknown"
    assert asked(hq, key, "SZ-0").status_code == 404


def test_a_serial_whose_day_the_registry_contradicts_is_doubted(identified):
    hq, device, key, _ = identified
    other = world.SERIAL.replace("25A15", "24A15")
    assert asked(hq, key).json()["units"][0]["doubts"] == []
    with work(hq.store) as doing:
        load_registry(doing, [world.registered(serial=other)])
    device.push(device.do("identify_unit", ARGS | {"serial": other, "source": "typed"}))
    unit = asked(hq, key).json()["units"][0]
    assert (unit["how"], unit["made"]) == ("typed", "2024-01-15")
    assert unit["doubts"] == [
        {"rule": "made_not_as_registered", "facts": {"said": "2024-01-15", "made": "2025-01-15"}}
    ]  # fmt: skip


def command(hq, database, *arguments, code=0):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        assert main(["--data", str(hq.data_dir), "--database", database, *arguments]) == code
    return out.getvalue() + err.getvalue()


def test_the_command_shows_the_same(identified, hq_database):
    hq, _, key, _ = identified
    told = command(hq, hq_database, "--lang", "en", "scans", NUMBER)
    assert told.startswith(NUMBER)
    for line in (
        f"Unit 1  {world.MODEL} {world.SERIAL}  Read in scan 2.",
        "Scan 2: 2026-11-20 02:00:01 UTC, 李伟, Picture label.jpg · 412 ms",
        f"21{world.SERIAL}␝11250115  (Code128 ]C1)  chosen as: Serial number",
        f"bytes: 21{world.SERIAL}␝11250115",
        "another text was read at the same place",
        f"picture {NAME}: not here",
    ):
        assert line in told
    assert json.loads(command(hq, hq_database, "--json", "scans", world.ORDER)) == asked(hq, key).json()
    assert "李伟，图片 label.jpg · 412 ms" in command(hq, hq_database, "--lang", "zh_CN", "scans", NUMBER)
    command(hq, hq_database, "scans", NUMBER, "--branch", "GZ", code=3)


def test_an_order_without_a_scan_says_so(hq, hq_database):
    assert hq.rows(WorkOrder)
    assert "This order has no scan." in command(hq, hq_database, "--lang", "en", "scans", NUMBER)
