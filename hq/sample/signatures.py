"""Signatures for the sample: a few strokes on white, as small PNG pictures; the same ones every time."""

import hashlib
import math
import struct
import zlib
from functools import cache

from hq.sample.dice import Dice

COUNT = 12
MEDIA_TYPE = "image/png"
_WIDTH, _HEIGHT = 240, 80


@cache
def pictures() -> tuple[bytes, ...]:
    """All of them."""
    return tuple(_picture(Dice("signature", number)) for number in range(COUNT))


def sha256_of(number: int) -> str:
    """The hash that a quotation names."""
    return hashlib.sha256(pictures()[number % COUNT]).hexdigest()


def _picture(dice: Dice) -> bytes:
    rows = [bytearray(b"\xff" * _WIDTH) for _ in range(_HEIGHT)]
    x = 16.0
    for _ in range(dice.between(4, 7)):
        x = _stroke(rows, dice, x)
    return png(rows)


def png(rows: list[bytearray]) -> bytes:
    """A grey picture of rows of equal length, as PNG."""
    raw = b"".join(b"\x00" + bytes(row) for row in rows)
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _stroke(rows: list[bytearray], dice: Dice, x: float) -> float:
    """One wave of the pen from ``x``; returns where the next one begins."""
    length, height, turns = dice.between(22, 40), dice.between(10, 28), dice.between(1, 3)
    lean, base = dice.between(-8, 8) / 10, _HEIGHT / 2 + dice.between(-6, 6)
    steps = length * 6
    for step in range(steps):
        part = step / steps
        y = base + height * math.sin(part * turns * math.tau) * (1 - part / 2)
        _dot(rows, x + part * length + lean * (y - base) / 3, y)
    return x + length * 0.75


def _dot(rows: list[bytearray], x: float, y: float) -> None:
    for down in (0, 1):
        for right in (0, 1):
            row, column = int(y) + down, int(x) + right
            if 0 <= row < _HEIGHT and 0 <= column < _WIDTH:
                rows[row][column] = 0x28


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
