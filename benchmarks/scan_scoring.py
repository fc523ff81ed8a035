"""Right and wrong on labelled pictures of bar codes: which texts count as a label's, and the running figures."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from core.identifiers import expand_upce


class Read(NamedTuple):
    """One text that a reader gave, and whether it would take it without a person's look."""

    text: str
    sure: bool = True


class Picture(NamedTuple):
    """What became of one picture with one reader; times in milliseconds."""

    found: bool
    sure: bool
    wrong: bool
    sure_wrong: bool
    wall: float
    cpu: float


def forms(text: str) -> set[str]:
    """The spellings under which a text counts as the label's, by the set's own rules."""
    plain = text.replace("\x1d", "").replace("(", "").replace(")", "").strip()
    if plain.startswith("]"):
        plain = plain[3:]
    both = {plain, plain.removeprefix("01"), plain.removeprefix("I")}
    if plain.isdigit():
        both.add(plain.lstrip("0"))
    if len(plain) == 8 and plain.isdigit():
        both.add((expand_upce(plain) or plain).lstrip("0"))
    if plain[:1] in set("ABCDTNE*") and plain[-1:] in set("ABCDTNE*"):
        both.add(plain[1:-1])
    return both - {""}


def same(read: str, expected: str) -> bool:
    """Whether what was read counts as the label's text."""
    return bool(forms(read) & forms(expected))


def wanted(entry: dict[str, Any]) -> list[str]:
    """The texts that count; an add-on beside an EAN or UPC is optional."""
    expected = list(entry["expected"])
    if entry["symbology"] == "EAN+addon":
        expected += [text[:length] for text in entry["expected"] for length in (12, 13)]
    return expected


def judged(entry: dict[str, Any], read: Sequence[Read], wall: float, cpu: float) -> Picture:
    """Whether the label was read, and whether anything else was."""
    expected = [] if entry["negative"] else wanted(entry)
    allowed = expected + list(entry["allowed_extra"])
    hits = [one for one in read if any(same(one.text, label) for label in expected)]
    bad = [one for one in read if not any(same(one.text, label) for label in allowed)]
    return Picture(bool(hits), any(one.sure for one in hits), bool(bad), any(one.sure for one in bad), wall, cpu)


class Figures(NamedTuple):
    """One reader on one group of pictures."""

    recall: float
    sure: float
    wrong: int
    sure_wrong: int
    median: float
    p95: float
    cpu: float


class Score:
    """One reader's pictures by group; `all` holds every one."""

    def __init__(self) -> None:
        self._groups: dict[str, list[tuple[bool, Picture]]] = defaultdict(list)

    def add(self, groups: Sequence[str], positive: bool, picture: Picture) -> None:
        """Count one picture."""
        for group in ("all", *groups):
            self._groups[group].append((positive, picture))

    def figures(self, group: str) -> Figures:
        """The figures of one group."""
        pictures = [picture for _, picture in self._groups[group]]
        positive = [picture for is_positive, picture in self._groups[group] if is_positive]
        walls = [picture.wall for picture in pictures]
        return Figures(
            _share([picture.found for picture in positive]),
            _share([picture.sure for picture in positive]),
            sum(picture.wrong for picture in pictures),
            sum(picture.sure_wrong for picture in pictures),
            float(np.median(walls)),
            float(np.percentile(walls, 95)),
            float(np.mean([picture.cpu for picture in pictures])),
        )


def _share(marks: Sequence[bool]) -> float:
    return sum(marks) / len(marks) if marks else float("nan")
