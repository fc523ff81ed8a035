"""The inspection certificate: its number with its codes, the unit, the finding, the figures, the signatures."""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n import _
from app.ui.printing.paper import Column, Facts, Paper, Signatures, Table


@dataclass(frozen=True)
class CertificatePage:
    """What stands on the page, in the words that are to be printed; the codes are made of the number."""

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
    maker: str = ""


def certificate_paper(page: CertificatePage) -> Paper:
    """The certificate as a paper."""
    rows = (
        (_("For what"), page.purpose),
        (_("Order"), page.order_number),
        (_("Customer"), page.customer),
        (_("Unit"), page.unit),
        (_("Serial number"), page.serial),
        (_("Inspected at"), page.inspected_at),
        (_("Technician"), page.technician),
        (_("Inspection finding"), page.finding),
        (_("What is wrong"), page.fault),
        (_("Photos"), str(page.photos)),
        (_("Signed by"), page.signed_by),
    )
    return Paper(
        title=_("Inspection certificate"),
        number=page.number,
        code=page.number,
        maker=page.maker,
        place=page.station,
        blocks=(
            Facts(tuple((label, value) for label, value in rows if value)),
            Table((Column(_("What"), 1), Column(_("Figure"), 1)), list(page.measured), heading=_("Measured")),
        ),
        signatures=Signatures((_("Signature"), _("Station’s stamp"))),
        footnote=_("What is written above was found on this unit."),
        printed=page.printed_at,
    )
