"""Wrong passwords cost a growing wait that outlives restarts and that turning the clock back does not shorten."""

import math
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from core.refusals import Refusal

# Seconds to wait after the n-th wrong password in a row; the last one holds from there on.
WAITS = (0, 0, 0, 5, 15, 60, 300, 900)


class Attempts(NamedTuple):
    """What is kept about one person's wrong passwords, in the encrypted database."""

    failures: int  # in a row
    failed_at: datetime  # aware UTC; never earlier than any moment seen before, whatever the clock says


class AttemptStore(Protocol):
    """Where attempts are kept; each call is its own durable transaction."""

    def get(self, person: str) -> Attempts | None:
        """What is kept about ``person``; None when nothing is."""
        ...

    def put(self, person: str, attempts: Attempts) -> None:
        """Keep ``attempts``, replacing what was there."""
        ...


class LoginGuard:
    """Asked before each check of a password, told of the outcome.

    The wait is measured by this process's own steady clock when it saw the failure itself, and by the calendar clock
    after a restart; a calendar clock that went back counts as no time passed. Whoever may set the clock forward and
    restart the program can still shorten a wait: that takes an administrator of the computer.
    """

    def __init__(
        self, store: AttemptStore, now: Callable[[], datetime], steady: Callable[[], float] = time.monotonic
    ) -> None:
        """``now`` gives aware UTC; ``steady`` seconds that never go back."""
        self._store = store
        self._now = now
        self._steady = steady
        self._first_seen: dict[str, tuple[datetime, float, bool]] = {}

    def seconds_to_wait(self, person: str) -> int:
        """Whole seconds until the next attempt is allowed; 0 when it is now."""
        attempts = self._store.get(person)
        if attempts is None:
            return 0
        wait = WAITS[min(attempts.failures, len(WAITS) - 1)]
        return max(0, math.ceil(wait - self._elapsed(person, attempts)))

    def require(self, person: str) -> None:
        """Refuse with ``login_wait`` (fact ``seconds``) while the wait is not over."""
        seconds = self.seconds_to_wait(person)
        if seconds:
            raise Refusal("login_wait", seconds=seconds)

    def check(self, person: str, is_right: Callable[[], bool]) -> bool:
        """One attempt: refuses while waiting, else whether the password was right.

        The failure is written down before the password is looked at, so that ending the program in between gives no
        free attempt; a right one wipes it out.
        """
        self.require(person)
        before = self._store.get(person)
        at = max(self._now(), before.failed_at) if before else self._now()
        self._store.put(person, Attempts((before.failures if before else 0) + 1, at))
        self._first_seen[person] = (at, self._steady(), True)
        if not is_right():
            return False
        self._store.put(person, Attempts(0, at))
        return True

    def _elapsed(self, person: str, attempts: Attempts) -> float:
        """Seconds since the last failure, as far as they can be proved."""
        seen = self._first_seen.get(person)
        if seen is None or seen[0] != attempts.failed_at:
            seen = self._first_seen[person] = (attempts.failed_at, self._steady(), False)
        _, since, own = seen
        steady = self._steady() - since
        if own:
            return steady
        return max(steady, (self._now() - attempts.failed_at) / timedelta(seconds=1))
