"""Candidates for an order: who is left out and why, what is known of each, and the ranking by the weighted table."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

import msgspec

from core.dispatch.criteria import Criteria, Weights
from core.geography import Position, distance_m

_FULL = 100
_FAR_AWAY = 10**9  # sorts what has no distance last among equals


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a station or a technician.

    ``lines``, ``areas`` (names that an address holds; none: everywhere) and ``licence_until`` are the licence;
    ``area_m`` metres. ``people`` share the ``load`` of the day. ``parts``: how many of the likely part are at hand,
    None when no part is likely. ``fixed`` of ``finished`` orders held at the first visit. ``declined``: gave this very
    order back.
    """

    id: str
    code: str
    name: str
    lines: tuple[str, ...] = ()
    licence_until: date | None = None
    areas: tuple[str, ...] = ()
    area_m: int | None = None
    position: Position | None = None
    grade: int | None = None
    active: bool = True
    frozen: bool = False
    reexamination: bool = False
    declined: bool = False
    people: int = 1
    load: int = 0
    parts: int | None = None
    fixed: int = 0
    finished: int = 0


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the order asks for; ``tier`` is the product's (None: unknown), ``visit`` whether somebody must drive."""

    product_class: str
    day: date
    tier: int | None = None
    visit: bool = True
    address: str = ""
    position: Position | None = None


class Mark(NamedTuple):
    """What one criterion gave: 0 to 100 points, and its weight."""

    criterion: str
    points: int
    weight: int


class Candidate(NamedTuple):
    """Somebody with the figures; ``excluded`` tells why they are not offered, ``score`` is of 100 times all weights."""

    facts: Facts
    distance_m: int | None
    tier: int | None
    excluded: tuple[str, ...]
    marks: tuple[Mark, ...]
    score: int

    @property
    def points(self) -> int:
        """The score as 0 to 100, for people."""
        weights = sum(mark.weight for mark in self.marks)
        return self.score // weights if weights else 0


class Ranking(NamedTuple):
    """Those to offer it to, the best first, and those left out."""

    offered: tuple[Candidate, ...]
    excluded: tuple[Candidate, ...]


def ranked(facts: Iterable[Facts], wanted: Wanted, criteria: Criteria, weights: Weights) -> Ranking:
    """Everybody in ``facts``, sorted; the order in which they come does not matter."""
    found = [_candidate(one, wanted, criteria, weights) for one in facts]
    found.sort(key=_place)
    return Ranking(tuple(c for c in found if not c.excluded), tuple(c for c in found if c.excluded))


def _place(candidate: Candidate) -> tuple[Any, ...]:
    """Score first; among equals fewer orders, the nearer one, then their names decide, never the order of input."""
    facts = candidate.facts
    distance = _FAR_AWAY if candidate.distance_m is None else candidate.distance_m
    return -candidate.score, facts.load, distance, facts.code, facts.id


def _candidate(facts: Facts, wanted: Wanted, criteria: Criteria, weights: Weights) -> Candidate:
    apart = distance_m(facts.position, wanted.position) if facts.position and wanted.position else None
    points = _points(facts, wanted, apart, criteria)
    marks = tuple(Mark(name, points[name], weight) for name, weight in msgspec.structs.asdict(weights).items())
    score = sum(mark.points * mark.weight for mark in marks)
    return Candidate(facts, apart, wanted.tier, _excluded(facts, wanted, apart), marks, score)


def _excluded(facts: Facts, wanted: Wanted, apart: int | None) -> tuple[str, ...]:
    reasons = {
        "inactive": not facts.active,
        "frozen": facts.frozen,
        "reexamination": facts.reexamination,
        "not_licensed": wanted.product_class not in facts.lines,
        "licence_expired": facts.licence_until is not None and facts.licence_until < wanted.day,
        "outside_area": wanted.visit and _is_outside(facts, wanted, apart),
        "declined": facts.declined,
        "nobody": facts.people < 1,
    }
    return tuple(name for name, holds in reasons.items() if holds)


def _is_outside(facts: Facts, wanted: Wanted, apart: int | None) -> bool:
    """An address in none of the areas, or one farther away than the area reaches."""
    named = bool(facts.areas) and not any(area in wanted.address for area in facts.areas)
    return named or (apart is not None and facts.area_m is not None and apart > facts.area_m)


def _points(facts: Facts, wanted: Wanted, apart: int | None, criteria: Criteria) -> Mapping[str, int]:
    unknown = criteria.unknown
    return {
        "licence": _licence(facts, wanted, criteria),
        "distance": unknown if apart is None else _FULL * max(0, criteria.far_m - apart) // criteria.far_m,
        "grade": unknown if facts.grade is None or wanted.tier is None else _grade(facts.grade - wanted.tier, criteria),
        "load": _room(facts, criteria),
        "parts": unknown if facts.parts is None else _FULL * (facts.parts > 0),
        "fix": _fix(facts, criteria),
    }


def _licence(facts: Facts, wanted: Wanted, criteria: Criteria) -> int:
    if facts.licence_until is None:
        return _FULL
    days = max(0, (facts.licence_until - wanted.day).days)
    return _FULL * min(days, criteria.licence_days) // criteria.licence_days


def _grade(above: int, criteria: Criteria) -> int:
    """A grade below the product's tier is a risk; one above it is missed elsewhere."""
    return max(0, _FULL - (criteria.above_tier * above if above > 0 else -criteria.below_tier * above))


def _room(facts: Facts, criteria: Criteria) -> int:
    full = criteria.full_load * max(1, facts.people)
    return _FULL * max(0, full - facts.load) // full


def _fix(facts: Facts, criteria: Criteria) -> int:
    whole = facts.finished + criteria.fix_prior
    return (_FULL * facts.fixed + criteria.unknown * criteria.fix_prior) // whole if whole else criteria.unknown
