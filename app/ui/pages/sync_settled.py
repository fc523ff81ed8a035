"""What was settled lately stays readable: both values, who picked what and when; work merged with others' changes."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from app.i18n import _
from app.queries.sync_settled import MergedLine, Settled, SettledLine
from app.ui.bench import Bench
from app.ui.live import Words, text_of
from app.ui.pages.sync_blocks import who_when
from app.ui.pages.sync_values import field_words, value_words
from app.ui.refusal_words import code_words
from app.ui.widgets import Card, ElidedLabel, Label, Link, Pill, Rule


class SettledCard(Card):
    """The last ones, newest first; hidden while there is none."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(lambda: _("Settled lately"), "ok")
        self._bench = bench
        self.hide()

    def show_settled(self, found: Settled) -> None:
        """Shows these."""
        self.clear()
        lines = [self._conflict(one) for one in found.conflicts] + [self._merged(one) for one in found.merged]
        for index, line in enumerate(lines):
            if index:
                self.add(Rule())
            self.add(line)
        self.setVisible(bool(lines))

    def _conflict(self, line: SettledLine) -> QFrame:
        field = line.field

        def said(value: object) -> str:
            return text_of(value_words(field, value, line.names))

        def hq() -> str:
            who = who_when(line.hq_person, line.hq_at)
            text = _("HQ: {value} ({who})") if who else _("HQ: {value}")
            return text.format(value=said(line.hq_value), who=who)

        def here() -> str:
            return _("Station: {value} ({who})").format(
                value=said(line.place_value), who=who_when(line.person, line.at)
            )

        def picked() -> str:
            who = who_when(line.picked_by, line.picked_at)
            return _("Picked: {value} ({who})").format(value=said(line.picked), who=who or "—")

        texts: list[Words] = [hq, here, picked]
        return self._line(field_words(field), line.order_number, line.order_id, lambda: _("Two values"), texts)

    def _merged(self, line: MergedLine) -> QFrame:
        def words() -> str:
            fields = _fields(line.fields)
            if not fields:
                return _("Taken beside others’ changes to the same order.")
            return _("Merged with others’ changes: {fields}").format(fields=fields)

        texts: list[Words] = [words]
        if line.kept:
            texts.append(lambda: _("Others’ newer values stay: {fields}").format(fields=_fields(line.kept)))
        texts.append(who_when(line.person, line.made_at))
        title = code_words("action", line.action)
        return self._line(title, line.order_number, line.order_id, lambda: _("Merged"), texts)

    def _line(self, title: Words, number: str, order_id: str | None, pill: Words, texts: list[Words]) -> QFrame:
        frame = QFrame()
        column = QVBoxLayout(frame)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Pill(pill, "grey"))
        head.addWidget(ElidedLabel(title, "strong"), 1)
        if order_id and number:
            head.addWidget(Link(number, lambda: self._bench.nav.open("order", order=order_id)))
        column.addLayout(head)
        for text in texts:
            column.addWidget(Label(text, "muted", wrap=True))
        return frame


def _fields(names: tuple[str, ...]) -> str:
    said = [text_of(field_words(name.rpartition(".")[2])) for name in names]
    return _(", ").join(dict.fromkeys(said))
