"""The remedy adviser: which rights are open today or come, until when, what each needs, who pays, and how much."""

from collections.abc import Sequence
from datetime import date

import msgspec

from core.warranty.campaign import Campaign
from core.warranty.facts import Case, RepairSpan, SpanKind
from core.warranty.judge import judge, rights_in
from core.warranty.policy import Policy
from core.warranty.remedies import Right, Standing, depreciation
from core.warranty.term import NO_HOLIDAYS, Holidays, days_of, merged
from core.warranty.verdict import Payer, RemedyKind, Verdict

INVOICE, INSPECTION, RECORD = "invoice", "inspection_certificate", "repair_record"
_NO_LIKE_MODEL, _LIKE_MODEL_REFUSED = "remedy.refund_no_like_model", "remedy.refund_like_model_refused"
#: What must be at hand before a right is used, by its rule; a repair needs nothing.
NEEDS: dict[str, tuple[str, ...]] = {
    "remedy.early_refund": (INVOICE, INSPECTION),
    "remedy.early_exchange": (INVOICE, INSPECTION),
    "remedy.repairer_late": (INVOICE, RECORD),
    "remedy.part_missing": (INVOICE, RECORD),
    "remedy.repaired_again": (INVOICE, RECORD, INSPECTION),
    _NO_LIKE_MODEL: (INVOICE, RECORD, INSPECTION),
    _LIKE_MODEL_REFUSED: (INVOICE, RECORD, INSPECTION),
}


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """One right as a person is advised of it.

    `days_left` counts from the day advised: to the last day of an open right (0: today is the last), or to the first
    of a coming one. Money in fen: `refund_fen` is what the customer gets, `kept_fen` the depreciation that is kept of
    the price; None where the price is not known or no money moves. `days_used` and `days_off` are what it is made of.
    """

    kind: RemedyKind
    rule: str
    standing: Standing
    until: date | None = None
    from_day: date | None = None
    days_left: int | None = None
    payer: Payer = Payer.MAKER
    needs: tuple[str, ...] = ()
    refund_fen: int | None = None
    kept_fen: int | None = None
    days_used: int | None = None
    days_off: int | None = None


class Advised(msgspec.Struct, frozen=True):
    """The verdict of the day and what follows from it."""

    verdict: Verdict
    advice: tuple[Advice, ...]


def advise(
    case: Case,
    policies: Sequence[Policy],
    holidays: Holidays = NO_HOLIDAYS,
    campaigns: Sequence[Campaign] = (),
    price_fen: int | None = None,
    running: Sequence[RepairSpan] = (),
) -> Advised:
    """Judge the case and advise; `price_fen` is what the invoice says.

    `running` are the days that the present order has taken so far: rights follow from them, but they are added to no
    cover before the order ends, so that the advice names the days that the verdict names.
    """
    verdict = judge(case, policies, holidays, campaigns)
    so_far = msgspec.structs.replace(case, history=(*case.history, *running))
    rights = [
        *_rights(so_far, policies, holidays, campaigns, repairs=False),
        *_rights(case, policies, holidays, campaigns, repairs=True),
    ]
    advice = [_advice(right, case, price_fen) for right in rights]
    advice += _refunds(rights, so_far, verdict, price_fen)
    return Advised(verdict, tuple(sorted(advice, key=lambda one: one.standing is Standing.COMING)))


def _rights(
    case: Case, policies: Sequence[Policy], holidays: Holidays, campaigns: Sequence[Campaign], *, repairs: bool
) -> list[Right]:
    found = rights_in(case, policies, holidays, campaigns)
    return [right for right in found if (right.kind is RemedyKind.REPAIR) is repairs]


def _advice(right: Right, case: Case, price_fen: int | None) -> Advice:
    end = right.until or right.from_day
    return Advice(
        kind=right.kind,
        rule=right.rule,
        standing=right.standing,
        until=right.until,
        from_day=right.from_day,
        days_left=(end - case.day).days if end else None,
        payer=right.payer,
        needs=NEEDS.get(right.rule, ()),
        refund_fen=price_fen if right.kind is RemedyKind.REFUND else None,
    )


def _refunds(rights: Sequence[Right], case: Case, verdict: Verdict, price_fen: int | None) -> list[Advice]:
    """Money back in the place of an exchange that is owed: in full without a like model, else less depreciation."""
    owed = [right for right in rights if right.standing is Standing.OPEN]
    exchange = [right for right in owed if right.kind is RemedyKind.EXCHANGE]
    if not exchange or any(right.kind is RemedyKind.REFUND for right in owed):
        return []
    payer = Payer.REPAIRER if all(right.payer is Payer.REPAIRER for right in exchange) else Payer.MAKER
    full = Advice(
        kind=RemedyKind.REFUND,
        rule=_NO_LIKE_MODEL,
        standing=Standing.OPEN,
        payer=payer,
        needs=NEEDS[_NO_LIKE_MODEL],
        refund_fen=price_fen,
        kept_fen=None if price_fen is None else 0,
    )
    return [full, *_less_depreciation(full, case, verdict)]


def _less_depreciation(full: Advice, case: Case, verdict: Verdict) -> list[Advice]:
    """The same refund for a customer who refuses a like model: the days of use are paid."""
    rate, bought, price_fen = verdict.depreciation_bp, case.documents.invoice_date or verdict.start, full.refund_fen
    if rate is None or bought is None:
        return []
    used, off = (case.day - bought).days, days_off(case, bought)
    kept = None if price_fen is None else depreciation(price_fen, rate, used, off)
    refused = msgspec.structs.replace(
        full,
        rule=_LIKE_MODEL_REFUSED,
        needs=NEEDS[_LIKE_MODEL_REFUSED],
        refund_fen=None if price_fen is None or kept is None else price_fen - kept,
        kept_fen=kept,
        days_used=used,
        days_off=off,
    )
    return [refused]


def days_off(case: Case, since: date) -> int:
    """Return the days since then on which the unit was in repair or waited for parts, each once."""
    kinds = (SpanKind.REPAIR, SpanKind.WAITING_PARTS)
    stretches = merged((span for span in case.history if span.kind in kinds), case.day)
    return sum(days_of((max(begin, since), end)) for begin, end in stretches if end >= since)
