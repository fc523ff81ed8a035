"""The service slip for the visit: who, where, what, and lines to fill in by hand, with the order's bar code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.i18n import _
from app.ui.printing.sheet import A4, PAPER_DPI, PaperSize, Sheet, write_pdf
from core.identifiers import format_order

_MARGIN = 12.0


@dataclass(frozen=True)
class FieldSlip:
    """What stands on the slip, all in the words that are to be printed; the bar code is made of the order's number."""

    order_number: str
    service: str
    customer: str
    phone: str
    address: str
    unit: str
    serial: str
    appointment: str
    fault: str
    station: str
    technician: str
    verdict: str = ""
    fees_note: str = ""
    printed_at: str = ""


def draw_field_slip(sheet: Sheet, slip: FieldSlip) -> None:
    """Draws the slip; on A5 everything keeps its place and the writing lines get fewer."""
    y = _head(sheet, slip)
    y = _facts(sheet, slip, y + 3)
    y = _findings(sheet, y + 4)
    y = _parts(sheet, y + 4)
    _signatures(sheet, slip, y + 4)


def _head(sheet: Sheet, slip: FieldSlip) -> float:
    right = sheet.size.width - _MARGIN
    sheet.text(_MARGIN, 10, 70, _("Service slip"), 16, bold=True)
    sheet.text(_MARGIN, 18, 62, slip.station, 9)
    sheet.text(_MARGIN, 22.5, 62, slip.service, 9)
    sheet.code(right - 72, 9, 72, 13, format_order(slip.order_number))
    sheet.text(right - 72, 22.5, 72, slip.order_number, 10, bold=True, right=True)
    sheet.line(_MARGIN, 28, right, 28, thick=0.5)
    return 28


def _facts(sheet: Sheet, slip: FieldSlip, y: float) -> float:
    rows = (
        (_("Customer"), f"{slip.customer}   {slip.phone}".strip()),
        (_("Address"), slip.address),
        (_("Unit"), slip.unit),
        (_("Serial number"), slip.serial or "_" * 24),
        (_("Appointment"), slip.appointment),
        (_("Reported fault"), slip.fault),
        (_("Warranty"), slip.verdict),
        (_("Fees"), slip.fees_note),
        (_("Technician"), slip.technician),
    )
    width = sheet.size.width - 2 * _MARGIN
    for label, value in rows:
        if value:
            sheet.text(_MARGIN, y, 26, label, 9)
            y = sheet.text(_MARGIN + 27, y, width - 27, value, 10, lines=2) + 1
    return y


def _writing_lines(sheet: Sheet, y: float, count: int, gap: float = 8.5) -> float:
    for _number in range(count):
        y += gap
        sheet.line(_MARGIN, y, sheet.size.width - _MARGIN, y)
    return y


def _roomy(sheet: Sheet) -> bool:
    return sheet.size.height > 250


def _findings(sheet: Sheet, y: float) -> float:
    width = sheet.size.width - 2 * _MARGIN
    y = sheet.text(_MARGIN, y, width, _("Findings and work done"), 10, bold=True)
    y = _writing_lines(sheet, y, 7 if _roomy(sheet) else 2)
    for x, label in ((_MARGIN, _("Arrived")), (_MARGIN + width / 2, _("Left"))):
        sheet.text(x, y + 4, 18, label, 9)
        sheet.line(x + 18, y + 8, x + width / 2 - 6, y + 8)
    return y + 9


def _parts(sheet: Sheet, y: float) -> float:
    left, width = _MARGIN, sheet.size.width - 2 * _MARGIN
    y = sheet.text(left, y, width, _("Parts"), 10, bold=True) + 1
    columns = (
        (0.0, _("New part")), (0.42, _("Quantity")), (0.54, _("Old part’s serial number")), (0.82, _("Customer pays")),
    )  # fmt: skip
    rows, height = (5 if _roomy(sheet) else 3), 7.5
    for share, title in columns:
        sheet.text(left + share * width + 1, y + 1, width * 0.27, title, 8)
    for row in range(rows + 2):
        sheet.line(left, y + row * height, left + width, y + row * height)
    for share in (*(share for share, _title in columns), 1.0):
        sheet.line(left + share * width, y, left + share * width, y + (rows + 1) * height)
    return y + (rows + 1) * height


def _signatures(sheet: Sheet, slip: FieldSlip, y: float) -> None:
    left, width = _MARGIN, sheet.size.width - 2 * _MARGIN
    bottom = sheet.size.height - 12
    y = sheet.text(left, y, width, _("The work was done and the price list was shown before it began."), 9)
    top = max(y + 4, bottom - 26)
    half = (width - 8) / 2
    for x, title in ((left, _("Customer’s signature, day")), (left + half + 8, _("Technician’s signature, day"))):
        sheet.box(x, top, half, 20)
        sheet.text(x + 1.5, top + 1, half - 3, title, 8)
    sheet.text(left, bottom, width, slip.printed_at, 7, right=True)


def write_field_slip(slip: FieldSlip, path: Path, size: PaperSize = A4, dpi: int = PAPER_DPI) -> Path:
    """Writes the slip as PDF on A4 or A5; OSError when the file cannot be written."""
    return write_pdf(path, size, dpi, slip.order_number, lambda sheet: draw_field_slip(sheet, slip))
