"""The papers the customer showed: invoice, warranty card, installation card."""

from datetime import date

from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Fen, Id, Operation
from core.operations.orders import change, check_open, unit_of
from core.refusals import Refusal
from core.warranty import DocumentProblem
from core.work_order import STATION


class RecordDocuments(Args, frozen=True, kw_only=True):
    """What the papers of a unit say; dates are calendar days, the amount fen. ``problem``: altered | mismatch."""

    order_id: Id
    unit_id: Id
    invoice_number: Code | None = None
    invoice_date: date | None = None
    invoice_fen: Fen | None = None
    warranty_card_date: date | None = None
    installation_date: date | None = None
    problem: DocumentProblem | None = None


def check(args: RecordDocuments, operation: Operation, rows: Rows) -> None:
    """A paper can't be from a day after it was shown."""
    check_open(rows, args.order_id, operation)
    unit_of(rows, args.order_id, args.unit_id)
    latest = max(filter(None, (args.invoice_date, args.warranty_card_date, args.installation_date)), default=None)
    if latest is not None and (latest - operation.made_at.date()).days > 1:
        raise Refusal("document_in_future", day=latest.isoformat())


def replay(args: RecordDocuments, operation: Operation, rows: Rows) -> None:
    """Store them on the unit; the verdict must be judged again."""
    change(
        rows,
        unit_of(rows, args.order_id, args.unit_id),
        invoice_number=args.invoice_number,
        invoice_date=args.invoice_date,
        invoice_fen=args.invoice_fen,
        warranty_card_date=args.warranty_card_date,
        installation_date=args.installation_date,
        document_problem=args.problem.value if args.problem else None,
        verdict_id=None,
    )


ACTION = Action("record_documents", RecordDocuments, STATION, Nature.FACT, replay, check)
