"""The side of the board: candidates for the chosen orders, each with the figures that made its place, and a key."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import _, ngettext
from app.ui import formats
from app.ui.live import text_of
from app.ui.widgets import Button, Card, ElidedLabel, EmptyState, Label, Pill, Rule, ScrollColumn, empty_layout
from core.dispatch import Candidate, Ranking
from core.words import word

_OFFERED, _LEFT_OUT = 6, 8
"""How many of each are shown."""


class CandidateBlock(QWidget):
    """One candidate: place, name, points, figures, and the button that gives the orders."""

    def __init__(self, place: int, candidate: Candidate, give: Callable[[], object]) -> None:
        super().__init__()
        facts = candidate.facts
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 4, 0, 4)
        box.setSpacing(3)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.name = ElidedLabel(f"{place}. {facts.name}", "strong")
        row.addWidget(self.name, 1)
        row.addWidget(Pill(lambda: _("{n} points").format(n=candidate.points), "blue" if place == 1 else "grey"))
        self.button = Button(lambda: _("Give"), give, shortcut=f"Ctrl+{place}" if place <= 9 else "")
        row.addWidget(self.button)
        box.addLayout(row)
        self.figures = Label(lambda: figures(candidate), "small", wrap=True)
        box.addWidget(self.figures)
        self.marks = Label(lambda: marks(candidate), "tiny", wrap=True)
        box.addWidget(self.marks)
        self.setAccessibleName(f"{facts.name}: {text_of(lambda: figures(candidate))}")


class CandidatePanel(Card):
    """Candidates for one order, or for several by the first of them."""

    given = Signal(str)
    """The id of the candidate who is to get the chosen orders."""

    def __init__(self) -> None:
        super().__init__(lambda: _("Suggestions"), "people")
        self.hint = Label("", "muted", wrap=True)
        self.add(self.hint)
        self._column = ScrollColumn()
        self._list = self._column.body
        self.add(self._column, 1)
        self.blocks: list[CandidateBlock] = []
        self.show_nothing()

    def show_nothing(self) -> None:
        """No order is chosen."""
        self._empty()
        self.hint.say("")
        self.hint.hide()
        self._list.addWidget(
            EmptyState(
                lambda: _("Choose an order"),
                lambda: _("Those fit for it appear here with their figures. Shift and the arrows choose several."),
                icon="people",
            )
        )

    def show_ranking(self, ranking: Ranking, number: str, count: int) -> None:
        """Candidates for the order of that number; ``count`` orders are chosen."""
        self._empty()
        self.hint.show()
        self.hint.say(lambda: _hint(number, count))
        for place, candidate in enumerate(ranking.offered[:_OFFERED], 1):
            block = CandidateBlock(place, candidate, self._giver(candidate.facts.id))
            self.blocks.append(block)
            self._list.addWidget(block)
            self._list.addWidget(Rule())
        if not ranking.offered:
            self._list.addWidget(Label(lambda: _("Nobody is fit for it; the reasons stand below."), wrap=True))
        if ranking.excluded:
            self._list.addWidget(Label(lambda: _("Not offered"), "muted"))
        for candidate in ranking.excluded[:_LEFT_OUT]:
            self._list.addWidget(Label(_left_out(candidate), "small", wrap=True))
        self._list.addStretch(1)

    def _giver(self, candidate_id: str) -> Callable[[], object]:
        return lambda: self.given.emit(candidate_id)

    def _empty(self) -> None:
        self.blocks = []
        empty_layout(self._list)


def _hint(number: str, count: int) -> str:
    if count <= 1:
        return _("For {number}").format(number=number)
    text = ngettext("{n} order; ranked for {number}", "{n} orders; ranked for {number}", count)
    return text.format(n=count, number=number)


def _left_out(candidate: Candidate) -> Callable[[], str]:
    def said() -> str:
        reasons = _("; ").join(_(word("excluded", code)) for code in candidate.excluded)
        return f"{candidate.facts.name} — {reasons}"

    return said


def figures(candidate: Candidate) -> str:
    """What is known of the candidate, in words."""
    facts = candidate.facts
    parts = [
        _("{km} km").format(km=f"{candidate.distance_m / 1000:.1f}") if candidate.distance_m is not None else "",
        _grade(candidate),
        _load(facts.load, facts.people),
        "" if facts.parts is None else _("{n} of the likely part").format(n=facts.parts),
        _fix(facts.fixed, facts.finished),
        "" if facts.licence_until is None else _("licence until {day}").format(day=formats.day(facts.licence_until)),
    ]
    return " · ".join(filter(None, parts))


def marks(candidate: Candidate) -> str:
    """What each criterion gave, of those that weigh anything."""
    return "  ".join(f"{_(word('criterion', m.criterion))} {m.points}" for m in candidate.marks if m.weight)


def _grade(candidate: Candidate) -> str:
    if candidate.facts.grade is None:
        return ""
    if candidate.tier is None:
        return _("grade {grade}").format(grade=candidate.facts.grade)
    return _("grade {grade} for tier {tier}").format(grade=candidate.facts.grade, tier=candidate.tier)


def _load(load: int, people: int) -> str:
    text = _("{n} today")
    if people == 1:
        return text.format(n=load)
    return f"{text.format(n=load)}{_(' for {n} people').format(n=people)}"


def _fix(fixed: int, finished: int) -> str:
    if not finished:
        return _("no finished orders yet")
    return _("first-time fix {percent} % of {n}").format(percent=round(fixed * 100 / finished), n=finished)
