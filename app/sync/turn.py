"""One sync from hello to registry: operations up, rows down, photos, the registry, a self-check when one is due."""

import functools
import logging
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from app.sync.blob_lane import BlobLane
from app.sync.blobs import look_for_blobs, send_blobs
from app.sync.client import HqClient
from app.sync.ports import BlobFiles, Checks, Counts, RegistryFile, SyncStore
from app.sync.pull import in_order, pull_scope
from app.sync.push import EpochChanged, push_all
from app.sync.registry_lane import RegistryLane
from app.sync.self_check import ScopeChecked, check_scopes
from app.sync.snapshot import Wanted, sync_registry
from app.sync.status import SyncReport
from core.contract.messages import REGISTRY_SCOPE, Answer, HelloReply, KnownReply
from core.operations import schemas
from core.refusals import Refusal

log = logging.getLogger(__name__)
#: Called with the step (a scope, ``push``, ``blobs``), how much is done and of how much (None: not known).
Progress = Callable[[str, int, int | None], None]
#: After these nothing else can be exchanged either; any other refusal keeps only its own step from going on.
_ENDS_ALL = frozenset({"hq_unreachable", "hq_untrusted", "hq_other", "not_enrolled", "disk_full"})
_HELLOS = 3
#: Seconds between two looks whether a self-check is due while nothing is exchanged.
_LOOK_EVERY_S = 600.0


def no_progress(step: str, done: int, total: int | None) -> None:
    """Nobody watches."""


class Clocks(NamedTuple):
    """The calendar clock (aware UTC) and the steady one (seconds that never go back)."""

    now: Callable[[], datetime]
    steady: Callable[[], float]


class Syncer:
    """Exchanges everything once; built from a store, HQ's client, the registry file and the blobs."""

    def __init__(
        self,
        store: SyncStore,
        hq: HqClient,
        clocks: Clocks,
        *,
        registry: RegistryFile | RegistryLane | None = None,
        blobs: BlobFiles | BlobLane | None = None,
        app_version: str = "",
        checks: Checks | None = None,
    ) -> None:
        """What is not given is left out; a lane is told and not waited for."""
        self.store = store
        self._hq = hq
        self._clocks = clocks
        self._registry = registry
        self._blobs = blobs
        self._app_version = app_version
        self._checks = checks
        self._look_again = 0.0  # when (steady) the store is asked next whether a self-check is due
        self._one_at_a_time = threading.Lock()

    def sync_once(self, progress: Progress = no_progress) -> SyncReport:
        """Hello, operations up, rows down, blobs up, registry. With nothing to do it is the hello alone.

        A step that HQ refuses does not keep the others from going on; its Refusal is raised at the end. Whatever was
        exchanged before stays exchanged, so that the next call goes on there.
        """
        with self._one_at_a_time:
            turn = _Turn(self.store, self._hq, self._clocks, progress)
            report = turn.run(self._registry, self._blobs, self._app_version)
            self._check_when_due(idle=not (report.pushed or report.pulled))
            return report

    def check_now(self) -> list[ScopeChecked]:
        """Compare all rows with HQ's, whether due or not; best right after a sync. Raises the client's refusals."""
        if self._checks is None:
            return []
        with self._one_at_a_time:
            return check_scopes(self._checks, self._hq, self._clocks.now(), asked=True)

    def _check_when_due(self, *, idle: bool) -> None:
        """Asked rarely while nothing happens, so that an idle sync stays one cheap round trip."""
        steady = self._clocks.steady()
        if self._checks is None or (idle and steady < self._look_again):
            return
        self._look_again = steady + _LOOK_EVERY_S
        try:
            check_scopes(self._checks, self._hq, self._clocks.now())
        except Refusal as refusal:  # what was exchanged is exchanged; the check is tried again later
            log.warning("self-check refused: %s", refusal.code)


