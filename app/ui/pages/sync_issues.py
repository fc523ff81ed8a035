"""All that has not reached headquarters as it was: refused operations, fields with two values, what is on its way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from app.i18n import _
from app.queries.sync_issues import ConflictLine, ParkedLine, PendingLine, SyncIssues, sync_issues
from app.ui import formats
from app.ui.background import Failure
from app.ui.bench import Bench, Keys
from app.ui.components.sync_chip import SyncModel
from app.ui.live import Words, bind, text_of
from app.ui.page import Page
from app.ui.pages.sync_values import field_words, typed_hint, typed_value, value_words
from app.ui.refusal_words import code_words, told
from app.ui.sync_presenter import reason_words
from app.ui.widgets import (
    Button,
    Card,
    Column,
    DataTable,
    ElidedLabel,
    EmptyState,
    Label,
    Link,
    PageHeader,
    Pill,
    RowsModel,
    ScrollColumn,
    empty_layout,
    table_card,
)


def sync_issues_page(bench: Bench, sync: SyncModel | None = None) -> Page:
    """The page behind the sync panel; `sync` lets it ask for a sync."""
    return SyncIssuesPage(bench, sync)


class SyncIssuesPage(Page):
    """What needs a person at the left, what is on its way at the right."""

    def __init__(self, bench: Bench, sync: SyncModel | None = None) -> None:
        super().__init__()
        self._bench = bench
        self.header = PageHeader(lambda: _("Sync with headquarters"))
        if sync is not None:
            send = Button(lambda: _("Send now"), sync.sync_asked.emit, icon="send", primary=True)
            self.header.add_button(send)
        self.body.addWidget(self.header)
        row = QHBoxLayout()
        row.setSpacing(10)
        self.column = ScrollColumn()
        row.addWidget(self.column, 5)
        self.model = RowsModel[PendingLine](_columns(), lambda line: line.id)
        empty = EmptyState(
            lambda: _("Everything was sent"), lambda: _("What is done here goes to HQ by itself."), icon="sync"
        )
        self.table = DataTable(self.model, empty).name(lambda: _("On its way"))
        self.table.opened.connect(self._open_pending)
        pending = table_card(self.table)
        assert isinstance(pending, Card)
        row.addWidget(pending, 6)
        self.body.addLayout(row, 1)
        self._pending: dict[str, PendingLine] = {}
        self.blocks: list[ParkedBlock | ConflictBlock] = []
        bench.news.changed.connect(self._changed)

    def opened(self, **_params: Any) -> None:
        """Reads everything."""
        self.load()

    def load(self) -> None:
        """Reads everything that waits."""
        self._bench.read(lambda rows: sync_issues(rows.connection), self._loaded, owner=self)

    def _changed(self, _keys: Keys) -> None:
        if self.isVisible():
            self.load()

    def _loaded(self, issues: SyncIssues) -> None:
        self._pending = {line.id: line for line in issues.pending}
        self.model.set_rows(issues.pending)
        waiting, count = len(issues.parked) + len(issues.conflicts), issues.pending_count
        needs: Words = lambda: _("{n} for you to settle").format(n=waiting)  # noqa: E731 - used once, below
        pills = [Pill(needs, "bad")] if waiting else []
        self.header.set_pills(*pills)
        self.header.say(lambda: _("Sync with headquarters"), lambda: _("{n} on the way").format(n=count))
        self._show_blocks(issues)

    def _show_blocks(self, issues: SyncIssues) -> None:
        body = self.column.body
        empty_layout(body)
        self.blocks = [ParkedBlock(self._bench, line) for line in issues.parked]
        self.blocks += [ConflictBlock(self._bench, line) for line in issues.conflicts]
        for block in self.blocks:
            body.addWidget(block)
        if not self.blocks:
            card = Card()
            card.add(
                EmptyState(
                    lambda: _("Nothing needs you"),
                    lambda: _("What HQ refuses, or two people changed at once, is settled here."),
                    icon="ok",
                )
            )
            body.addWidget(card, 1)
        else:
            body.addStretch(1)

    def _open_pending(self, row_id: str) -> None:
        line = self._pending.get(row_id)
        if line is not None and line.order_id and line.order_number:
            self._bench.nav.open("order", order=line.order_id)


def _columns() -> list[Column[PendingLine]]:
    return [
        Column(lambda: _("On its way"), _action, stretch=True),
        Column(lambda: _("Order"), lambda line: line.order_number or "—", tone=lambda _line: "link", width=140),
        Column(lambda: _("By"), lambda line: line.person, width=90),
        Column(lambda: _("When"), lambda line: formats.moment(line.made_at), tone=lambda _line: "muted", width=140),
    ]


def _action(line: PendingLine) -> str:
    return text_of(code_words("action", line.action))


def _was(value: str, who: str) -> str:
    return _("Was {value}. Changed here by {who}, and at HQ too.").format(value=value, who=who)


class _Block(Card):
    """A card with a head line, what happened, and where refusals of its buttons are told."""

    settled = Signal()

    def __init__(self, bench: Bench, pill: Words, title: Words, number: str, order_id: str | None) -> None:
        super().__init__()
        self._bench = bench
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Pill(pill, "bad"))
        head.addWidget(ElidedLabel(title, "h2"), 1)
        if order_id and number:
            head.addWidget(Link(number, lambda: bench.nav.open("order", order=order_id)))
        self.add(head)
        self.trouble = Label("", tone="bad", wrap=True)

    def _end(self) -> None:
        self.trouble.hide()
        self.add(self.trouble)

    def _refused(self, failure: Failure) -> None:
        self.trouble.say(told(failure))
        self.trouble.show()

    def _act(self, name: str, asked: dict[str, Any], said: Words) -> None:
        def done(_recorded: object) -> None:
            self._bench.nav.toast("ok", said)
            self.settled.emit()

        self._bench.act(name, asked, done, self._refused, owner=self)


class ParkedBlock(_Block):
    """An operation that HQ refused: its reason, and taking it back."""

    def __init__(self, bench: Bench, line: ParkedLine) -> None:
        super().__init__(
            bench, lambda: _("Refused by HQ"), code_words("action", line.action), line.order_number, line.order_id
        )
        self.line = line
        self.add(Label(reason_words(line), wrap=True))
        self.add(Label(" · ".join(filter(None, (line.person, formats.moment(line.made_at)))), "small"))
        row = QHBoxLayout()
        row.setSpacing(8)
        if line.order_id:
            order_id = line.order_id
            open_order = Button(lambda: _("Open order"), lambda: bench.nav.open("order", order=order_id), icon="orders")
            row.addWidget(open_order)
        row.addWidget(Button(lambda: _("Withdraw"), self.withdraw, icon="undo"))
        row.addStretch(1)
        self.add(row)
        self._end()

    def withdraw(self) -> None:
        """Takes the operation back."""
        self._act("withdraw_operation", {"operation_id": self.line.id}, lambda: _("Withdrawn"))


class ConflictBlock(_Block):
    """A field with two values: HQ's, the own one, or a third."""

    def __init__(self, bench: Bench, line: ConflictLine) -> None:
        super().__init__(bench, lambda: _("Two values"), field_words(line.field), line.order_number, line.order_id)
        self.line = line
        before = value_words(line.field, line.base)
        who = " · ".join(filter(None, (line.person, formats.moment(line.at))))
        self.add(Label(lambda: _was(text_of(before), who), "muted", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._side(lambda: _("HQ’s: {value}"), line.hq_value))
        row.addWidget(self._side(lambda: _("Ours: {value}"), line.place_value))
        row.addStretch(1)
        self.add(row)
        self.third = QLineEdit()
        self.third.setMaxLength(400)
        bind(self.third, self.third.setPlaceholderText, self._hint)
        bind(self.third, self.third.setAccessibleName, lambda: _("Another value"))
        self.third.returnPressed.connect(self.pick_third)
        other = QHBoxLayout()
        other.setSpacing(8)
        other.addWidget(self.third, 1)
        other.addWidget(Button(lambda: _("Use this value"), self.pick_third))
        self.add(other)
        self._end()

    def _side(self, words: Callable[[], str], value: Any) -> Button:
        shown = value_words(self.line.field, value)
        return Button(lambda: words().format(value=text_of(shown)), lambda: self.pick(value))

    def _hint(self) -> str:
        example = typed_hint(self.line.field, self.line.place_value)
        return _("Or another value, like {example}").format(example=example) if example else _("Or another value")

    def pick(self, value: Any) -> None:
        """Lets this value stand."""
        self._act("pick_value", {"conflict_id": self.line.id, "value": value}, lambda: _("Settled"))

    def pick_third(self) -> None:
        """Lets the typed value stand."""
        if not self.third.text().strip():
            return
        try:
            value = typed_value(self.third.text(), self.line.place_value)
        except ValueError:
            self.trouble.say(lambda: _("This can’t be a value of that field."))
            self.trouble.show()
            return
        self.pick(value)
