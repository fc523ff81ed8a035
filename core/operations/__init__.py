"""The actions a person can do: one module each, with its arguments and its replay on the rows it touches."""

from typing import Any

from core.operations import (
    accept_at_branch,
    accept_order,
    add_attachment,
    add_note,
    allocate_request,
    answer_statement,
    ask_approval,
    assign_technician,
    book_visit,
    buy_locally,
    cancel_order,
    change_password,
    code_fault,
    complete_order,
    count_stock,
    decide_approval,
    decline_at_branch,
    decline_order,
    deputies,
    dispatch_order,
    identify_unit,
    judge_warranty,
    move_bag,
    open_order,
    recall_order,
    receive_old_part,
    receive_shipment,
    record_documents,
    request_parts,
    reserve_part,
    resolve,
    reverse_move,
    ship_parts,
    sign_quotation,
    start_work,
    tag_old_part,
    transfers,
    use_part,
    waiting,
)
from core.operations.kernel import Action
from core.refusals import Refusal

ACTIONS: dict[str, Action[Any]] = {
    action.name: action
    for action in (
        accept_at_branch.ACTION,
        decline_at_branch.ACTION,
        dispatch_order.ACTION,
        recall_order.ACTION,
        cancel_order.ACTION,
        accept_order.ACTION,
        decline_order.ACTION,
        assign_technician.ACTION,
        open_order.ACTION,
        book_visit.ACTION,
        start_work.ACTION,
        waiting.WAIT_FOR_PARTS,
        waiting.WAIT_FOR_CUSTOMER,
        waiting.RESUME_WORK,
        waiting.FINISH_REPAIR,
        identify_unit.ACTION,
        record_documents.ACTION,
        judge_warranty.ACTION,
        ask_approval.ACTION,
        decide_approval.ACTION,
        deputies.NAME,
        deputies.END,
        code_fault.ACTION,
        sign_quotation.ACTION,
        add_attachment.ACTION,
        add_note.ACTION,
        use_part.ACTION,
        tag_old_part.ACTION,
        complete_order.ACTION,
        receive_old_part.ACTION,
        answer_statement.CONFIRM,
        answer_statement.DISPUTE,
        change_password.ACTION,
        resolve.WITHDRAW,
        resolve.PICK,
        request_parts.REQUEST,
        request_parts.WITHDRAW,
        request_parts.EXCHANGE,
        allocate_request.ACTION,
        ship_parts.ACTION,
        receive_shipment.RECEIVE,
        receive_shipment.SETTLE,
        reserve_part.RESERVE,
        reserve_part.RELEASE,
        move_bag.ACTION,
        count_stock.ACTION,
        transfers.OFFER,
        transfers.ACCEPT,
        transfers.DECLINE,
        buy_locally.ACTION,
        reverse_move.ACTION,
    )
}


def action_named(name: str) -> Action[Any]:
    """The action, or Refusal ``action_unknown``."""
    try:
        return ACTIONS[name]
    except KeyError:
        raise Refusal("action_unknown", action=name) from None
