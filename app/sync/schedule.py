"""When to sync next: soon after work was done here, when HQ has news, and ever more rarely while it fails."""

from collections.abc import Callable

#: Seconds from a change here to the sync that sends it: actions in a row go together.
SOON = 1.0
#: Seconds between syncs while nothing happens; the long poll tells of news at once.
QUIET = 120.0
#: Seconds over which stations come back whose long poll was cut: HQ has restarted, and it met all of them at once.
CUT_SPREAD = 30.0
_LEAST_AFTER_CUT = 1.0
#: The first failure after a cut waits like the fifth in a row (16 to 32 s): it is HQ that is away, and all know it.
_FAILURES_OF_A_CUT = 4
#: Seconds of the first wait after a failure and of the longest one.
FIRST_WAIT = 2.0
LONGEST_WAIT = 300.0


def back_off(failures: int, roll: float) -> float:
    """Seconds to wait after ``failures`` failed syncs in a row; ``roll`` (0 to 1) spreads the devices.

    Doubles up to the longest wait; between half and all of it, so that a thousand stations do not come at once when
    the line is back.
    """
    longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(failures - 1, 16))
    return longest * (0.5 + 0.5 * roll)


class Schedule:
    """Decides; starts nothing itself. All times are seconds of one clock that never goes back."""

    def __init__(self, roll: Callable[[], float], now: float) -> None:
        """The first sync is due at once. ``roll`` gives numbers from 0 to 1."""
        self._roll = roll
        self._due = now
        self._failures = 0
        self._known_away = 0  # failures that a cut stands for
        self._cuts = 0

    @property
    def failures(self) -> int:
        """Failed syncs in a row."""
        return self._failures

    def seconds_left(self, now: float) -> float:
        """Seconds until the next sync; 0 when it is due."""
        return max(0.0, self._due - now)

    def succeeded(self, now: float) -> None:
        """A sync went through."""
        self._failures = self._known_away = 0
        self._due = now + QUIET

    def failed(self, now: float) -> None:
        """A sync failed: wait longer each time."""
        self._failures += 1
        self._due = now + back_off(self._failures + self._known_away, self._roll())

    def changed(self, now: float) -> None:
        """Something was done here; while HQ fails its wait stays."""
        if not self._failures:
            self._due = min(self._due, now + SOON)

    def moved(self, now: float) -> None:
        """HQ told that a scope has moved: it can be reached, so sync now."""
        self._due = now

    def cut(self, now: float) -> None:
        """The long poll was cut: look soon whether HQ is back, but not all stations at once.

        While syncs fail their wait stays. Where no long poll ever holds (a proxy forbids it) it is tried more rarely.
        """
        if not self._failures:
            spread = min(QUIET, CUT_SPREAD * 2.0 ** min(self._cuts, 8))
            self._cuts += 1
            self._known_away = _FAILURES_OF_A_CUT
            self._due = min(self._due, now + _LEAST_AFTER_CUT + (spread - _LEAST_AFTER_CUT) * self._roll())

    def held(self) -> None:
        """A long poll came to its end: the next cut is a first one."""
        self._cuts = 0

    def asked(self, now: float) -> None:
        """A person asked for it, or the network came back."""
        self._due = now
