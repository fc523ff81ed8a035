"""What a station accepts from HQ: spoilt in every way it is refused in words, and the next sync goes on."""

import functools
import json
import operator
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.offline_db import integrity, unread
from app.offline_db.check_store import CheckStore
from app.security.device_key import DeviceKey
from app.sync.client import Gone, HqClient
from app.sync.enrol import enrol
from app.sync.self_check import check_scopes
from app.sync.transport import Reply, Request
from core.contract import codec
from core.contract.messages import Answer, Hello, Outcome, Push, WaitReply
from core.operations.operation import GENESIS, SCHEMA
from core.refusals import CATALOGUE, Refusal
from core.rows.orders import Note
from core.warranty import RegisteredUnit
from tests.fuzz import nasty
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Device, Hq, sample
from tests.memory import memory_folder

ROOT = Path(__file__).resolve().parents[2]
TIMES = max(settings.default.max_examples // 100, 1)
EFFORT = settings(max_examples=80 * TIMES, derandomize=True)
KEY = DeviceKey(kit.KEY)
HELLO = Hello(epoch=1, last_n=0, last_hash=GENESIS, schema=SCHEMA, clock=kit.NOW)
ANSWER = Answer(id=kit.named("op"), n=1, outcome=Outcome.APPLIED, seq={kit.SCOPE: 4})
PUSHED = {"answers": [ANSWER], "received_n": 1, "received_hash": GENESIS, "epoch": 1}
MANIFEST: dict[str, Any] = {"scope": "registry", "generation": "1", "sha256": GENESIS, "bytes": 9, "rows": 1}
MANIFEST |= {"packed_sha256": GENESIS, "packed_bytes": 9, "at_seq": 1, "schema": 1}
TOKENS = [{"challenge": "c"}, {"token": "t", "expires_in": 900}]
LINES = [msgspec.json.decode(codec.encode(line)) for line in kit.lines([kit.order(), *kit.people()])]
END = {"cursor": 9, "more": False, "incarnation": "a", "seq": 9}
#: Per message its good form and how a client asks for it.
MESSAGES: list[tuple[Any, Any]] = [
    (kit.hello_reply(kit.SCOPE), lambda hq: hq.hello(HELLO)),
    (PUSHED, lambda hq: hq.push(Push(epoch=1, operations=()))),
    (MANIFEST, lambda hq: hq.manifest("registry")),
    (ANSWER, lambda hq: hq.operation(kit.ORDER)),
    (WaitReply(scopes=()), lambda hq: hq.wait({})),
    (kit.enrol_reply(), lambda hq: enrol(hq._transport, KEY, "CODE")),
]


class Answering:
    """A transport that hands tokens out and answers everything else with the same reply."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.reply = Reply(status, headers or {}, body)
        self.tokens = iter(TOKENS)

    def send(self, request: Request, /) -> Reply:
        """One exchange."""
        if request.path == "/v1/token":
            return Reply(200, {}, codec.encode(next(self.tokens, TOKENS[1])))
        return self.reply


def client(transport: Answering) -> HqClient:
    return HqClient(transport, KEY, kit.DEVICE, "hq-1", steady=lambda: 0.0)


def only_refuses(ask: Any, status: int, body: bytes) -> None:
    """It is taken, or refused with something that the catalogue has words for."""
    try:
        ask(client(Answering(status, body)))
    except Gone:
        assert status == 410
    except Refusal as refusal:
        _is_told(refusal)


def _is_told(refusal: Refusal) -> None:
    assert refusal.code in CATALOGUE


STATUS = st.sampled_from([200, 200, 200, 200, 204, 301, 400, 401, 404, 410, 429, 500, 503])


@EFFORT
@given(data=st.data(), status=STATUS)
def test_spoilt_answers_are_refused(data: st.DataObject, status: int) -> None:
    message, ask = data.draw(st.sampled_from(MESSAGES))
    body = data.draw(nasty.spoilt(msgspec.to_builtins(message)))
    only_refuses(ask, status, codec.pack(body) if data.draw(st.booleans()) else body)


@EFFORT
@given(data=st.data(), status=STATUS)
def test_spoilt_pages_are_refused(data: st.DataObject, status: int) -> None:
    lines = [codec.encode(line) for line in (*LINES, END)]
    at = data.draw(st.integers(0, len(lines) - 1))
    lines[at] = data.draw(nasty.spoilt(msgspec.json.decode(lines[at])))
    body = codec.join_lines(lines)
    only_refuses(lambda hq: hq.pull("reference", 0, 10, "a"), status, data.draw(st.just(body) | nasty.mangled(body)))


@EFFORT
@given(data=st.data(), status=st.sampled_from([400, 401, 403, 404, 409, 410, 413, 429, 500, 503]))
def test_spoilt_problems_are_told(data: st.DataObject, status: int) -> None:
    problem = {"code": "order_unknown", "facts": {"order": "W1"}, "sentence": "no such order"}
    body = data.draw(nasty.spoilt(problem))
    only_refuses(lambda hq: hq.operation(kit.ORDER), status, body)


@pytest.mark.slow
def test_no_field_takes_what_is_of_another_kind() -> None:
    for message, ask in MESSAGES:
        built = msgspec.to_builtins(message)
        for body in (*nasty.with_raw(built), *nasty.with_values(built)):
            only_refuses(ask, 200, body)
    lines = [codec.encode(line) for line in (*LINES, END)]
    for at in (0, len(lines) - 1):
        built = msgspec.json.decode(lines[at])
        for line in (*nasty.with_raw(built), *nasty.with_values(built)):
            page = codec.join_lines([*lines[:at], line, *lines[at + 1 :]])
            only_refuses(lambda hq: hq.pull("reference", 0, 10, "a"), 200, page)


def test_no_number_is_taken_that_a_column_cannot_hold() -> None:
    tried = 0
    for message, ask in MESSAGES:
        built = msgspec.to_builtins(message)
        for path in nasty.paths(built):
            if type(functools.reduce(operator.getitem, path, built)) is int:
                for value in (-(2**63) - 1, 2**63):
                    with pytest.raises(Refusal):
                        ask(client(Answering(200, nasty.with_value(built, path, value))))
                tried += 1
    assert tried > 8


def test_bodies_of_any_kind_are_refused() -> None:
    asks = [ask for _, ask in MESSAGES] + [lambda hq: hq.pull("reference", 0, 10, "a")]
    for ask in asks:
        for body in nasty.BODIES:
            only_refuses(ask, 200, body)
            only_refuses(ask, 200, codec.pack(body))
            only_refuses(ask, 400, body)


class Here:
    """A device of a real HQ, behind a line that spoils answers."""

    def __init__(self, folder: Path) -> None:
        self.hq = Hq(folder / "hq")
        sample(self.hq)
        self.hq.register([RegisteredUnit(serial=f"K{n}", model="KT55") for n in range(50)])
        self.device = Device(folder / "device", self.hq)
        self.device.syncer.sync_once()
        self.done = 0
        self.lies = 0

    def close(self) -> None:
        """Give everything back."""
        self.device.close()
        self.hq.close()

    def sync_spoilt(self, path: str, spoil: Any) -> None:
        """Work, then a sync whose answers at ``path`` are spoilt: nothing but refusals comes of it."""
        self.done += 1
        self.device.act("add_note", text=f"note {self.done}")
        self.hq.put(kit.order(customer_phone=str(self.done)))
        self.device.wire.after = lambda request, reply: spoil(reply) if request.path.startswith(path) else reply
        try:
            self.device.syncer.sync_once()
        except Refusal as refusal:
            _is_told(refusal)
        finally:
            self.device.wire.after = lambda request, reply: reply

    def is_as_hq(self) -> bool:
        """Whether the device has its notes, and the order as HQ has it."""
        kind = type(kit.order())
        with self.device.store.reading() as rows:
            notes = len(rows.find(Note))
        return notes == self.done and self.device.row(kind, kit.ORDER) == self.hq.get(kind, kit.ORDER)

    def goes_on(self) -> None:
        """The next sync over a good line does everything that was left."""
        report = self.device.syncer.sync_once()
        with self.device.store.reading() as rows:
            unreadable = unread.count(rows.connection)
        if unreadable:  # taken for rows of a newer HQ: an update of this program reads the scopes again
            for scope in self.device.sync_store.cursors():
                self.device.sync_store.restart(scope)
        report = self.device.syncer.sync_once()
        assert report.pending == 0
        if not self.is_as_hq():  # a value that a field may have is a lie no decoder sees; the self-check does
            self.lies += 1
            check_scopes(CheckStore(self.device.store), self.device.client, kit.NOW, asked=True)
        assert self.is_as_hq()
        assert integrity.check(self.device.profile.database, kit.KEY).whole


@pytest.fixture(scope="module")
def here() -> Iterator[Here]:
    folder = memory_folder("fixpoint-fuzz-")
    made = Here(folder)
    yield made
    made.close()
    shutil.rmtree(folder)


PATHS = ["/v1/hello", "/v1/push", "/v1/pull", "/v1/token", "/v1/snapshot", ""]


def spoilt_reply(dice: random.Random, reply: Reply) -> Reply:
    """The same answer with one field of another kind, or with bytes cut off."""
    packed = reply.body.startswith(nasty.ZSTD_MAGIC)
    body = codec.unpack(reply.body) if packed and len(reply.body) < 100_000 else reply.body
    lines = body.split(b"\n")
    at = dice.randrange(len(lines))
    try:
        built = msgspec.json.decode(lines[at])
        lines[at] = dice.choice([*nasty.with_values(built), *nasty.with_raw(built)])
    except msgspec.DecodeError:
        lines[at] = lines[at][: dice.randrange(len(lines[at]) + 1)]
    return reply._replace(body=codec.pack(b"\n".join(lines)) if packed else b"\n".join(lines))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_device_goes_on_after_spoilt_answers(here: Here) -> None:
    for seed in range(20 * TIMES):
        dice = random.Random(seed)
        path = dice.choice(PATHS)
        here.sync_spoilt(path, lambda reply, dice=dice: spoilt_reply(dice, reply) if reply.status == 200 else reply)
        here.goes_on()
    assert here.lies <= 1 + TIMES // 5


@pytest.mark.slow
def test_a_device_goes_on_after_bombs(here: Here) -> None:
    for bomb in nasty.PACKED:
        here.sync_spoilt("/v1/", lambda reply, bomb=bomb: reply._replace(body=bomb))
        here.sync_spoilt("/v1/pull", lambda reply, bomb=bomb: reply._replace(body=bomb))
    here.goes_on()


def measured() -> None:
    """In a process of its own: how much memory the worst answers take at most (bytes)."""
    asks = [ask for _, ask in MESSAGES] + [lambda hq: hq.pull("reference", 0, 10, "a")]
    for ask, (message, _) in zip(asks, MESSAGES, strict=False):
        only_refuses(ask, 200, codec.pack(codec.encode(message)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for ask in asks:
        for bomb in nasty.PACKED:
            only_refuses(ask, 200, bomb)
    sys.stdout.write(json.dumps((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024))


@pytest.mark.slow
def test_ten_gigabytes_in_a_small_frame_take_little_memory() -> None:
    command = [sys.executable, "-c", "from tests.fuzz.test_station_decoders import measured; measured()"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=55)
    assert json.loads(done.stdout) < 300 * 1024 * 1024
