"""Messages as bytes: strict JSON, JSON lines, zstd with a bound on what may unfold."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec
import zstandard

from core.refusals import Refusal

T = TypeVar("T")
ZSTD_LEVEL = 3
#: No message may unfold to more than this (bytes).
MAX_UNPACKED = 64 * 1024 * 1024

_encode = msgspec.json.Encoder().encode
_encode_lines = msgspec.json.Encoder().encode_lines


def encode(message: Any) -> bytes:
    """A message as JSON."""
    return _encode(message)


def decode(data: bytes, kind: type[T]) -> T:
    """The message in ``data``; raises Refusal ``body_invalid``."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("body_invalid", problem=str(error)) from error


def decode_lines(data: bytes, kind: type[T]) -> list[T]:
    """The messages of a JSON lines text, read by one call; raises Refusal ``body_invalid``."""
    try:
        return msgspec.json.Decoder(kind).decode_lines(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("body_invalid", problem=str(error)) from error


def encode_lines(messages: Sequence[Any]) -> bytes:
    """JSON lines: each message on its own line."""
    return _encode_lines(messages)


def pack(data: bytes) -> bytes:
    """``data`` as one zstd frame."""
    return zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(data)


def unpack(data: bytes, limit: int = MAX_UNPACKED) -> bytes:
    """What a zstd frame holds, at most ``limit`` bytes; raises Refusal ``body_invalid`` or ``body_too_large``."""
    try:
        size = zstandard.frame_content_size(data)
        if 0 <= size <= limit:  # told by the frame itself: no buffer for the largest one is needed
            return zstandard.ZstdDecompressor().decompress(data, max_output_size=limit)
        unpacked = zstandard.ZstdDecompressor().stream_reader(data).read(limit + 1)
    except zstandard.ZstdError as error:
        raise Refusal("body_invalid", problem=str(error)) from error
    if len(unpacked) > limit:
        raise Refusal("body_too_large", limit=limit)
    return bytes(unpacked)


def join_lines(lines: Iterable[bytes]) -> bytes:
    """JSON lines: each message on its own line."""
    return b"".join(line + b"\n" for line in lines)


def split_lines(data: bytes) -> Iterator[bytes]:
    """The lines of a JSON lines text; a text cut in the middle of a line is refused (``body_invalid``)."""
    if data and not data.endswith(b"\n"):
        raise Refusal("body_invalid", problem="cut off")
    yield from data.splitlines()
