"""Puts how the sync stands into words: the chip's state, and a line with what mends it for everything that waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from app.i18n import N_, _, on_change
from app.queries.sync_issues import ConflictLine, ParkedLine, PendingLine, SyncIssues, sync_issues
from app.sync.status import Standing, SyncStatus
from app.ui import formats
from app.ui.background import Failure
from app.ui.bench import Bench, Keys
from app.ui.components.sync_chip import SyncItem, SyncKind, SyncModel, SyncState
from app.ui.live import Words, text_of
from app.ui.pages.sync_values import field_words, value_words
from app.ui.refusal_words import code_words, refusal_words, told
from core.refusals import CATALOGUE, Refusal

_KINDS: dict[Standing, SyncKind] = {
    Standing.NEEDS_YOU: "attention",
    Standing.OFFLINE: "offline",
    Standing.SYNCING: "syncing",
    Standing.PENDING: "pending",
    Standing.UP_TO_DATE: "fresh",
}
_STEPS = {"push": N_("Sending"), "blobs": N_("Sending photos"), "registry": N_("Fetching the registry")}
_MOST_PENDING = 30


class SyncPresenter(QObject):
    """Give it every `SyncStatus` by `take` (from any thread); it keeps the model true, also when rows change."""

    _taken = Signal(object)

    def __init__(self, bench: Bench, model: SyncModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench, self._model = bench, model
        self._status = SyncStatus()
        self._issues: SyncIssues | None = None
        self._taken.connect(self._take)
        bench.news.changed.connect(self._rows_changed)  # a method: the connection ends with this object
        on_change(self._show)
        self.refresh()

    def take(self, status: SyncStatus) -> None:
        """The sync loop stands like this now; may be called from its thread."""
        self._taken.emit(status)

    def _heard(self, _keys: Keys) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Reads what waits."""
        self._bench.read(lambda rows: sync_issues(rows.connection), self._read, owner=self)

    def _rows_changed(self, _keys: Keys) -> None:
        self.refresh()

    def _take(self, status: SyncStatus) -> None:
        ended = self._status.syncing and not status.syncing
        self._status = status
        self._show()
        if ended:
            self.refresh()

    def _read(self, issues: SyncIssues) -> None:
        self._issues = issues
        self._show()

    def _show(self) -> None:
        if not (isValid(self) and isValid(self._model)):  # a change of language may come after the window has gone
            return
        issues = self._issues
        state = state_of(self._status, issues)
        self._model.show(state, items_of(self._status, issues, self) if issues is not None else None)

    # --- what mends it ----------------------------------------------------------------------------------------

    def open_order(self, order_id: str) -> None:
        """Shows an order."""
        self._bench.nav.open("order", order=order_id)

    def open_page(self) -> None:
        """Shows the page of all that waits."""
        self._bench.nav.open("sync_issues")

    def withdraw(self, operation_id: str) -> None:
        """Takes a parked operation back."""
        asked = {"operation_id": operation_id}
        self._bench.act("withdraw_operation", asked, self._withdrawn, self._refused, owner=self)

    def _withdrawn(self, _done: Any) -> None:
        self._bench.nav.toast("ok", lambda: _("Withdrawn"), lambda: _("It stays readable in the order’s record."))

    def _refused(self, failure: Failure) -> None:
        self._bench.nav.toast("bad", lambda: _("Not withdrawn"), told(failure))


def state_of(status: SyncStatus, issues: SyncIssues | None) -> SyncState:
    """The chip's state; what was just read of the database counts more than the loop's last look."""
    pending = issues.pending_count if issues else status.pending
    attention = len(issues.parked) + len(issues.conflicts) if issues else status.needs_you
    standing = status.standing
    if attention:
        standing = Standing.NEEDS_YOU
    elif standing in (Standing.NEEDS_YOU, Standing.PENDING, Standing.UP_TO_DATE):
        waiting = pending or (issues.blobs if issues else status.blobs)
        standing = Standing.PENDING if waiting else Standing.UP_TO_DATE
        standing = Standing.OFFLINE if status.offline_since else standing
    at = status.offline_since if standing is Standing.OFFLINE else status.last_sync_at
    return SyncState(_KINDS[standing], at, pending, attention)


