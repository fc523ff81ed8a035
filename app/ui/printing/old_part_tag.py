"""The tag that goes on an old part: Code 128 and QR of the same text, part, order and serial in words."""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n import _
from app.ui.printing.label import Label, Line
from core.identifiers import format_old_part, format_old_part_qr, show_tag


@dataclass(frozen=True)
class OldPartTag:
    """What stands on the tag; `tag` are the 12 characters of `core.identifiers.tag_of`."""

    tag: str
    part_number: str
    part_name: str
    order_number: str
    serial: str = ""
    station: str = ""
    removed_on: str = ""

    def label(self) -> Label:
        """The tag in the language of now."""
        serial = _("S/N {serial}").format(serial=self.serial) if self.serial else _("No serial number")
        return Label(
            title=self.tag,
            bars=format_old_part(self.tag),
            shown=show_tag(self.tag),
            qr=format_old_part_qr(self.tag),
            lines=(
                Line(self.part_number, 7.5, bold=True),
                Line(self.part_name, 6.5, lines=2),
                Line(_("Order {number}").format(number=self.order_number), 6),
                Line(serial, 6),
                Line(" · ".join(filter(None, (self.removed_on, self.station))), 5.5),
            ),
        )
