"""Where a term starts: the ladder of dates, first that is known and possible, and the restart by an exchange."""

from datetime import date, timedelta

import msgspec

from core.warranty.facts import Case, Holder, RegisteredUnit
from core.warranty.policy import WITHOUT_DOCUMENT, ExchangeRule, NoDocument, Policy, Rung
from core.warranty.term import add_months
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
    if case.holder is Holder.DEALER:
        return _in_stock(unit)
    if policy.exchange_rule is ExchangeRule.RESTART and unit.exchange_of and unit.exchanged_on:
        facts = {"day": unit.exchanged_on.isoformat(), "serial": unit.exchange_of}
        return Start(unit.exchanged_on, None, (ProofStep("start.exchange", dict(facts)),))
    bought = case.bought or unit
    carried = [] if not case.predecessors else [ProofStep("start.carried", {"serial": bought.serial})]
    return _on_ladder(case, bought, policy, carried)


def _in_stock(unit: RegisteredUnit) -> Start | None:
    """Return the day from which a dealer's unsold unit is repaired free: shipped, else made."""
    day = unit.shipped or unit.made
    return Start(day, None, (ProofStep("start.dealer_stock", {"day": day.isoformat()}),)) if day else None


def _on_ladder(case: Case, unit: RegisteredUnit, policy: Policy, steps: list[ProofStep]) -> Start | None:
    """Return the start by the first rung whose date is known and possible."""
    dates = dates_by_rung(case, unit)
    rule = policy.without_document(case.brand)
    for rung in policy.ladder:
        day = dates[rung]
        if day is None or (rung in WITHOUT_DOCUMENT and rule.needs_paper):
            continue
        if not _possible(day, case):
            steps.append(ProofStep(f"ignored.{rung}", {"day": day.isoformat()}))
            continue
        return _begin(rung, day, rule, steps)
    return None


def _possible(day: date, case: Case) -> bool:
    return day <= case.day and (case.made is None or day >= case.made)


def _begin(rung: Rung, day: date, rule: NoDocument, steps: list[ProofStep]) -> Start:
    if rung not in WITHOUT_DOCUMENT:
        return Start(day, rung, (*steps, ProofStep(f"start.{rung}", {"day": day.isoformat()})))
    begin = add_months(day, rule.months) + timedelta(days=rule.days)
    facts: dict[str, str | int] = {"day": day.isoformat(), "days": rule.days, "from_day": begin.isoformat()}
    later = "_months" if rule.months else ""
    if rule.months:
        facts["months"] = rule.months
    return Start(begin, rung, (*steps, ProofStep(f"start.{rung}{later}", facts)))
