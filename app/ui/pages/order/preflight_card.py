"""The card of the claim's pre-flight: what HQ would reject, each with a link to the field that mends it."""

from __future__ import annotations

from app.i18n import _, ngettext
from app.queries.order_view import Missing, OrderView
from app.ui.pages.order.desk import OrderDesk
from app.ui.pages.order.texts import MENDS, PASSED, finding
from app.ui.widgets import Card, Check, Checklist, Pill


class PreflightCard(Card):
    """Errors first, then what only costs money, then what is in order; what comes later is a plain circle."""

    def __init__(self, desk: OrderDesk) -> None:
        super().__init__(lambda: _("Claim pre-flight"), "orders")
        self._desk = desk
        self.list = Checklist()
        self.add(self.list)
        self.body.addStretch(1)

    def show_view(self, view: OrderView) -> None:
        """Show the checklist while the work goes on."""
        self.setVisible(view.working)
        now = [one for one in view.missing if not one.later]
        later = _once(one for one in view.missing if one.later)
        checks = [self._check(one, view) for one in now]
        checks += [Check("ok", lambda text=PASSED[group]: _(text)) for group in view.passed]  # type: ignore[misc]
        checks += [self._check(one, view) for one in later]
        self.list.set_checks(checks)
        self.set_trailing(_sum(sum(one.error for one in now), len(later)))

    def _check(self, one: Missing, view: OrderView) -> Check:
        state = "todo" if one.later else "bad" if one.error else "warn"
        link = MENDS.get(one.field, "") if view.can_edit and (one.now or not one.later) else ""
        words = finding(one, view.head)
        if not link:
            return Check(state, words)
        return Check(state, words, lambda: _(link), lambda: self._desk.mend_asked.emit(one.field))


def _once(found: object) -> list[Missing]:
    """Of several things of one kind that come later, the first is enough."""
    kept: dict[str, Missing] = {}
    for one in found:  # type: ignore[attr-defined]
        kept.setdefault(one.rule, one)
    return list(kept.values())


def _sum(errors: int, later: int) -> Pill:
    if errors:
        return Pill(lambda: ngettext("{n} to mend", "{n} to mend", errors).format(n=errors), "bad")
    if later:
        return Pill(lambda: _("no errors yet"), "grey")
    return Pill(lambda: _("ready"), "ok")
