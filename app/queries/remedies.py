"""The remedy adviser in words: what a customer may ask for, until when, what it needs and what it costs."""

from collections.abc import Iterable
from datetime import date

from app.i18n import _, ngettext
from core.judging import advise_unit
from core.money import yuan_text
from core.rows.access import Rows
from core.rows.orders import OrderUnit, WorkOrder
from core.warranty import REASONS, Advice, Payer, Standing
from core.words import word
from core.work_order import ENDED

#: Sentences of rights that have not come yet.
_COMING = "coming."


def advice_of(order: WorkOrder, rows: Rows, today: date) -> tuple[Advice, ...]:
    """What the order's customer may ask for today; nothing before the unit is identified or after the order's end."""
    units = sorted(rows.find(OrderUnit, order_id=order.id), key=lambda unit: unit.position)
    if not units or units[0].serial is None or order.state in ENDED:
        return ()
    return advise_unit(order, units[0], rows, today).advice


def said(one: Advice) -> str:
    """The right itself in a sentence."""
    rule = one.rule if one.standing is Standing.OPEN else _COMING + one.rule
    facts = {
        "until": one.until.isoformat() if one.until else "",
        "day": one.from_day.isoformat() if one.from_day else "",
    }
    return _(REASONS[rule]).format_map(facts)


def countdown(one: Advice) -> str:
    """How long it is still open, or how long until it comes; "" when no day is known."""
    if one.days_left is None:
        return ""
    if one.standing is Standing.COMING:
        return ngettext("in {n} day", "in {n} days", one.days_left).format(n=one.days_left)
    if one.days_left == 0:
        return _("last day")
    return ngettext("open {n} more day", "open {n} more days", one.days_left).format(n=one.days_left)


def terms(one: Advice) -> list[str]:
    """What it needs, who pays unless the maker does, and the money in yuan, a phrase each."""
    phrases = []
    if one.needs:
        phrases.append(_("Needs: {papers}").format(papers=_(", ").join(_(word("need", need)) for need in one.needs)))
    if one.payer is Payer.REPAIRER:
        phrases.append(_("at the repairer’s cost"))
    return [*phrases, *_money(one)]


def _money(one: Advice) -> list[str]:
    if one.refund_fen is None:
        return [_("the sum needs the invoice’s amount")] if one.kind.value == "refund" else []
    back = _("back: ¥{yuan}").format(yuan=yuan_text(one.refund_fen))
    if not one.kept_fen or one.days_used is None:
        return [back]
    kept = _("¥{yuan} kept for {days} days of use ({used} since purchase, {off} in repair)").format(
        yuan=yuan_text(one.kept_fen),
        days=max(0, one.days_used - (one.days_off or 0)),
        used=one.days_used,
        off=one.days_off or 0,
    )
    return [back, kept]


def advice_lines(advice: Iterable[Advice]) -> list[str]:
    """One line for each right."""
    return [" · ".join(filter(None, (said(one), countdown(one), *terms(one)))) for one in advice]
