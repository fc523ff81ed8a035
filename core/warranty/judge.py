"""The warranty verdict: a pure function of the unit's record, the papers, the repairs, the policies and the day."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from core.warranty.campaign import Campaign
from core.warranty.covers import Term, covers_of, in_force, ref, starts_of
from core.warranty.facts import Case, Holder, RegisteredUnit, RegistryState
from core.warranty.grants import Grant, grants_of, with_grants
from core.warranty.policy import Policy
from core.warranty.remedies import Right, Standing, depreciation_rate, rights_of
from core.warranty.screen import contradictions, exclusions, retired
from core.warranty.start import Start
from core.warranty.term import NO_HOLIDAYS, Holidays
from core.warranty.verdict import WHOLE_UNIT, Cover, Grantor, Outcome, ProofStep, Reason, Verdict


def judge(
    case: Case,
    policies: Sequence[Policy],
    holidays: Holidays = NO_HOLIDAYS,
    campaigns: Sequence[Campaign] = (),
) -> Verdict:
    """Return the verdict of a case. Same arguments, same verdict; it names the policy versions it used.

    Never raises for strange facts: what contradicts itself becomes `needs_review` with the reasons.
    """
    unit = case.unit
    if unit is None:
        return _unknown(case)
    return _judged(_weigh(case, unit, policies, holidays, campaigns), holidays)


def rights_in(
    case: Case,
    policies: Sequence[Policy],
    holidays: Holidays = NO_HOLIDAYS,
    campaigns: Sequence[Campaign] = (),
) -> list[Right]:
    """Return the rights of a case that are open or come; the open ones are the verdict's remedies."""
    unit = case.unit
    return [] if unit is None else _rights(_weigh(case, unit, policies, holidays, campaigns), holidays)


class _Weighed(NamedTuple):
    """What was found out about a case."""

    case: Case
    begun: list[tuple[Policy, Start | None]]
    terms: list[Term]
    grants: list[Grant]
    covers: dict[str, Cover]
    steps: list[ProofStep]
    outcome: Outcome
    reasons: list[Reason]
    barred: bool
    excluded: bool


def _weigh(
    case: Case, unit: RegisteredUnit, policies: Sequence[Policy], holidays: Holidays, campaigns: Sequence[Campaign]
) -> _Weighed:
    begun = starts_of(case, unit, policies)
    terms = in_force(begun, case.brand)
    promised, steps = covers_of(case, terms, holidays)
    grants, excluded = grants_of(case, unit, campaigns), bool(exclusions(case))
    covers = with_grants({} if excluded and grants else promised, grants)
    outcome, reasons = _outcome(case, unit, covers, _missing_term(case, begun, terms), granted=bool(grants))
    barred = bool(retired(case, unit)) or outcome is Outcome.NEEDS_REVIEW or (excluded and not grants)
    return _Weighed(case, begun, terms, grants, covers, steps, outcome, reasons, barred, excluded)


def _rights(found: _Weighed, holidays: Holidays) -> list[Right]:
    if found.barred:
        return []
    terms = [] if found.excluded else found.terms
    return rights_of(found.case, found.outcome, found.covers, terms, holidays)


def _judged(found: _Weighed, holidays: Holidays) -> Verdict:
    case, whole = found.case, found.covers.get(WHOLE_UNIT)
    over = (case.day - whole.to_day).days if whole else 0
    rights = _rights(found, holidays)
    return Verdict(
        model=case.model,
        serial=case.serial,
        day=case.day,
        outcome=found.outcome,
        registry=case.registry,
        start=whole.from_day if whole and case.holder is Holder.CUSTOMER else None,
        covers=tuple(found.covers.values()),
        reasons=(*found.reasons, *_notes(case, found.begun, found.terms)),
        proof=(*found.steps, *(grant.step for grant in found.grants)),
        remedies=tuple(right.remedy for right in rights if right.standing is Standing.OPEN),
        days_over=over if over > 0 else None,
        depreciation_bp=depreciation_rate(found.terms),
        policies=(*(ref(term.policy) for term in found.terms), *(grant.ref for grant in found.grants)),
    )


def _unknown(case: Case) -> Verdict:
    """Judge a unit that the registry does not show: only a complete registry proves that it does not exist."""
    complete = case.registry is RegistryState.COMPLETE
    reason = (
        Reason("not_in_registry", {"serial": case.serial, "model": case.model})
        if complete
        else Reason("registry_incomplete")
    )
    outcome = Outcome.NOT_RECOGNISED if complete else Outcome.NEEDS_REVIEW
    return Verdict(
        model=case.model,
        serial=case.serial,
        day=case.day,
        outcome=outcome,
        registry=case.registry,
        reasons=(reason,),
    )


