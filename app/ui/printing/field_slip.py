"""The service slip for the visit: who, where, what, and lines to fill in by hand, with the order's codes."""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n import _
from app.ui.printing.paper import Blanks, Column, Facts, Paper, Signatures, Table, WritingLines
from core.identifiers import format_order

_HAND_ROWS = 4


@dataclass(frozen=True)
class FieldSlip:
    """What stands on the slip, all in the words that are to be printed; its codes are made of the order's number."""

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
    maker: str = ""


def slip_paper(slip: FieldSlip) -> Paper:
    """The slip; the lines to write on take what room the sheet has left, so that it is one page on A4 and A5."""
    return Paper(
        title=_("Service slip"),
        number=slip.order_number,
        code=format_order(slip.order_number),
        maker=slip.maker,
        place=" · ".join(filter(None, (slip.station, slip.service))),
        blocks=(
            Facts(_facts(slip), lines=3),
            WritingLines(_("Findings and work done")),
            Blanks((_("Arrived"), _("Left"))),
            Table(_part_columns(), (), heading=_("Parts"), hand_rows=_HAND_ROWS),
        ),
        signatures=Signatures(
            (_("Customer’s signature, day"), _("Technician’s signature, day")),
            _("The work was done and the price list was shown before it began."),
        ),
        printed=slip.printed_at,
    )


def _facts(slip: FieldSlip) -> tuple[tuple[str, str], ...]:
    return (
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


def _part_columns() -> tuple[Column, ...]:
    return (
        Column(_("New part"), 42),
        Column(_("Quantity"), 12),
        Column(_("Old part’s serial number"), 28),
        Column(_("Customer pays"), 18),
    )
