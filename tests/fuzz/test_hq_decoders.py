"""What HQ accepts from devices and other systems: spoilt in every way it is refused in words and stops nothing."""

import base64
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.contract import codec
from core.contract.messages import Outcome, Problem
from core.operations.operation import GENESIS, SCHEMA, encode
from core.refusals import CATALOGUE
from hq.bootstrap import open_store
from hq.identity import issue_api_key
from hq.inbox.messages import Head
from tests.fuzz import nasty
from tests.integration.device import TestDevice
from tests.integration.hq_world import Headquarters, headquarters
from tests.memory import memory_folder
from tests.unit import world

ROOT = Path(__file__).resolve().parents[2]
#: An order of its own: what waits for a person holds back only what is about the same order.
BESIDE = world.an_id("an order beside")
EFFORT = settings(max_examples=60 * max(settings.default.max_examples // 100, 1), derandomize=True)
HELLO = {"epoch": 1, "last_n": 0, "last_hash": GENESIS, "schema": SCHEMA, "clock": "2026-11-20T02:00:00Z"}
CURSORS = {"cursors": {"reference": 3}, "incarnation": "a", "app_version": "1", "oldest_n": 1}
ORDER = {
    "external_id": "X1",
    "customer": {"name": "客户", "phone": "13912345678", "address": "科技园"},
    "fault": "f",
    "product_class": "tv_lcd",
    "branch": "SZ",
}


class Reached(NamedTuple):
    """HQ, one of its devices, and a key of another system."""

    hq: Headquarters
    device: TestDevice
    key: str

    def messages(self) -> list[tuple[str, Any, str]]:
        """Path, a good message and the token of each route that takes JSON."""
        token = {"device": self.device.id, "challenge": "x", "signature": "y"}
        enrol = {"code": "ABCD-EFGH", "public_key": self.device.public_key, "device_name": "d", "app_version": "1"}
        push = {"epoch": 1, "operations": [{"body": "{}", "signature": "x"}]}
        return [
            ("/v1/push", push, self.device.token),
            ("/v1/hello", HELLO | CURSORS, self.device.token),
            ("/v1/token", token, ""),
            ("/v1/enrol", enrol, ""),
            ("/v1/orders", ORDER, self.key),
            (f"/v1/orders/{BESIDE}/callback", {"result": "confirmed", "reason": "x"}, self.key),
        ]

    def refused(self, answer: Any) -> None:
        """It is done, or refused in words of the catalogue."""
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            problem = codec.decode(answer.content, Problem)
            assert problem.code in CATALOGUE
            assert problem.sentence

    def follow(self) -> None:
        """A spoilt hello may be one of a restored backup, which begins an epoch: the device goes on in it."""
        reply = self.device.hello()
        chain = self.device.chain
        chain.epoch, chain.n, chain.last = reply.epoch, reply.received_n, reply.received_hash

    def still_answers(self) -> None:
        """A good operation of the same device is taken and applied."""
        self.follow()
        assert self.device.one(self.device.note("good", BESIDE)).outcome is Outcome.APPLIED


def reached(folder: Path) -> Iterator[Reached]:
    """HQ in this process, with no limit on how often somebody may ask."""
    store = open_store(folder / "hq")
    more = [world.an_order(id=BESIDE, number="SZ-2")]
    with headquarters(store, folder / "hq", *more, enrolments_per_minute=10**9, requests_per_second=10**9) as hq:
        with store.writing() as connection:
            key = issue_api_key(connection, "system", ["intake", "callback", "settle"], world.NOW)
        yield Reached(hq, hq.device(), key)
    store.close()


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    yield from reached(tmp_path_factory.mktemp("fuzz"))


def send(there: Reached, path: str, body: bytes, token: str, packed: str = "") -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    headers |= {"Content-Encoding": packed} if packed else {}
    there.refused(there.hq.client.post(path, content=body, headers=headers))


@pytest.mark.slow
@EFFORT
@given(data=st.data())
def test_spoilt_messages_are_refused(there: Reached, data: st.DataObject) -> None:
    path, message, token = data.draw(st.sampled_from(there.messages()))
    body = data.draw(nasty.spoilt(message))
    packed = data.draw(st.booleans())
    send(there, path, codec.pack(body) if packed else body, token, "zstd" if packed else "")


@pytest.mark.slow
def test_no_field_takes_what_is_no_json(there: Reached) -> None:
    for path, message, token in there.messages():
        for body in nasty.with_raw(message):
            send(there, path, body, token)
    there.still_answers()


@pytest.mark.slow
def test_bodies_of_any_kind_are_refused(there: Reached) -> None:
    for path, _, token in there.messages():
        for body in nasty.BODIES:
            send(there, path, body, token)
            send(there, path, codec.pack(body), token, "zstd")
        for packed in nasty.PACKED:
            send(there, path, packed, token, "zstd")
    there.still_answers()


@pytest.mark.slow
@EFFORT
@given(data=st.data())
def test_a_spoilt_operation_holds_nothing_back(there: Reached, data: st.DataObject) -> None:
    """Signed by the device, so that it takes its place in the chain; what comes behind it is answered all the same."""
    there.follow()
    device = there.device
    args = {"order_id": world.ORDER, "text": "spoilt"}
    touches = [{"entity": "work_order", "id": world.ORDER, "base_version": 1}]
    made = msgspec.json.decode(encode(device.make("add_note", args))) | {"touches": touches, "base": {"a/b": {}}}
    text = data.draw(nasty.spoilt(made)).decode("utf-8", "replace")
    assume(_continues(text, device))
    text += "".join(" \n"[int(bit)] for bit in f"{device.chain.n:b}")  # the same text twice is a repetition
    spoilt, good = device.signed(text), device.note("behind it", BESIDE)
    answers = device.push(spoilt, good).answers
    assert answers[1].outcome is Outcome.APPLIED
    assert len(answers) == 2


def _continues(text: str, device: TestDevice) -> bool:
    """Another number or past is a gap or a fork: the inbox's own tests are about those."""
    try:
        head = msgspec.json.decode(text, type=Head)
    except msgspec.DecodeError:
        return True  # takes the next place in the chain
    chain = device.chain
    return head.device != device.id or (head.epoch, head.n, head.prev) == (chain.epoch, chain.n + 1, chain.last)


@pytest.mark.slow
@EFFORT
@given(
    scope=st.sampled_from(["reference", "registry", "place/x", "", "\0"]) | st.text(max_size=80),
    number=st.sampled_from(["0", "-1", "1e3", "NaN", "", str(2**53), str(2**63), str(2**64), "٣", "9" * 400]),
    name=st.sampled_from(["after", "limit", "base", "incarnation", "cursor", "seconds"]),
)
def test_spoilt_parameters_are_refused(there: Reached, scope: str, number: str, name: str) -> None:
    there.refused(there.device.get("/v1/pull", **{"scope": scope, name: number}))
    there.refused(there.device.get("/v1/wait", **{"seconds": "0", "cursor": f"{scope}@{number}"} | {name: number}))
    there.refused(there.device.get(f"/v1/snapshot/{quote(scope, safe='')}/x", **{name: number}))


@pytest.mark.slow
@EFFORT
@given(
    offset=st.sampled_from(["0", "1", "-1", "x", "", str(2**40), str(2**63), str(2**64), "1.0", "+1"]),
    length=st.sampled_from(["0", "1", "5", "-5", "", str(2**25), str(2**40), str(2**63), str(2**64)]),
    media=st.sampled_from(["image/jpeg", "x", "a/b\tc", "text/html;x=y", "/" * 200]),
    piece=st.binary(max_size=40) | st.sampled_from(nasty.PACKED[7:]),
    packed=st.sampled_from(["", "zstd", "gzip", "zstd, zstd"]),
    name=st.sampled_from(["0" * 64, "f" * 64, "0" * 63, "..", "%00", "A" * 64]),
)
def test_spoilt_pieces_of_photos_are_refused(
    there: Reached, offset: str, length: str, media: str, piece: bytes, packed: str, name: str
) -> None:
    headers = {"Upload-Offset": offset, "Upload-Length": length, "Upload-Type": media, "Content-Encoding": packed}
    sent = there.device.headers | {name: value for name, value in headers.items() if value}
    there.refused(there.hq.client.patch(f"/v1/blobs/{name}", content=piece, headers=sent))


def test_after_all_of_it_a_device_goes_on(there: Reached) -> None:
    there.still_answers()
    data = b"a photo after all of it"
    assert there.device.upload(data).headers["Upload-Complete"] == "?1"
    new = there.hq.device()
    assert new.one(new.note("a new device", BESIDE)).outcome is Outcome.APPLIED


def measured() -> None:
    """In a process of its own: how much memory the worst bodies take at most (bytes)."""
    folder = memory_folder("fixpoint-fuzz-")
    for there in reached(folder):
        there.still_answers()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for path, _, token in there.messages():
            for packed in nasty.PACKED:
                send(there, path, packed, token, "zstd")
        there.still_answers()
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        sys.stdout.write(json.dumps({"grown": grown * 1024}))


@pytest.mark.slow
def test_ten_gigabytes_in_a_small_frame_take_little_memory() -> None:
    command = [sys.executable, "-c", "from tests.fuzz.test_hq_decoders import measured; measured()"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=55)
    assert json.loads(done.stdout)["grown"] < 100 * 1024 * 1024


def test_the_bombs_are_what_they_say() -> None:
    from zstandard import ZstdDecompressor

    small = nasty.frame(1_000_000)
    assert len(small) < 100
    assert ZstdDecompressor().stream_reader(small).read(2_000_000) == b"\0" * 1_000_000
    assert len(nasty.PACKED[0]) < 400_000
    assert base64.b64encode(nasty.ZSTD_MAGIC) == b"KLUv/Q=="
