"""The papers the customer showed are recorded: from the invoice's QR code, or typed."""

from datetime import date

from app.actions.desk import Desk, DeskAction, OrderAsked, Recorded, find_order, find_unit
from core.identifiers import parse_invoice
from core.operations.record_documents import RecordDocuments
from core.warranty import DocumentProblem


class DocumentsAsked(OrderAsked, frozen=True, kw_only=True):
    """The QR code's text (``invoice``), or what the papers say; dates are calendar days, the amount fen."""

    unit_id: str | None = None
    invoice: str | None = None
    invoice_number: str | None = None
    invoice_date: date | None = None
    invoice_fen: int | None = None
    warranty_card_date: date | None = None
    installation_date: date | None = None
    problem: DocumentProblem | None = None


def run(asked: DocumentsAsked, desk: Desk) -> Recorded:
    """Record them; what is not given keeps what was recorded before."""
    read = parse_invoice(asked.invoice) if asked.invoice else None
    with desk.store.reading() as rows:
        order = find_order(rows, asked.order_id)
        unit = find_unit(rows, order, asked.unit_id)
    args = RecordDocuments(
        order_id=order.id,
        unit_id=unit.id,
        invoice_number=(read.key if read else asked.invoice_number) or unit.invoice_number,
        invoice_date=(read.date if read else asked.invoice_date) or unit.invoice_date,
        invoice_fen=(read.amount_fen if read else asked.invoice_fen) or unit.invoice_fen,
        warranty_card_date=asked.warranty_card_date or unit.warranty_card_date,
        installation_date=asked.installation_date or unit.installation_date,
        problem=asked.problem,
    )
    return desk.store.record("record_documents", args, desk.person_id)


ACTION = DeskAction("record_documents", DocumentsAsked, run)
