"""The repair is finished: the order is completed and the station's own figure of the claim kept for comparison."""

from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Fen, Id, Operation, OptionalText
from core.operations.orders import check_move, move, order_of
from core.refusals import Refusal
from core.rows.orders import OrderUnit, Quotation
from core.rows.parts import OldPart, OldPartState
from core.work_order import roles_for


class CompleteOrder(Args, frozen=True, kw_only=True):
    """The result in words, and the station's preview of the claim (fen) with the tariff it used."""

    order_id: Id
    result: OptionalText = ""
    preview_fen: Fen | None = None
    tariff: Code | None = None


def check(args: CompleteOrder, operation: Operation, rows: Rows) -> None:
    """Units identified, judged and coded, the customer's signature there, old parts tagged."""
    check_move(rows, args.order_id, "complete_order", operation)
    units = rows.find(OrderUnit, order_id=args.order_id)
    if not units or any(unit.serial is None for unit in units):
        raise Refusal("unit_not_identified")
    if any(unit.verdict_id is None for unit in units):
        raise Refusal("no_verdict")
    if any(not (unit.symptom and unit.defect and unit.repair) for unit in units):
        raise Refusal("codes_missing")
    if not any(quotation.signature_sha256 for quotation in rows.find(Quotation, order_id=args.order_id)):
        raise Refusal("signature_missing")
    untagged = rows.find(OldPart, order_id=args.order_id, state=OldPartState.TO_TAG)
    if untagged:
        raise Refusal("old_parts_untagged", count=len(untagged))


def replay(args: CompleteOrder, operation: Operation, rows: Rows) -> None:
    """Move the order."""
    order = order_of(rows, args.order_id)
    move(rows, order, "complete_order", completed_at=operation.made_at, result=args.result or order.result)


ACTION = Action("complete_order", CompleteOrder, roles_for("complete_order"), Nature.DECISION, replay, check)
