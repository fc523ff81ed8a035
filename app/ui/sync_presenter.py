"""Puts how the sync stands into words: the chip's state, and a line with what mends it for everything that waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from app.actions.redo import take_back
from app.i18n import N_, _, ngettext, on_change
from app.offline_db.parked import Given
from app.queries.sync_issues import ConflictLine, FailedPhoto, ParkedLine, PendingLine, SyncIssues, sync_issues
from app.sync.lane import Moving
from app.sync.status import SyncStatus
from app.ui import formats
from app.ui.background import Failure
from app.ui.bench import Bench, Keys
from app.ui.components.sync_chip import SyncItem, SyncKind, SyncModel, SyncState
from app.ui.live import Words, text_of
from app.ui.pages.sync_undo import withdrawn
from app.ui.pages.sync_values import field_words, value_words
from app.ui.reader import Reader
from app.ui.refusal_words import code_words, reason_words, told

_STEPS = {"push": N_("Sending"), "blobs": N_("Sending photos"), "registry": N_("Fetching the registry")}
_MOST_PENDING = 30
_OF_THE_LINE = frozenset({"hq_unreachable", "hq_failed", "hq_busy"})
_OUT, _STOPPED = N_("Out of reach"), N_("Sync stopped")
_PROBLEMS = {"update_needed": N_("Update needed"), "disk_full": N_("Disk full")}


class SyncPresenter(QObject):
    """Give it every `SyncStatus` by `take` (from any thread); it keeps the model true, also when rows change."""

    _taken = Signal(object)

    def __init__(self, bench: Bench, model: SyncModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench, self._model = bench, model
        self._status = SyncStatus()
        self._issues: SyncIssues | None = None
        self._reader = Reader(bench, lambda rows: sync_issues(rows.connection), self._read, self)
        self._taken.connect(self._take)
        bench.news.changed.connect(self._rows_changed)  # a method: the connection ends with this object
        on_change(self._show)
        self.refresh()

    def take(self, status: SyncStatus) -> None:
        """The sync loop stands like this now; may be called from its thread."""
        self._taken.emit(status)

    def refresh(self) -> None:
        """Reads what waits."""
        self._reader.ask()

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
        state = state_of(self._status, issues, self._bench.desk.now())
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
        store, person = self._bench.store, self._bench.person.id

        def job(_progress: Any) -> Given:
            return take_back(store, operation_id, person)

        self._bench.runner.run(job, partial(withdrawn, self._bench), self._refused, owner=self)

    def _refused(self, failure: Failure) -> None:
        self._bench.nav.toast("bad", lambda: _("Not withdrawn"), told(failure))


def state_of(status: SyncStatus, issues: SyncIssues | None, now: datetime | None = None) -> SyncState:
    """The chip's state; what was just read of the database counts more than the loop's last look."""
    pending = issues.pending_count if issues else status.pending
    attention = issues.needs_you if issues else status.needs_you
    kind = _kind(status, issues, pending, attention)
    last = status.last_sync_at or (issues.last_sync_at if issues else None)
    at = status.offline_since if kind in ("offline", "stopped") else last
    return SyncState(kind, at, pending, attention, now, lambda: _beside(status, issues, kind))


def _kind(status: SyncStatus, issues: SyncIssues | None, pending: int, attention: int) -> SyncKind:
    """The first that applies; what only a person can mend goes before what mends itself."""
    if issues is not None and issues.revoked:
        return "revoked"
    if attention:
        return "attention"
    if status.problem == "update_needed":
        return "update"
    if status.syncing:
        return "syncing"
    if status.offline_since is not None:
        return "offline" if _is_line(status.problem) else "stopped"
    if pending:
        return "pending"
    if issues.blobs if issues else status.blobs:
        return "pending"
    return "fresh" if status.last_sync_at else "unknown"


def _is_line(code: str | None) -> bool:
    """Whether a problem is one of the line to HQ: it ends by itself."""
    return code in _OF_THE_LINE or code is None


def _beside(status: SyncStatus, issues: SyncIssues | None, kind: SyncKind) -> str:
    """The chip's second half: how far the step or the files beside it are."""
    if kind == "syncing" and status.total:
        return _percent(status.done, status.total)
    if kind in ("fresh", "unknown", "pending") and status.registry.total:
        return _("registry {percent}").format(percent=_percent(status.registry.done, status.registry.total))
    if kind == "pending" and issues is not None and issues.blobs:
        return ngettext("{n} photo to send", "{n} photos to send", issues.blobs).format(n=issues.blobs)
    return ""


