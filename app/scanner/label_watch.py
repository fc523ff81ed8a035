"""When a camera shows something new of a label, and when it has gone on to another label."""

from collections.abc import Iterable
from typing import NamedTuple

from app.scanner.codes import Code

GAP_MS = 5000.0  # after so long without a code, what comes next is of another label


class News(NamedTuple):
    """Whether codes came that were not there before, and whether they begin another label."""

    is_new: bool
    begins: bool


class LabelWatch:
    """Fed with what is believed frame by frame, from one thread.

    Codes of a label may come into view one after the other; they belong together as long as the pauses are short.
    Codes of two labels must not: two phones' numbers would become one phone's.
    """

    def __init__(self, gap_ms: float = GAP_MS) -> None:
        self._gap = gap_ms
        self._known: set[tuple[str, str]] = set()
        self._last_ms = float("-inf")

    def feed(self, believed: Iterable[Code], at_ms: float) -> News:
        """What this frame's believed codes mean for the label."""
        seen = {code.identity for code in believed}
        if not seen:
            return News(is_new=False, begins=False)
        begins = at_ms - self._last_ms > self._gap
        self._last_ms = at_ms
        if begins:
            self._known.clear()
        is_new = not seen <= self._known
        self._known |= seen
        return News(is_new, begins)
