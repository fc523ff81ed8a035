"""Covers: which policy versions apply to a unit, from when, and how long each part of it is covered."""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from core.warranty.facts import Case, Holder, RegisteredUnit, RepairSpan, SpanKind
from core.warranty.policy import ExchangeRule, NoDocument, Policy, applicable, by_id
from core.warranty.start import Start, start_of
from core.warranty.term import NO_HOLIDAYS, Holidays, end_of_term, merged
from core.warranty.verdict import WHOLE_UNIT, Cover, Grantor, PolicyRef, ProofStep


class Term(msgspec.Struct, frozen=True):
    """One policy version that applies, with the start it gives this unit."""

    policy: Policy
    start: Start

    brand: str = ""

    @property
    def repair_only(self) -> bool:
        """Tell whether, lacking any paper, nothing but a repair can be asked for."""
        return self.policy.without_document(self.brand).repair_only and not self.start.documented


def starts_of(case: Case, unit: RegisteredUnit, policies: Sequence[Policy]) -> list[tuple[Policy, Start | None]]:
    """Return every policy version made for this unit with the start its own ladder gives."""
    fitting = applicable(policies, case.product_class, case.brand, case.region or unit.region)
    if case.holder is Holder.DEALER:
        fitting = [_for_stock(policy) for policy in fitting if policy.dealer_stock_months]
    return [(policy, start_of(case, unit, policy)) for policy in fitting]


def _for_stock(policy: Policy) -> Policy:
    """Return the policy as it treats a dealer's unsold unit: one term for all of it, and no customer's remedies."""
    rule = (NoDocument(repair_only=True),)
    return msgspec.structs.replace(
        policy, whole_months=policy.dealer_stock_months, main_parts=(), no_document=rule, replaced_part_days=0
    )


def in_force(begun: Sequence[tuple[Policy, Start | None]], brand: str = "") -> list[Term]:
    """Of each policy take the newest version that was in force when the term it gives began."""
    starts = {(policy.id, policy.version): start for policy, start in begun}
    terms: list[Term] = []
    for versions in by_id([policy for policy, _ in begun]).values():
        for policy in versions:
            start = starts[policy.id, policy.version]
            if start is not None and start.day >= policy.in_force_from:
                terms.append(Term(policy, start, brand))
                break
    return terms


def covers_of(case: Case, terms: Sequence[Term], holidays: Holidays) -> tuple[dict[str, Cover], list[ProofStep]]:
    """Return the longest cover of the whole unit and of each main part, and the steps that prove them.

    A policy that does not name a part class gives it the whole unit's months.
    """
    steps = [step for term in terms for step in term.start.steps]
    covers: dict[str, Cover] = {}
    for part in _parts(case, terms):
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


def _parts(case: Case, terms: Sequence[Term]) -> list[str]:
    """Return the whole unit and every class with a term of its own: main parts, and parts put in by a repair."""
    if not terms:
        return []
    classes = {part.part_class for term in terms for part in term.policy.main_parts}
    if any(term.policy.replaced_part_days for term in terms):
        classes |= {fitted.part_class for fitted in case.fitted if fitted.fitted_on <= case.day}
    return [WHOLE_UNIT, *sorted(classes)]


def _months(policy: Policy, part: str) -> int:
    return next((main.months for main in policy.main_parts if main.part_class == part), policy.whole_months)


def _cover(case: Case, term: Term, part: str, holidays: Holidays) -> Cover:
    policy = term.policy
    stretches = merged((span for span in case.history if _adds_days(span, policy)), case.day)
    calendar = holidays if policy.roll_holidays else NO_HOLIDAYS
    to_day, added = end_of_term(term.start.day, _months(policy, part), stretches, calendar)
    cover = Cover(
        part=part,
        from_day=term.start.day,
        to_day=to_day,
        days_added=added,
        policy=ref(policy),
        why=term.start.steps[-1].rule,
        by=Grantor(policy.source),
    )
    return _carried_over(case, cover, policy, calendar)


def _adds_days(span: RepairSpan, policy: Policy) -> bool:
    """Tell whether the policy adds the span's days; an earlier unit's count where the first term is carried on."""
    if span.earlier_unit and policy.exchange_rule is not ExchangeRule.CARRY:
        return False
    if span.kind is SpanKind.REPAIR:
        return policy.add_repair_days
    return policy.add_waiting_days and span.kind is SpanKind.WAITING_PARTS


def _carried_over(case: Case, cover: Cover, policy: Policy, calendar: Holidays) -> Cover:
    """Return the cover of a part that was put in: what is left of its class's term, or the days after the repair."""
    for fitted in case.fitted:
        if fitted.part_class != cover.part or fitted.fitted_on > case.day or not policy.replaced_part_days:
            continue
        last = calendar.roll(fitted.fitted_on + timedelta(days=policy.replaced_part_days))
        if last > cover.to_day:
            cover = msgspec.structs.replace(
                cover, from_day=fitted.fitted_on, to_day=last, days_added=0, why="replaced_part"
            )
    return cover


def whole_end(case: Case, term: Term, holidays: Holidays) -> date:
    """Return the last day on which this policy alone covers the whole unit."""
    return _cover(case, term, WHOLE_UNIT, holidays).to_day


def _cover_step(cover: Cover, term: Term, part: str) -> ProofStep:
    if cover.why == "replaced_part":
        days = term.policy.replaced_part_days
        return ProofStep(
            "replaced_part",
            {"part": part, "day": cover.from_day.isoformat(), "days": days, "to_day": cover.to_day.isoformat()},
        )
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
