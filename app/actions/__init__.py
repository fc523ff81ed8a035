"""The things a person can do at a desk; windows and the command line change nothing any other way."""

import msgspec

from app.actions import (
    ask_approval,
    ask_back,
    attachments,
    buy_locally,
    certificates,
    change_password,
    code_fault,
    complete_order,
    count_box,
    count_stock,
    custody,
    decide_approval,
    dispatch_order,
    ending,
    grade_old_part,
    identify_unit,
    installation,
    judge_warranty,
    move_bag,
    offer_transfer,
    open_order,
    pack_old_part,
    propose_article,
    propose_correction,
    receive_old_part,
    record_documents,
    record_findings,
    seal_box,
    ship_parts,
    sign_quotation,
    supplier_batch,
    tag_old_part,
    use_part,
    visits,
)
from app.actions.desk import Desk, DeskAction, Recorded
from app.actions.plain import PLAIN_ACTIONS
from core.refusals import Refusal

ACTIONS: dict[str, DeskAction] = {
    action.name: action
    for action in (
        *PLAIN_ACTIONS,
        dispatch_order.ACTION,
        open_order.ACTION,
        identify_unit.ACTION,
        record_documents.ACTION,
        record_findings.ACTION,
        judge_warranty.ACTION,
        ask_approval.ACTION,
        decide_approval.ACTION,
        ask_back.ASK,
        ask_back.ANSWER,
        code_fault.ACTION,
        sign_quotation.ACTION,
        attachments.ACTION,
        use_part.ACTION,
        tag_old_part.ACTION,
        complete_order.ACTION,
        receive_old_part.ACTION,
        pack_old_part.ACTION,
        pack_old_part.UNPACK,
        seal_box.ACTION,
        seal_box.SHIP,
        count_box.OPEN,
        count_box.ACTION,
        count_box.UNCOUNT,
        count_box.CLOSE,
        grade_old_part.ACTION,
        supplier_batch.ACTION,
        supplier_batch.ANSWERED,
        visits.ACTION,
        custody.TAKE,
        custody.RECEIVE,
        custody.GIVE,
        certificates.ACTION,
        installation.ACTION,
        ending.RETURN,
        ending.EXCHANGE,
        ending.REFUND,
        change_password.ACTION,
        ship_parts.ACTION,
        offer_transfer.ACTION,
        move_bag.ACTION,
        count_stock.ACTION,
        buy_locally.ACTION,
        propose_correction.ACTION,
        propose_article.ACTION,
    )
}


def act(name: str, asked: object, desk: Desk) -> Recorded:
    """Do one thing; ``asked`` is the action's Struct or its JSON builtins. Raises Refusal and then changes nothing."""
    action = ACTIONS.get(name)
    if action is None:
        raise Refusal("action_unknown", action=name)
    try:
        given = asked if isinstance(asked, action.asked) else msgspec.convert(asked, action.asked)
        msgspec.json.encode(given)
    except msgspec.ValidationError as error:
        raise Refusal("arguments_invalid", action=name, problem=str(error)) from error
    except UnicodeEncodeError as error:  # half of a character: it could be neither stored nor sent
        raise Refusal("arguments_invalid", action=name, problem="not text") from error
    return action.run(given, desk)


__all__ = ["ACTIONS", "Desk", "DeskAction", "Recorded", "act"]
