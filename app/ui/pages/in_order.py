"""Scans one after another: a scanner is quicker than a disk, and what is read belongs to what was read before it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class InOrder(Generic[T]):
    """``begin`` gets what was scanned; the next one waits until :meth:`ended` is called."""

    def __init__(self, begin: Callable[[T], None]) -> None:
        """Nothing waits yet."""
        self._begin = begin
        self._waiting: deque[T] = deque()
        self._begun: T | None = None

    @property
    def busy(self) -> bool:
        """Whether something was begun and has not ended."""
        return self._begun is not None

    def is_on(self, scanned: T) -> bool:
        """Whether this very one was begun and is still wanted."""
        return self._begun is scanned

    def add(self, scanned: T) -> None:
        """Begin with it, now or when it is its turn."""
        self._waiting.append(scanned)
        self._next()

    def ended(self) -> None:
        """What was begun has ended, well or not; nothing happens when nothing was."""
        self._begun = None
        self._next()

    def clear(self) -> None:
        """What was begun and what waits is not wanted any more."""
        self._waiting.clear()
        self._begun = None

    def _next(self) -> None:
        if self._waiting and self._begun is None:
            self._begun = self._waiting.popleft()
            self._begin(self._begun)