def _notes(case: Case, begun: Sequence[tuple[Policy, Start | None]], terms: Sequence[Term]) -> list[Reason]:
    """Add what a person should know besides: a registry that may lack a later entry, a term that no paper proves."""
    notes: list[Reason] = []
    if case.registry is not RegistryState.COMPLETE:
        notes.append(Reason("registry_not_current", decides=False))
    if terms and case.holder is Holder.CUSTOMER and any(term.repair_only for term in terms):
        notes.append(Reason("repair_only_without_document", decides=False))
    if terms and _needs_paper(case, begun):
        notes.append(Reason("paper_would_help", decides=False))
    coming = [one for one in case.contracts if one.from_day > case.day]
    notes += [Reason("contract_begins", {"name": one.name, "day": one.from_day.isoformat()}, False) for one in coming]
    return notes


def _needs_paper(case: Case, begun: Sequence[tuple[Policy, Start | None]]) -> bool:
    """Tell whether a policy would give a term if a paper were shown."""
    return any(start is None and policy.without_document(case.brand).needs_paper for policy, start in begun)


def _missing_term(
    case: Case, begun: Sequence[tuple[Policy, Start | None]], terms: Sequence[Term]
) -> tuple[Outcome, Reason] | None:
    """Say why no policy gives a term, or None when one does."""
    if terms:
        return None
    if not begun:
        if case.holder is Holder.DEALER:
            return Outcome.OUT_OF_WARRANTY, Reason("stock_not_covered")
        facts: dict[str, str | int] = {"product_class": case.product_class, "brand": case.brand}
        return Outcome.NEEDS_REVIEW, Reason("no_policy", facts)
    days = [start.day for _, start in begun if start]
    if days:
        return Outcome.NEEDS_REVIEW, Reason("no_policy_in_force", {"day": min(days).isoformat()})
    if _needs_paper(case, begun):
        return Outcome.NEEDS_REVIEW, Reason("paper_needed")
    return Outcome.OUT_OF_WARRANTY, Reason("no_provable_date")


def _outcome(
    case: Case,
    unit: RegisteredUnit,
    covers: dict[str, Cover],
    missing: tuple[Outcome, Reason] | None,
    *,
    granted: bool,
) -> tuple[Outcome, list[Reason]]:
    """Weigh the reasons: a unit taken out of use, contradictions, exclusions, no term, and only then the dates.

    What was granted (a recall, a contract) stands whatever speaks against the law's and the promises' terms.
    """
    if gone := retired(case, unit):
        return Outcome.OUT_OF_WARRANTY, gone
    doubts, excluded = contradictions(case, unit), exclusions(case)
    if doubts:
        return Outcome.NEEDS_REVIEW, doubts + excluded
    against = excluded or ([missing[1]] if missing else [])
    if against and not granted:
        return missing[0] if missing and not excluded else Outcome.OUT_OF_WARRANTY, against
    outcome, reasons = _by_dates(case, covers)
    if against and outcome is Outcome.OUT_OF_WARRANTY:  # what was granted has ended
        return missing[0] if missing and not excluded else outcome, against
    return outcome, [*reasons, *(msgspec.structs.replace(reason, decides=False) for reason in against)]


#: Which reason tells that the whole unit is covered, by who grants it; the law and promises have `in_term`.
_IN_TERM = {Grantor.CONTRACT: "in_contract", Grantor.RECALL: "in_recall", Grantor.GOODWILL: "in_goodwill"}
#: The same of a part, by why it is covered.
_PART_IN_TERM = {
    "replaced_part": "replaced_part_in_term",
    "grant.contract": "part_in_contract",
    "grant.recall": "part_in_recall",
    "grant.goodwill": "part_in_goodwill",
}


def _by_dates(case: Case, covers: dict[str, Cover]) -> tuple[Outcome, list[Reason]]:
    """Judge by the covers' last days; without a cover of the whole unit only its parts count."""
    whole, today = covers.get(WHOLE_UNIT), case.day
    if whole is not None and today <= whole.to_day:
        rule = "dealer_stock" if case.holder is Holder.DEALER else "in_term"
        return Outcome.IN_WARRANTY, [Reason(_named(whole, rule), {"to_day": whole.to_day.isoformat()})]
    parts = [cover for cover in covers.values() if cover.part != WHOLE_UNIT]
    running = [cover for cover in parts if today <= cover.to_day]
    if running:
        return Outcome.MAIN_PARTS_ONLY, [_part_reason(cover, whole) for cover in running]
    if whole is None:
        return Outcome.OUT_OF_WARRANTY, []
    reasons = [Reason("expired", {"to_day": whole.to_day.isoformat(), "days": (today - whole.to_day).days})]
    if parts:
        last = max(cover.to_day for cover in parts)
        reasons.append(Reason("main_parts_expired_too", {"to_day": last.isoformat()}))
    return Outcome.OUT_OF_WARRANTY, reasons


def _named(cover: Cover, rule: str) -> str:
    return _IN_TERM.get(cover.by, rule) if cover.by else rule


def _part_reason(cover: Cover, whole: Cover | None) -> Reason:
    facts: dict[str, str | int] = {"part": cover.part, "to_day": cover.to_day.isoformat()}
    if cover.why in _PART_IN_TERM:
        return Reason(_PART_IN_TERM[cover.why], facts)
    ended = whole.to_day.isoformat() if whole else ""
    return Reason("main_part_in_term", facts | {"whole_to_day": ended})
