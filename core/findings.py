"""What a check finds: problems, of which the first are kept in words, and counts."""

from collections import Counter
from typing import Any, NamedTuple

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

    def facts(self) -> dict[str, Any]:
        """As one plain object: whether all is right, the counts, how many problems, and the first hundred of them."""
        problems = [problem._asdict() for problem in self.problems]
        return {"ok": not self.total, **self.counts, "problem_count": self.total, "problems": problems}
