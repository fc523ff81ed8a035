"""What a check finds: problems, of which the first are kept in words, and counts."""

from collections import Counter
from typing import NamedTuple

_MOST = 100


class Problem(NamedTuple):
    """One thing that is not as it must be: which check, of which row, and what."""

    check: str
    where: str
    what: str


class Findings:
    """Collects problems and counts."""

    def __init__(self) -> None:
        """Begin with nothing found."""
        self.counts: Counter[str] = Counter()
        self.problems: list[Problem] = []
        self.total = 0

    def wrong(self, check: str, where: str, what: str) -> None:
        """Note a problem."""
        self.total += 1
        if len(self.problems) < _MOST:
            self.problems.append(Problem(check, where, what))
