"""Telling a keyboard-wedge scanner's burst from a person's typing, by the time between keys."""

from typing import Literal, NamedTuple

ENTER = "\r"
_LONGEST = 4096


class Input(NamedTuple):
    """What a row of keys was: a scan with its text (prefix and suffix removed), or typing to be passed on as it is."""

    kind: Literal["scan", "typing"]
    text: str
    keys: int
    began_ms: float
    ended_ms: float


class WedgeSettings(NamedTuple):
    """How this station's scanner behaves; the defaults fit scanners as they leave the factory.

    `gap_ms`: the most between two characters. `enter_gap_ms`: the most before Enter, which many scanners send late.
    `prefix` and `suffix`: characters the scanner is set up to put around each code. `needs_enter`: whether a burst
    counts only when Enter ends it.
    """

    gap_ms: float = 35.0
    enter_gap_ms: float = 150.0
    shortest: int = 6
    prefix: str = ""
    suffix: str = ""
    needs_enter: bool = True


class BurstDetector:
    """Fed with every key and its time; answers when a burst or a row of typing is over."""

    def __init__(self, settings: WedgeSettings | None = None) -> None:
        self._settings = settings or WedgeSettings()
        self._keys: list[str] = []
        self._began = self._last = 0.0

    @property
    def pending(self) -> bool:
        """Whether keys are held back that may still become a scan."""
        return bool(self._keys)

    def feed(self, at_ms: float, key: str) -> Input | None:
        """Take one character (or Enter, as "\\r" or "\\n") at `at_ms`.

        Returns the scan that Enter completes, or the typing that this key shows not to have been a scan (the key then
        begins a new row, except Enter, which belongs to the typing's text).
        """
        if key in {ENTER, "\n"}:
            return self._enter(at_ms)
        over = None
        if self._keys and not 0 <= at_ms - self._last <= self._settings.gap_ms:
            over = self._conclude(self._last, entered=False)
        elif len(self._keys) >= _LONGEST:
            over = self._typing(self._last)
        if not self._keys:
            self._began = at_ms
        self._keys.append(key)
        self._last = at_ms
        return over

    def flush(self, at_ms: float) -> Input | None:
        """Say that it is `at_ms` now; returns what has ended by silence, None while keys may still follow."""
        limit = self._settings.enter_gap_ms if self._settings.needs_enter else self._settings.gap_ms
        if not self._keys or 0 <= at_ms - self._last <= limit:
            return None
        return self._conclude(self._last, entered=False)

    def _enter(self, at_ms: float) -> Input | None:
        in_time = bool(self._keys) and 0 <= at_ms - self._last <= self._settings.enter_gap_ms
        if in_time:
            return self._conclude(at_ms, entered=True)
        self._began = self._began if self._keys else at_ms
        self._keys.append(ENTER)
        return self._typing(at_ms)

    def _conclude(self, at_ms: float, *, entered: bool) -> Input:
        text = self._content("".join(self._keys))
        long_enough = text is not None and len(text) >= self._settings.shortest
        if text is None or not long_enough or not (entered or not self._settings.needs_enter):
            if entered:
                self._keys.append(ENTER)
            return self._typing(at_ms)
        return self._over(Input("scan", text, len(self._keys), self._began, at_ms))

    def _content(self, text: str) -> str | None:
        """The code between prefix and suffix, None when they are set up but not there."""
        prefix, suffix = self._settings.prefix, self._settings.suffix
        if not text.startswith(prefix) or not text.endswith(suffix):
            return None
        return text[len(prefix) : len(text) - len(suffix)]

    def _typing(self, at_ms: float) -> Input:
        return self._over(Input("typing", "".join(self._keys), len(self._keys), self._began, at_ms))

    def _over(self, result: Input) -> Input:
        self._keys = []
        return result
