"""The card above the day: what HQ refused and where two people changed the same, each leading to where it is mended."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.i18n import _, ngettext
from app.queries.today import Today
from app.ui.bench import Bench
from app.ui.live import Words, text_of
from app.ui.refusal_words import code_words, reason_words
from app.ui.widgets import Card, ElidedLabel, Icon, Label, Link

_MOST = 4
"""Lines that are shown; the rest stands behind the link."""


class FirstCard(Card):
    """Hidden while nothing needs the person."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(lambda: _("Needs you first"), "warn")
        self._bench = bench
        self.hide()

    def show_found(self, found: Today) -> None:
        """Shows what waits, the newest first."""
        self.clear()
        lines = sorted(self._lines(found), key=lambda line: line[0], reverse=True)
        for _at, widget in lines[:_MOST]:
            self.add(widget)
        count = len(lines)
        if count:
            words = lambda: ngettext("Look at it", "Look at all {n}", count).format(n=count)  # noqa: E731
            self.set_trailing(Link(words, lambda: self._bench.nav.open("sync_issues")))
        self.setVisible(count > 0)

    def _lines(self, found: Today) -> list[tuple[str, QWidget]]:
        parked = [
            (
                one.made_at.isoformat(),
                self._line(
                    one.order_id, one.order_number, code_words("action", one.action), reason_words(one.code, one.facts)
                ),
            )
            for one in found.parked
        ]
        conflicts = [
            (
                one.at.isoformat(),
                self._line(
                    one.order_id, one.order_number, lambda: _("Two values"), lambda: _("Somebody has to pick one.")
                ),
            )
            for one in found.conflicts
        ]
        return [*parked, *conflicts]

    def _line(self, order_id: str | None, number: str, what: Words, why: Words) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(Icon("bad", "bad", 16))
        if order_id and number:
            row.addWidget(Link(number, self._opener(order_id)))
        row.addWidget(Label(what, "strong"))
        row.addWidget(ElidedLabel(why, "muted"), 1)
        line.setAccessibleName(f"{number} {text_of(what)}: {text_of(why)}")
        return line

    def _opener(self, order_id: str) -> Callable[[], object]:
        return lambda: self._bench.nav.open("order", order=order_id)
