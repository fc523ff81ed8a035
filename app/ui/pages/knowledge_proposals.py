"""What this place has proposed for the knowledge base: its state, and HQ's words when it came back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import _, ngettext
from app.queries.knowledge import ProposalLine
from app.ui import formats
from app.ui.bench import Bench
from app.ui.widgets import Banner, Button, Card, EmptyState, Label, Link, Pill, ScrollColumn, empty_layout
from core.knowledge import POINT, blocks
from core.words import word

_TONES = {"open": "blue", "published": "ok", "returned": "warn"}
_TEXT_SHOWN = 280


class ProposalsColumn(QWidget):
    """One card for each proposal, the newest first; `again` asks to propose a returned one anew."""

    again = Signal(object)
    read_asked = Signal(str)

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self.shown: tuple[ProposalLine, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._scroll = ScrollColumn()
        self._box = QVBoxLayout()
        self._box.setSpacing(10)
        self._scroll.body.addLayout(self._box)
        self._scroll.body.addStretch(1)
        self.empty = EmptyState(
            lambda: _("Nothing proposed yet"),
            lambda: _("What you found out at a repair helps every station: propose an article."),
        )
        column.addWidget(self._scroll, 1)
        column.addWidget(self.empty, 1)

    def show_lines(self, lines: Sequence[ProposalLine]) -> None:
        """Show these; what came back stands first."""
        self.shown = tuple(sorted(lines, key=lambda one: one.state != "returned"))
        empty_layout(self._box)
        for one in self.shown:
            self._box.addWidget(self._card(one))
        self._scroll.setVisible(bool(lines))
        self.empty.setVisible(not lines)

    def _card(self, one: ProposalLine) -> Card:
        card = Card(one.title, trailing=Pill(lambda: _(word("proposal_state", one.state)), _TONES[one.state]))
        card.add(Label(lambda: _facts(one), "small", wrap=True))
        card.add(Label(_text(one.body), "muted", wrap=True).selectable())
        if one.answer:
            card.add(Banner("warn" if one.state == "returned" else "grey", lambda: _("HQ says"), one.answer))
        row = QHBoxLayout()
        row.setSpacing(12)
        if one.state == "returned":
            row.addWidget(Button(lambda: _("Propose anew"), lambda: self.again.emit(one), icon="undo"))
        if one.article_id:
            row.addWidget(Link(lambda: _("Read it"), lambda: self.read_asked.emit(one.article_id)))
        if one.order_id:
            row.addWidget(Link(lambda: _("Its order"), lambda: self._bench.nav.open("order", order=one.order_id)))
        row.addStretch(1)
        if row.count() > 1:
            card.body.addLayout(row)
        card.body.setAlignment(row, Qt.AlignmentFlag.AlignLeft)
        return card


def _text(body: str) -> str:
    """The beginning of a text as it will be read, without the marks of headings and points."""
    whole = "\n".join(f"• {block.text}" if block.kind == POINT else block.text for block in blocks(body))
    return whole if len(whole) <= _TEXT_SHOWN else f"{whole[:_TEXT_SHOWN]}…"


def _facts(one: ProposalLine) -> str:
    day = formats.day(formats.local(one.proposed_at).date())
    pictures = (
        ngettext("with {n} picture", "with {n} pictures", one.pictures).format(n=one.pictures) if one.pictures else ""
    )
    about = " ".join((*one.models, *one.symptoms, *one.sections, *one.defects))
    edition = _("A new edition of {number}.").format(number=one.revises) if one.revises else ""
    return " · ".join(filter(None, (day, one.person, about, pictures, edition)))
