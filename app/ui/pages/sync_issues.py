"""All that has not reached headquarters as it was: refused operations, fields with two values, what is on its way."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.i18n import _
from app.offline_db.store import LocalRows
from app.queries.parked import Mendable, mendable
from app.queries.sync_issues import PendingLine, SyncIssues, named, sync_issues
from app.queries.sync_settled import Settled, settled
from app.ui import formats
from app.ui.bench import Bench, Keys
from app.ui.components.sync_chip import SyncModel
from app.ui.live import Words, text_of
from app.ui.page import Page
from app.ui.pages.sync_blocks import ConflictBlock, FailedBlock, ParkedBlock
from app.ui.pages.sync_settled import SettledCard
from app.ui.reader import Reader
from app.ui.refusal_words import code_words, reason_words
from app.ui.widgets import (
    Button,
    Card,
    Column,
    DataTable,
    EmptyState,
    PageHeader,
    Pill,
    RowsModel,
    ScrollColumn,
    table_card,
)

AnyBlock = ParkedBlock | ConflictBlock | FailedBlock


class Found(NamedTuple):
    """All that the page shows, as one unchanging state; `names` are of people and places among the details."""

    issues: SyncIssues
    mends: dict[str, Mendable]
    names: dict[str, str]
    settled: Settled


def _found(rows: LocalRows) -> Found:
    """Runs off the thread."""
    issues = sync_issues(rows.connection)
    mends = {one.id: mendable(rows.connection, one.id) for one in issues.parked}
    details = [one for mend in mends.values() for one in mend.details]
    names: dict[str, str] = {}
    for one in details:
        names |= named(rows.connection, one.name, [one.value])
    return Found(issues, mends, names, settled(rows.connection))


def sync_issues_page(bench: Bench, sync: SyncModel | None = None) -> Page:
    """The page behind the sync panel; `sync` lets it ask for a sync."""
    return SyncIssuesPage(bench, sync)


class SyncIssuesPage(Page):
    """What needs a person at the left, what is on its way at the right."""

    def __init__(self, bench: Bench, sync: SyncModel | None = None) -> None:
        super().__init__()
        self._bench = bench
        self._reader = Reader(bench, _found, self._loaded, self)
        self.header = PageHeader(lambda: _("Sync with headquarters"))
        if sync is not None:
            send = Button(lambda: _("Send now"), sync.sync_asked.emit, icon="send", primary=True)
            self.header.add_button(send)
        self.body.addWidget(self.header)
        row = QHBoxLayout()
        row.setSpacing(10)
        self.column = ScrollColumn()
        self._build_column()
        row.addWidget(self.column, 6)
        self.model = RowsModel[PendingLine](_columns(), lambda line: line.id)
        empty = EmptyState(
            lambda: _("Everything was sent"), lambda: _("What is done here goes to HQ by itself."), icon="sync"
        )
        self.table = DataTable(self.model, empty).name(lambda: _("On its way"))
        self.table.opened.connect(self._open_pending)
        pending = table_card(self.table)
        assert isinstance(pending, Card)
        row.addWidget(pending, 5)
        self.body.addLayout(row, 1)
        self._pending: dict[str, PendingLine] = {}
        self.blocks: list[AnyBlock] = []
        self._shown: dict[str, AnyBlock] = {}
        bench.news.changed.connect(self._changed)

    def _build_column(self) -> None:
        """What needs a person, or that nothing does; below it what was settled lately."""
        self._blocks = QVBoxLayout()
        self._blocks.setSpacing(10)
        self._nothing = Card()
        self._nothing.add(
            EmptyState(
                lambda: _("Nothing needs you"),
                lambda: _("What HQ refuses, or two people changed at once, is settled here."),
                icon="ok",
            )
        )
        self._nothing.hide()
        self.settled = SettledCard(self._bench)
        body = self.column.body
        body.addLayout(self._blocks)
        body.addWidget(self._nothing, 1)
        body.addWidget(self.settled)
        body.addStretch(1)

    def opened(self, **_params: Any) -> None:
        """Reads everything."""
        self.load()

    def load(self) -> None:
        """Reads everything that waits."""
        self._reader.ask()

    def _changed(self, _keys: Keys) -> None:
        if self.isVisible():
            self.load()

    def _loaded(self, found: Found) -> None:
        issues = found.issues
        self._pending = {line.id: line for line in issues.pending}
        self.model.set_rows(issues.pending)
        waiting, count = issues.needs_you, issues.pending_count
        needs: Words = lambda: _("{n} for you to settle").format(n=waiting)  # noqa: E731 - used once, below
        pills = [Pill(needs, "bad")] if waiting else []
        self.header.set_pills(*pills)
        self.header.say(lambda: _("Sync with headquarters"), lambda: _("{n} on the way").format(n=count))
        self._show_blocks(found)
        self.settled.show_settled(found.settled)

    def _show_blocks(self, found: Found) -> None:
        """Cards that show what they showed stay, with whatever is typed in them."""
        there = self._shown
        self._shown = {key: there.pop(key) if key in there else make() for key, make in self._wanted(found)}
        self.blocks = list(self._shown.values())
        for gone in there.values():
            gone.hide()
            gone.deleteLater()
        for index, block in enumerate(self.blocks):
            self._blocks.insertWidget(index, block)
        self._nothing.setVisible(not self.blocks)

    def _wanted(self, found: Found) -> list[tuple[str, Callable[[], AnyBlock]]]:
        """What each card would show, and what makes it."""
        bench, issues = self._bench, found.issues
        wanted: list[tuple[str, Callable[[], AnyBlock]]] = []
        for parked in issues.parked:
            mend = found.mends[parked.id]
            wanted.append((repr((parked, mend)), partial(ParkedBlock, bench, parked, mend, found.names)))
        wanted += [(repr(one), partial(ConflictBlock, bench, one)) for one in issues.conflicts]
        wanted += [(repr(one), partial(FailedBlock, bench, one)) for one in issues.failed]
        return wanted

    def _open_pending(self, row_id: str) -> None:
        line = self._pending.get(row_id)
        if line is not None and line.order_id and line.order_number:
            self._bench.nav.open("order", order=line.order_id)


def _columns() -> list[Column[PendingLine]]:
    return [
        Column(lambda: _("On its way"), _action, second=_doubt, tone=_tone, stretch=True),
        Column(lambda: _("Order"), lambda line: line.order_number or "—", tone=lambda _line: "link", width=140),
        Column(lambda: _("By"), lambda line: line.person, width=90),
        Column(lambda: _("When"), lambda line: formats.moment(line.made_at), tone=lambda _line: "muted", width=140),
    ]


def _action(line: PendingLine) -> str:
    return text_of(code_words("action", line.action))


def _tone(line: PendingLine) -> str:
    return "warn" if line.doubtful else ""


def _doubt(line: PendingLine) -> str:
    """What the last local replay met: HQ may refuse it."""
    if line.doubtful is None:
        return ""
    return _("doubtful: {reason}").format(reason=text_of(reason_words(line.doubtful, {})))
