"""The card of the remedy adviser: what the customer may ask for, until when, what it needs, who pays, how much."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import _
from app.queries.order_view import OrderView
from app.queries.remedies import countdown, said, terms
from app.ui.pages.order.desk import OrderDesk
from app.ui.widgets import Card, Label, Pill
from core.warranty import Advice, Payer, Standing

_SOON_DAYS = 3


class RemediesCard(Card):
    """Open rights first, then those that come if things go on as they are; a countdown at each."""

    def __init__(self, desk: OrderDesk) -> None:
        super().__init__(lambda: _("What the customer may ask for"), "info")
        self._desk = desk
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        self.add(self._list)
        self.body.addStretch(1)
        self.hide()

    def show_view(self, view: OrderView) -> None:
        """Show the rights of today; nothing to show hides the card."""
        while (item := self._list.takeAt(0)) is not None:
            if (gone := item.widget()) is not None:
                gone.hide()
                gone.deleteLater()
        for one in view.advice:
            self._list.addWidget(_right(one))
        self.setVisible(bool(view.advice))


def _right(one: Advice) -> QWidget:
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    head = QHBoxLayout()
    head.setSpacing(8)
    head.addWidget(Label(lambda: said(one), wrap=True), 1)
    if countdown(one):
        head.addWidget(Pill(lambda: countdown(one), _tone(one)))
    column.addLayout(head)
    if terms(one):
        column.addWidget(Label(lambda: " · ".join(terms(one)), "small", wrap=True))
    return whole


def _tone(one: Advice) -> str:
    if one.standing is Standing.COMING:
        return "warn" if one.payer is Payer.REPAIRER else "grey"
    return "warn" if one.days_left is not None and one.days_left <= _SOON_DAYS else "ok"
