"""The actions a person can do: one module each, with its arguments and its replay on the rows it touches."""

from typing import Any

from core.operations import (
    accept_at_branch,
    accept_order,
    add_attachment,
    add_note,
    answer_statement,
    ask_approval,
    assign_technician,
    book_visit,
    cancel_order,
    change_password,
    code_fault,
    complete_order,
    custody,
    decide_approval,
    decline_order,
    dispatch_order,
    exchange_unit,
    identify_unit,
    installation,
    issue_certificate,
    judge_warranty,
    loaners,
    miss_visit,
    note_contact,
    propose_refund,
    recall_order,
    receive_old_part,
    record_documents,
    reopen_order,
    resolve,
    return_unrepaired,
    sign_quotation,
    start_work,
    tag_old_part,
    use_part,
    waiting,
)
from core.operations.kernel import Action
from core.refusals import Refusal

ACTIONS: dict[str, Action[Any]] = {
    action.name: action
    for action in (
        accept_at_branch.ACTION,
        dispatch_order.ACTION,
        recall_order.ACTION,
        cancel_order.ACTION,
        accept_order.ACTION,
        decline_order.ACTION,
        assign_technician.ACTION,
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
        note_contact.ACTION,
        miss_visit.ACTION,
        custody.TAKE_TO_SHOP,
        custody.RECEIVE_UNIT,
        custody.GIVE_BACK,
        loaners.LEND,
        loaners.TAKE_BACK,
        waiting.WAIT_FOR_INSPECTION,
        issue_certificate.ACTION,
        installation.ADD_UNIT,
        installation.RECORD_INSTALLATION,
        return_unrepaired.ACTION,
        exchange_unit.ACTION,
        propose_refund.ACTION,
        reopen_order.ACTION,
        change_password.ACTION,
        resolve.WITHDRAW,
        resolve.PICK,
    )
}


def action_named(name: str) -> Action[Any]:
    """The action, or Refusal ``action_unknown``."""
    try:
        return ACTIONS[name]
    except KeyError:
        raise Refusal("action_unknown", action=name) from None
