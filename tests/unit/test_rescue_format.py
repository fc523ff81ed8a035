"""The rescue file's form: what goes in comes out, and no cut, flip, swap or repetition of chunks goes unnoticed."""

import base64
import hashlib
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.contract.messages import MAX_PUSH_BYTES, MAX_PUSH_OPERATIONS
from core.contract.rescue import RescuedBlob, RescueManifest, SignedManifest, signed_text
from core.operations.operation import SignedOperation, body_hash
from core.refusals import Refusal
from rowstore import rescue_format
from rowstore.rescue_format import CHUNK, BlobContent, Cost, RescueFile, in_batches, seal

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
ID = "01900000-0000-7000-8000-000000000001"
PASSPHRASE = "correct horse"
SHAPED = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescue_format, "COST", Cost(memory_kib=8, time=1, lanes=1))


def manifest(operations: list[SignedOperation], blobs: list[bytes], /, **fields: Any) -> SignedManifest:
    hashes = "".join(body_hash(one.body) for one in operations)
    values: dict[str, Any] = {
        "id": ID,
        "hq_id": "hq",
        "device": ID,
        "public_key": base64.b64encode(KEY.public_key().public_bytes_raw()).decode(),
        "place": ID,
        "place_name": "网点",
        "branch_id": ID,
        "made_at": datetime(2026, 3, 2, tzinfo=UTC),
        "operations": len(operations),
        "unanswered": 0,
        "digest": hashlib.sha256(hashes.encode()).hexdigest(),
        "blobs": tuple(RescuedBlob(sha256=hashlib.sha256(one).hexdigest(), bytes=len(one)) for one in blobs),
    }
    text = msgspec.json.encode(RescueManifest(**(values | fields))).decode()
    return SignedManifest(text=text, signature=base64.b64encode(KEY.sign(signed_text(text))).decode())


def sealed(operations: list[SignedOperation], blobs: list[bytes], signed: SignedManifest | None = None) -> bytes:
    file = io.BytesIO()
    signed = signed or manifest(operations, blobs)
    abouts = [RescuedBlob(sha256=hashlib.sha256(one).hexdigest(), bytes=len(one)) for one in blobs]
    contents = (BlobContent(about, iter([one])) for about, one in zip(abouts, blobs, strict=True))
    seal(file, PASSPHRASE, signed, in_batches(operations), contents)
    return file.getvalue()


def operation(text: str) -> SignedOperation:
    return SignedOperation(body=text, signature="s")


def read(path: Path) -> tuple[list[SignedOperation], list[bytes]]:
    operations: list[SignedOperation] = []
    blobs: list[bytes] = []
    for found in RescueFile(path, PASSPHRASE).records():
        if isinstance(found, BlobContent):
            blobs.append(b"".join(found.pieces))
        else:
            operations += found
    return operations, blobs


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value.code


SIZES = st.sampled_from([1, 31, 1000, CHUNK - 700, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])


@SHAPED
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=400), max_size=30), st.lists(SIZES, max_size=3)
)
def test_what_goes_in_comes_out(tmp_path: Path, texts: list[str], sizes: list[int]) -> None:
    operations = [operation(text) for text in texts]
    blobs = [bytes([number]) * size for number, size in enumerate(sizes)]
    (tmp_path / "file").write_bytes(sealed(operations, blobs))
    assert read(tmp_path / "file") == (operations, blobs)


WHOLE = [operation(str(number) * 300) for number in range(40)], [b"a" * (2 * CHUNK), b"b" * 5]


@SHAPED
@given(st.data())
def test_no_harm_goes_unnoticed(tmp_path: Path, data: st.DataObject) -> None:
    content = sealed(*WHOLE)
    size = CHUNK + 16
    head = 10 + int.from_bytes(content[8:10], "big")
    chunks = [content[at : at + size] for at in range(head, len(content), size)]
    harm = data.draw(st.sampled_from(["cut", "flip", "swap", "drop", "repeat", "append"]))
    at = data.draw(st.integers(0, len(content) - 1))
    number = data.draw(st.integers(0, len(chunks) - 2))
    harmed = {
        "cut": lambda: content[:at],
        "flip": lambda: content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :],
        "swap": lambda: content[:head] + b"".join([*chunks[:number], chunks[number + 1], chunks[number]]),
        "drop": lambda: content[:head] + b"".join(chunks[:number] + chunks[number + 1 :]),
        "repeat": lambda: content[:head] + b"".join([*chunks[: number + 1], *chunks[number:]]),
        "append": lambda: content + b"x",
    }[harm]()
    (tmp_path / "file").write_bytes(harmed)
    code = refused(lambda: RescueFile(tmp_path / "file", PASSPHRASE).prove())
    assert code in ("rescue_damaged", "rescue_unreadable", "rescue_passphrase_wrong")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"operations": 1}, "rescue_damaged"),
        ({"operations": 3}, "rescue_damaged"),
        ({"digest": "0" * 64}, "rescue_damaged"),
        ({"operations": -1}, "rescue_damaged"),
        ({"operations": 10**9}, "rescue_damaged"),
        ({"public_key": base64.b64encode(bytes(32)).decode()}, "rescue_forged"),
        ({"public_key": "é"}, "rescue_damaged"),
        ({"blobs": (RescuedBlob(sha256="0" * 64, bytes=3),)}, "rescue_damaged"),
    ],
)
def test_a_manifest_that_does_not_fit_its_file(tmp_path: Path, fields: dict[str, Any], code: str) -> None:
    operations = [operation("1"), operation("2")]
    (tmp_path / "file").write_bytes(sealed(operations, [b"abc"], manifest(operations, [b"abc"], **fields)))
    assert refused(lambda: RescueFile(tmp_path / "file", PASSPHRASE).prove()) == code


def test_the_passphrase_may_be_written_in_either_form(tmp_path: Path) -> None:
    file = io.BytesIO()
    seal(file, "caf\u00e9 au lait", manifest([], []), [], [])
    (tmp_path / "file").write_bytes(file.getvalue())
    assert RescueFile(tmp_path / "file", "cafe\u0301 au lait").manifest.place_name == "网点"
    assert refused(lambda: RescueFile(tmp_path / "file", "cafe au lait")) == "rescue_passphrase_wrong"
    assert refused(lambda: seal(io.BytesIO(), "short", manifest([], []), [], [])) == "passphrase_too_short"


def test_batches_are_bounded_and_lose_nothing() -> None:
    large = [operation("x" * 200_000) for _ in range(12)]
    small = [operation(str(number)) for number in range(MAX_PUSH_OPERATIONS + 3)]
    alone = [operation("y" * (MAX_PUSH_BYTES + 5))]
    batches = list(in_batches([*large, *alone, *small]))
    assert [one for batch in batches for one in batch] == [*large, *alone, *small]
    assert all(len(batch) <= MAX_PUSH_OPERATIONS for batch in batches)
    assert all(len(msgspec.json.encode(batch)) <= MAX_PUSH_BYTES + 2 or len(batch) == 1 for batch in batches)