class _Turn:
    """One sync under way."""

    def __init__(self, store: SyncStore, hq: HqClient, clocks: Clocks, progress: Progress) -> None:
        self._store = store
        self._hq = hq
        self._clocks = clocks
        self._progress = progress
        self._problems: list[Refusal] = []
        self._answers: list[Answer] = []
        self._pulled = 0
        self._cursors: Mapping[str, int]  # after the hello, as is
        self._open: Counts  # what was to do then: with nothing, no more is asked

    def run(
        self, registry: RegistryFile | RegistryLane | None, blobs: BlobFiles | BlobLane | None, app_version: str
    ) -> SyncReport:
        began = self._clocks.steady()
        hello = self._hello_and_push(app_version)
        receives = not hello.revoked and self._is_new_enough(hello)
        if receives:
            self._step(lambda: self._pull(hello))
        if blobs is not None and not self._open.is_idle:
            self._step(lambda: self._send_blobs(blobs))
        if not self._problems:
            self._store.finished(self._clocks.now())
        if registry is not None and receives:
            self._step(lambda: self._sync_registry(registry, hello))
        if self._problems:
            raise self._problems[0]
        return self._report(began)

    def _is_new_enough(self, hello: HelloReply) -> bool:
        """Whether HQ still sends rows to this program; work is sent to it all the same."""
        if hello.least_schema <= schemas.NEWEST:
            return True
        self._problems.append(Refusal("update_needed", schema=schemas.NEWEST, least=hello.least_schema))
        return False

    def _step(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Refusal as refusal:
            if refusal.code in _ENDS_ALL:
                raise
            log.warning("sync step refused: %s", refusal.code)
            self._problems.append(refusal)

    def _hello_and_push(self, app_version: str) -> HelloReply:
        for _ in range(_HELLOS):
            hello = self._hello(app_version)
            if self._open.is_idle:
                return hello
            self._step(self._compare)
            try:
                self._step(self._push)
            except EpochChanged:
                continue
            return hello
        raise Refusal("hq_unexpected", problem="epoch")

    def _hello(self, app_version: str) -> HelloReply:
        message = self._store.hello(app_version)
        sent, before = self._clocks.now(), self._clocks.steady()
        reply = self._hq.hello(message)
        # HQ looked at its clock between the two ends of the round trip
        offset = (reply.server_time - sent).total_seconds() - (self._clocks.steady() - before) / 2
        greeted = self._store.greeted(reply, round(offset))
        if greeted.numbered_anew or greeted.asked_again:
            log.warning("%d operations numbered anew, %d sent again", greeted.numbered_anew, greeted.asked_again)
        self._cursors, self._open = greeted.cursors, self._store.counts()
        return reply

    def _compare(self) -> None:
        """HQ was restored: ask by id what it still has of all it had answered."""
        after, lost = 0, 0
        while (page := self._store.to_compare(after)) is not None:
            lost += self._store.compared(page, self._hq.known(page.ids) if page.ids else KnownReply())
            after = page.upto
            if page.is_last:
                break
        if lost:
            log.warning("HQ has lost %d operations below its newest number; they are sent again", lost)

    def _push(self) -> None:
        def begun() -> None:
            self._progress("push", 0, self._store.counts().pending)

        self._answers += push_all(self._store, self._hq, begun)

    def _pull(self, hello: HelloReply) -> None:
        there = _newest_seqs(hello, self._answers)
        for scope in in_order(scope for scope, seq in self._cursors.items() if there.get(scope, 0) > seq):
            told = functools.partial(self._pulled_some, there[scope] - self._cursors[scope])
            self._pulled += pull_scope(self._store, self._hq, scope, hello.incarnation, told)

    def _pulled_some(self, total: int, scope: str, done: int) -> None:
        self._progress(scope, done, total)

    def _send_blobs(self, blobs: BlobFiles | BlobLane) -> None:
        look_for_blobs(self._store, blobs.files if isinstance(blobs, BlobLane) else blobs)
        if isinstance(blobs, BlobLane):
            blobs.send()
            return
        send_blobs(self._store, self._hq, blobs, lambda done, total: self._progress("blobs", done, total))

    def _sync_registry(self, registry: RegistryFile | RegistryLane, hello: HelloReply) -> None:
        seq = next((found.seq for found in hello.scopes if found.scope == REGISTRY_SCOPE), None)
        if seq is None:
            return
        wanted = Wanted(hello.incarnation, seq, hello.server_time.astimezone(UTC).date())
        if isinstance(registry, RegistryLane):
            registry.bring(wanted)
        else:
            told = functools.partial(self._progress, REGISTRY_SCOPE)
            sync_registry(registry, self._hq, wanted, told)

    def _report(self, began: float) -> SyncReport:
        counts = self._open if self._open.is_idle and not self._pulled else self._store.counts()
        return SyncReport(
            pushed=len(self._answers),
            pulled=self._pulled,
            parked=counts.parked,
            conflicts=counts.conflicts,
            pending=counts.pending,
            ms=round((self._clocks.steady() - began) * 1000),
        )


def _newest_seqs(hello: HelloReply, answers: list[Answer]) -> Mapping[str, int]:
    """Where each scope stands at HQ: at the hello, or behind the effects of what was pushed since."""
    there = {found.scope: found.seq for found in hello.scopes}
    for answer in answers:
        for scope, seq in answer.seq.items():
            there[scope] = max(there.get(scope, 0), seq)
    return there