def items_of(status: SyncStatus, issues: SyncIssues, mends: SyncPresenter) -> list[SyncItem]:
    """The panel's lines: what needs a person first, then why nothing goes, what goes now, and what waits."""
    items = [parked_item(line, mends) for line in issues.parked]
    items += [conflict_item(line, mends) for line in issues.conflicts]
    if status.problem is not None and status.problem in CATALOGUE:
        problem = refusal_words(Refusal(status.problem, **status.problem_facts))
        items.append(SyncItem("warn", lambda: _("Out of reach"), problem))
    if status.syncing:
        items.append(SyncItem("blue", lambda: _("Syncing…"), lambda: _progress(status)))
    items += [pending_item(line) for line in issues.pending[:_MOST_PENDING]]
    more = issues.pending_count - _MOST_PENDING
    if more > 0:
        items.append(SyncItem("blue", lambda: _("{n} more to send").format(n=more)))
    if issues.blobs:
        size, count = formats.bytes_size(issues.blob_bytes), issues.blobs
        items.append(SyncItem("blue", lambda: _("{n} photos to send").format(n=count), size))
    return items


def pending_item(line: PendingLine) -> SyncItem:
    """An operation on its way: what, which order, who, when."""
    text = " · ".join(filter(None, (line.order_number, line.person, formats.moment(line.made_at))))
    return SyncItem("warn" if line.doubtful else "blue", code_words("action", line.action), text)


def parked_item(line: ParkedLine, mends: SyncPresenter) -> SyncItem:
    """An operation HQ refused, why, and what can be done."""
    action = code_words("action", line.action)
    actions: list[tuple[Words, Callable[[], object]]] = []
    if line.order_id:
        order_id = line.order_id
        actions.append((lambda: _("Open order"), lambda: mends.open_order(order_id)))
    actions.append((lambda: _("Withdraw"), lambda: mends.withdraw(line.id)))
    return SyncItem("bad", lambda: _("Refused: {action}").format(action=text_of(action)), parked_words(line), actions)


def parked_words(line: ParkedLine) -> Words:
    """The order and the reason in a sentence."""
    sentence = reason_words(line)
    return lambda: ": ".join(filter(None, (line.order_number, text_of(sentence))))


def reason_words(line: ParkedLine) -> Words:
    """Why HQ refused; a reason this version does not know is told by its code."""
    if line.code not in CATALOGUE:
        return lambda: _("HQ gave the reason “{code}”.").format(code=line.code)
    try:
        refusal = Refusal(line.code, **line.facts)
        refusal.sentence()
    except (KeyError, TypeError):
        return lambda: _("HQ gave the reason “{code}”.").format(code=line.code)
    return refusal_words(refusal)


def conflict_item(line: ConflictLine, mends: SyncPresenter) -> SyncItem:
    """A field with two values; it is settled on the page."""
    field = field_words(line.field)
    ours, theirs = value_words(line.field, line.place_value), value_words(line.field, line.hq_value)

    def words() -> str:
        both = _("HQ: {theirs} · here: {ours}").format(theirs=text_of(theirs), ours=text_of(ours))
        return ": ".join(filter(None, (line.order_number, both)))

    title: Words = lambda: _("Two values: {field}").format(field=text_of(field))  # noqa: E731 - one word for one line
    return SyncItem("bad", title, words, [(lambda: _("Choose"), mends.open_page)])


def _progress(status: SyncStatus) -> str:
    step = _(_STEPS[status.step]) if status.step in _STEPS else _("Fetching")
    if status.total:
        done, total = formats.number(status.done), formats.number(status.total)
        return _("{step}: {done} of {total}").format(step=step, done=done, total=total)
    return f"{step} {formats.number(status.done)}" if status.done else step
