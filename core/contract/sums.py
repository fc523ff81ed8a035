"""Sums over the rows of a scope, in 256 ranges: two ends that hold the same rows have the same sums."""

import hashlib
from collections.abc import Iterable, Iterator
from zlib import crc32

import msgspec

from core.rows import BY_NAME, KINDS, Row, name_of

RANGES = 256
#: A mask of ranges has one bit each, as so many hex digits.
MASK_DIGITS = RANGES // 4
_DIGITS = 16
_sorted = msgspec.json.Encoder(order="sorted").encode


def key_text(entity: str, row_id: str) -> str:
    """A row's key as one text; keys are compared as these texts, character by character."""
    return f"{entity}/{row_id}"


def range_of(key: str) -> int:
    """The range (0 to 255) that the row of :func:`key_text` falls into."""
    return crc32(key.encode("utf-8", "surrogatepass")) & 0xFF


def canonical(row: Row) -> bytes:
    """The row's content, the same text at both ends however its parts were ordered or spaced."""
    text = _sorted(row)
    return _sorted(msgspec.json.decode(text)) if _has_raw(type(row)) else text


def _has_raw(kind: type[Row]) -> bool:
    return kind in _RAW


_RAW = frozenset(kind for kind in KINDS if any(one.type is msgspec.Raw for one in msgspec.structs.fields(kind)))


def version_hash(key: str, version: int) -> int:
    """64 bits of the row's key and version."""
    return _hash(f"{key} {version}".encode("utf-8", "surrogatepass"))


def content_hash(key: str, row: Row) -> int:
    """64 bits of the row's key and everything in it."""
    return _hash(key.encode("utf-8", "surrogatepass") + b" " + canonical(row))


def _hash(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest())


class Sums:
    """Per range: how many rows, and the exclusive or of their hashes with and without their content."""

    def __init__(self) -> None:
        """Of no rows."""
        self.counts = [0] * RANGES
        self.versions = [0] * RANGES
        self.contents = [0] * RANGES

    def add(self, key: str, row: Row) -> None:
        """Add one row."""
        at = range_of(key)
        self.counts[at] += 1
        self.versions[at] ^= version_hash(key, row.version)
        self.contents[at] ^= content_hash(key, row)


def written(hashes: Iterable[int]) -> str:
    """Hashes per range as hex digits."""
    return "".join(f"{one:0{_DIGITS}x}" for one in hashes)


def read(text: str) -> list[int]:
    """What :func:`written` wrote."""
    return [int(text[at : at + _DIGITS], 16) for at in range(0, len(text), _DIGITS)]


def mask_of(ranges: Iterable[int]) -> str:
    """Ranges as one bit each in 64 hex digits."""
    bits = 0
    for one in ranges:
        bits |= 1 << one
    return f"{bits:0{MASK_DIGITS}x}"


def ranges_in(mask: str) -> Iterator[int]:
    """The ranges whose bits are set."""
    bits = int(mask, 16)
    return (one for one in range(RANGES) if bits >> one & 1)


def fingerprint() -> str:
    """Which kinds of rows with which fields this program knows."""
    known = {entity: sorted(kind.__struct_fields__) for entity, kind in BY_NAME.items()}
    return hashlib.sha256(_sorted(known)).hexdigest()


def entities() -> tuple[str, ...]:
    """The kinds of rows this program knows."""
    return tuple(name_of(kind) for kind in KINDS)
