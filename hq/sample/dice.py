"""Chance that repeats: numbers, choices and row ids that depend on nothing but a seed."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from core.ids import derive

T = TypeVar("T")
_MASK = (1 << 64) - 1


class Dice:
    """A stream of numbers from a seed (splitmix64); the same seed gives the same stream on every machine."""

    def __init__(self, *seed: object) -> None:
        """Begin the stream that belongs to ``seed``, whose parts are told apart by their text."""
        text = "/".join(map(str, seed))
        self._state = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")

    def below(self, end: int) -> int:
        """A number from 0 to ``end`` - 1."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return (mixed ^ (mixed >> 31)) % end

    def between(self, first: int, last: int) -> int:
        """A number from ``first`` to ``last``, both included."""
        return first + self.below(last - first + 1)

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices."""
        return choices[self.below(len(choices))]

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases."""
        return self.below(100) < percent


def id_at(moment: datetime, label: str) -> str:
    """The UUIDv7 that belongs to ``label``, with the time of ``moment``: same inputs, same id."""
    stamp = f"{int(moment.timestamp() * 1000):012x}"
    return derive(f"{stamp[:8]}-{stamp[8:]}-7000-8000-000000000000", label)
