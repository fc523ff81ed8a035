"""The warranty verdict: a pure function of the unit's record, the papers, the repairs, the policies and the day."""

from collections.abc import Sequence
from datetime import date

from core.warranty.covers import Term, covers_of, in_force, policy_of, ref, starts_of
from core.warranty.facts import Case, RegisteredUnit, RegistryState
from core.warranty.policy import Policy
from core.warranty.remedies import open_remedies
from core.warranty.screen import contradictions, exclusions, retired
from core.warranty.start import Start
from core.warranty.term import NO_HOLIDAYS, Holidays
from core.warranty.verdict import WHOLE_UNIT, Cover, Outcome, Reason, Remedy, Verdict


def judge(case: Case, policies: Sequence[Policy], holidays: Holidays = NO_HOLIDAYS) -> Verdict:
    """Return the verdict of a case. Same arguments, same verdict; it names the policy versions it used.

    Never raises for strange facts: what contradicts itself becomes `needs_review` with the reasons.
    """
    unit = case.unit
    if unit is None:
        return _unknown(case)
    begun = starts_of(case, unit, policies)
    terms = in_force(begun)
    covers, steps = covers_of(case, terms, holidays)
    outcome, reasons = _outcome(case, unit, covers, _missing_term(case, begun, terms))
    barred = bool(retired(case, unit) or exclusions(case) or outcome is Outcome.NEEDS_REVIEW)
    remedies = [] if barred else _remedies(case, outcome, covers, terms, holidays)
    whole = covers.get(WHOLE_UNIT)
    over = (case.day - whole.to_day).days if whole else 0
    return Verdict(
        model=case.model,
        serial=case.serial,
        day=case.day,
        outcome=outcome,
        registry=case.registry,
        start=whole.from_day if whole else None,
        covers=tuple(covers.values()),
        reasons=(*reasons, *_notes(case, terms)),
        proof=tuple(steps),
        remedies=tuple(remedies),
        days_over=over if over > 0 else None,
        depreciation_bp=policy_of(whole, terms).depreciation_bp_per_day if whole else None,
        policies=tuple(ref(term.policy) for term in terms),
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


def _notes(case: Case, terms: Sequence[Term]) -> list[Reason]:
    """Add what a person should know besides: a registry that may lack a later entry, a term that no paper proves."""
    notes: list[Reason] = []
    if case.registry is not RegistryState.COMPLETE:
        notes.append(Reason("registry_not_current", decides=False))
    if any(term.repair_only for term in terms):
        notes.append(Reason("repair_only_without_document", decides=False))
    return notes


def _remedies(
    case: Case, outcome: Outcome, covers: dict[str, Cover], terms: Sequence[Term], holidays: Holidays
) -> list[Remedy]:
    whole = covers.get(WHOLE_UNIT)
    if whole is None:
        return []
    term = next(term for term in terms if ref(term.policy) == whole.policy)
    return open_remedies(case, outcome, tuple(covers.values()), term, holidays)


def _missing_term(
    case: Case, begun: Sequence[tuple[Policy, Start | None]], terms: Sequence[Term]
) -> tuple[Outcome, Reason] | None:
    """Say why no policy gives a term, or None when one does."""
    if terms:
        return None
    if not begun:
        facts: dict[str, str | int] = {"product_class": case.product_class, "brand": case.brand}
        return Outcome.NEEDS_REVIEW, Reason("no_policy", facts)
    days = [start.day for _, start in begun if start]
    if not days:
        return Outcome.OUT_OF_WARRANTY, Reason("no_provable_date")
    return Outcome.NEEDS_REVIEW, Reason("no_policy_in_force", {"day": min(days).isoformat()})


def _outcome(
    case: Case, unit: RegisteredUnit, covers: dict[str, Cover], missing: tuple[Outcome, Reason] | None
) -> tuple[Outcome, list[Reason]]:
    """Weigh the reasons: a unit taken out of use, contradictions, exclusions, no term, and only then the dates."""
    if gone := retired(case, unit):
        return Outcome.OUT_OF_WARRANTY, gone
    doubts, excluded = contradictions(case, unit), exclusions(case)
    if doubts:
        return Outcome.NEEDS_REVIEW, doubts + excluded
    if excluded:
        return Outcome.OUT_OF_WARRANTY, excluded
    if missing:
        return missing[0], [missing[1]]
    return _by_dates(covers, case.day)


def _by_dates(covers: dict[str, Cover], today: date) -> tuple[Outcome, list[Reason]]:
    whole = covers[WHOLE_UNIT]
    if today <= whole.to_day:
        return Outcome.IN_WARRANTY, [Reason("in_term", {"to_day": whole.to_day.isoformat()})]
    ended = whole.to_day.isoformat()
    parts = [cover for cover in covers.values() if cover.part != WHOLE_UNIT]
    running = [cover for cover in parts if today <= cover.to_day]
    if running:
        return Outcome.MAIN_PARTS_ONLY, [
            Reason(
                "main_part_in_term",
                {"part": cover.part, "to_day": cover.to_day.isoformat(), "whole_to_day": ended},
            )
            for cover in running
        ]
    reasons = [Reason("expired", {"to_day": ended, "days": (today - whole.to_day).days})]
    if parts:
        last = max(cover.to_day for cover in parts)
        reasons.append(Reason("main_parts_expired_too", {"to_day": last.isoformat()}))
    return Outcome.OUT_OF_WARRANTY, reasons
