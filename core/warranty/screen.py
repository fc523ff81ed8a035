"""What is weighed before any term: units out of use, facts that contradict each other, and exclusions."""

from datetime import date

from core.warranty.facts import Case, Holder, RegisteredUnit, UnitStatus
from core.warranty.verdict import Reason


def retired(case: Case, unit: RegisteredUnit) -> list[Reason]:
    """Return why a unit has no warranty of its own any more: exchanged out by that day, or scrapped."""
    if unit.status is UnitStatus.SCRAPPED:
        return [Reason("unit_scrapped")]
    if unit.status is not UnitStatus.EXCHANGED_OUT:
        return []
    if unit.exchanged_on is None:
        return [Reason("unit_exchanged_out_undated")]
    if case.day < unit.exchanged_on:
        return []
    return [Reason("unit_exchanged_out", {"day": unit.exchanged_on.isoformat()})]


def contradictions(case: Case, unit: RegisteredUnit) -> list[Reason]:
    """Return the facts that cannot all be true: another model, or a date before manufacture or after the day."""
    found: list[Reason] = []
    if case.model != unit.model:
        found.append(Reason("model_mismatch", {"registered": unit.model, "model": case.model}))
    if unit.made is not None and case.day < unit.made:
        facts: dict[str, str | int] = {"day": case.day.isoformat(), "made": unit.made.isoformat()}
        found.append(Reason("day_before_manufacture", facts))
    for name, day in _paper_dates(case):
        found.extend(_paper_doubts(name, day, case.day, case.made))
    return found + _sold_stock(case, unit)


def _sold_stock(case: Case, unit: RegisteredUnit) -> list[Reason]:
    """Return the doubt about a dealer's unit that the registry or a paper says was sold."""
    if case.holder is not Holder.DEALER:
        return []
    days = [unit.sold, unit.registered, unit.installed, *(day for _, day in _paper_dates(case))]
    sold = [day for day in days if day is not None]
    if not sold and unit.status is not UnitStatus.SOLD:
        return []
    return [Reason("stock_was_sold", {"day": min(sold).isoformat()}) if sold else Reason("stock_was_sold_undated")]


def _paper_dates(case: Case) -> list[tuple[str, date]]:
    papers = case.documents
    named = (
        ("invoice", papers.invoice_date),
        ("card", papers.warranty_card_date),
        ("installation", papers.installation_date),
    )
    return [(name, day) for name, day in named if day is not None]


def _paper_doubts(name: str, day: date, today: date, made: date | None) -> list[Reason]:
    found: list[Reason] = []
    if made is not None and day < made:
        found.append(Reason(f"{name}_before_manufacture", {"day": day.isoformat(), "made": made.isoformat()}))
    if day > today:
        found.append(Reason(f"{name}_after_day", {"day": day.isoformat(), "today": today.isoformat()}))
    return found


def exclusions(case: Case) -> list[Reason]:
    """Return the findings at the unit and its papers that end the cover of this repair."""
    papers = [Reason(f"document_{problem}") for problem in case.documents.problems]
    return papers + [Reason(str(exclusion)) for exclusion in case.exclusions]
