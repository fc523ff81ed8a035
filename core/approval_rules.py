"""Who decides what is asked: rules as data give the level, people have limits and deputies, time takes it upward."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from core.refusals import Refusal
from core.roles import PlaceKind
from core.rows.access import Rows
from core.rows.orders import ApprovalKind, ApprovalLevel, ApprovalRequest
from core.rows.people import Deputy, Person, Place

LEVELS = tuple(ApprovalLevel)
_LEVEL_OF = {
    PlaceKind.STATION: ApprovalLevel.STATION_LEAD,
    PlaceKind.BRANCH: ApprovalLevel.BRANCH,
    PlaceKind.HQ: ApprovalLevel.HEADQUARTERS,
}


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One level decides up to and including ``up_to`` (fen or days; None: whatever it is) within ``hours``."""

    level: ApprovalLevel
    up_to: Annotated[int, Meta(ge=0)] | None = None
    hours: Annotated[int, Meta(ge=1, le=24 * 365)]


class ApprovalRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who decides a kind of request by one measure; of several rules of a kind the highest level counts."""

    kind: ApprovalKind
    measure: Literal["amount_fen", "days_over"]
    steps: Annotated[tuple[Step, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        """Levels rise, and so do their bounds; the last one bounds nothing: somebody can decide each request."""
        levels = [LEVELS.index(step.level) for step in self.steps]
        bounds = [step.up_to for step in self.steps]
        inner = [bound for bound in bounds[:-1] if bound is not None]
        if levels != sorted(set(levels)) or bounds[-1] is not None or len(inner) != len(bounds) - 1:
            raise ValueError("steps rise in level, and only the last one has no bound")
        if inner != sorted(set(inner)):
            raise ValueError("steps rise in level and bound")

    def step(self, amount_fen: int, days_over: int) -> Step:
        """The first step whose bound holds the request."""
        asked = amount_fen if self.measure == "amount_fen" else days_over
        return next(step for step in self.steps if step.up_to is None or asked <= step.up_to)


class Due(NamedTuple):
    """Which level decides, and until when it should have."""

    level: ApprovalLevel
    answer_by: datetime


#: What counts where headquarters has given no rule for the kind.
_UNRULED = Step(level=ApprovalLevel.BRANCH, hours=48)


def due(rules: Iterable[ApprovalRule], kind: ApprovalKind, amount_fen: int, days_over: int, at: datetime) -> Due:
    """Who decides a request made at ``at``, and by when (hours of the clock)."""
    steps = [rule.step(amount_fen, days_over) for rule in rules if rule.kind is kind] or [_UNRULED]
    highest = max(steps, key=lambda step: (LEVELS.index(step.level), -step.hours))
    return Due(highest.level, at + timedelta(hours=highest.hours))


def due_again(rules: Iterable[ApprovalRule], request: ApprovalRequest, at: datetime) -> Due:
    """Who decides a request that goes up again at ``at``: never below the level that it had come to."""
    first = due(rules, request.kind, request.amount_fen, request.days_over, at)
    if LEVELS.index(first.level) >= LEVELS.index(request.level):
        return first
    steps = [step for rule in rules if rule.kind is request.kind for step in rule.steps]
    hours = min((step.hours for step in steps if step.level is request.level), default=_UNRULED.hours)
    return Due(request.level, at + timedelta(hours=hours))


def next_due(rules: Iterable[ApprovalRule], request: ApprovalRequest, at: datetime) -> Due | None:
    """Who decides when the present level has not until now: the next higher one its rules know, or None at the top."""
    here = LEVELS.index(request.level)
    steps = [step for rule in rules if rule.kind is request.kind for step in rule.steps]
    above = [step for step in steps if LEVELS.index(step.level) > here]
    if request.answer_by is None or at <= request.answer_by or not above:
        return None
    step = min(above, key=lambda one: (LEVELS.index(one.level), one.hours))
    return Due(step.level, at + timedelta(hours=step.hours))


def limit_of(person: Person, people: Sequence[Person], deputies: Iterable[Deputy], day: date) -> int | None:
    """What the person may decide, in fen (None: no limit): their own limit, or that of somebody they stand in for."""
    stands_for = {
        one.person_id for one in deputies if one.deputy_id == person.id and one.first_day <= day <= one.last_day
    }
    limits = [person.approval_limit_fen]
    limits += [one.approval_limit_fen for one in people if one.id in stands_for and one.active]
    known = [limit for limit in limits if limit is not None]
    return max(known) if len(known) == len(limits) else None


def check_may_decide(rows: Rows, request: ApprovalRequest, person_id: str, day: date) -> None:
    """Raises Refusal ``approval_above_level`` or ``approval_above_limit`` unless this person may decide it."""
    person = rows.get(Person, person_id)
    place = rows.get(Place, person.place_id) if person else None
    level = _LEVEL_OF.get(place.kind) if place else None
    if person is None or level is None or LEVELS.index(level) < LEVELS.index(request.level):
        raise Refusal("approval_above_level", level=request.level.value)
    people = rows.find(Person, place_id=person.place_id)
    limit = limit_of(person, people, rows.find(Deputy, place_id=person.place_id), day)
    if limit is not None and request.amount_fen > limit:
        raise Refusal("approval_above_limit", limit_fen=limit, amount_fen=request.amount_fen)
