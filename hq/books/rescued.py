"""What rescue files brought beside the chains: numbered without a gap, bound by hashes of its own, signed, answered."""

import base64
import hashlib
from collections import defaultdict

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, RowMapping, select

from core.contract.rescue import signed_text
from core.findings import Findings
from core.operations.operation import GENESIS
from hq.books.operations import has_answer, is_signed
from hq.store.schema import beside, device, inbox, rescue

CHECK = "rescued"
_BESIDE = 0  # the epoch


def prove_rescued(connection: Connection, findings: Findings) -> None:
    """Walk what stands beside each device's chain, and prove the manifests of the files that brought it."""
    keys = {found.id: found.public_key for found in connection.execute(select(device.c.id, device.c.public_key))}
    kept: dict[str, list[RowMapping]] = defaultdict(list)
    statement = select(inbox).where(inbox.c.epoch == _BESIDE).order_by(inbox.c.device_id, inbox.c.n)
    for row in connection.execute(statement).mappings():
        kept[row["device_id"]].append(row)
    marks = {found.device_id: (found.last_n, found.last_hash) for found in connection.execute(select(beside))}
    for device_id in kept.keys() | marks.keys():
        _walk(device_id, kept[device_id], keys.get(device_id), marks.get(device_id, (0, GENESIS)), findings)
    for one in connection.execute(select(rescue)).mappings():
        key = _key(keys.get(one["device_id"]))
        if key is None or not is_signed(key, signed_text(one["manifest"]), one["signature"]):
            findings.wrong(CHECK, one["id"], "the manifest is not what its device signed")


def _walk(
    device_id: str, rows: list[RowMapping], public_key: str | None, mark: tuple[int, str], findings: Findings
) -> None:
    n, last, key = 0, GENESIS, _key(public_key)
    for row in rows:
        findings.counts["operations"] += 1
        where = f"{device_id}/beside {row['n']}"
        body = bytes(row["body"])
        if row["n"] != n + 1:
            findings.wrong(CHECK, where, f"follows {n}")
        if hashlib.sha256(body).hexdigest() != row["hash"]:
            findings.wrong(CHECK, where, "the body is not what its hash says")
        if key is None or not is_signed(key, body, row["signature"]):
            findings.wrong(CHECK, where, "the signature does not fit")
        if has_answer(row):
            findings.counts["answers"] += 1
        else:
            findings.wrong(CHECK, where, "has no answer")
        n, last = row["n"], hashlib.sha256((last + row["hash"]).encode()).hexdigest()
    if (n, last) != mark:
        findings.wrong(CHECK, device_id, f"ends at {n}, HQ has noted {mark[0]}")


def _key(public_key: str | None) -> Ed25519PublicKey | None:
    return None if public_key is None else Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key))
