"""The repair is finished: the order is completed and the station's own figure of the claim kept for comparison."""

from core.ends import NEEDS, certificate_for
from core.operations.custody import held
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.loaners import lent
from core.operations.operation import Code, Fen, Id, Operation, OptionalText
from core.operations.orders import check_move, move, order_of
from core.refusals import Refusal
from core.rows.orders import OrderUnit, Quotation, WorkOrder
from core.rows.parts import OldPart, OldPartState
from core.work_order import roles_for


class CompleteOrder(Args, frozen=True, kw_only=True):
    """The result in words, and the station's preview of the claim (fen) with the tariff it used."""

    order_id: Id
    result: OptionalText = ""
    preview_fen: Fen | None = None
    tariff: Code | None = None


def check(args: CompleteOrder, operation: Operation, rows: Rows) -> None:
    """What the job needs is there, old parts are tagged, and nobody has what is the other's."""
    order = check_move(rows, args.order_id, "complete_order", operation)
    _check_units(order, rows)
    untagged = rows.find(OldPart, order_id=args.order_id, state=OldPartState.TO_TAG)
    if untagged:
        raise Refusal("old_parts_untagged", count=len(untagged))
    if held(rows, order.id):
        raise Refusal("unit_not_returned")
    if lent(rows, order.id):
        raise Refusal("loaner_not_back")


def _check_units(order: WorkOrder, rows: Rows) -> None:
    """Each unit has what the job needs of it, and the customer has signed where they must."""
    needs, units = NEEDS[order.job], rows.find(OrderUnit, order_id=order.id)
    if not units or any(unit.serial is None for unit in units):
        raise Refusal("unit_not_identified")
    if needs.verdict and any(unit.verdict_id is None for unit in units):
        raise Refusal("no_verdict")
    if needs.codes and any(not (unit.symptom and unit.defect and unit.repair) for unit in units):
        raise Refusal("codes_missing")
    if needs.card and any(not (unit.installation_date and unit.installation_place) for unit in units):
        raise Refusal("card_missing")
    if needs.certificate and any(certificate_for(order.id, rows, order.state, unit.id) is None for unit in units):
        raise Refusal("certificate_missing")
    signed = any(quotation.signature_sha256 for quotation in rows.find(Quotation, order_id=order.id))
    if needs.signature and not signed:
        raise Refusal("signature_missing")


def replay(args: CompleteOrder, operation: Operation, rows: Rows) -> None:
    """Move the order."""
    order = order_of(rows, args.order_id)
    move(rows, order, "complete_order", completed_at=operation.made_at, result=args.result or order.result)


ACTION = Action("complete_order", CompleteOrder, roles_for("complete_order"), Nature.DECISION, replay, check)
