"""The inspection certificate on A4: its number with a bar code, the unit, the finding, the figures, the signatures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.i18n import _
from app.ui.printing.sheet import A4, PAPER_DPI, PaperSize, Sheet, write_pdf

_MARGIN = 14.0


@dataclass(frozen=True)
class CertificatePage:
    """What stands on the page, in the words that are to be printed; the bar code is made of the number."""

    number: str
    station: str
    order_number: str
    purpose: str
    finding: str
    unit: str
    serial: str
    fault: str
    measured: tuple[tuple[str, str], ...]
    photos: int
    customer: str
    inspected_at: str
    technician: str
    signed_by: str
    printed_at: str = ""


def draw_certificate(sheet: Sheet, page: CertificatePage) -> None:
    """Draw the page."""
    left, width = _MARGIN, sheet.size.width - 2 * _MARGIN
    sheet.text(left, 12, 80, _("Inspection certificate"), 17, bold=True)
    sheet.text(left, 21, 80, page.station, 10)
    sheet.code(left + width - 88, 10, 88, 14, page.number)
    sheet.text(left + width - 88, 25, 88, page.number, 10, bold=True, right=True)
    sheet.line(left, 32, left + width, 32, thick=0.5)
    y = _facts(sheet, page, 36, width)
    y = _measured(sheet, page, y + 4, width)
    _signatures(sheet, page, y + 6, width)
    sheet.text(left, sheet.size.height - 12, width, page.printed_at, 7, right=True)


def _facts(sheet: Sheet, page: CertificatePage, y: float, width: float) -> float:
    rows = (
        (_("For what"), page.purpose),
        (_("Order"), page.order_number),
        (_("Customer"), page.customer),
        (_("Unit"), page.unit),
        (_("Serial number"), page.serial),
        (_("Inspected at"), page.inspected_at),
        (_("Technician"), page.technician),
        (_("Finding"), page.finding),
        (_("What is wrong"), page.fault),
        (_("Photos"), str(page.photos)),
    )
    for label, value in rows:
        if value:
            sheet.text(_MARGIN, y, 32, label, 10)
            y = sheet.text(_MARGIN + 33, y, width - 33, value, 11, lines=4) + 1.5
    return y


def _measured(sheet: Sheet, page: CertificatePage, y: float, width: float) -> float:
    y = sheet.text(_MARGIN, y, width, _("Measured"), 11, bold=True) + 1
    for name, value in page.measured:
        sheet.line(_MARGIN, y, _MARGIN + width, y)
        sheet.text(_MARGIN + 1, y + 1, width * 0.5, name, 10)
        y = sheet.text(_MARGIN + width * 0.5, y + 1, width * 0.5 - 1, value, 10) + 1.5
    sheet.line(_MARGIN, y, _MARGIN + width, y)
    return y


def _signatures(sheet: Sheet, page: CertificatePage, y: float, width: float) -> None:
    half = (width - 8) / 2
    y = sheet.text(_MARGIN, y, width, _("What is written above was found on this unit."), 10) + 3
    for x, title in ((_MARGIN, _("Signed by")), (_MARGIN + half + 8, _("Station’s stamp"))):
        sheet.box(x, y, half, 28)
        sheet.text(x + 2, y + 1.5, half - 4, title, 8)
    sheet.text(_MARGIN + 2, y + 21, half - 4, page.signed_by, 10)


def write_certificate(page: CertificatePage, path: Path, size: PaperSize = A4, dpi: int = PAPER_DPI) -> Path:
    """Write it as PDF; OSError when the file cannot be written."""
    return write_pdf(path, size, dpi, page.number, lambda sheet: draw_certificate(sheet, page))
