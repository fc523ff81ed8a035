"""Some dozens of serial numbers' entries in one row of the registry file: SQLite's own bytes per row are paid once.

A key's upper bits name the bucket, its lower ones stand in it: one byte for how wide lengths are, the lower bits of all
keys in their order, the lengths of their entries, the entries.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

KEY_BITS = 63
_LEAST_BITS = 8  # a delta of some ten thousand rows must not meet in a few buckets
_FULL = 48  # so many keys at most, on average
_WIDEST = 2


class Layout(NamedTuple):
    """How a file's keys are spread over buckets."""

    bits: int  # of a key that name its bucket

    @property
    def width(self) -> int:
        """Bytes of the rest of a key."""
        return (KEY_BITS - self.bits + 7) // 8

    def split(self, key: int) -> tuple[int, bytes]:
        """The bucket's number and the rest as it stands there."""
        rest = KEY_BITS - self.bits
        return key >> rest, (key & (1 << rest) - 1).to_bytes(self.width, "big")


class Bucket(NamedTuple):
    """One row of the file."""

    number: int
    keys: int  # how many
    content: bytes


def layout_for(rows: int) -> Layout:
    """Buckets of 24 to 48 keys, on average."""
    return Layout(max(_LEAST_BITS, (max(rows, 1) * 2 // _FULL).bit_length() - 1))


def bucketed(rows: Iterable[tuple[int, bytes]], layout: Layout) -> Iterator[Bucket]:
    """Buckets of keys and entries that come in the order of keys; entries of equal keys are joined."""
    shift, width = KEY_BITS - layout.bits, layout.width
    mask, now, last = (1 << shift) - 1, -1, -1
    keys: list[bytes] = []
    entries: list[bytes] = []
    for key, entry in rows:
        if key == last:
            entries[-1] += entry
            continue
        last = key
        if key >> shift != now:
            if keys:
                yield _bucket(now, keys, entries)
            now, keys, entries = key >> shift, [], []
        keys.append((key & mask).to_bytes(width, "big"))
        entries.append(entry)
    if keys:
        yield _bucket(now, keys, entries)


def entry_of(rest: bytes, count: int, content: bytes) -> bytes:
    """The entry under a key's rest; empty when there is none. ``ValueError`` or ``IndexError`` when broken."""
    width = len(rest)
    end = 1 + count * width
    at = content.find(rest, 1, end)
    while at >= 0 and (at - 1) % width:
        at = content.find(rest, at + 1, end)
    if at < 0:
        return b""
    number = (at - 1) // width
    size = content[0]
    lengths = content[end : end + count * size]
    if size == 1:
        begin = end + count + sum(lengths[:number])
        return content[begin : begin + lengths[number]]
    sizes = _lengths(lengths, size)
    begin = end + count * size + sum(sizes[:number])
    return content[begin : begin + sizes[number]]


def changed(bucket: Bucket, changes: dict[bytes, bytes], width: int) -> Bucket:
    """The bucket with other entries under these keys' rests; an empty one takes the key out."""
    entries = dict(_entries(bucket, width)) | changes
    kept = sorted((rest, entry) for rest, entry in entries.items() if entry)
    return _bucket(bucket.number, [rest for rest, _ in kept], [entry for _, entry in kept])


def _entries(bucket: Bucket, width: int) -> Iterator[tuple[bytes, bytes]]:
    if not bucket.keys:
        return
    _, count, content = bucket
    size, keys_end = content[0], 1 + count * width
    at = keys_end + count * size
    for number, length in enumerate(_lengths(content[keys_end:at], size)):
        begin = 1 + number * width
        yield content[begin : begin + width], content[at : at + length]
        at += length


def _bucket(number: int, keys: list[bytes], entries: list[bytes]) -> Bucket:
    lengths = list(map(len, entries))
    size = 1 if max(lengths, default=0) < 256 else _WIDEST
    packed = bytes(lengths) if size == 1 else b"".join(length.to_bytes(size, "big") for length in lengths)
    return Bucket(number, len(keys), b"".join((bytes((size,)), *keys, packed, *entries)))


def _lengths(packed: bytes, size: int) -> list[int]:
    if not 1 <= size <= _WIDEST:
        raise ValueError("a bucket of the registry is broken")
    return [int.from_bytes(packed[at : at + size], "big") for at in range(0, len(packed), size)]
