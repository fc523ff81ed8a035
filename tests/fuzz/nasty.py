"""Hand-made nasties and ways to spoil a message: what a decoder must refuse without a defect."""

import struct
from collections.abc import Iterator
from typing import Any

import msgspec
import zstandard
from hypothesis import strategies as st

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_BLOCK = 128 * 1024


def frame(size: int, *, claimed: int | None = None, window_log: int = 21) -> bytes:
    """A zstd frame of ``size`` zero bytes that costs four bytes for each 128 KiB; ``claimed`` is what it says."""
    head = ZSTD_MAGIC + bytes([0xC0, (window_log - 10) << 3]) + struct.pack("<Q", size if claimed is None else claimed)
    block = struct.pack("<I", (_BLOCK << 3) | 2)[:3] + b"\0"
    last = struct.pack("<I", ((size % _BLOCK) << 3) | 3)[:3] + b"\0"
    return head + block * (size // _BLOCK) + last


GIGABYTE = 1 << 30
#: Places in bytes of any length.
_PLACES = 1 << 16
PACKED = [
    frame(10 * GIGABYTE),
    frame(32 * 1024 * 1024),
    frame(1000, claimed=10 * GIGABYTE),
    frame(1000, claimed=2**64 - 1),
    frame(10 * GIGABYTE, window_log=27),
    frame(10 * GIGABYTE, window_log=31),
    frame(1000, window_log=40),
    ZSTD_MAGIC,
    ZSTD_MAGIC + b"\xff" * 100,
    zstandard.ZstdCompressor().compress(b'{"epoch":1}')[:-3],
    zstandard.ZstdCompressor().compress(b"\xff\xfe\x00"),
    zstandard.ZstdCompressor().compress(zstandard.ZstdCompressor().compress(b"{}")),
]
#: Bodies of any kind.
BODIES = [
    b"",
    b"\0",
    b"null",
    b"[]",
    b"{}",
    b'"text"',
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b'{"a":' * 50_000,
    b"[" * 100_000,
    b'{"epoch":NaN}',
    b'{"epoch":Infinity}',
    b'{"epoch":1e400}',
    b'{"epoch":1,"epoch":2,"operations":[],"operations":[{}]}',
    b'{"epoch":1,"operations":[]}{"epoch":1}',
    b'{"epoch":1,"operations":[],"x":"' + b"\\ud800" + b'"}',
    b'{"epoch":1,"operations":[],"x":"\xed\xa0\x80"}',
    b'{"epoch":1,"operations":[],"x":"\xc0\x80"}',
    b"9" * 5_000,
    b" " * 200_000,
]
VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    2**31,
    2**53 + 1,
    2**63 - 1,
    2**63,
    2**64,
    -(2**63) - 1,
    10**40,
    "",
    "\0",
    "\x1b[31m",
    "\u202e",
    "x" * 5_000,
    "2026-01-01T00:00:00",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-13-45T99:99:99Z",
    "1e400",
    "../../etc/passwd",
    "' OR 1=1 --",
    "%s%n{}",
    [],
    {},
    [[[[[[]]]]]],
    {"": {"\0": None}},
    ["a"] * 300,
]
#: Put where a value stands, these make a text that is no JSON, or JSON that some decoders take.
RAW = [b"NaN", b"1e999", b'"\\ud800"', b"0x10", b'"\xff"', b'"\xed\xa0\x80"', b""]

values = (
    st.sampled_from(VALUES) | st.integers() | st.text(max_size=40) | st.floats(allow_nan=False, allow_infinity=False)
)


def paths(message: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where a value stands in a message, the message itself included."""
    inner = message.items() if isinstance(message, dict) else enumerate(message) if isinstance(message, list) else ()
    return [at, *(path for name, value in inner for path in paths(value, (*at, name)))]


def replaced(message: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The message with another value at ``path``."""
    if not path:
        return value
    copied = dict(message) if isinstance(message, dict) else list(message)
    copied[path[0]] = replaced(copied[path[0]], path[1:], value)
    return copied


def without(message: Any, path: tuple[Any, ...]) -> Any:
    """The message without what stands at ``path``."""
    if len(path) == 1:
        copied = dict(message) if isinstance(message, dict) else list(message)
        del copied[path[0]]
        return copied
    return replaced(message, path[:1], without(message[path[0]], path[1:])) if path else {}


def with_raw(message: Any) -> Iterator[bytes]:
    """The message with each of ``RAW`` at each place."""
    for path in paths(message):
        body = msgspec.json.encode(replaced(message, path, "@@raw@@"))
        yield from (body.replace(b'"@@raw@@"', raw) for raw in RAW)


def with_values(message: Any) -> Iterator[bytes]:
    """The message with each of ``VALUES`` at each place."""
    for path in paths(message):
        yield from (with_value(message, path, value) for value in VALUES)


def with_value(message: Any, path: tuple[Any, ...], value: Any) -> bytes:
    """The message with another value at ``path``, as bytes."""
    return msgspec.json.encode(_known(replaced(message, path, value)))


@st.composite
def spoilt(draw: st.DrawFn, message: Any) -> bytes:
    """A message (JSON builtins) with one or two things wrong, as bytes."""
    raw: bytes | None = None
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(paths(message)))
        match draw(st.sampled_from(("value", "value", "value", "gone", "raw", "more"))):
            case "value":
                message = replaced(message, path, draw(values))
            case "gone":
                message = without(message, path)
            case "raw":
                raw = draw(st.sampled_from(RAW))
                message = replaced(message, path, "@@raw@@")
            case _:
                message = {"unknown": draw(values), **message} if isinstance(message, dict) else message
    data = msgspec.json.encode(_known(message))
    if raw is not None:
        data = data.replace(b'"@@raw@@"', raw)
    return draw(mangled(data)) if draw(st.integers(0, 5)) == 0 else data


def _known(value: Any) -> Any:
    """Numbers that the encoder can't write become texts of their digits."""
    if isinstance(value, dict):
        return {name: _known(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_known(one) for one in value]
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**64:
        return msgspec.Raw(str(value).encode())
    return value


@st.composite
def mangled(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes cut, doubled or changed at some place; what is drawn does not depend on their length, which may vary."""
    at = draw(st.integers(0, _PLACES - 1)) * len(data) // _PLACES
    match draw(st.sampled_from(("cut", "flip", "double", "insert"))):
        case "cut":
            return data[:at]
        case "flip":
            return data[:at] + bytes([data[at] ^ draw(st.integers(1, 255))]) + data[at + 1 :] if data else b"\0"
        case "double":
            return data + data
    return data[:at] + draw(st.binary(min_size=1, max_size=8)) + data[at:]
