"""What a customer may ask for besides a repair, and what a refused exchange costs."""

from collections.abc import Iterable
from datetime import date, timedelta

from core.money import BASIS_POINTS, divide
from core.warranty.covers import Term
from core.warranty.facts import Case, RepairSpan, SpanKind
from core.warranty.policy import RemedyTerms
from core.warranty.term import Holidays, days_of, merged
from core.warranty.verdict import WHOLE_UNIT, Cover, Outcome, Payer, Remedy, RemedyKind


def depreciation(price_fen: int, bp_per_day: int, days_used: int, days_in_repair: int) -> int:
    """Return the fen a customer pays who wants the money back although a like model is to be had.

    Price × daily rate (basis points) × (days used − days in repair or waiting), never below 0 nor above the price.
    """
    days = max(0, days_used - days_in_repair)
    return min(price_fen, divide(price_fen * bp_per_day * days, BASIS_POINTS))


def open_remedies(
    case: Case, outcome: Outcome, covers: tuple[Cover, ...], whole: Term, holidays: Holidays
) -> list[Remedy]:
    """Return the remedies open on the day; `whole` is the term of the whole unit, `covers` are its covers."""
    terms = whole.policy.remedies or RemedyTerms()
    held = held_repair(case, terms)
    found = [held] if held else []
    if outcome is Outcome.IN_WARRANTY and not whole.repair_only:
        found += early_remedies(whole.start.day, case.day, terms, holidays)
        found += late_remedies(case, whole.start.day, terms)
    if outcome is Outcome.IN_WARRANTY:
        until = next(cover.to_day for cover in covers if cover.part == WHOLE_UNIT)
        found.append(Remedy(kind=RemedyKind.REPAIR, rule="remedy.repair", until=until))
    if outcome is Outcome.MAIN_PARTS_ONLY:
        until = max(cover.to_day for cover in covers)
        found.append(Remedy(kind=RemedyKind.REPAIR, rule="remedy.repair_main_part", until=until))
    return found


def early_remedies(start: date, today: date, terms: RemedyTerms, holidays: Holidays) -> list[Remedy]:
    """Return refund and exchange of the first days; the day of sale itself does not count."""
    last_refund = holidays.roll(start + timedelta(days=terms.refund_days))
    last_exchange = holidays.roll(start + timedelta(days=terms.exchange_days))
    open_now: list[Remedy] = []
    if today <= last_refund:
        open_now.append(Remedy(kind=RemedyKind.REFUND, rule="remedy.early_refund", until=last_refund))
    if today <= last_exchange:
        open_now.append(Remedy(kind=RemedyKind.EXCHANGE, rule="remedy.early_exchange", until=last_exchange))
    return open_now


def late_remedies(case: Case, start: date, terms: RemedyTerms) -> list[Remedy]:
    """Return exchanges owed for a slow repairer (at his cost), a part that does not come, or repairs that fail."""
    history = [span for span in case.history if span.from_day >= start]
    owed: list[Remedy] = []
    if _longest(history, SpanKind.REPAIR, case.day) > terms.delay_days:
        owed.append(Remedy(kind=RemedyKind.EXCHANGE, rule="remedy.repairer_late", payer=Payer.REPAIRER))
    if _longest(history, SpanKind.WAITING_PARTS, case.day) > terms.parts_days:
        owed.append(Remedy(kind=RemedyKind.EXCHANGE, rule="remedy.part_missing"))
    if len(_repairs_done(case, history, terms)) >= terms.repairs:
        owed.append(Remedy(kind=RemedyKind.EXCHANGE, rule="remedy.repaired_again"))
    return owed


def held_repair(case: Case, terms: RemedyTerms) -> Remedy | None:
    """Return the free repair owed while an earlier repair must still hold: warranty ones, or paid ones of one fault."""
    last: date | None = None
    for span in case.history:
        if span.kind is SpanKind.REPAIR and span.to_day is not None and span.to_day <= case.day:
            until = span.to_day + timedelta(days=_holds(span, case.fault, terms))
            last = until if last is None else max(last, until)
    if last is None or last < case.day:
        return None
    return Remedy(kind=RemedyKind.FREE_REPAIR_AGAIN, rule="remedy.repair_holds", until=last, payer=Payer.REPAIRER)


def _holds(span: RepairSpan, fault: str, terms: RemedyTerms) -> int:
    if not span.paid:
        return terms.warranty_repair_holds_days
    return terms.paid_repair_holds_days if fault and fault == span.fault else -1


def _longest(history: Iterable[RepairSpan], kind: SpanKind, today: date) -> int:
    """Return the most days one order spent in spans of this kind."""
    orders: dict[str, list[RepairSpan]] = {}
    for span in history:
        if span.kind is kind:
            orders.setdefault(span.order_id, []).append(span)
    totals = (sum(days_of(stretch) for stretch in merged(spans, today)) for spans in orders.values())
    return max(totals, default=0)


def _repairs_done(case: Case, history: Iterable[RepairSpan], terms: RemedyTerms) -> set[str]:
    """Return the ids of finished warranty repairs that count: of any fault, or of this one where the policy says so."""
    return {
        span.order_id
        for span in history
        if span.kind is SpanKind.REPAIR
        and not span.paid
        and span.to_day is not None
        and span.to_day <= case.day
        and (not terms.same_fault or (case.fault != "" and span.fault == case.fault))
    }
