"""Judges a row of keys that just ended: which part of it a scanner pressed, and whether that can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from app.scanner.rhythm import Rhythm, covers, gaps_of, is_held, is_quick, median, pieces_of, rhythm_of, usual_hold
from app.scanner.strokes import Stroke

Kind = Literal["scan", "typing", "refused"]
Piece = Sequence[Stroke]

_SLOWER_TIMES, _SLOWER_MS = 3.0, 8.0
_PERSON_HOLD_MS = 40.0
_EVEN_MS, _MANY = 12.0, 9


class Verdict(NamedTuple):
    """What a row is: its scan begins at `start`; `rule` says why.

    `aside` are keys that a person pressed into a scan; they belong to the text although the scan does not.
    """

    kind: Kind
    rule: str
    start: int
    rhythm: Rhythm
    aside: tuple[Stroke, ...] = ()


def judge(strokes: Sequence[Stroke], *, ended: bool, shortest: int = 6) -> Verdict:
    """What the row is. `ended`: by Enter or Tab in a scanner's time; by silence else, which needs better evidence.

    A scan that was delivered in pieces is one scan when a scanner pressed all of them. Whether it did is told by the
    pieces' rhythm and by how long their keys were down; what nobody can tell makes the scan doubtful.
    """
    pieces = pieces_of(strokes)
    main = next((piece for piece in reversed(pieces) if is_quick(piece)), max(pieces, key=len, default=()))
    owners = _typists([_owner(piece, main) for piece in pieces], pieces, usual_hold(main))
    first = _first(owners)
    kept = pieces[first:]
    body = [stroke for piece in kept for stroke in piece]
    rhythm = rhythm_of([piece for piece, owner in zip(kept, owners[first:], strict=True) if owner != "person"])
    rule = _typing_rule(body, rhythm, ended=ended, shortest=shortest)
    if rule:
        return Verdict("typing", rule, 0, rhythm)
    trouble = _trouble(owners[first:], body)
    if trouble:
        return Verdict("refused" if ended else "typing", trouble, len(strokes) - len(body), rhythm, _aside(body))
    return Verdict("scan", "joined" if len(kept) > 1 else rhythm.rule, len(strokes) - len(body), rhythm)


def _first(owners: Sequence[str]) -> int:
    """The first piece that may be a scanner's; typing before it is none of its business."""
    return next((place for place, owner in enumerate(owners) if owner != "person"), len(owners))


def _owner(piece: Piece, main: Piece) -> str:
    """Who pressed the piece, seen beside the row's main piece: scanner, person or unknown."""
    if piece is main:
        return "scanner"
    seen = usual_hold(main) is not None
    if len(piece) > 2:
        mixed = seen and any(stroke.overlaps for stroke in piece)
        return "scanner" if is_quick(piece) and not mixed and not _slower(piece, main) else "person"
    return "scanner" if all(is_held(stroke, usual_hold(main)) is False for stroke in piece) else "unknown"


def _typists(owners: Sequence[str], pieces: Sequence[Piece], usual_ms: float | None) -> list[str]:
    """Two lone keys or more in a row that were held as people hold keys, with a pause between each, are typing.

    One alone is not: a busy computer may have made the first key of a scan look like that.
    """
    lone = [len(piece) < 3 and all(is_held(stroke, usual_ms) for stroke in piece) for piece in pieces]
    beside = [
        one and (before or after) for before, one, after in zip([False, *lone], lone, [*lone[1:], False], strict=False)
    ]
    return ["person" if typed else owner for owner, typed in zip(owners, beside, strict=True)]


def _slower(piece: Piece, main: Piece) -> bool:
    slow, usual = median(gaps_of(piece)), median(gaps_of(main))
    return slow > _SLOWER_TIMES * usual and slow - usual > _SLOWER_MS


def _typing_rule(body: Piece, rhythm: Rhythm, *, ended: bool, shortest: int) -> str:
    """Why the row is a person's; empty when it is a scanner's."""
    if len(body) < shortest:
        return "short"
    if len({(stroke.text, stroke.position) for stroke in body}) == 1:
        return "repeat"
    hold = usual_hold(body)
    if (hold or 0.0) > _PERSON_HOLD_MS:
        return "held"
    if not rhythm.rule or (hold is None and rhythm.rule != "machine" and not _is_sure(rhythm)):
        return "slow"
    return "" if ended or rhythm.rule == "machine" else "no_enter"


def _is_sure(rhythm: Rhythm) -> bool:
    """Where nobody tells how keys are held: the fastest typists roll keys as fast as a radio scanner, but unevenly."""
    return rhythm.keys >= _MANY and rhythm.spread_ms <= _EVEN_MS


def _trouble(owners: Sequence[str], body: Piece) -> str:
    """Why the scan can't be believed: two hands or two scanners show in keys that overlap."""
    usual = usual_hold(body)
    seen = usual is not None
    if "person" in owners or (seen and any(one.overlaps or is_held(one, usual) for one in body)):
        return "scan_mixed"
    return "scan_doubtful" if "unknown" in owners else ""


def _aside(body: Piece) -> tuple[Stroke, ...]:
    usual = usual_hold(body)
    return tuple(stroke for stroke in body if is_held(stroke, usual) or covers(stroke, body))
