"""A lane: large freight on a thread and a connection of its own, so that no push and no news waits for it."""

import logging
import threading
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

import msgspec

from app.sync.schedule import back_off
from core.refusals import Refusal

log = logging.getLogger(__name__)
W = TypeVar("W")
#: Called with the bytes done and in all.
Progress = Callable[[int, int], None]
#: After so many cuts in a row the lane rests until the next hello.
_ATTEMPTS = 6
#: What another attempt can mend at once.
_CUT = frozenset({"hq_unreachable", "hq_failed", "hq_busy", "snapshot_missing"})


class Moving(msgspec.Struct, frozen=True):
    """How far a lane is: bytes done and in all (None: nothing is under way), and what ended it last: code and facts."""

    done: int = 0
    total: int | None = None
    problem: str | None = None
    facts: dict[str, object] = {}


class _Stopped(Exception):
    """The program ends."""


class Lane(Generic[W]):
    """Carries what a hello has asked for, one wish after the other; a newer wish replaces one that still waits."""

    def __init__(
        self, name: str, carry: Callable[[W, Callable[[int, int], None]], object], roll: Callable[[], float]
    ) -> None:
        """``carry`` does the work, telling bytes done and in all; ``roll`` gives 0 to 1, which spreads the devices."""
        self._name = name
        self._carry = carry
        self._roll = roll
        self._told: Callable[[Moving], None] = lambda moving: None
        self._lock = threading.Lock()
        self._wish: _Wish[W] | None = None
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def listen(self, told: Callable[[Moving], None]) -> None:
        """Have ``told`` called, in the lane's thread, whenever more has come through, and at the end."""
        self._told = told

    def bring(self, wanted: W) -> None:
        """Have it carried soon; returns at once."""
        if self._stopped.is_set():
            return
        with self._lock:
            self._wish = _Wish(wanted)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"sync-{self._name}", daemon=True)
                self._thread.start()

    def settle(self) -> None:
        """Wait until nothing is under way."""
        if (thread := self._thread) is not None:
            thread.join()

    def stop(self) -> None:
        """End after the piece that is under way; what is done stays for the next time."""
        self._stopped.set()

    def _run(self) -> None:
        while (wish := self._next()) is not None:
            self._told(self._end_of(wish.wanted))

    def _end_of(self, wanted: W) -> Moving:
        try:
            self._persist(wanted)
        except _Stopped:
            return Moving()
        except Refusal as refusal:
            log.warning("%s refused: %s", self._name, refusal.code)
            return Moving(problem=refusal.code, facts=dict(refusal.facts))
        except Exception:
            log.exception("%s failed", self._name)
            return Moving(problem="sync_failed")
        return Moving()

    def _next(self) -> "_Wish[W] | None":
        with self._lock:
            wish, self._wish = self._wish, None
            if wish is None or self._stopped.is_set():
                self._thread = wish = None
            return wish

    def _persist(self, wanted: W) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._carry(wanted, self._progressed)
            except Refusal as refusal:
                if refusal.code not in _CUT or attempt == _ATTEMPTS:
                    raise
                log.info("%s cut: %s", self._name, refusal.code)
                if self._stopped.wait(back_off(attempt, self._roll())):
                    raise _Stopped from refusal
            else:
                return

    def _progressed(self, done: int, total: int) -> None:
        if self._stopped.is_set():
            raise _Stopped
        self._told(Moving(done, total))


class _Wish(NamedTuple, Generic[W]):
    wanted: W
