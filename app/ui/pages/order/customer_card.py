"""The card of the customer: masked until somebody needs to call, and what was repaired before."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.i18n import _
from app.queries.order_view import Customer, OrderView
from app.ui import formats
from app.ui.live import Words
from app.ui.pages.order.desk import OrderDesk
from app.ui.widgets import Card, KeyValueGrid, Label, Link


class CustomerCard(Card):
    """Name and phone are shown whole for as long as the page stays on this order."""

    def __init__(self, desk: OrderDesk) -> None:
        super().__init__(lambda: _("Customer"), "customer")
        self._desk = desk
        self._shown_for = ""
        self._grid = KeyValueGrid()
        self.add(self._grid)
        self.body.addStretch(1)

    def show_view(self, view: OrderView) -> None:
        """Show the customer."""
        customer, order_id = view.customer, view.head.id
        rows: list[tuple[Words, Words | QWidget]] = [
            (lambda: _("Name"), self._name(customer, order_id)),
            (lambda: _("Address"), _address(customer)),
            (lambda: _("Fault"), customer.fault),
        ]
        if customer.earlier:
            rows.append((lambda: _("History"), self._history(customer)))
        self._grid.set_rows(rows)

    def _name(self, customer: Customer, order_id: str) -> QWidget:
        whole = self._shown_for == order_id
        name = customer.name if whole else formats.masked_name(customer.name)
        phone = customer.phone if whole else formats.masked_phone(customer.phone)
        line = _line(Label(f"{name}  {phone}").selectable())
        if not whole:
            line.layout().insertWidget(1, Link(lambda: _("Show"), self._reveal))  # type: ignore[union-attr]
        return line

    def _reveal(self) -> None:
        if self._desk.view is not None:
            self._shown_for = self._desk.view.head.id
            self.show_view(self._desk.view)

    def _history(self, customer: Customer) -> QWidget:
        order_id, number, day = customer.earlier[0]
        count = len(customer.earlier)
        words = Label(lambda: _("{n} earlier, last on {day}").format(n=count, day=formats.day(day)))
        line = _line(words)
        go = Link(number, lambda: self._desk.bench.nav.open("order", order=order_id))
        line.layout().insertWidget(1, go)  # type: ignore[union-attr]
        return line


def _line(first: QWidget) -> QWidget:
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(10)
    row.addWidget(first)
    row.addStretch(1)
    return line


def _address(customer: Customer) -> Words:
    km = customer.distance_m / 1000
    return f"{customer.address}  ·  {km:.1f} km" if customer.distance_m else customer.address
