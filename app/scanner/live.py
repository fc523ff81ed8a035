"""Reading camera frames fast enough to look through: little work on each, hard work aside on the sharpest of them."""

from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.scanner.arrays import to_gray
from app.scanner.aside import Hard, Held, read_hard, read_place
from app.scanner.codes import Code, moved
from app.scanner.confirm import Confirmation
from app.scanner.engines import STATION_FORMATS, Gray, merge, read_zxing
from app.scanner.sight import Hint, Sight, Watcher

Job = Callable[[], None]
Submit = Callable[[Job], object]

_CENTRE = (0.70, 0.60)  # shares of width and height in which people hold a label
# How each frame of a round is looked at: the middle upright, the middle from every side, the whole frame.
_ROUND = ("fast", "fast", "turned", "fast", "whole", "fast", "fast", "turned", "fast", "whole")
_AGREE = 3  # looks of one kind in a row after one that read something new, so that frames agree soon
_PAUSE_MS, _PAUSE_READING_MS = 200.0, 500.0  # between two jobs aside: while nothing is read, and while something is
_RECENT = 6  # frames whose codes need no work aside
_TRACKED_MS = 400.0  # so long a tilted place that held a code is turned upright in every frame, for frames to agree
_STALE_MS = 600.0  # a sharp frame older than this shows what is no longer held there


class Late(NamedTuple):
    """Codes that were found aside in an earlier frame, with that frame's time."""

    codes: tuple[Code, ...]
    at_ms: float


class Look(NamedTuple):
    """One frame's codes, what the work aside found meanwhile, and what hinders reading."""

    codes: tuple[Code, ...]
    late: tuple[Late, ...]
    hint: Hint | None


def believed(watch: Confirmation, look: Look, at_ms: float) -> tuple[Code, ...]:
    """What frames agree on after this look; codes found aside count for their own frame."""
    for late in look.late:
        watch.feed(late.codes, late.at_ms)
    return watch.feed(look.codes, at_ms)


class _Kept(NamedTuple):
    """A frame that waits for work aside."""

    gray: Gray
    at_ms: float
    known: tuple[Code, ...]
    sharpness: float


class LiveReader:
    """Reads frame after frame of one source, from one thread.

    `submit` is handed jobs of a fifth of a second or so, never a second one before the first has ended; it lets them
    run wherever it likes (at once, when nothing is said). What they find comes with the next frame's look.
    """

    def __init__(self, formats: Sequence[str] | None = None, submit: Submit | None = None) -> None:
        self._formats = tuple(formats or STATION_FORMATS)
        self._submit: Submit = submit or (lambda job: job())
        self._watcher = Watcher()
        self._frame = self._turn = 0
        self.way = ""  #: how the last frame was looked at: fast, turned or whole
        self._again: list[str] = []
        self._recent: deque[tuple[Code, ...]] = deque(maxlen=_RECENT)
        self._best: _Kept | None = None
        self._begun_ms = float("-inf")
        self._is_busy = False
        self._done: SimpleQueue[tuple[Hard, float]] = SimpleQueue()
        self._modules: tuple[float, ...] = ()
        self._places: tuple[Held, ...] = ()
        self._places_until = float("-inf")

    def read(self, image: npt.NDArray[np.uint8], at_ms: float) -> Look:
        """Look at the frame of `at_ms` (BGR or gray), corners in its pixels; often none though the next has some."""
        gray = to_gray(image)
        late = self._collect(at_ms)
        codes = self._read(gray, at_ms)
        sight = self._watcher.look(gray)
        self._recent.append(codes)
        self._work_aside(gray, at_ms, codes, sight)
        is_read = bool(codes) or any(one.codes for one in late)
        self._modules = () if is_read else self._modules
        hint = self._watcher.judge(sight, at_ms, is_read=is_read, modules=self._modules)
        return Look(codes, late, hint)

    def _read(self, gray: Gray, at_ms: float) -> tuple[Code, ...]:
        way = self._again.pop() if self._again else _ROUND[self._frame % len(_ROUND)]
        self._frame, self.way = self._frame + 1, way
        codes = _WAYS[way](gray, self._formats)
        for held in self._places if at_ms < self._places_until else ():
            codes = merge(codes, read_place(gray, held, self._formats))
        known = {code.identity for earlier in self._recent for code in earlier}
        if way != "fast" and any(code.identity not in known for code in codes):
            self._again = [way] * (_AGREE - 1)
        return tuple(codes)

    def _work_aside(self, gray: Gray, at_ms: float, codes: tuple[Code, ...], sight: Sight) -> None:
        """Keeps the sharpest frame, and has it worked on when the last job has ended and some time has passed."""
        if self._best is None or at_ms - self._best.at_ms > _STALE_MS or sight.sharpness >= self._best.sharpness:
            self._best = _Kept(gray, at_ms, codes, sight.sharpness)
        pause = _PAUSE_READING_MS if any(self._recent) else _PAUSE_MS
        if self._is_busy or at_ms - self._begun_ms < pause:
            return
        kept, self._best = self._best, None
        known = [*kept.known, *(code for earlier in self._recent for code in earlier)]
        turn, self._turn = self._turn, self._turn + 1
        self._begun_ms, self._is_busy = at_ms, True
        self._submit(lambda: self._work(kept, known, turn))

    def _work(self, kept: _Kept, known: Sequence[Code], turn: int) -> None:
        """The job, in whatever thread it runs."""
        try:
            self._done.put((read_hard(kept.gray, known, self._formats, turn), kept.at_ms))
        finally:
            self._is_busy = False

    def _collect(self, now_ms: float) -> tuple[Late, ...]:
        late = []
        while not self._done.empty():
            hard, at_ms = self._done.get()
            self._modules = hard.modules
            if hard.places:
                self._places, self._places_until = hard.places, now_ms + _TRACKED_MS
            late.append(Late(hard.codes, at_ms))
        return tuple(late)


def _middle(gray: Gray, formats: Sequence[str], *, fast: bool) -> list[Code]:
    high, wide = gray.shape
    left, top = round(wide * (1 - _CENTRE[0]) / 2), round(high * (1 - _CENTRE[1]) / 2)
    cut = np.ascontiguousarray(gray[top : high - top, left : wide - left])
    return [moved(code, left, top) for code in read_zxing(cut, formats, fast=fast)]


_WAYS: dict[str, Callable[[Gray, Sequence[str]], list[Code]]] = {
    "fast": lambda gray, formats: _middle(gray, formats, fast=True),
    "turned": lambda gray, formats: _middle(gray, formats, fast=False),
    "whole": read_zxing,
}
