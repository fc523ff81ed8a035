"""The tag that goes on an old part: Code 128 and QR of the same text, part, order and serial in words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.i18n import _
from app.ui.printing.sheet import LABEL_DPI, TAG, Sheet, write_pdf
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


def draw_old_part_tag(sheet: Sheet, tag: OldPartTag) -> None:
    """Draws the tag on 50 × 30 mm."""
    sheet.code128(0, 1.2, 50, 8, format_old_part(tag.tag))
    sheet.text(2, 9.4, 46, show_tag(tag.tag), 6.5, bold=True, mono=True)
    sheet.qr(33, 12.3, 17, format_old_part_qr(tag.tag))
    y = sheet.text(2, 12.4, 31.5, tag.part_number, 7.5, bold=True)
    y = sheet.text(2, y, 31.5, tag.part_name, 6.5)
    y = sheet.text(2, y + 0.2, 31.5, _("Order {number}").format(number=tag.order_number), 6)
    serial = _("S/N {serial}").format(serial=tag.serial) if tag.serial else _("No serial number")
    y = sheet.text(2, y, 31.5, serial, 6)
    sheet.text(2, y, 31.5, " · ".join(filter(None, (tag.station, tag.removed_on))), 5.5)


def write_old_part_tag(tag: OldPartTag, path: Path, dpi: int = LABEL_DPI) -> Path:
    """Writes the tag as PDF; OSError when the file cannot be written, ValueError for a code that does not fit."""
    return write_pdf(path, TAG, dpi, tag.tag, lambda sheet: draw_old_part_tag(sheet, tag))
