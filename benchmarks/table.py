"""The table that a run prints: what was measured, the goal, and whether it was met."""

from collections.abc import Sequence
from typing import NamedTuple


class Line(NamedTuple):
    """One figure; ``met`` is None where there is no goal."""

    name: str
    figure: str
    goal: str = ""
    met: bool | None = None


def as_markdown(lines: Sequence[Line]) -> str:
    """A Markdown table that reads well in a terminal too."""
    rows = [("measured", "figure", "goal", ""), *((*line[:3], _mark(line.met)) for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    text = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return "\n".join([text[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *text[1:]])


def _mark(met: bool | None) -> str:
    return "" if met is None else "✓" if met else "✗"
