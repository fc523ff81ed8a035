"""A device in few lines for tests of HQ: its key, its chain of operations, and the protocol's requests."""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from httpx import Client, Response

from core.contract import codec
from core.contract.messages import Answer, Hello, HelloReply, Line, PageEnd, PushReply, place_scope
from core.ids import new_id
from core.operations.operation import GENESIS, SCHEMA, Operation, SignedOperation, Touch, body_hash, encode
from hq.feed import load, load_registry, work
from hq.identity import issue_enrol_code
from hq.store import Store
from tests.unit import world

NOW = world.NOW


def seed(store: Store, *extra: Any) -> None:
    """Give HQ the small world: places, people, products, documents, one accepted order."""
    with work(store) as doing:
        load(doing, world.a_world(*extra).everything())
        load_registry(doing, [world.registered()])


def enrol_code(store: Store, place_id: str, at: datetime) -> str:
    """A fresh code for the place."""
    with store.writing() as connection:
        return issue_enrol_code(connection, place_id, at)


def in_base64(data: bytes) -> str:
    """``data`` as base64 text."""
    return base64.b64encode(data).decode()


@dataclass
class Chain:
    """Where a device's operations stand."""

    epoch: int = 1
    n: int = 0
    last: str = GENESIS


@dataclass
class TestDevice:
    """One enrolled device; ``client`` reaches HQ."""

    __test__ = False

    client: Client
    place: str = world.STATION
    branch: str = world.BRANCH
    id: str = ""
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    chain: Chain = field(default_factory=Chain)
    token: str = ""

    @property
    def public_key(self) -> str:
        """The public key as enrolment wants it."""
        return in_base64(self.key.public_key().public_bytes_raw())

    @property
    def headers(self) -> dict[str, str]:
        """The access token."""
        return {"Authorization": f"Bearer {self.token}"}

    def sign(self, text: str) -> str:
        """This device's signature."""
        return in_base64(self.key.sign(text.encode()))

    def enrol(self, code: str) -> Response:
        """Enrol with a code; keeps the id."""
        answer = self.client.post("/v1/enrol", json={"code": code, "public_key": self.public_key})
        if answer.status_code == 200:
            self.id, self.place, self.branch = (answer.json()[name] for name in ("device", "place", "branch_id"))
        return answer

    def log_in(self) -> Response:
        """Fetch an access token by signing a challenge."""
        challenge = self.client.post("/v1/token", json={"device": self.id}).json()["challenge"]
        proof = {"device": self.id, "challenge": challenge, "signature": self.sign(challenge)}
        answer = self.client.post("/v1/token", json=proof)
        self.token = answer.json().get("token", "")
        return answer

    def make(self, action: str, args: dict[str, Any], *, user: str = world.TECHNICIAN, **fields: Any) -> Operation:
        """The next operation of the chain (not yet sent)."""
        values: dict[str, Any] = {
            "id": new_id(),
            "device": self.id,
            "epoch": self.chain.epoch,
            "n": self.chain.n + 1,
            "prev": self.chain.last,
            "user": user,
            "place": self.place,
            "branch_id": self.branch,
            "action": action,
            "made_at": NOW + timedelta(seconds=self.chain.n),
            "utc_offset_minutes": 480,
            "args": msgspec.Raw(msgspec.json.encode(args)),
        }
        return Operation(**(values | fields))

    def signed(self, body: str) -> SignedOperation:
        """``body`` as the next of the chain, signed."""
        self.chain.n, self.chain.last = self.chain.n + 1, body_hash(body)
        return SignedOperation(body=body, signature=self.sign(body))

    def do(self, action: str, args: dict[str, Any], **fields: Any) -> SignedOperation:
        """The next operation of the chain, signed."""
        return self.signed(encode(self.make(action, args, **fields)))

    def note(self, text: str = "a note", order_id: str = world.ORDER, **fields: Any) -> SignedOperation:
        """A remark on an order: a fact that changes no other row."""
        return self.do("add_note", {"order_id": order_id, "text": text}, **fields)

    def send(self, operations: Iterable[Any], *, epoch: int | None = None) -> Response:
        """Push; the raw response."""
        push = {"epoch": epoch or self.chain.epoch, "operations": list(operations)}
        return self.client.post("/v1/push", content=codec.encode(push), headers=self.headers)

    def push(self, *operations: SignedOperation, epoch: int | None = None) -> PushReply:
        """Push and read the reply; fails when it is refused."""
        answer = self.send(operations, epoch=epoch)
        assert answer.status_code == 200, answer.text
        return codec.decode(answer.content, PushReply)

    def one(self, operation: SignedOperation) -> Answer:
        """Push one operation; its answer."""
        (answer,) = self.push(operation).answers
        return answer

    def hello(self, **fields: Any) -> HelloReply:
        """Say hello with this chain."""
        chain = self.chain
        said = Hello(epoch=chain.epoch, last_n=chain.n, last_hash=chain.last, schema=SCHEMA, clock=NOW)
        said = msgspec.structs.replace(said, **fields)
        answer = self.client.post("/v1/hello", content=codec.encode(said), headers=self.headers)
        assert answer.status_code == 200, answer.text
        return codec.decode(answer.content, HelloReply)

    def get(self, path: str, **parameters: Any) -> Response:
        """A GET with the access token."""
        return self.client.get(path, params=parameters, headers=self.headers)

    def pull(self, scope: str | None = None, after: int = 0, **parameters: Any) -> tuple[list[Line], PageEnd | None]:
        """One page; no end when there was nothing new."""
        answer = self.get("/v1/pull", scope=scope or place_scope(self.place), after=after, **parameters)
        assert answer.status_code in (200, 204), answer.text
        if answer.status_code == 204:
            return [], None
        packed = answer.content
        plain = codec.unpack(packed) if packed.startswith(b"\x28\xb5\x2f\xfd") else packed
        *lines, end = codec.split_lines(plain)
        return [codec.decode(line, Line) for line in lines], codec.decode(end, PageEnd)

    def everything(self, scope: str | None = None, *, limit: int = 1_000) -> dict[tuple[str, str], Line]:
        """The newest line of every row in the scope, page by page."""
        found: dict[tuple[str, str], Line] = {}
        after, more = 0, True
        while more:
            lines, end = self.pull(scope, after, limit=limit)
            found |= {(line.entity, line.id): line for line in lines}
            after, more = (end.cursor, end.more) if end else (after, False)
        return found

    def upload(self, data: bytes, *, offset: int = 0, total: int | None = None, name: str | None = None) -> Response:
        """One piece of a blob."""
        sha256 = name or hashlib.sha256(data).hexdigest()
        headers = {"Upload-Offset": str(offset), "Upload-Length": str(len(data) if total is None else total)}
        return self.client.patch(f"/v1/blobs/{sha256}", content=data, headers=self.headers | headers)


def touch(entity: str, row_id: str, base_version: int = 0) -> Touch:
    """A touched row."""
    return Touch(entity=entity, id=row_id, base_version=base_version)
