"""When a code that a camera sees is believed: matrix codes at once, bars when frames agree."""

import math
from collections.abc import Iterable, Sequence
from itertools import combinations

import msgspec

from app.scanner.acceptance import RULES, STRICTEST, Rule
from app.scanner.codes import Code, contains

WINDOW_MS = 1000.0
_PLAIN = "zxing"  # the engine's name for a code read as the camera gave it, without any preparation
_THIN = 0.1  # a linear code's corners may be one line: so much of its length beside it is still its place


class _Sighting(msgspec.Struct):
    """One text: as it was read last, and the times of the frames that had it, plainly or after a preparation."""

    code: Code
    at_ms: float
    plain: set[float] = msgspec.field(default_factory=set)
    prepared: set[float] = msgspec.field(default_factory=set)

    @property
    def frames(self) -> int:
        return len(self.plain | self.prepared)

    @property
    def needed(self) -> int:
        return rule_of(self.code).frames + (not self.plain)


class Confirmation:
    """Counts equal readings over frames; one for each scan, fed from one thread.

    A code needs the frames of its rule, one more when nothing but prepared pictures gave it. Two texts at one place:
    neither, until one has left the window. `formats` are those that were asked for.
    """

    def __init__(self, window_ms: float = WINDOW_MS, formats: Sequence[str] = ()) -> None:
        self._window = window_ms
        self._asked = frozenset(formats)
        self._seen: dict[tuple[str, str], _Sighting] = {}
        self._side_by_side: set[frozenset[tuple[str, str]]] = set()
        self._now = float("-inf")

    def feed(self, codes: Iterable[Code], at_ms: float) -> tuple[Code, ...]:
        """Take the codes of the frame of `at_ms`, which may be one before the newest; all that are believed now."""
        wanted = [code for code in codes if fits(code, self._asked)]
        self._now = max(self._now, at_ms)
        for code in wanted:
            self._count(code, at_ms)
        for one, other in combinations(wanted, 2):
            if not _at_one_place(one, other):
                self._side_by_side.add(frozenset((one.identity, other.identity)))
        self._forget()
        return tuple(_counted(one) for one in self._seen.values() if self._believed(one))

    @property
    def disputed(self) -> tuple[Code, ...]:
        """The codes of the window that are not believed because another text was read at their place."""
        return tuple(_counted(one) for one in self._seen.values() if self._is_disputed(one))

    def frames_left(self, code: Code) -> int:
        """How many more frames must agree on `code`."""
        found = self._seen.get(code.identity)
        return max(0, found.needed - found.frames) if found else needed(code)

    def _count(self, code: Code, at_ms: float) -> None:
        sighting = self._seen.setdefault(code.identity, _Sighting(code, at_ms))
        if at_ms >= sighting.at_ms:
            sighting.code, sighting.at_ms = code, at_ms
        (sighting.plain if code.engine == _PLAIN else sighting.prepared).add(at_ms)

    def _forget(self) -> None:
        """Takes away what is older than the window."""
        for identity, sighting in list(self._seen.items()):
            for times in (sighting.plain, sighting.prepared):
                times -= {time for time in times if self._now - time > self._window}
            if not sighting.frames:
                del self._seen[identity]
                self._side_by_side = {pair for pair in self._side_by_side if identity not in pair}

    def _believed(self, sighting: _Sighting) -> bool:
        return sighting.frames >= sighting.needed and not self._is_disputed(sighting)

    def _is_disputed(self, sighting: _Sighting) -> bool:
        return any(self._disputes(other.code, sighting.code) for other in self._seen.values())

    def _disputes(self, other: Code, code: Code) -> bool:
        """Whether `other` stands against `code`; a seldom code found in a usual one's bars is a ghost of its own."""
        if other.identity == code.identity or other.text == code.text:
            return False
        if rule_of(code).by_default and not rule_of(other).by_default:
            return False
        is_pair = frozenset((other.identity, code.identity)) in self._side_by_side
        return not is_pair and _at_one_place(other, code)


def rule_of(code: Code) -> Rule:
    """The rule of the code's symbology."""
    return RULES.get(code.format, STRICTEST)


def fits(code: Code, asked: Iterable[str] = ()) -> bool:
    """Whether the code may be counted at all: its length, and that its symbology is usual or was asked for."""
    rule = rule_of(code)
    fitting = len(code.text) >= rule.shortest and not (rule.even and len(code.text) % 2)
    return fitting and (rule.by_default or code.format in asked)


def needed(code: Code) -> int:
    """The frames that must agree on a code of this format when all read it this way."""
    return rule_of(code).frames + (code.engine != _PLAIN)


def _counted(sighting: _Sighting) -> Code:
    return msgspec.structs.replace(sighting.code, agreed=sighting.frames)


def _at_one_place(one: Code, other: Code) -> bool:
    return contains(one.corners, other.centre, _margin(one)) or contains(other.corners, one.centre, _margin(other))


def _margin(code: Code) -> float:
    """How many pixels beside the corners still belong to the code: some only where they are hardly more than a line."""
    if len(code.corners) != 4:
        return 0.0
    left_top, right_top, _, left_bottom = code.corners
    return max(0.0, _THIN * math.dist(left_top, right_top) - math.dist(left_top, left_bottom))