def _percent(done: int, total: int) -> str:
    return _("{n} %").format(n=min(100, 100 * done // max(total, 1)))


def items_of(status: SyncStatus, issues: SyncIssues, mends: SyncPresenter) -> list[SyncItem]:
    """The panel's lines: what needs a person first, then why nothing goes, what goes now, and what waits."""
    items = [parked_item(line, mends) for line in issues.parked]
    items += [conflict_item(line, mends, issues.place_id) for line in issues.conflicts]
    items += [failed_item(line, mends) for line in issues.failed]
    if issues.revoked:
        items.append(SyncItem("bad", lambda: _("Device blocked"), reason_words("device_revoked", {})))
    if status.problem is not None:
        title = _PROBLEMS.get(status.problem, _OUT if _is_line(status.problem) else _STOPPED)
        items.append(SyncItem("warn", lambda: _(title), reason_words(status.problem, status.problem_facts)))
    if status.syncing:
        items.append(SyncItem("blue", lambda: _("Syncing…"), lambda: _progress(status)))
    items += lane_items(status, issues)
    items += [pending_item(line) for line in issues.pending[:_MOST_PENDING]]
    more = issues.pending_count - _MOST_PENDING
    if more > 0:
        items.append(SyncItem("blue", lambda: _("{n} more to send").format(n=more)))
    return items


def lane_items(status: SyncStatus, issues: SyncIssues) -> list[SyncItem]:
    """The registry and the photos, which travel beside everything else: how far, or why not."""
    items: list[SyncItem] = []
    registry, photos = status.registry, status.photos
    if registry.total is not None:
        text: Words = lambda: _registry_words(registry)  # noqa: E731 - one word for one line
        items.append(SyncItem("blue", lambda: _("Registry"), text))
    elif registry.problem is not None:
        items.append(SyncItem("warn", lambda: _("Registry"), reason_words(registry.problem, registry.facts)))
    if photos.problem is not None:
        items.append(SyncItem("warn", lambda: _("Photos"), reason_words(photos.problem, photos.facts)))
    if issues.blobs:
        size, count = formats.bytes_size(issues.blob_bytes), issues.blobs
        title: Words = lambda: ngettext("{n} photo to send", "{n} photos to send", count).format(n=count)  # noqa: E731
        going = photos.total is not None
        items.append(SyncItem("blue", title, (lambda: _moved(photos)) if going else size))
    return items


def _moved(moving: Moving) -> str:
    total = moving.total or 0
    percent, size = _percent(moving.done, total), formats.bytes_size(total)
    return _("{percent} of {size}").format(percent=percent, size=size)


def _registry_words(moving: Moving) -> str:
    return _("{far}. Until it is complete, verdicts may say “needs review”.").format(far=_moved(moving))


def failed_item(line: FailedPhoto, mends: SyncPresenter) -> SyncItem:
    """A photo that can't be sent for good: why, and where to take it again."""
    actions: list[tuple[Words, Callable[[], object]]] = []
    if line.order_id and line.order_number:
        order_id = line.order_id
        actions.append((lambda: _("Open order"), lambda: mends.open_order(order_id)))
    reason = reason_words(line.problem, {"name": ""})

    def words() -> str:
        again = _("Add it to the order again.")
        return ": ".join(filter(None, (line.order_number, f"{text_of(reason)} {again}")))

    title: Words = lambda: _("Photo not sent")  # noqa: E731 - one word for one line
    return SyncItem("bad", title, words, actions)


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
    actions.append((lambda: _("Mend"), mends.open_page))
    actions.append((lambda: _("Withdraw"), lambda: mends.withdraw(line.id)))
    return SyncItem("bad", lambda: _("Refused: {action}").format(action=text_of(action)), parked_words(line), actions)


def parked_words(line: ParkedLine) -> Words:
    """The order and the reason in a sentence."""
    sentence = reason_words(line.code, line.facts)
    return lambda: ": ".join(filter(None, (line.order_number, text_of(sentence))))


def conflict_item(line: ConflictLine, mends: SyncPresenter, place_id: str) -> SyncItem:
    """A field with two values; it is settled on the page, or by the branch."""
    field = field_words(line.field)
    ours, theirs = (value_words(line.field, value, line.names) for value in (line.place_value, line.hq_value))

    def words() -> str:
        both = _("HQ: {theirs} · here: {ours}").format(theirs=text_of(theirs), ours=text_of(ours))
        return ": ".join(filter(None, (line.order_number, both)))

    title: Words = lambda: _("Two values: {field}").format(field=text_of(field))  # noqa: E731 - one word for one line
    if line.may_be_picked_at(place_id):
        return SyncItem("bad", title, words, [(lambda: _("Choose"), mends.open_page)])
    return SyncItem("warn", title, words, [(lambda: _("Look"), mends.open_page)])


def _progress(status: SyncStatus) -> str:
    step = _(_STEPS[status.step]) if status.step in _STEPS else _("Fetching")
    if status.total:
        done, total = formats.number(status.done), formats.number(status.total)
        return _("{step}: {done} of {total}").format(step=step, done=done, total=total)
    return f"{step} {formats.number(status.done)}" if status.done else step
