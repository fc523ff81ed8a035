"""What a customer may ask for on a day, and what he may ask for soon: one right per rule, the best of all policies."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum

import msgspec

from core.money import BASIS_POINTS, divide
from core.warranty.covers import Term, whole_end
from core.warranty.facts import Case, RepairSpan, SpanKind
from core.warranty.policy import RemedyTerms
from core.warranty.term import Holidays, days_of, merged
from core.warranty.verdict import WHOLE_UNIT, Cover, Outcome, Payer, Remedy, RemedyKind


class Standing(StrEnum):
    """Whether a right is there now, or comes when things go on as they are."""

    OPEN = "open"
    COMING = "coming"


class Right(msgspec.Struct, frozen=True, kw_only=True):
    """A right of the customer: open `until` a day (None: while the cover lasts), or coming on `from_day` if known."""

    kind: RemedyKind
    rule: str
    standing: Standing = Standing.OPEN
    until: date | None = None
    from_day: date | None = None
    payer: Payer = Payer.MAKER

    @property
    def remedy(self) -> Remedy:
        """The right as an open remedy of a verdict."""
        return Remedy(kind=self.kind, rule=self.rule, until=self.until, payer=self.payer)


def depreciation(price_fen: int, bp_per_day: int, days_used: int, days_in_repair: int) -> int:
    """Return the fen a customer pays who wants the money back although a like model is to be had.

    Price × daily rate (basis points) × (days used − days in repair or waiting), never below 0 nor above the price.
    """
    days = max(0, days_used - days_in_repair)
    return min(price_fen, divide(price_fen * bp_per_day * days, BASIS_POINTS))


def depreciation_rate(terms: Iterable[Term]) -> int | None:
    """Return the daily rate in basis points: the law's, else a promise's; None where none is known."""
    rates = (term.policy.depreciation_bp_per_day for term in terms)
    return next((rate for rate in rates if rate is not None), None)


def rights_of(
    case: Case, outcome: Outcome, covers: Mapping[str, Cover], terms: Sequence[Term], holidays: Holidays
) -> list[Right]:
    """Return every right that is open or comes; `terms` are the policies', `covers` what they and the grants give.

    More than a repair follows from a policy as long as this policy alone covers the whole unit.
    """
    found = [held for term in terms if (held := held_repair(case, _terms(term)))]
    if outcome is Outcome.IN_WARRANTY:
        for term in terms:
            if not term.repair_only and case.day <= whole_end(case, term, holidays):
                found += early_rights(term.start.day, case.day, _terms(term), holidays)
                found += late_rights(case, term.start.day, _terms(term))
        found.append(_repair("remedy.repair", covers[WHOLE_UNIT].to_day))
    if outcome is Outcome.MAIN_PARTS_ONLY:
        last = max(cover.to_day for cover in covers.values())
        found.append(_repair("remedy.repair_main_part", last))
    return _best(found)


def _terms(term: Term) -> RemedyTerms:
    return term.policy.remedies or RemedyTerms()


def _repair(rule: str, until: date) -> Right:
    return Right(kind=RemedyKind.REPAIR, rule=rule, until=until)


def _best(rights: Iterable[Right]) -> list[Right]:
    """Keep one right per rule: an open one before a coming one, the longest open, the soonest coming."""
    kept: dict[str, Right] = {}
    for right in rights:
        there = kept.get(right.rule)
        if there is None or _worth(right) > _worth(there):
            kept[right.rule] = right
    return list(kept.values())


def _worth(right: Right) -> tuple[bool, int, int]:
    until = right.until.toordinal() if right.until else 0
    return right.standing is Standing.OPEN, until, -right.from_day.toordinal() if right.from_day else -(10**9)


def early_rights(start: date, today: date, terms: RemedyTerms, holidays: Holidays) -> list[Right]:
    """Return refund and exchange of the first days; the day of sale itself does not count."""
    last_refund = holidays.roll(start + timedelta(days=terms.refund_days))
    last_exchange = holidays.roll(start + timedelta(days=terms.exchange_days))
    open_now: list[Right] = []
    if today <= last_refund:
        open_now.append(Right(kind=RemedyKind.REFUND, rule="remedy.early_refund", until=last_refund))
    if today <= last_exchange:
        open_now.append(Right(kind=RemedyKind.EXCHANGE, rule="remedy.early_exchange", until=last_exchange))
    return open_now


def late_rights(case: Case, start: date, terms: RemedyTerms) -> list[Right]:
    """Return exchanges owed for a slow repairer (at his cost), a part that does not come, or repairs that fail."""
    orders: dict[str, list[RepairSpan]] = {}
    for span in case.history:
        if span.from_day >= start and not span.earlier_unit:
            orders.setdefault(span.order_id, []).append(span)
    found = [
        *_delays(case.day, orders.values(), terms.delay_days, own_days, "remedy.repairer_late", Payer.REPAIRER),
        *_delays(case.day, orders.values(), terms.parts_days, waiting_days, "remedy.part_missing", Payer.MAKER),
    ]
    done = len(_repairs_done(case, start, terms))
    if done >= terms.repairs - 1 and done:
        standing = Standing.OPEN if done >= terms.repairs else Standing.COMING
        found.append(Right(kind=RemedyKind.EXCHANGE, rule="remedy.repaired_again", standing=standing))
    return found


Count = Callable[[Sequence[RepairSpan], date], tuple[int, bool]]
"""The days that an order has taken up to a day, and whether it takes another one now."""


def _delays(
    today: date, orders: Iterable[Sequence[RepairSpan]], limit: int, count: Count, rule: str, payer: Payer
) -> list[Right]:
    """Return the exchange owed when an order took more days than the limit, or the day on which it will be owed."""
    found = []
    for spans in orders:
        days, runs = count(spans, today)
        if days > limit:
            found.append(Right(kind=RemedyKind.EXCHANGE, rule=rule, payer=payer))
        elif runs:
            from_day = today + timedelta(days=limit + 1 - days)
            coming = Standing.COMING
            found.append(Right(kind=RemedyKind.EXCHANGE, rule=rule, standing=coming, from_day=from_day, payer=payer))
    return found


def own_days(spans: Sequence[RepairSpan], today: date) -> tuple[int, bool]:
    """Return the days of repair that are the repairer's own: not those on which parts or the customer were missing."""
    waits = [span for span in spans if span.kind is not SpanKind.REPAIR]
    repair = [span for span in spans if span.kind is SpanKind.REPAIR]
    waited = _days(waits, today)
    runs = any(_runs(span, today) for span in repair) and not any(_runs(span, today) for span in waits)
    return len(_days(repair, today) - waited), runs


