"""Scans one after another: a scanner is quicker than a disk, and what is read belongs to what was read before it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable


class InOrder:
    """``begin`` gets a text; the next one waits until :meth:`ended` is called."""

    def __init__(self, begin: Callable[[str], None]) -> None:
        """Nothing waits yet."""
        self._begin = begin
        self._waiting: deque[str] = deque()
        self._busy = False

    def add(self, text: str) -> None:
        """Begin with the text, now or when it is its turn."""
        self._waiting.append(text)
        self._next()

    def ended(self) -> None:
        """What was begun has ended, well or not; nothing happens when nothing was."""
        self._busy = False
        self._next()

    def clear(self) -> None:
        """What waits is not wanted any more."""
        self._waiting.clear()
        self._busy = False

    def _next(self) -> None:
        if self._waiting and not self._busy:
            self._busy = True
            self._begin(self._waiting.popleft())
