"""When a code seen by the camera is believed: matrix codes at once, bars only when frames agree."""

from collections.abc import Iterable

import msgspec

from app.scanner.codes import MATRIX_FORMATS, WEAK_FORMATS, Code, contains

WINDOW_MS = 1000.0


class _Sighting(msgspec.Struct):
    code: Code
    times: list[float]


class Confirmation:
    """Counts equal readings over frames; one for each scan, fed from one thread.

    A matrix code (it corrects its own errors) needs one frame, Code 128 and EAN two within a second, weaker formats
    and readings after a preparation three. Two texts at one place: neither, until one has left the window.
    """

    def __init__(self, window_ms: float = WINDOW_MS) -> None:
        self._window = window_ms
        self._seen: dict[tuple[str, str], _Sighting] = {}

    def feed(self, codes: Iterable[Code], at_ms: float) -> tuple[Code, ...]:
        """Take one frame's codes, seen at `at_ms`; returns all that are believed now."""
        for code in codes:
            sighting = self._seen.setdefault(code.identity, _Sighting(code, []))
            sighting.code = code
            sighting.times.append(at_ms)
        for identity, sighting in list(self._seen.items()):
            sighting.times = [time for time in sighting.times if at_ms - time <= self._window]
            if not sighting.times:
                del self._seen[identity]
        return tuple(sighting.code for sighting in self._seen.values() if self._believed(sighting))

    def frames_left(self, code: Code) -> int:
        """How many more frames must agree on `code`."""
        sighting = self._seen.get(code.identity)
        return max(0, needed(code) - (len(sighting.times) if sighting else 0))

    def _believed(self, sighting: _Sighting) -> bool:
        if len(sighting.times) < needed(sighting.code):
            return False
        return not any(_disputed(sighting.code, other.code) for other in self._seen.values())


def needed(code: Code) -> int:
    """The frames that must agree on a code of this format, read this way."""
    if code.format in MATRIX_FORMATS:
        return 1
    return 3 if code.format in WEAK_FORMATS or code.engine != "zxing" else 2


def _disputed(code: Code, other: Code) -> bool:
    return other.identity != code.identity and contains(other.corners, code.centre)