def waiting_days(spans: Sequence[RepairSpan], today: date) -> tuple[int, bool]:
    """Return the days on which an order waited for parts."""
    waits = [span for span in spans if span.kind is SpanKind.WAITING_PARTS]
    return sum(map(days_of, merged(waits, today))), any(_runs(span, today) for span in waits)


def _days(spans: Iterable[RepairSpan], today: date) -> set[int]:
    """Return the single days of the spans."""
    return {day for begin, end in merged(spans, today) for day in range(begin.toordinal(), end.toordinal() + 1)}


def _runs(span: RepairSpan, today: date) -> bool:
    return span.to_day is None and span.from_day <= today


def held_repair(case: Case, terms: RemedyTerms) -> Right | None:
    """Return the free repair owed while an earlier repair must still hold: warranty ones, or paid ones of one fault."""
    last: date | None = None
    for span in case.history:
        if _is_done(span, case.day):
            until = (span.to_day or case.day) + timedelta(days=_holds(span, case.fault, terms))
            last = until if last is None else max(last, until)
    if last is None or last < case.day:
        return None
    return Right(kind=RemedyKind.FREE_REPAIR_AGAIN, rule="remedy.repair_holds", until=last, payer=Payer.REPAIRER)


def _is_done(span: RepairSpan, today: date) -> bool:
    """Tell whether the span is a finished repair of this very unit."""
    ended = span.to_day is not None and span.to_day <= today
    return ended and span.kind is SpanKind.REPAIR and not span.earlier_unit


def _holds(span: RepairSpan, fault: str, terms: RemedyTerms) -> int:
    if not span.paid:
        return terms.warranty_repair_holds_days
    return terms.paid_repair_holds_days if fault and fault == span.fault else -1


def _repairs_done(case: Case, start: date, terms: RemedyTerms) -> set[str]:
    """Return the ids of finished warranty repairs that count: of any fault, or of this one where the policy says so."""
    return {
        span.order_id
        for span in case.history
        if span.from_day >= start
        and _is_done(span, case.day)
        and not span.paid
        and (not terms.same_fault or (case.fault != "" and span.fault == case.fault))
    }
