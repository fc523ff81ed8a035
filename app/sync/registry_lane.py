"""The registry's own lane: its file comes beside everything else, so that no push and no news waits for it."""

import logging
import threading
from collections.abc import Callable

from app.sync.client import HqClient
from app.sync.ports import RegistryFile
from app.sync.schedule import back_off
from app.sync.snapshot import Wanted, is_current, sync_registry
from core.refusals import Refusal

log = logging.getLogger(__name__)
#: Called with the bytes fetched and the bytes in all; None: nothing is being fetched.
Told = Callable[[int, int | None], None]
#: After so many cuts in a row the lane rests until the next hello.
_ATTEMPTS = 6
#: What another attempt can mend at once.
_CUT = frozenset({"hq_unreachable", "hq_failed", "hq_busy", "snapshot_missing"})


class _Stopped(Exception):
    """The program ends."""


class RegistryLane:
    """Brings the registry to where a hello has seen it, on a thread and a connection of its own."""

    def __init__(self, registry: RegistryFile, hq: HqClient, roll: Callable[[], float]) -> None:
        """``hq`` is used by this lane alone; ``roll`` gives numbers from 0 to 1, which spread the devices."""
        self._registry = registry
        self._hq = hq
        self._roll = roll
        self._told: Told = lambda done, total: None
        self._lock = threading.Lock()
        self._wanted: Wanted | None = None
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def listen(self, told: Told) -> None:
        """Have ``told`` called, in the lane's thread, whenever more of the file is there, and at its end."""
        self._told = told

    def bring(self, wanted: Wanted) -> None:
        """Have the registry stand there soon; returns at once."""
        if self._stopped.is_set() or is_current(self._registry, wanted):
            return
        with self._lock:
            self._wanted = wanted
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sync-registry", daemon=True)
                self._thread.start()

    def settle(self) -> None:
        """Wait until nothing is under way."""
        if (thread := self._thread) is not None:
            thread.join()

    def stop(self) -> None:
        """End after the piece that is being written; what is there stays for the next time."""
        self._stopped.set()

    def _run(self) -> None:
        while (wanted := self._next()) is not None:
            try:
                self._bring(wanted)
            except _Stopped:
                pass
            except Refusal as refusal:
                log.warning("registry refused: %s", refusal.code)
            except Exception:
                log.exception("registry failed")
            self._told(0, None)

    def _next(self) -> Wanted | None:
        with self._lock:
            wanted, self._wanted = self._wanted, None
            if wanted is None or self._stopped.is_set():
                self._thread = wanted = None
            return wanted

    def _bring(self, wanted: Wanted) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                sync_registry(self._registry, self._hq, wanted, self._progressed)
            except Refusal as refusal:
                if refusal.code not in _CUT or attempt == _ATTEMPTS:
                    raise
                log.info("registry cut: %s", refusal.code)
                if self._stopped.wait(back_off(attempt, self._roll())):
                    raise _Stopped from refusal
            else:
                return

    def _progressed(self, done: int, total: int) -> None:
        if self._stopped.is_set():
            raise _Stopped
        self._told(done, total)
