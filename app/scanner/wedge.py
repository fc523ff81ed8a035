"""Telling a keyboard-wedge scanner's burst from a person's typing, by its rhythm and by how its keys are held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.scanner.burst import Kind, Verdict, judge
from app.scanner.frame import unframed
from app.scanner.rhythm import SPLIT_MS, Rhythm, is_quick
from app.scanner.strokes import TERMINATORS, Stroke, as_typed

_LONGEST = 4096
_PIECE_MS = 80.0
_AFTER_ENTER_MS = 40.0
_LONGEST_HOLD_MS = 1000.0
GS_AS_ITSELF = "␝"


class WedgeSettings(NamedTuple):
    """How this station's scanner behaves; the defaults fit scanners as they leave the factory.

    `prefix` and `suffix`: characters the scanner is set up to put around each code. `gs`: what it sends for the group
    separator: other characters, “␝” when it was seen to come as itself, empty when nothing is known. `layout`: empty:
    not known; "pc": the computer's; else the scanner's own, see `strokes.LAYOUTS`. `caps`: what Caps Lock does to its
    letters: "swap", "keep", or empty: by evidence. `enters`: how many Enters (or Tabs) end a scan; 0: silence ends it.
    """

    prefix: str = ""
    suffix: str = ""
    gs: str = ""
    layout: str = ""
    caps: str = ""
    enters: int = 1
    shortest: int = 6

    @classmethod
    def kept(cls, values: object) -> WedgeSettings:
        """From what is kept on this device, by any version of the program: what does not fit is left out."""
        given = values if isinstance(values, dict) else {}
        fields = cls._field_defaults
        fits: dict[str, Any] = {name: given[name] for name in fields if type(given.get(name)) is type(fields[name])}
        return cls(**fits)


class Input(NamedTuple):
    """What a row of keys was: a scan, typing to be left as it is, or a scan that can't be believed.

    `strokes` are the keys of the scan without what ends it, `before` those that a person typed right before it.
    `rule` says why, `aside` are keys of a person inside a refused scan, `end` is the key that ended the row and `ends`
    how often it came.
    """

    kind: Kind
    strokes: tuple[Stroke, ...]
    rule: str
    rhythm: Rhythm
    before: tuple[Stroke, ...] = ()
    aside: tuple[Stroke, ...] = ()
    end: str = ""
    ends: int = 0

    @property
    def text(self) -> str:
        """The keys' texts by the computer's layout."""
        return "".join(stroke.text for stroke in self.strokes)

    @property
    def span_ms(self) -> float:
        """From the first key to the last."""
        return self.strokes[-1].at_ms - self.strokes[0].at_ms if self.strokes else 0.0


class BurstDetector:
    """Fed with every key as it goes down and up; answers when a scan or a row of typing is over."""

    def __init__(self, settings: WedgeSettings | None = None) -> None:
        self.settings = settings or WedgeSettings()
        self._row: list[Stroke] = []
        self._down: dict[int, Stroke] = {}
        self._ended: list[Stroke] = []  # Enters of a scan whose silence is still waited for
        self._after: list[Stroke] = []  # keys that came too soon behind them
        self._verdict: Verdict | None = None  # on the row, when its Enter came

    @property
    def pending(self) -> bool:
        """Whether keys are held back that may still become a scan."""
        return bool(self._row or self._ended)

    @property
    def row(self) -> Sequence[Stroke]:
        """The keys that may still become a scan."""
        return self._row

    @property
    def waits_ms(self) -> float:
        """The silence after the last key that ends the row."""
        if self._ended:
            return _AFTER_ENTER_MS
        return SPLIT_MS / 2 if self.settings.enters == 0 else SPLIT_MS

    @property
    def last_ms(self) -> float:
        """When the last key went down."""
        return max((part[-1].at_ms for part in (self._row, self._ended, self._after) if part), default=0.0)

    def press(self, stroke: Stroke) -> list[Input]:
        """A key goes down; returns what was over before it."""
        over = self.flush(stroke.at_ms)
        if stroke.text not in TERMINATORS:
            # a key whose going up was never told (the window lost the keyboard meanwhile) counts for a second only
            downs = (one for place, one in self._down.items() if place != stroke.position)
            stroke.overlaps = any(stroke.at_ms - one.at_ms < _LONGEST_HOLD_MS for one in downs)
        if stroke.position:
            self._down[stroke.position] = stroke
        if self._ended and stroke.text not in TERMINATORS:
            self._after.append(stroke)
        elif self._ended or (stroke.text in TERMINATORS and self._is_scan()):
            self._ended.append(stroke)
        else:
            over += self._add(stroke)
        return over

    def release(self, position: int, at_ms: float) -> None:
        """A key goes up."""
        stroke = self._down.pop(position, None)
        if stroke is not None:
            stroke.up_ms = at_ms

    def takes(self, stroke: Stroke) -> bool:
        """Whether the key (an Enter that `press` was given) belongs to a scan, so that nothing else may see it."""
        return any(one is stroke for one in self._ended)

    def in_burst(self, at_ms: float) -> bool:
        """Whether a key at this time would stand right inside a scanner's burst."""
        return is_quick(self._row[-8:]) and 0 <= at_ms - self._row[-1].at_ms <= _PIECE_MS / 2

    def forget(self) -> None:
        """Drops all keys: the window lost the keyboard, or a password is asked for."""
        self._row, self._ended, self._after, self._verdict = [], [], [], None

    def flush(self, at_ms: float) -> list[Input]:
        """Say that it is `at_ms` now; returns what has ended by silence."""
        if not self.pending or 0 <= at_ms - self.last_ms <= self.waits_ms:
            return []
        return [self._conclude()]

    # --- inside -----------------------------------------------------------------------------------------------

    def _add(self, stroke: Stroke) -> list[Input]:
        over = []
        if stroke.text in TERMINATORS:
            verdict, self._verdict = self._verdict, None
            self._row.append(stroke)
            rule, rhythm = (verdict.rule, verdict.rhythm) if verdict else ("short", None)
            return [self._typing(self._take_row(), rule, rhythm)]
        if self._row and stroke.at_ms - self._row[-1].at_ms > _PIECE_MS:
            over = self._drop_typing()
        elif len(self._row) >= _LONGEST:
            over = [self._typing(self._take_row(), "long")]
        self._row.append(stroke)
        return over

    def _drop_typing(self) -> list[Input]:
        """At a pause: gives back all but the last key or two of what a person typed, so that rows stay short."""
        row = self._row
        if any(is_quick(row[place : place + 3]) for place in range(len(row) - 2)):
            return []
        old, self._row = row[:-2], row[-2:]
        return [self._typing(old, "slow")] if old else []

    def _is_scan(self) -> bool:
        """Whether an Enter now would end a scan, believable or not."""
        self._verdict = self._judge(ended=True) if self._row else None
        return self._verdict is not None and self._verdict.kind != "typing"

    def _judge(self, *, ended: bool) -> Verdict:
        if any(stroke.up_ms is not None for stroke in self._row):
            for stroke in self._down.values():  # as long as it was down until now; its going up will correct that
                stroke.up_ms = self.last_ms
        verdict = judge(self._row, ended=ended or self.settings.enters == 0, shortest=self.settings.shortest)
        if verdict.kind == "scan" and not self._framed(verdict.start):
            return verdict._replace(kind="typing", rule="frame")
        return verdict

    def _framed(self, start: int) -> bool:
        """Whether prefix and suffix, when they are set up, are there; what can't be told counts as there."""
        text = as_typed(self._row[start:])
        if text is None or self.settings.layout not in ("", "pc"):
            return True
        return unframed(text, self.settings.prefix, self.settings.suffix) is not None

    def _conclude(self) -> Input:
        ended, after = self._ended, self._after
        verdict, self._verdict = self._verdict or self._judge(ended=False), None
        too_many = len(ended) > max(1, self.settings.enters)
        if verdict.kind == "scan" and (after or too_many):
            verdict = verdict._replace(kind="refused", rule="scan_mixed")
        row, self._ended, self._after = self._take_row(), [], []
        if verdict.kind == "typing":
            return self._typing(row, verdict.rule, verdict.rhythm)
        held = tuple(stroke for stroke in after if (stroke.hold_ms or 0) > _AFTER_ENTER_MS)
        return Input(
            kind=verdict.kind,
            strokes=(*row[verdict.start :], *after),
            rule=verdict.rule,
            rhythm=verdict.rhythm,
            before=tuple(row[: verdict.start]),
            aside=(*verdict.aside, *held),
            end=ended[0].text if ended else "",
            ends=len(ended),
        )

    def _typing(self, row: Sequence[Stroke], rule: str, rhythm: Rhythm | None = None) -> Input:
        return Input("typing", tuple(row), rule, rhythm or Rhythm(len(row), 0, 0, 0, ""))

    def _take_row(self) -> list[Stroke]:
        row, self._row = self._row, []
        return row
