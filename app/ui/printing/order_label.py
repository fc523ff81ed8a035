"""The label that goes on a unit in the shop: its order's number as bars and QR code, whose it is and what it has."""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n import _
from app.ui.printing.label import Label, Line
from core.identifiers import format_order


@dataclass(frozen=True)
class OrderLabel:
    """What stands on an order's label; `customer` already as it may be shown to anybody who passes."""

    order_number: str
    unit: str = ""
    fault: str = ""
    customer: str = ""
    station: str = ""
    printed_on: str = ""

    def label(self) -> Label:
        """The label in the language of now."""
        customer = _("Customer {name}").format(name=self.customer) if self.customer else ""
        return Label(
            title=self.order_number,
            bars=format_order(self.order_number),
            shown=self.order_number,
            qr=format_order(self.order_number),
            lines=(
                Line(self.unit, 7, bold=True),
                Line(customer, 6.5),
                Line(self.fault, 6, lines=2),
                Line(" · ".join(filter(None, (self.printed_on, self.station))), 5.5),
            ),
        )
