"""Requests that nobody sends in earnest: each ends in a sentence, none in a defect, and none is told in the log."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard

from core.contract.messages import MAX_PUSH_OPERATIONS
from core.ids import new_id
from hq.identity import issue_api_key
from tests.integration.device import TestDevice, enrol_code
from tests.integration.hq_world import Headquarters, headquarters
from tests.integration.templates import hq_store
from tests.unit import world

PHONE = "13912345678"
NEW_ORDER: dict[str, Any] = {
    "external_id": "X1",
    "customer": {"name": "秘密客户", "phone": PHONE, "address": "科技园"},
    "fault": "f",
    "product_class": "tv_lcd",
    "branch": "SZ",
}
BOMB = zstandard.ZstdCompressor().compress(b"0" * 50_000_000)
PUSHES = [
    (BOMB, {"Content-Encoding": "zstd"}, "body_too_large"),
    (b"xx", {"Content-Encoding": "zstd"}, "body_invalid"),
    (b"xx", {"Content-Encoding": "zstd, zstd"}, "body_invalid"),
    (b"0" * 3_000_000, {}, "body_too_large"),
    (b'{"epoch":1,"operations":[' + b"[" * 200_000, {}, "body_invalid"),
    (b'{"epoch":1,"operations":[' + b'{"body":' * 100_000, {}, "body_invalid"),
    (b'{"epoch":1,"operations":[' + b",".join([b"{}"] * (MAX_PUSH_OPERATIONS + 1)) + b"]}", {}, "body_invalid"),
    (b'{"epoch":1,"operations":[{"body":"\\ud800","signature":"x"}]}', {}, "body_invalid"),
    (b'{"epoch":1,"operations":[{"body":"x","signature":"\\u0000"}]}', {}, "signature_invalid"),
    (b"", {}, "body_invalid"),
]


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Headquarters]:
    store = hq_store(tmp_path / "hq.db")
    with headquarters(store, tmp_path / "data", enrolments_per_minute=20) as reached:
        yield reached
    store.close()


def key(hq: Headquarters, *rights: str) -> str:
    with hq.store.writing() as connection:
        return issue_api_key(connection, new_id(), rights, datetime.now(UTC))


@pytest.mark.parametrize(("body", "headers", "code"), PUSHES)
def test_a_push_that_is_none(hq: Headquarters, body: bytes, headers: dict[str, str], code: str) -> None:
    device = hq.device()
    answer = device.client.post("/v1/push", content=body, headers=device.headers | headers)
    assert answer.json()["code"] == code
    assert device.one(device.note()).code is None


@pytest.mark.parametrize(
    "changes",
    [
        {"external_id": "X\0"},
        {"branch": "' OR 1=1 --"},
        {"urgency": 2**63},
        {"customer": {"name": "\ud800", "phone": "123", "address": "a"}},
        {"product_class": "\0"},
        {"state": "verified"},
    ],
)
def test_an_order_that_is_none(hq: Headquarters, changes: dict[str, Any]) -> None:
    headers = {"X-API-Key": key(hq, "intake")}
    answer = hq.client.post("/v1/orders", content=json.dumps(NEW_ORDER | changes).encode(), headers=headers)
    assert answer.status_code in (400, 404)


@pytest.mark.parametrize("order", ["' OR 1=1 --", "%00", "SZ-%25", "SZ-%5F", "x" * 4_000, "\u202e"])
def test_an_order_s_name_is_never_a_pattern_or_sql(hq: Headquarters, order: str) -> None:
    answer = hq.client.get(f"/v1/orders/{order}", headers={"X-API-Key": key(hq, "intake")})
    assert answer.json()["code"] == "order_unknown"


@pytest.mark.parametrize("month", ["9999-12", "2026-13", "0000-00", "２０２６-10", "%00", "-1-10", "x" * 100])
def test_a_month_that_is_none_or_has_not_begun_is_not_settled(hq: Headquarters, month: str) -> None:
    answer = hq.client.post(f"/v1/settlements/{month}", headers={"X-API-Key": key(hq, "settle")})
    assert answer.json()["code"] == "month_invalid"


def test_a_sentence_gives_no_control_characters_back(hq: Headquarters) -> None:
    answer = hq.client.get("/v1/orders/%00%1b%5B31m", headers={"X-API-Key": key(hq, "intake")})
    assert answer.json()["sentence"].isprintable()


@pytest.mark.parametrize("right", ["intake", "callback", "settle", ""])
def test_a_key_opens_only_what_it_is_for(hq: Headquarters, right: str) -> None:
    headers = {"X-API-Key": key(hq, right)}
    doors = {
        "intake": hq.client.post("/v1/orders", json=NEW_ORDER, headers=headers),
        "callback": hq.client.post("/v1/orders/x/callback", json={"result": "valid"}, headers=headers),
        "settle": hq.client.post("/v1/statements/x/pay", headers=headers),
    }
    shut = {name for name, answer in doors.items() if answer.json().get("code") == "right_missing"}
    assert shut == set(doors) - {right}


def test_a_device_s_token_and_a_system_s_key_open_only_their_own_doors(hq: Headquarters) -> None:
    device = hq.device()
    assert hq.client.post("/v1/orders", json=NEW_ORDER, headers=device.headers).status_code == 401
    as_token = {"Authorization": f"Bearer {key(hq, 'intake', 'callback', 'settle')}"}
    assert hq.client.get("/v1/pull?scope=reference", headers=as_token).status_code == 401


def test_guessing_codes_is_slowed_down(hq: Headquarters) -> None:
    guesses = [TestDevice(hq.client).enrol("AAAA-AAAA-AAAA") for _ in range(25)]
    assert {answer.json()["code"] for answer in guesses} == {"enrol_code_wrong", "too_many_requests"}
    slowed = next(answer for answer in guesses if answer.status_code == 429)
    assert int(slowed.headers["Retry-After"]) >= 1


def test_the_log_tells_no_customer_token_code_or_key(hq: Headquarters, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="hq")
    device, secret = hq.device(), key(hq, "intake")
    code = enrol_code(hq.store, world.STATION, datetime.now(UTC))
    TestDevice(hq.client).enrol(code)
    hq.client.post("/v1/orders", json=NEW_ORDER, headers={"X-API-Key": secret})
    for text in (PHONE, f"{PHONE}\0", "x" * 10):
        device.one(device.note(text, made_at=datetime(1800, 1, 1, tzinfo=UTC)))
        device.one(device.note(text, order_id=world.an_id("none")))
        device.one(device.do("pick_value", {"conflict_id": world.ORDER, "value": {"phone": PHONE}}))
    said = [record.getMessage() + str(record.exc_info or "") for record in caplog.records]
    assert [one for one in said for found in (PHONE, "秘密客户", device.token, secret, code) if found in one] == []
