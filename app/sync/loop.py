"""The loop that runs a sync when the schedule says so, and tells how it stands."""

import logging
import threading
from collections.abc import Callable

from app.sync import status as statuses
from app.sync.blob_lane import BlobLane
from app.sync.ports import Neighbours
from app.sync.registry_lane import RegistryLane
from app.sync.schedule import Schedule
from app.sync.self_check import ScopeChecked
from app.sync.status import SyncReport, SyncStatus
from app.sync.turn import Clocks, Syncer
from core.refusals import Refusal

log = logging.getLogger(__name__)
#: Seconds between two looks whether another process has worked on this profile.
_NEIGHBOURS_EVERY_S = 1.0


class SyncLoop:
    """Runs a :class:`Syncer` on a thread of its own; a second thread holds HQ's long poll.

    ``on_status`` is called from the loop's threads whenever something changes.
    """

    def __init__(
        self,
        syncer: Syncer,
        schedule: Schedule,
        clocks: Clocks,
        on_status: Callable[[SyncStatus], None],
        wait: Callable[[], bool] | None = None,
        registry: RegistryLane | None = None,
        photos: BlobLane | None = None,
        neighbours: Neighbours | None = None,
    ) -> None:
        """``wait`` holds until HQ has news (True) or its time is over; it needs a connection of its own.

        ``registry`` and ``photos`` are the lanes that the syncer tells; ``neighbours`` tell whether another process has
        worked on this profile.
        """
        self._syncer = syncer
        self._schedule = schedule
        self._clocks = clocks
        self._on_status = on_status
        self._wait = wait
        self._neighbours = neighbours
        self._wake = threading.Event()
        self._reachable = threading.Event()
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._telling = threading.RLock()  # the loop, the lane and who works here change the status
        self.status = statuses.with_counts(SyncStatus(), syncer.store.counts())
        self._lanes: list[RegistryLane | BlobLane] = [lane for lane in (registry, photos) if lane is not None]
        if registry is not None:
            registry.listen(lambda moving: self._change(lambda status: statuses.registry_moved(status, moving)))
        if photos is not None:
            photos.listen(lambda moving: self._change(lambda status: statuses.photos_moved(status, moving)))

    def start(self) -> None:
        """Begin; the threads end with the program."""
        threading.Thread(target=self.run, name="sync", daemon=True).start()
        if self._wait is not None:
            threading.Thread(target=self.watch, name="sync-wait", daemon=True).start()
        if self._neighbours is not None:
            threading.Thread(target=self.listen, name="sync-neighbours", daemon=True).start()

    def stop(self) -> None:
        """Begin nothing new; a request that is out ends by itself and its answer is still kept or asked for again."""
        self._stopped.set()
        self._wake.set()
        self._reachable.set()
        for lane in self._lanes:
            lane.stop()

    def changed(self) -> None:
        """Something was done here."""
        self._change(self._counted)
        self._plan(self._schedule.changed)

    def ask(self) -> None:
        """Sync now."""
        self._plan(self._schedule.asked)

    def check_now(self) -> list[ScopeChecked]:
        """Compare all rows with HQ's between two syncs; raises what HQ or the line refuses."""
        return self._syncer.check_now()

    def run(self) -> None:
        """Sync whenever it is due, until stopped."""
        while not self._stopped.is_set():
            with self._lock:
                left = self._schedule.seconds_left(self._clocks.steady())
            if left > 0:
                self._wake.wait(left)
                self._wake.clear()
            else:
                self.turn()

    def watch(self) -> None:
        """Hold the long poll while HQ can be reached, until stopped."""
        assert self._wait is not None, "started only with something to wait on"
        while self._reachable.wait() and not self._stopped.is_set():
            try:
                moved = self._wait()
            except Refusal:
                self._reachable.clear()  # the next sync that goes through says that it can be
                self._plan(self._schedule.cut)
                continue
            with self._lock:
                self._schedule.held()
            if moved:
                self._reachable.clear()  # asked again once the news is here: until then HQ would answer at once
                self._plan(self._schedule.moved)

    def listen(self) -> None:
        """Hear of what another process does on this profile, until stopped."""
        assert self._neighbours is not None, "started only with neighbours to listen to"
        try:
            while not self._stopped.wait(_NEIGHBOURS_EVERY_S):
                try:
                    if self._neighbours.have_changed():
                        self.changed()
                except Refusal as refusal:
                    log.warning("listening to other processes: %s", refusal.code)
        finally:
            self._neighbours.close()

    def turn(self) -> SyncReport | None:
        """One sync with its status; None when it failed."""
        self._change(statuses.begun)
        try:
            report = self._syncer.sync_once(self._progressed)
        except Refusal as refusal:
            self._failed(refusal)
            return None
        except Exception:
            log.exception("sync failed")
            self._failed(Refusal("sync_failed"))
            return None
        with self._lock:
            self._schedule.succeeded(self._clocks.steady())
        self._reachable.set()
        at = self._clocks.now()
        self._change(lambda status: statuses.succeeded(status, at))
        if self.status.pending:  # counted after the next sync was planned: also what was done here meanwhile
            self._plan(self._schedule.changed)
        return report

    def _failed(self, refusal: Refusal) -> None:
        with self._lock:
            self._schedule.failed(self._clocks.steady())
        at = self._clocks.now()
        self._change(lambda status: statuses.failed(status, refusal, at))

    def _progressed(self, step: str, done: int, total: int | None) -> None:
        self._change(lambda status: statuses.progressed(status, step, done, total))

    def _change(self, change: Callable[[SyncStatus], SyncStatus]) -> None:
        with self._telling:
            status = change(self.status)
            if not status.syncing:
                status = self._counted(status)
            self.status = status
            self._on_status(status)

    def _counted(self, status: SyncStatus) -> SyncStatus:
        """With what is open by now; as it was where the database can't be read just now."""
        try:
            return statuses.with_counts(status, self._syncer.store.counts())
        except Refusal as refusal:
            log.warning("what is open could not be counted: %s", refusal.code)
            return status

    def _plan(self, decide: Callable[[float], None]) -> None:
        with self._lock:
            decide(self._clocks.steady())
        self._wake.set()
