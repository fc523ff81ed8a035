"""Covers: which policy versions apply to a unit, from when, and how long each part of it is covered."""

from collections.abc import Sequence

import msgspec

from core.warranty.facts import Case, RegisteredUnit, SpanKind
from core.warranty.policy import Policy, applicable, by_id
from core.warranty.start import Start, start_of
from core.warranty.term import NO_HOLIDAYS, Holidays, end_of_term, merged
from core.warranty.verdict import WHOLE_UNIT, Cover, PolicyRef, ProofStep


class Term(msgspec.Struct, frozen=True):
    """One policy version that applies, with the start it gives this unit."""

    policy: Policy
    start: Start

    @property
    def repair_only(self) -> bool:
        """Tell whether, lacking any paper, nothing but a repair can be asked for."""
        return self.policy.no_document_repair_only and not self.start.documented


def starts_of(case: Case, unit: RegisteredUnit, policies: Sequence[Policy]) -> list[tuple[Policy, Start | None]]:
    """Return every policy version made for this unit with the start its own ladder gives."""
    fitting = applicable(policies, case.product_class, case.brand, case.region or unit.region)
    return [(policy, start_of(case, unit, policy)) for policy in fitting]


def in_force(begun: Sequence[tuple[Policy, Start | None]]) -> list[Term]:
    """Of each policy take the newest version that was in force when the term it gives began."""
    starts = {(policy.id, policy.version): start for policy, start in begun}
    terms: list[Term] = []
    for versions in by_id([policy for policy, _ in begun]).values():
        for policy in versions:
            start = starts[policy.id, policy.version]
            if start is not None and start.day >= policy.in_force_from:
                terms.append(Term(policy, start))
                break
    return terms


def covers_of(case: Case, terms: Sequence[Term], holidays: Holidays) -> tuple[dict[str, Cover], list[ProofStep]]:
    """Return the longest cover of the whole unit and of each main part, and the steps that prove them.

    A policy that does not name a part class gives it the whole unit's months.
    """
    steps = [step for term in terms for step in term.start.steps]
    covers: dict[str, Cover] = {}
    for part in _parts(terms):
        offers = [_cover(case, term, part, holidays) for term in terms]
        steps += [_cover_step(offer, term, part) for offer, term in zip(offers, terms, strict=True)]
        best = max(offers, key=lambda offer: offer.to_day)
        if best.days_added:
            steps.append(ProofStep("days_added", {"part": part, "days": best.days_added}))
        if len(offers) > 1:
            steps.append(ProofStep("longer_wins", {"part": part, "policy": best.policy.id}))
        covers[part] = best
    return covers, list(_unique(steps))


def _unique(steps: Sequence[ProofStep]) -> list[ProofStep]:
    kept: list[ProofStep] = []
    for step in steps:
        if step not in kept:
            kept.append(step)
    return kept


def _parts(terms: Sequence[Term]) -> list[str]:
    if not terms:
        return []
    classes = {part.part_class for term in terms for part in term.policy.main_parts}
    return [WHOLE_UNIT, *sorted(classes)]


def _months(policy: Policy, part: str) -> int:
    return next((main.months for main in policy.main_parts if main.part_class == part), policy.whole_months)


def _cover(case: Case, term: Term, part: str, holidays: Holidays) -> Cover:
    policy = term.policy
    kinds = {SpanKind.REPAIR: policy.add_repair_days, SpanKind.WAITING_PARTS: policy.add_waiting_days}
    stretches = merged([span for span in case.history if kinds[span.kind]], case.day)
    calendar = holidays if policy.roll_holidays else NO_HOLIDAYS
    to_day, added = end_of_term(term.start.day, _months(policy, part), stretches, calendar)
    return Cover(
        part=part,
        from_day=term.start.day,
        to_day=to_day,
        days_added=added,
        policy=ref(policy),
        why=term.start.steps[-1].rule,
    )


def _cover_step(cover: Cover, term: Term, part: str) -> ProofStep:
    rule = "term" if part == WHOLE_UNIT else "part_term"
    facts: dict[str, str | int] = {
        "months": _months(term.policy, part),
        "to_day": cover.to_day.isoformat(),
        "policy": term.policy.id,
        "version": term.policy.version,
    }
    return ProofStep(f"{rule}.{term.policy.source}", facts if part == WHOLE_UNIT else facts | {"part": part})


def ref(policy: Policy) -> PolicyRef:
    """Name a policy version."""
    return PolicyRef(policy.id, policy.version)


def policy_of(whole: Cover, terms: Sequence[Term]) -> Policy:
    """Return the policy a cover rests on."""
    return next(term.policy for term in terms if ref(term.policy) == whole.policy)
