"""Where a term starts: the ladder of dates, first that is known and possible, and the restart by an exchange."""

from datetime import date, timedelta

import msgspec

from core.warranty.facts import Case, RegisteredUnit
from core.warranty.policy import WITHOUT_DOCUMENT, ExchangeRule, Policy, Rung
from core.warranty.verdict import ProofStep


class Start(msgspec.Struct, frozen=True):
    """The first day of a term, the rung it came from (None: an exchange) and the steps that led there."""

    day: date
    rung: Rung | None
    steps: tuple[ProofStep, ...]

    @property
    def documented(self) -> bool:
        """Tell whether a paper, a report or an exchange proves the day, rather than the factory's own dates."""
        return self.rung not in WITHOUT_DOCUMENT


def dates_by_rung(case: Case, unit: RegisteredUnit) -> dict[Rung, date | None]:
    """Return the date each rung would give. Papers with a problem give none; the registry's installation goes first."""
    papers = case.documents
    trusted = not papers.problems
    return {
        Rung.INSTALLATION: unit.installed or (papers.installation_date if trusted else None),
        Rung.INVOICE: papers.invoice_date if trusted else None,
        Rung.WARRANTY_CARD: papers.warranty_card_date if trusted else None,
        Rung.REGISTRATION: unit.registered,
        Rung.DEALER_SALE: unit.sold,
        Rung.SHIPPED: unit.shipped,
        Rung.MADE: unit.made,
    }


def start_of(case: Case, unit: RegisteredUnit, policy: Policy) -> Start | None:
    """Return the start of the policy's term for the unit, or None when no date can be proved."""
    if policy.exchange_rule is ExchangeRule.RESTART and unit.exchange_of and unit.exchanged_on:
        facts = {"day": unit.exchanged_on.isoformat(), "serial": unit.exchange_of}
        return Start(unit.exchanged_on, None, (ProofStep("start.exchange", dict(facts)),))
    dates = dates_by_rung(case, unit)
    steps: list[ProofStep] = []
    for rung in policy.ladder:
        day = dates[rung]
        if day is None:
            continue
        if not _possible(day, case, unit):
            steps.append(ProofStep(f"ignored.{rung}", {"day": day.isoformat()}))
            continue
        return _begin(rung, day, policy, steps)
    return None


def _possible(day: date, case: Case, unit: RegisteredUnit) -> bool:
    return day <= case.day and (unit.made is None or day >= unit.made)


def _begin(rung: Rung, day: date, policy: Policy, steps: list[ProofStep]) -> Start:
    later = policy.no_document_days if rung in WITHOUT_DOCUMENT else 0
    begin = day + timedelta(days=later)
    facts: dict[str, str | int] = {"day": day.isoformat()}
    if rung in WITHOUT_DOCUMENT:
        facts |= {"days": later, "from_day": begin.isoformat()}
    return Start(begin, rung, (*steps, ProofStep(f"start.{rung}", facts)))
