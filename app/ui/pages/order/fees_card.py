"""The card of the fees: what the customer pays line by line, what goodwill would leave, what the maker pays."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout

from app.i18n import _
from app.queries.order_view import Fee, Fees, OrderView
from app.ui import formats
from app.ui.live import Words
from app.ui.pages.order.desk import OrderDesk
from app.ui.pages.order.texts import FEE_REASONS, coded, either
from app.ui.widgets import Card, Label, Pill, Rule, empty_layout
from core.words import word

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class FeesCard(Card):
    """Lines of nothing are left out unless they are free for a reason."""

    def __init__(self, desk: OrderDesk) -> None:
        super().__init__(lambda: _("Fees"), "fees")
        self._desk = desk
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(0, 1)
        self.add(self._grid)
        self.body.addStretch(1)

    def show_view(self, view: OrderView) -> None:
        """Show the quotation as it stands."""
        fees = view.fees
        empty_layout(self._grid)
        if fees.problem:
            self._grid.addWidget(Label(lambda: _("No price list for this product line; ask HQ."), "muted", wrap=True))
            return
        version = fees.price_list
        self.set_trailing(Pill(lambda: _("Price list {version}").format(version=version), "grey"))
        for fee in fees.lines:
            if fee.amount_fen or fee.reason:
                self._line(_name(fee), formats.money(fee.amount_fen), _reason(fee))
        self._grid.addWidget(Rule(), self._grid.rowCount(), 0, 1, 3)
        self._totals(fees)

    def _totals(self, fees: Fees) -> None:
        self._line(lambda: _("Customer pays"), formats.money(fees.total_fen), _beside(fees), role="strong")
        if fees.if_goodwill_fen is not None:
            left, pay = formats.money(fees.if_goodwill_fen), formats.money(fees.total_fen)
            note = Label(
                lambda: _("If goodwill is granted {left}, otherwise {pay}").format(left=left, pay=pay),
                "muted",
                wrap=True,
            )
            self._grid.addWidget(note, self._grid.rowCount(), 0, 1, 3)
        if fees.signed_fen is not None:
            self._line(_signed(fees), formats.money(fees.signed_fen), "", tone="ok" if _holds(fees) else "warn")

    def _line(self, name: Words, amount: str, note: Words, *, role: str = "", tone: str = "") -> None:
        row = self._grid.rowCount()
        self._grid.addWidget(Label(name, role, tone=tone, wrap=True), row, 0)
        value = Label(amount, role, tone=tone)
        self._grid.addWidget(value, row, 1, _RIGHT)
        self._grid.addWidget(Label(note, "muted"), row, 2)


def _holds(fees: Fees) -> bool:
    """Whether what was signed is still what it costs."""
    return fees.total_fen in (fees.signed_fen, fees.signed_goodwill_fen)


def _signed(fees: Fees) -> Words:
    if _holds(fees) and fees.signed_goodwill_fen is not None:
        return lambda: _("Signed by {name}: goodwill, or").format(name=fees.signed_by)
    if _holds(fees):
        return lambda: _("Signed by {name}").format(name=fees.signed_by)
    return lambda: _("Signed by {name}; the sum has changed since").format(name=fees.signed_by)


def _beside(fees: Fees) -> Words:
    if fees.maker_fen is None:
        return ""
    amount = formats.money(fees.maker_fen)
    return lambda: _("maker pays {amount}").format(amount=amount)


def _name(fee: Fee) -> Words:
    if fee.part is None:
        return coded("fee", fee.kind)
    name = either(*fee.part)
    return lambda: f"{name()} × {fee.quantity}" if fee.quantity > 1 else name()


def _reason(fee: Fee) -> Words:
    if not fee.reason:
        return ""
    return lambda: _(FEE_REASONS.get(fee.reason) or word("outcome", fee.reason))
