"""The label for a unit whose own is worn off: its serial as bars, model and serial as a QR code."""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n import _
from app.ui.printing.label import Label, Line
from core.identifiers import format_unit


@dataclass(frozen=True)
class UnitLabel:
    """What stands on a unit's label; `model` and `serial` as they are in the order."""

    model: str
    serial: str
    name: str = ""
    order_number: str = ""
    station: str = ""
    printed_on: str = ""

    def label(self) -> Label:
        """The label in the language of now."""
        order = _("Order {number}").format(number=self.order_number) if self.order_number else ""
        return Label(
            title=self.serial,
            bars=self.serial,
            shown=self.serial,
            qr=format_unit(self.model, self.serial),
            lines=(
                Line(self.model, 8, bold=True),
                Line(self.name, 6.5, lines=2),
                Line(_("Replacement label"), 6),
                Line(order, 6),
                Line(" · ".join(filter(None, (self.printed_on, self.station))), 5.5),
            ),
        )
