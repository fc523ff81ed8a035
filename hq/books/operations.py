"""The inbox: per device no gap, an unbroken chain of hashes, good signatures, and an answer to every operation."""

import base64
import hashlib
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, RowMapping, select

from core.contract.messages import Answer
from core.findings import Findings
from core.operations.operation import GENESIS
from hq.store.schema import device, inbox

_PIECE = 2_000
CHECK = "operations"


class _Head(msgspec.Struct):
    prev: str


def prove_operations(connection: Connection, findings: Findings) -> None:
    """Walk every device's chain from its first operation to the last that HQ says it has."""
    devices = {found["id"]: found for found in connection.execute(select(device)).mappings()}
    findings.counts["devices"] = len(devices)
    # what rescue files brought beside the chains (epoch 0) is proved in hq.books.rescued
    statement = select(inbox).where(inbox.c.epoch > 0).order_by(inbox.c.device_id, inbox.c.n)
    rows = connection.execution_options(yield_per=_PIECE).execute(statement).mappings()
    seen = set()
    for device_id, chain in groupby(rows, key=lambda row: row["device_id"]):
        seen.add(device_id)
        _walk(chain, devices.get(device_id), device_id, findings)
    for device_id in devices.keys() - seen:
        if devices[device_id]["last_n"]:
            findings.wrong(CHECK, device_id, f"none of {devices[device_id]['last_n']} operations is here")


def _walk(chain: Any, known: RowMapping | None, device_id: str, findings: Findings) -> None:
    if known is None:
        findings.wrong(CHECK, device_id, "operations of an unknown device")
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(known["public_key"])) if known else None
    n, last = 0, GENESIS
    for row in chain:
        findings.counts["operations"] += 1
        where = f"{device_id}/{row['n']}"
        if row["n"] != n + 1:
            findings.wrong(CHECK, where, f"follows {n}")
        _prove_one(row, last, key, where, findings)
        n, last = row["n"], row["hash"]
    if known is not None and (known["last_n"], known["last_hash"]) != (n, last):
        findings.wrong(CHECK, device_id, f"ends at {n}, HQ has noted {known['last_n']}")


def _prove_one(row: RowMapping, last: str, key: Ed25519PublicKey | None, where: str, findings: Findings) -> None:
    body = bytes(row["body"])
    if hashlib.sha256(body).hexdigest() != row["hash"]:
        findings.wrong(CHECK, where, "the body is not what its hash says")
    prev = _prev(body)
    if prev is not None and prev != last:
        findings.wrong(CHECK, where, "does not continue the chain")
    if key is not None and not is_signed(key, body, row["signature"]):
        findings.wrong(CHECK, where, "the signature does not fit")
    if has_answer(row):
        findings.counts["answers"] += 1
    else:
        findings.wrong(CHECK, where, "has no answer")


def _prev(body: bytes) -> str | None:
    """What the operation names as the one before; None for a body that can't be read (it waits for a person)."""
    try:
        return msgspec.json.decode(body, type=_Head).prev
    except msgspec.DecodeError:
        return None


def is_signed(key: Ed25519PublicKey, body: bytes, signature: str) -> bool:
    """Whether the device signed exactly this body."""
    try:
        key.verify(base64.b64decode(signature), body)
    except (InvalidSignature, ValueError):
        return False
    return True


def has_answer(row: RowMapping) -> bool:
    """Whether the stored answer is one, and is this operation's."""
    try:
        answer = msgspec.convert(row["answer"], Answer)
    except msgspec.ValidationError:
        return False
    wanted: Sequence[str] = (row["op_id"] or row["repeats"] or answer.id,)
    return answer.id in wanted and answer.n == row["n"] and answer.outcome.value == row["outcome"]
